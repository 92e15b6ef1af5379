"""What each of Kafka's command-line tools is made to do, as the lines that a user would type.

A line is a tool with its arguments, the option that names the brokers left out. Words before the tool:

    alone     it talks to no broker
    numbers   what it prints are measurements or times, so only the words are compared
    any-order it prints what comes out of a hash table or of several threads
    stdin 'TEXT'  it reads TEXT

`{x}` is what names of topics and groups begin with, `{folder}` holds the files of FILES and copies of logs, and
`{replicas}` is how many replicas a topic has there.
"""

# ruff: noqa: E501 - a line is what a user types
from __future__ import annotations

__all__ = ["FILES", "ONLY_ON", "SCENARIOS"]

SCENARIOS = {
    "topics": r"""
        topics --create --topic {x}-t --partitions 2 --replication-factor {replicas} --config retention.ms=60000
        topics --list
        any-order topics --describe --topic {x}-t
        topics --alter --topic {x}-t --partitions 3
        topics --create --topic {x}-t
        topics --create --topic {x}-t --if-not-exists
        topics --describe --topic {x}-missing
        topics --create --topic {x}/bad
        topics --delete --topic {x}-t
        topics --delete --topic {x}-t
        alone topics --version
        alone topics --no-such-option
        alone topics
    """,
    "console clients": r"""
        topics --create --topic {x}-c --partitions 1 --replication-factor {replicas}
        stdin 'h1:a\tk1:one\nh1:b\tk2:two\nh1:c\tk3:three\n' console-producer --topic {x}-c --reader-property parse.key=true --reader-property parse.headers=true --reader-property key.separator=: --compression-codec zstd
        stdin 'h1:a\tk1:one\n' console-producer --topic {x}-c --reader-property parse.key=true --reader-property parse.headers=true --reader-property key.separator=: --compression-codec lz4 --line-reader org.apache.kafka.tools.LineMessageReader
        stdin 'plain\n' console-producer --topic {x}-c --sync --request-required-acks all --compression-codec snappy
        numbers console-consumer --topic {x}-c --group {x}-g --from-beginning --max-messages 2 --formatter-property print.key=true --formatter-property print.headers=true --formatter-property print.timestamp=true --formatter-property print.partition=true --formatter-property print.offset=true
        console-consumer --topic {x}-c --partition 0 --offset 0 --max-messages 2
        numbers console-consumer --topic {x}-c --from-beginning --max-messages 2 --formatter org.apache.kafka.tools.consumer.LoggingMessageFormatter
        console-consumer --topic {x}-c --from-beginning --max-messages 2 --formatter org.apache.kafka.tools.consumer.NoOpMessageFormatter
        console-consumer --topic {x}-c --from-beginning --max-messages 2 --key-deserializer org.apache.kafka.common.serialization.BytesDeserializer --value-deserializer org.apache.kafka.common.serialization.StringDeserializer --formatter-property print.key=true
        console-consumer --topic {x}-c --from-beginning --max-messages 1 --value-deserializer org.apache.kafka.common.serialization.LongDeserializer
        numbers console-consumer --include {x}-c --from-beginning --timeout-ms 1500 --isolation-level read_committed
        numbers console-consumer --topic {x}-c --from-beginning --max-messages 1 --formatter no.such.Formatter
        numbers console-consumer --topic __consumer_offsets --from-beginning --max-messages 1 --formatter org.apache.kafka.tools.consumer.OffsetsMessageFormatter
        numbers console-consumer --topic __consumer_offsets --from-beginning --max-messages 1 --formatter org.apache.kafka.tools.consumer.GroupMetadataMessageFormatter
        get-offsets --topic {x}-c
        get-offsets --topic-partitions {x}-c:0 --time earliest
        delete-records --offset-json-file {folder}/{x}-delete.json
        get-offsets --topic {x}-c --time -2
        topics --delete --topic {x}-c
    """,
    "consumer groups": r"""
        topics --create --topic {x}-c --partitions 1 --replication-factor {replicas}
        stdin '1\n2\n3\n' console-producer --topic {x}-c
        console-consumer --topic {x}-c --group {x}-g --from-beginning --max-messages 3
        consumer-groups --describe --group {x}-g
        any-order consumer-groups --describe --group {x}-g --state
        consumer-groups --describe --group {x}-g --members --verbose
        consumer-groups --reset-offsets --group {x}-g --topic {x}-c --to-earliest --dry-run
        consumer-groups --reset-offsets --group {x}-g --topic {x}-c --shift-by -1 --execute
        consumer-groups --reset-offsets --group {x}-g --topic {x}-c --to-current --export --dry-run
        any-order consumer-groups --reset-offsets --group {x}-g --group {x}-h --topic {x}-c --to-earliest --export --dry-run
        consumer-groups --reset-offsets --group {x}-g --from-file {folder}/{x}-reset.csv --dry-run
        consumer-groups --reset-offsets --group {x}-g --group {x}-h --from-file {folder}/{x}-groups.csv --dry-run
        consumer-groups --delete-offsets --group {x}-g --topic {x}-c
        any-order groups --list --group-type classic
        any-order consumer-groups --list --state
        consumer-groups --delete --group {x}-g
        consumer-groups --describe --group {x}-missing
        topics --delete --topic {x}-c
    """,
    "share groups": r"""
        topics --create --topic {x}-s --partitions 1 --replication-factor {replicas}
        stdin '1\n2\n3\n' console-producer --topic {x}-s
        configs --alter --entity-type groups --entity-name {x}-sg --add-config share.auto.offset.reset=earliest
        console-share-consumer --topic {x}-s --group {x}-sg --max-messages 3 --timeout-ms 20000
        any-order share-groups --list
        numbers share-groups --describe --group {x}-sg
        share-groups --describe --group {x}-sg --members
        any-order share-groups --describe --group {x}-sg --state
        share-groups --delete --group {x}-sg
        topics --delete --topic {x}-s
    """,
    "streams groups": r"""
        topics --create --topic {x}-in --partitions 1 --replication-factor {replicas}
        any-order streams-groups --list
        streams-groups --describe --group {x}-missing
        streams-application-reset --application-id {x}-app --input-topics {x}-in --dry-run
        topics --delete --topic {x}-in
    """,
    "configs": r"""
        topics --create --topic {x}-k --partitions 1 --replication-factor {replicas}
        configs --alter --entity-type topics --entity-name {x}-k --add-config retention.ms=1000,cleanup.policy=[compact,delete]
        any-order configs --describe --entity-type topics --entity-name {x}-k
        configs --alter --entity-type topics --entity-name {x}-k --delete-config retention.ms
        configs --alter --entity-type topics --entity-name {x}-k --add-config no.such=1
        configs --alter --entity-type users --entity-name {x}-u --add-config SCRAM-SHA-256=[iterations=4096,password=secret-x]
        configs --describe --entity-type users --entity-name {x}-u
        configs --alter --entity-type users --entity-name {x}-u --delete-config SCRAM-SHA-256
        configs --alter --entity-type users --entity-name {x}-u --entity-type clients --entity-name {x}-i --add-config producer_byte_rate=1048576,consumer_byte_rate=1048576
        any-order configs --describe --entity-type users --entity-name {x}-u --entity-type clients --entity-name {x}-i
        configs --alter --entity-type brokers --entity-default --add-config message.max.bytes=1000000
        any-order configs --describe --entity-type brokers --entity-default
        configs --alter --entity-type brokers --entity-default --delete-config message.max.bytes
        any-order configs --describe --entity-type brokers --entity-name 1 --all
        client-metrics --alter --name {x}-m --metrics org.apache.kafka.consumer. --interval 10000 --match client_id={x}
        any-order client-metrics --describe --name {x}-m
        client-metrics --delete --name {x}-m
        client-metrics --list
        topics --delete --topic {x}-k
    """,
    "acls": r"""
        acls --add --allow-principal User:{x} --operation Read --operation Write --topic {x}-a
        acls --add --deny-principal User:{x} --deny-host 10.0.0.1 --consumer --topic {x}- --group {x}-g --resource-pattern-type prefixed
        any-order acls --list
        any-order acls --list --principal User:{x}
        any-order acls --remove --force --topic {x}-a
        any-order acls --remove --force --topic {x}- --group {x}-g --resource-pattern-type prefixed
        acls --add --topic {x}
    """,
    "delegation tokens": r"""
        any-order delegation-tokens --create --max-life-time-period -1 --renewer-principal User:{x}
        delegation-tokens --describe --owner-principal User:{x}
    """,
    "cluster": r"""
        any-order features describe
        features upgrade --release-version 4.3 --dry-run
        numbers cluster cluster-id
        any-order cluster list-endpoints
        numbers metadata-quorum describe --status
        any-order numbers metadata-quorum describe --replication
        any-order broker-api-versions
        transactions list
        transactions describe --transactional-id {x}-missing
        transactions find-hanging --broker-id 1
    """,
    "moving": r"""
        topics --create --topic {x}-r --replica-assignment 1
        stdin '1\n2\n' console-producer --topic {x}-r
        leader-election --election-type preferred --topic {x}-r --partition 0
        leader-election --election-type unclean --path-to-json-file {folder}/{x}-election.json
        reassign-partitions --generate --topics-to-move-json-file {folder}/{x}-topics.json --broker-list 1
        reassign-partitions --execute --reassignment-json-file {folder}/{x}-reassign.json --throttle 10000000
        until 'is complete' reassign-partitions --verify --reassignment-json-file {folder}/{x}-reassign.json
        reassign-partitions --list
        log-dirs --describe --topic-list {x}-r
        topics --delete --topic {x}-r
    """,
    "replicas": r"""
        topics --create --topic {x}-v --partitions 1 --replication-factor {replicas}
        stdin '1\n2\n' console-producer --topic {x}-v
        numbers for-a-while replica-verification --topics-include {x}-v --report-interval-ms 500
    """,
    "performance": r"""
        topics --create --topic {x}-p --partitions 1 --replication-factor {replicas}
        numbers producer-perf-test --topic {x}-p --num-records 100 --record-size 10 --throughput -1
        numbers producer-perf-test --topic {x}-p --num-records 10 --payload-file {folder}/payload.txt --throughput -1 --print-metrics --transactional-id {x}-tx
        numbers consumer-perf-test --topic {x}-p --num-records 50 --group {x}-pg
        configs --alter --entity-type groups --entity-name {x}-spg --add-config share.auto.offset.reset=earliest
        numbers share-consumer-perf-test --topic {x}-p --num-records 50 --group {x}-spg
        numbers e2e-latency --topic {x}-p --num-records 10 --producer-acks all --record-size 10
        topics --delete --topic {x}-p
    """,
    "verifiable clients": r"""
        topics --create --topic {x}-n --partitions 1 --replication-factor {replicas}
        numbers verifiable-producer --topic {x}-n --max-messages 5
        any-order numbers verifiable-consumer --topic {x}-n --group-id {x}-vg --max-messages 5 --reset-policy earliest
        any-order numbers verifiable-consumer --topic {x}-n --group-id {x}-vh --max-messages 5 --reset-policy earliest --group-protocol consumer --verbose
        any-order numbers verifiable-share-consumer --topic {x}-n --group-id {x}-vs --max-messages 5 --offset-reset-strategy earliest
        topics --delete --topic {x}-n
    """,
    "storage": r"""
        numbers alone storage random-uuid
        alone storage version-mapping --release-version 4.2
        alone storage feature-dependencies --feature group.version=1
        alone storage format --config {folder}/{x}-server.properties --cluster-id 4L6g3nShT-eMCtK--X86sw --standalone
        alone storage info --config {folder}/{x}-server.properties
        alone storage format --config {folder}/{x}-server.properties --cluster-id 4L6g3nShT-eMCtK--X86sw --standalone
        alone storage format --config {folder}/missing.properties --cluster-id 4L6g3nShT-eMCtK--X86sw
        alone dump-log --files {folder}/copied/00000000000000000000.log --print-data-log
        alone dump-log --files {folder}/copied/00000000000000000000.log --deep-iteration --key-decoder-class org.apache.kafka.tools.api.StringDecoder --value-decoder-class org.apache.kafka.tools.api.LongDecoder --print-data-log
        alone dump-log --files {folder}/copied/00000000000000000000.index,{folder}/copied/00000000000000000000.timeindex --verify-index-only
        alone dump-log --files {folder}/metadata/00000000000000000000.log --cluster-metadata-decoder
        alone dump-log --files {folder}/offsets/00000000000000000000.log --offsets-decoder
        alone metadata-shell --snapshot {folder}/metadata/00000000000000000000.log ls /
        alone metadata-shell --snapshot {folder}/metadata/00000000000000000000.log tree image/topics
        alone metadata-shell --snapshot {folder}/metadata/00000000000000000000.log cat image/cluster/1
        alone stdin 'ls\ncd image\npwd\nfind features\nexit\n' metadata-shell --snapshot {folder}/metadata/00000000000000000000.log
    """,
    "jmx": r"""
        numbers alone jmx --jmx-url {jmx} --object-name kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec --one-time
        numbers alone jmx --jmx-url {jmx} --object-name java.lang:type=Runtime --attributes Uptime,StartTime --one-time --report-format properties
    """,
}
"""By name: the lines of a scenario, in their order."""

ONLY_ON = {
    "delegation tokens": ("sasl_ssl",),
    "replicas": ("plain", "cluster"),
    "storage": ("plain",),
    "jmx": ("plain",),
}
"""Where a scenario can be played when it cannot be everywhere. The replica checker has no option for SASL."""

FILES = {
    "{x}-delete.json": '{{"partitions": [{{"topic": "{x}-c", "partition": 0, "offset": 2}}], "version": 1}}',
    "{x}-topics.json": '{{"topics": [{{"topic": "{x}-r"}}], "version": 1}}',
    "{x}-election.json": '{{"partitions": [{{"topic": "{x}-r", "partition": 0}}]}}',
    "{x}-reassign.json": '{{"version": 1, "partitions": [{{"topic": "{x}-r", "partition": 0, "replicas": [{moved}]}}]}}',
    "{x}-server.properties": "process.roles=broker,controller\nnode.id=1\nlisteners=PLAINTEXT://:19092,CONTROLLER://:19093\n"
    "controller.listener.names=CONTROLLER\ncontroller.quorum.bootstrap.servers=localhost:19093\nlog.dirs={folder}/{x}-logs\n",
    "{x}-reset.csv": '"{x}-c",0,1\n',
    "{x}-groups.csv": '"{x}-g","{x}-c",0,1\n',
    "payload.txt": "first\nsecond\n",
}
"""By name: the contents of a file that scenarios name; in both, braces that stay are doubled."""

"""What each of Kafka's command-line tools is made to do, as the lines that a user would type.

A line is a tool with its arguments, the option that names the brokers left out. Words before the tool:

    alone         it talks to no broker
    stdin 'TEXT'  it reads TEXT
    for-a-while   it is ended after some seconds
    until 'TEXT'  it is run again until it prints TEXT
                  (controllers learn what others support, the metadata shell runs a command before all is loaded)

Others say how its output is compared: see `tool_output.FLAGS`. Each side plays a scenario on brokers that nobody has
used, so that offsets, sizes and lists are equal as well.

`{folder}` holds the files of FILES and copies of logs, `{replicas}` is how many replicas a topic can have there,
`{two}` and `{three}` are assignments of so many partitions to brokers, `{release}` is Kafka's release, such as 4.3.
"""

# ruff: noqa: E501 - a line is what a user types
from __future__ import annotations

__all__ = ["FILES", "ONLY_ON", "SCENARIOS"]

SCENARIOS = {
    "topics": r"""
        topics --create --topic t --partitions 2 --replication-factor {replicas} --config retention.ms=60000
        topics --list
        topics --alter --topic t --partitions 3
        topics --create --topic assigned --replica-assignment {two} --config retention.ms=60000
        topics --describe --topic assigned
        topics --alter --topic assigned --partitions 3 --replica-assignment {three}
        topics --describe --topic assigned
        topics --list --exclude-internal
        topics --create --topic t
        topics --create --topic t --if-not-exists
        topics --describe --topic missing
        topics --create --topic not/good
        topics --delete --topic t
        topics --delete --topic t
        alone topics --version
        alone topics --no-such-option
        alone topics
    """,
    "console clients": r"""
        topics --create --topic c --partitions 1 --replication-factor {replicas}
        stdin 'h1:a\tk1:one\nh1:b\tk2:two\nh1:c\tk3:three\n' console-producer --topic c --reader-property parse.key=true --reader-property parse.headers=true --reader-property key.separator=: --compression-codec zstd
        stdin 'h1:a\tk1:one\n' console-producer --topic c --reader-property parse.key=true --reader-property parse.headers=true --reader-property key.separator=: --compression-codec lz4 --line-reader org.apache.kafka.tools.LineMessageReader
        stdin 'plain\n' console-producer --topic c --sync --request-required-acks all --compression-codec snappy
        console-consumer --topic c --group g --from-beginning --max-messages 2 --formatter-property print.key=true --formatter-property print.headers=true --formatter-property print.timestamp=true --formatter-property print.partition=true --formatter-property print.offset=true
        console-consumer --topic c --partition 0 --offset 0 --max-messages 2
        console-consumer --topic c --from-beginning --max-messages 2 --formatter org.apache.kafka.tools.consumer.LoggingMessageFormatter
        console-consumer --topic c --from-beginning --max-messages 2 --formatter org.apache.kafka.tools.consumer.NoOpMessageFormatter
        console-consumer --topic c --from-beginning --max-messages 2 --key-deserializer org.apache.kafka.common.serialization.BytesDeserializer --value-deserializer org.apache.kafka.common.serialization.StringDeserializer --formatter-property print.key=true
        console-consumer --topic c --from-beginning --max-messages 1 --value-deserializer org.apache.kafka.common.serialization.LongDeserializer
        console-consumer --include c --from-beginning --max-messages 5 --isolation-level read_committed
        console-consumer --topic c --partition 0 --offset latest --timeout-ms 1500
        console-consumer --topic c --from-beginning --max-messages 1 --formatter no.such.Formatter
        console-consumer --topic __consumer_offsets --from-beginning --max-messages 1 --formatter org.apache.kafka.tools.consumer.OffsetsMessageFormatter
        console-consumer --topic __consumer_offsets --from-beginning --max-messages 1 --formatter org.apache.kafka.tools.consumer.GroupMetadataMessageFormatter
        get-offsets --topic c
        get-offsets --topic-partitions c:0 --time earliest
        delete-records --offset-json-file {folder}/delete.json
        get-offsets --topic c --time -2
        topics --delete --topic c
    """,
    "consumer groups": r"""
        topics --create --topic c --partitions 1 --replication-factor {replicas}
        stdin '1\n2\n3\n' console-producer --topic c
        console-consumer --topic c --group g --from-beginning --max-messages 3
        consumer-groups --describe --group g
        any-order consumer-groups --describe --group g --state
        consumer-groups --describe --group g --members --verbose
        consumer-groups --reset-offsets --group g --topic c --to-earliest --dry-run
        consumer-groups --reset-offsets --group g --topic c --shift-by -1 --execute
        consumer-groups --reset-offsets --group g --topic c --to-current --export --dry-run
        any-order consumer-groups --reset-offsets --group g --group h --topic c --to-earliest --export --dry-run
        consumer-groups --reset-offsets --group g --from-file {folder}/reset.csv --dry-run
        consumer-groups --reset-offsets --group g --group h --from-file {folder}/groups.csv --dry-run
        consumer-groups --delete-offsets --group g --topic c
        any-order groups --list --group-type classic
        any-order consumer-groups --list --state
        consumer-groups --delete --group g
        consumer-groups --describe --group missing
        topics --delete --topic c
    """,
    "share groups": r"""
        topics --create --topic s --partitions 1 --replication-factor {replicas}
        stdin '1\n2\n3\n' console-producer --topic s
        configs --alter --entity-type groups --entity-name sg --add-config share.auto.offset.reset=earliest
        console-share-consumer --topic s --group sg --max-messages 3 --timeout-ms 20000
        any-order share-groups --list
        share-groups --describe --group sg
        share-groups --describe --group sg --members
        any-order share-groups --describe --group sg --state
        share-groups --delete --group sg
        topics --delete --topic s
    """,
    "streams groups": r"""
        topics --create --topic in --partitions 1 --replication-factor {replicas}
        any-order streams-groups --list
        streams-groups --describe --group missing
        streams-application-reset --application-id app --input-topics in --dry-run
        topics --delete --topic in
    """,
    "configs": r"""
        topics --create --topic k --partitions 1 --replication-factor {replicas}
        configs --alter --entity-type topics --entity-name k --add-config retention.ms=1000,cleanup.policy=[compact,delete]
        any-order configs --describe --entity-type topics --entity-name k
        configs --alter --entity-type topics --entity-name k --delete-config retention.ms
        configs --alter --entity-type topics --entity-name k --add-config no.such=1
        configs --alter --entity-type users --entity-name u --add-config SCRAM-SHA-256=[iterations=4096,password=secret-x]
        configs --describe --entity-type users --entity-name u
        configs --alter --entity-type users --entity-name u --delete-config SCRAM-SHA-256
        configs --alter --entity-type users --entity-name u --entity-type clients --entity-name i --add-config producer_byte_rate=1048576,consumer_byte_rate=1048576
        any-order configs --describe --entity-type users --entity-name u --entity-type clients --entity-name i
        configs --alter --entity-type brokers --entity-default --add-config message.max.bytes=1000000
        any-order configs --describe --entity-type brokers --entity-default
        configs --alter --entity-type brokers --entity-default --delete-config message.max.bytes
        any-order configs --describe --entity-type brokers --entity-name 1 --all
        client-metrics --alter --name m --metrics org.apache.kafka.consumer. --interval 10000 --match client_id=somebody
        any-order client-metrics --describe --name m
        client-metrics --delete --name m
        client-metrics --list
        topics --delete --topic k
    """,
    "acls": r"""
        any-order acls --add --allow-principal User:somebody --operation Read --operation Write --topic a
        any-order acls --add --deny-principal User:somebody --deny-host 10.0.0.1 --operation Read --topic a- --group g --resource-pattern-type prefixed
        any-order acls --add --allow-principal User:somebody --consumer --topic a- --group g --resource-pattern-type prefixed
        any-order acls --add --deny-principal User:somebody --consumer --topic a- --group g
        any-order acls --list
        any-order acls --list --principal User:somebody
        any-order acls --remove --force --topic a
        any-order acls --remove --force --topic a- --group g --resource-pattern-type prefixed
        any-order acls --add --topic a
    """,
    "delegation tokens": r"""
        any-order delegation-tokens --create --max-life-time-period -1 --renewer-principal User:somebody
        delegation-tokens --describe --owner-principal User:somebody
    """,
    "cluster": r"""
        any-order features describe
        until 'kraft.version can be upgraded' features upgrade --release-version {release} --dry-run
        cluster cluster-id
        any-order cluster list-endpoints
        numbers metadata-quorum describe --status
        any-order numbers metadata-quorum describe --replication
        any-order broker-api-versions
        transactions list
        transactions describe --transactional-id missing
        transactions find-hanging --broker-id 1
    """,
    "moving": r"""
        topics --create --topic r --replica-assignment 1
        stdin '1\n' console-producer --topic r
        leader-election --election-type preferred --topic r --partition 0
        leader-election --election-type unclean --path-to-json-file {folder}/election.json
        reassign-partitions --generate --topics-to-move-json-file {folder}/topics.json --broker-list 1
        reassign-partitions --execute --reassignment-json-file {folder}/reassign.json --throttle 10000000
        until 'is complete' reassign-partitions --verify --reassignment-json-file {folder}/reassign.json
        reassign-partitions --list
        log-dirs --describe --topic-list r
        topics --delete --topic r
    """,
    "replicas": r"""
        topics --create --topic v --partitions 1 --replication-factor {replicas}
        stdin '1\n2\n' console-producer --topic v
        for-a-while repeats replica-verification --topics-include v --report-interval-ms 500
    """,
    "performance": r"""
        topics --create --topic p --partitions 1 --replication-factor {replicas}
        numbers producer-perf-test --topic p --num-records 100 --record-size 10 --throughput -1
        numbers repeats producer-perf-test --topic p --num-records 10 --payload-file {folder}/payload.txt --throughput -1 --print-metrics --transactional-id tx
        numbers consumer-perf-test --topic p --num-records 50 --group pg
        configs --alter --entity-type groups --entity-name spg --add-config share.auto.offset.reset=earliest
        numbers share-consumer-perf-test --topic p --num-records 50 --group spg
        numbers e2e-latency --topic p --num-records 10 --producer-acks all --record-size 10
        topics --delete --topic p
    """,
    "verifiable clients": r"""
        topics --create --topic n --partitions 1 --replication-factor {replicas}
        json verifiable-producer --topic n --max-messages 5
        any-order json verifiable-consumer --topic n --group-id vg --max-messages 5 --reset-policy earliest
        any-order json verifiable-consumer --topic n --group-id vh --max-messages 5 --reset-policy earliest --group-protocol consumer --verbose
        any-order json verifiable-share-consumer --topic n --group-id vs --max-messages 5 --offset-reset-strategy earliest
        topics --delete --topic n
    """,
    "storage": r"""
        alone storage random-uuid
        alone storage version-mapping --release-version 4.2
        alone storage feature-dependencies --feature group.version=1
        alone storage format --config {folder}/server.properties --cluster-id 4L6g3nShT-eMCtK--X86sw --standalone
        alone storage info --config {folder}/server.properties
        alone storage format --config {folder}/server.properties --cluster-id 4L6g3nShT-eMCtK--X86sw --standalone
        alone storage format --config {folder}/missing.properties --cluster-id 4L6g3nShT-eMCtK--X86sw
        exact alone dump-log --files {folder}/copied/00000000000000000000.log --print-data-log
        exact alone dump-log --files {folder}/copied/00000000000000000000.log --deep-iteration --key-decoder-class org.apache.kafka.tools.api.StringDecoder --value-decoder-class org.apache.kafka.tools.api.LongDecoder --print-data-log
        exact alone dump-log --files {folder}/copied/00000000000000000000.index,{folder}/copied/00000000000000000000.timeindex --verify-index-only
        exact alone dump-log --files {folder}/metadata/00000000000000000000.log --cluster-metadata-decoder
        exact alone dump-log --files {folder}/offsets/00000000000000000000.log --offsets-decoder
        exact alone metadata-shell --snapshot {folder}/metadata/00000000000000000000.log ls /
        until __consumer_offsets exact alone metadata-shell --snapshot {folder}/metadata/00000000000000000000.log tree image/topics
        exact alone metadata-shell --snapshot {folder}/metadata/00000000000000000000.log cat image/cluster/no-such
        until fenced=false exact alone metadata-shell --snapshot {folder}/metadata/00000000000000000000.log cat image/cluster/brokers/1
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
    "delete.json": '{{"partitions": [{{"topic": "c", "partition": 0, "offset": 2}}], "version": 1}}',
    "topics.json": '{{"topics": [{{"topic": "r"}}], "version": 1}}',
    "election.json": '{{"partitions": [{{"topic": "r", "partition": 0}}]}}',
    "reassign.json": '{{"version": 1, "partitions": [{{"topic": "r", "partition": 0, "replicas": [{moved}]}}]}}',
    "server.properties": "process.roles=broker,controller\nnode.id=1\nlisteners=PLAINTEXT://:19092,CONTROLLER://:19093\n"
    "controller.listener.names=CONTROLLER\ncontroller.quorum.bootstrap.servers=localhost:19093\nlog.dirs={folder}/logs\n",
    "reset.csv": '"c",0,1\n',
    "groups.csv": '"g","c",0,1\n',
    "payload.txt": "first\nsecond\n",
}
"""By name: the contents of a file that scenarios name; in both, braces that stay are doubled."""

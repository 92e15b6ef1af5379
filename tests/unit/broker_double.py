"""Stands for a native executable in tests: it understands `server-start` and answers as a broker does.

The words in the variable DOUBLE change how it behaves. Run with `python -I -S`, so that it starts fast.
"""

import os
import signal
import socket
import struct
import sys
import time
from pathlib import Path

BEHAVIOUR = os.environ.get("DOUBLE", "").split()
CLUSTER_ID = "cluster-of-the-double"


def main() -> None:
    if "--version" in sys.argv:
        say("kafka 9.9.9 (commit 0)")
        sys.exit(0)
    if "server-start" not in sys.argv:  # one of Kafka's tools
        say(f"tool: {' '.join(sys.argv[1:])}\nstdin: {sys.stdin.read()}")
        sys.exit(7)
    path = sys.argv[sys.argv.index("server-start") + 1]
    with Path(path).open() as file:
        properties = dict(line.rstrip("\n").split("=", 1) for line in file)
    say("arguments: " + " ".join(sys.argv[1:]))
    misbehave_before_start(path)
    host, port = properties["listeners"].split(",")[0].partition("://")[2].split(":")
    Path(properties["log.dirs"], "meta.properties").write_text(f"version=1\ncluster.id={CLUSTER_ID}\n")
    signal.signal(signal.SIGTERM, shut_down)
    say("INFO Kafka version: 9.9.9 (org.apache.kafka.common.utils.AppInfoParser)")
    serve(host, int(port), properties)


def misbehave_before_start(path: str) -> None:
    if "slow" in BEHAVIOUR:
        time.sleep(30)
    if "refuse" in BEHAVIOUR:
        say("kafka: error: reading the configuration: unknown property num.partition.")
        say("hint: did you mean num.partitions?")
        sys.exit(2)
    if "crash" in BEHAVIOUR:
        say('Exception in thread "main" java.lang.RuntimeException: it went wrong')
        say("\tat kafka.Kafka.main(Kafka.scala)\nCaused by: java.io.IOException: the disk is on fire")
        sys.exit(1)
    tried = Path(path + ".tried")
    if "taken-once" in BEHAVIOUR and not tried.exists():
        tried.touch()
        say("kafka: error: starting the broker: Address already in use")
        sys.exit(8)


def serve(host: str, port: int, properties: dict[str, str]) -> None:
    server = socket.create_server((host, port))
    is_controller = properties["process.roles"] == "controller"
    node_id = int(properties["node.id"]) + ("stranger" in BEHAVIOUR)
    fenced_answers = 3 if "fenced" in BEHAVIOUR else 0
    while True:
        connection, _ = server.accept()
        with connection:
            while "mute" not in BEHAVIOUR and (request := receive(connection)):
                api_key, version, correlation_id = struct.unpack_from(">hhi", request)
                answer = b"\0\0\0\0\0\0"
                if (api_key, version) == (3, 2):
                    if is_controller:
                        break  # as Kafka's controllers do
                    answer = metadata(host, port, [] if fenced_answers > 0 else [node_id])
                    fenced_answers -= 1
                connection.sendall(struct.pack(">ii", len(answer) + 4, correlation_id) + answer)
            if "mute" in BEHAVIOUR:
                time.sleep(0.3)


def receive(connection: socket.socket) -> bytes:
    head = connection.recv(4, socket.MSG_WAITALL)
    return connection.recv(struct.unpack(">i", head)[0], socket.MSG_WAITALL) if len(head) == 4 else b""


def metadata(host: str, port: int, node_ids: list[int]) -> bytes:
    cluster_id = "another-cluster" if "foreign" in BEHAVIOUR else CLUSTER_ID
    nodes = b"".join(struct.pack(">i", each) + text(host) + struct.pack(">ih", port, -1) for each in node_ids)
    return struct.pack(">i", len(node_ids)) + nodes + text(cluster_id) + struct.pack(">ii", 1, 0)


def text(value: str) -> bytes:
    return struct.pack(">h", len(value)) + value.encode()


def shut_down(*_: object) -> None:
    if "stubborn" in BEHAVIOUR:
        return
    say("shut down")
    sys.exit(0)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


main()

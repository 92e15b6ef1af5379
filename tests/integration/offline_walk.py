"""Run inside a network namespace: switch loopback on, and then walk from `up` to `down` with a real client.

Its arguments are the command line that brings a node up and prints JSON: `PYTHON -m kafka_native up ...`.
"""

from __future__ import annotations

import fcntl
import json
import socket
import struct
import subprocess
import sys

import confluent_kafka

_GET_FLAGS, _SET_FLAGS = 0x8913, 0x8914  # SIOCGIFFLAGS and SIOCSIFFLAGS, netdevice(7)
_UP = 0x1  # IFF_UP
_REQUEST = struct.Struct("16sh14x")  # ifreq: a name and flags
_COUNT = 100
_TIMEOUT_SECONDS = 30


def main() -> None:
    """Do it, and print what was found."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, _REQUEST.pack(b"lo", _UP))
        sys.stdout.write(f"interfaces: {' '.join(_interfaces_that_are_up(any_socket))}\n")
    command = sys.argv[1:]
    node = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    try:
        sys.stdout.write(f"read back: {_walk(node['bootstrap_servers'])} records\n")
    finally:
        subprocess.run([*command[: command.index("up")], "down"], stdout=subprocess.DEVNULL, check=True)


def _interfaces_that_are_up(any_socket: socket.socket) -> list[str]:
    requests = {name: _REQUEST.pack(name.encode(), 0) for _, name in socket.if_nameindex()}
    answers = {name: fcntl.ioctl(any_socket, _GET_FLAGS, request) for name, request in requests.items()}
    return [name for name, answer in answers.items() if _REQUEST.unpack(answer)[1] & _UP]


def _walk(servers: str) -> int:
    producer = confluent_kafka.Producer({"bootstrap.servers": servers, "compression.type": "zstd", "acks": "all"})
    for number in range(_COUNT):
        producer.produce("t", b"%d" % number)
    producer.flush(_TIMEOUT_SECONDS)
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": servers, "group.id": "g", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe(["t"])
    read = consumer.consume(_COUNT, _TIMEOUT_SECONDS)
    consumer.close()
    return len({message.value() for message in read if not message.error()})


if __name__ == "__main__":
    main()

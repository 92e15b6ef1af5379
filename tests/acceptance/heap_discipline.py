"""Loads a native broker with a small heap, and sees that it survives: 1 MB messages, 1,000 partitions, 100 connections.

It takes long, so it is no part of `./run-tests`; run it by hand after a change of heap sizes or buffers:

    python tests/acceptance/heap_discipline.py --executable PATH --max-heap 96m --seconds 600
    python tests/acceptance/heap_discipline.py --image kafka-native:4.3.1 --memory 256m --seconds 600

The second one runs the broker in a container with so much memory, which chooses its own heap. It needs the
confluent-kafka client (the environment of the integration tests has it). Every acknowledged message is read again at
the end. Exit code 0: the broker lived, its log names no OutOfMemoryError, and nothing was lost.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
from confluent_kafka import Consumer, KafkaError, Producer
from confluent_kafka.admin import AdminClient, NewTopic

ROOT = Path(__file__).resolve().parents[2]
_NAME = "heap-discipline"
_SMALL, _LARGE = "many-partitions", "large-messages"
_MESSAGE = bytes(1_000_000)
_LARGEST = 1_048_576  # the broker's own limit, message.max.bytes


def main() -> int:
    """Start a broker, load it, read everything back, and tell how it went."""
    options = _options()
    node = _run(options) if options.image else _up(options)
    process = psutil.Process(node["pid"])
    try:
        servers = node["bootstrap_servers"]
        _make_topics(servers, options.partitions)
        sent, peak = _load(servers, process, options)
        read = _read_back(servers, _LARGE)
        print(f"acknowledged {sent} large messages, read {read}; largest resident memory {peak / 2**20:.0f} MB")
        return _verdict(process, _log(node), sent, read)
    finally:
        in_docker = ("docker", "rm", "--force", "--volumes", _NAME)
        subprocess.run(in_docker if options.image else (ROOT / "kafka-native", "down", _NAME), check=False)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--executable", type=Path)
    what.add_argument("--image")
    parser.add_argument("--max-heap", default="96m", help="of an executable")
    parser.add_argument("--memory", default="256m", help="of a container")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--partitions", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=20, help="large messages a second, over all connections")
    return parser.parse_args()


def _up(options: argparse.Namespace) -> dict[str, Any]:
    command: list[str | Path] = [ROOT / "kafka-native", "up", _NAME, "--ephemeral", "--detach", "--json", "--port", "0"]
    command += ["--executable", options.executable, "--max-heap", options.max_heap]
    report: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return report


def _run(options: argparse.Namespace) -> dict[str, Any]:
    run = ["docker", "run", "--detach", "--name", _NAME, "--memory", options.memory, "--memory-swap", options.memory]
    subprocess.run([*run, "--publish", "127.0.0.1:9092:9092", options.image], check=True, stdout=subprocess.DEVNULL)
    pid = subprocess.run(["docker", "inspect", "-f", "{{.State.Pid}}", _NAME], check=True, stdout=subprocess.PIPE)
    return {"pid": int(pid.stdout), "bootstrap_servers": "localhost:9092", "log_file": None}


def _log(node: dict[str, Any]) -> str:
    if node["log_file"]:
        return Path(str(node["log_file"])).read_text(encoding="utf-8", errors="replace")
    logs = subprocess.run(["docker", "logs", _NAME], check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return logs.stdout.decode(errors="replace")


def _make_topics(servers: str, partitions: int) -> None:
    admin = AdminClient({"bootstrap.servers": servers})
    topics = [NewTopic(_SMALL, partitions, 1), NewTopic(_LARGE, 12, 1)]
    for made in admin.create_topics(topics, operation_timeout=120).values():
        made.result(timeout=120)


def _load(servers: str, process: psutil.Process, options: argparse.Namespace) -> tuple[int, int]:
    acknowledged = [0] * options.connections
    end = time.monotonic() + options.seconds
    threads = [
        threading.Thread(target=_produce, args=(servers, number, acknowledged, end, options), daemon=True)
        for number in range(options.connections)
    ]
    for thread in threads:
        thread.start()
    peak = 0
    while any(thread.is_alive() for thread in threads) and process.is_running():
        peak = max(peak, process.memory_info().rss)
        time.sleep(0.5)
    return sum(acknowledged), peak


def _produce(servers: str, number: int, acknowledged: list[int], end: float, options: argparse.Namespace) -> None:
    producer = Producer(
        {
            "bootstrap.servers": servers,
            "message.max.bytes": 2 * _LARGEST,
            "queue.buffering.max.kbytes": 4096,
            "linger.ms": 0,
        }
    )

    def count(error: KafkaError | None, _: object) -> None:
        acknowledged[number] += error is None

    turn = 0
    while time.monotonic() < end:
        producer.produce(_LARGE, _MESSAGE, on_delivery=count)
        for _ in range(10):
            turn += 1
            producer.produce(_SMALL, b"small", partition=(number * 10 + turn) % options.partitions)
        producer.flush(60)
        time.sleep(options.connections / options.rate)
    producer.flush(60)


def _read_back(servers: str, topic: str) -> int:
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": _NAME,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
            "fetch.message.max.bytes": _LARGEST,
            "queued.max.messages.kbytes": 16_384,
        }
    )
    consumer.subscribe([topic])
    read, ended = 0, set[int]()
    deadline = time.monotonic() + 300
    while len(ended) < 12 and time.monotonic() < deadline:
        if (message := consumer.poll(1)) is None:
            continue
        if message.error() is None:
            read += 1
        elif message.error().code() == KafkaError._PARTITION_EOF:
            ended.add(message.partition())
    consumer.close()
    return read


def _verdict(process: psutil.Process, log: str, sent: int, read: int) -> int:
    problems = [
        *([] if process.is_running() else ["the broker ended"]),
        *(["its log names an OutOfMemoryError"] if "OutOfMemoryError" in log else []),
        *(["nothing was acknowledged"] if sent == 0 else []),
        *([f"{sent - read} acknowledged messages are lost"] if read < sent else []),
    ]
    print("; ".join(problems) or "the broker survived")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

"""A client as a program, so that it can run on this machine and in a container: produces, and reads it back.

    produce_and_consume.py CONFIG TOPIC

CONFIG is JSON, as librdkafka takes it. It prints what it read; it ends with 1 when that is not what it has sent.
"""

from __future__ import annotations

import json
import sys
import time
import uuid

from confluent_kafka import Consumer, Producer

SECONDS = 90


def main() -> int:
    """Send three records and read them."""
    config, topic = json.loads(sys.argv[1]), sys.argv[2]
    sent = [f"{uuid.uuid4()}" for _ in range(3)]
    failures: list[str] = []
    # A topic that is not there yet is waited for: the broker may still be starting, or be creating it.
    patience = {"message.timeout.ms": SECONDS * 1000, "topic.metadata.propagation.max.ms": SECONDS * 1000}
    producer = Producer(config | patience | {"acks": "all"})
    for each in sent:
        producer.produce(topic, each, on_delivery=lambda error, _: failures.append(str(error)) if error else None)
    if producer.flush(SECONDS) or failures:
        sys.stderr.write(f"not delivered: {failures}\n")
        return 1
    consumer = Consumer(config | {"group.id": sent[0], "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    found: set[str] = set()
    deadline = time.monotonic() + SECONDS
    while not set(sent) <= found and time.monotonic() < deadline:
        message = consumer.poll(0.5)
        if message is not None and not message.error():
            found.add(message.value().decode())
    consumer.close()
    sys.stdout.write(f"{len(found & set(sent))} of {len(sent)}\n")
    return 0 if set(sent) <= found else 1


sys.exit(main())

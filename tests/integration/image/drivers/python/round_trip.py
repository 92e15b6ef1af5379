"""Starts the image with Testcontainers' own KafkaContainer, produces, consumes in a group, and prints what it read."""

import os

from kafka import KafkaConsumer, KafkaProducer
from testcontainers.community.kafka import KafkaContainer

with KafkaContainer(os.environ["IMAGE"]).with_kraft() as broker:
    servers = broker.get_bootstrap_server()
    with KafkaProducer(bootstrap_servers=servers, acks="all") as producer:
        for value in ("one", "two", "three"):
            producer.send("orders", value.encode()).get(timeout=20)
    with KafkaConsumer(
        "orders",
        bootstrap_servers=servers,
        group_id="drivers",
        auto_offset_reset="earliest",
        consumer_timeout_ms=20_000,
    ) as consumer:
        values = [next(consumer).value.decode() for _ in range(3)]
print("read:", *values)  # noqa: T201 - what the test looks for

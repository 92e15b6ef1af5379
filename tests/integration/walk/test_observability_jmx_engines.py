"""JMX of the native executable beside the JVM's: what can be read there can be read here."""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import TYPE_CHECKING

import confluent_kafka
import pytest

from kafka_native._system.ports import free_ports

from ..adapters import Confluent, Record
from ..waiting import wait_until
from .jmx import connect, jmx_options, jmx_url

if TYPE_CHECKING:
    from ..conftest import StartNode
    from ..java_tools import JavaTools
    from .jmx import Jmx

_TOPIC = "observed"
_COUNT = 10
_LOG_DIRECTORY = re.compile(r'logDirectory="[^"]*"')

_NOT_COMPARED = {
    r"java\.lang:.*type=(MemoryPool|MemoryManager|GarbageCollector)": "the memory of a native image has other parts",
    r"java\.nio:.*type=BufferPool": "native-image has no beans for it",
    r"com\.sun\.management:type=HotSpotDiagnostic": "HotSpot's own; a native image dumps its heap at a signal",
    r"jdk\.management:type=VirtualThreadScheduler": "native-image has no bean for it",
    r"jdk\.management\.jfr:": "is there only with --enable-monitoring=jfr",
    r"java\.util\.logging:": "native-image has no bean for it, and Kafka logs through log4j",
    r"java\.lang:type=Runtime: BootClassPath": "a native image has no class path",
    r"kafka\.network:error=": "which errors there were first, such as COORDINATOR_LOAD_IN_PROGRESS, is timing",
}
"""Attributes by a regular expression for the beginning of `BEAN: ATTRIBUTE`, and why both engines may differ there."""


@pytest.mark.native
@pytest.mark.feature("Observability", "Beans and attributes that the JVM has")
def test_what_is_readable_on_the_jvm_is_readable_natively(start: StartNode, tools: JavaTools) -> None:
    with ExitStack() as stack:

        def observe(**changes: object) -> Jmx:
            port = free_ports(1)[0]
            _use(start(ephemeral=True, java_options=jmx_options(port), **changes).bootstrap_servers)
            return stack.enter_context(connect(tools, jmx_url(port)))

        native, jvm = observe(), observe(engine="jvm", executable=None)
        expected = _readable(jvm)
        assert f"kafka.log:name=LogEndOffset,partition=0,topic={_TOPIC},type=Log: Value" in expected
        assert sorted(expected - _readable(native)) == []


def _use(servers: str) -> None:
    """Have beans come into being, also those of topics, groups, transactions and clients."""
    client = Confluent()
    client.produce(servers, _TOPIC, [Record(b"seen") for _ in range(_COUNT)])
    transactions = client.transactional(servers, "transactions")
    transactions.begin()
    transactions.send(_TOPIC, b"seen")
    transactions.commit()
    transactions.close()
    _consume(servers)


def _consume(servers: str) -> None:
    names = {"bootstrap.servers": servers, "group.id": "observers", "client.id": "observer"}
    consumer = confluent_kafka.Consumer(names | {"auto.offset.reset": "earliest"})
    consumer.subscribe([_TOPIC])
    wait_until(lambda: consumer.poll(1), "a record")
    consumer.commit(asynchronous=False)
    consumer.close()


def _readable(jmx: Jmx) -> set[str]:
    """Return each attribute that has a value as `BEAN: ATTRIBUTE`, without what no two nodes have in common."""
    readable = {
        _LOG_DIRECTORY.sub("logDirectory=its", f"{bean}: {name}")
        for bean, attributes in jmx.read().items()
        for name, outcome in attributes.items()
        if outcome.readable
    }
    return {each for each in readable if not any(re.match(pattern, each) for pattern in _NOT_COMPARED)}

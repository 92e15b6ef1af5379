"""What an operator takes from a running broker: threads, the heap, collections of garbage, recordings."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from kafka_native._system.ports import free_ports

from ..waiting import wait_until
from .jmx import connect, jmx_options, jmx_url
from .log_configuration import text_of, wait_for_text

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.broker import Node, NodeSpec

    from ..conftest import StartNode
    from ..java_tools import JavaTools

_HANDLER = '"data-plane-kafka-request-handler-0"'
_MEMORY = "java.lang:type=Memory"
_DIAGNOSTICS = "com.sun.management:type=HotSpotDiagnostic"
_HEAP_DUMP = b"JAVA PROFILE 1.0.2\0"
_HEAP_DUMP_END = b"\x2c"
"""The tag of the last record, which has no body: HPROF_HEAP_DUMP_END of hprof_b_spec.h."""
_LAST_RECORD_BYTES = 9
_COLLECTION = re.compile(r"GC\(\d+\) Pause")
_TIMEOUT_SECONDS = 60


def _signal(node: Node, number: signal.Signals) -> None:
    assert node.pid
    os.kill(node.pid, number)


@pytest.mark.feature("Observability", "Thread dump (SIGQUIT)")
def test_sigquit_prints_the_threads_and_the_broker_goes_on(start: StartNode) -> None:
    node = start(ephemeral=True)
    pid = node.pid
    _signal(node, signal.SIGQUIT)
    assert "kafka.server.KafkaRequestHandler.run" in wait_for_text(node.log_file, _HANDLER)
    assert node.pid == pid


@pytest.mark.feature("Observability", "Heap dump")
def test_the_heap_is_dumped(start: StartNode, tools: JavaTools, node_spec: NodeSpec, tmp_path: Path) -> None:
    """Natively by a signal, since the bean that does it is HotSpot's own."""
    port = free_ports(1)[0]
    node = start(ephemeral=True, java_options=(f"-XX:HeapDumpPath={tmp_path}", *jmx_options(port)))
    if node_spec.engine == "jvm":
        with connect(tools, jmx_url(port)) as jmx:
            jmx.invoke(_DIAGNOSTICS, "dumpHeap", str(tmp_path / "heap.hprof"), True)
    else:
        _signal(node, signal.SIGUSR1)
    wait_until(lambda: _dumps(tmp_path), "a complete dump", _TIMEOUT_SECONDS)


def _dumps(folder: Path) -> list[Path]:
    """Return the heap dumps that have the head of their format, and its last record."""
    return [path for path in folder.glob("*.hprof") if _is_complete(path)]


def _is_complete(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(len(_HEAP_DUMP))
        file.seek(max(0, path.stat().st_size - _LAST_RECORD_BYTES))
        return head == _HEAP_DUMP and file.read(1) == _HEAP_DUMP_END


@pytest.mark.feature("Observability", "Log of garbage collections")
def test_collections_are_logged_when_asked_for(start: StartNode, tools: JavaTools, node_spec: NodeSpec) -> None:
    """The option has another name on the JVM."""
    port = free_ports(1)[0]
    option = "-Xlog:gc" if node_spec.engine == "jvm" else "-XX:+PrintGC"
    node = start(ephemeral=True, java_options=(option, *jmx_options(port)))
    before = len(_COLLECTION.findall(text_of(node.log_file)))
    with connect(tools, jmx_url(port)) as jmx:
        jmx.invoke(_MEMORY, "gc")
    wait_until(lambda: len(_COLLECTION.findall(text_of(node.log_file))) > before, "the collection in the log")


def _jcmd(tools: JavaTools, node: Node, *words: str) -> str:
    """Attach to the process and have it do something."""
    argv = (str(tools.java.with_name("jcmd")), "-J-Dsun.tools.attach.attachTimeout=3000", str(node.pid), *words)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False)
    if "AttachNotSupportedException" in done.stderr:
        pytest.skip("not run: nothing can attach to an executable built without --enable-monitoring=jcmd")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.feature("Observability", "Commands to the process (jcmd)")
def test_jcmd_prints_threads_and_properties(start: StartNode, tools: JavaTools) -> None:
    node = start(ephemeral=True, java_options=("-Dobserved=yes",))
    said = _jcmd(tools, node, "Thread.print")
    # A native executable prints the threads itself, as at SIGQUIT, and only says so to jcmd.
    assert _HANDLER in said or ("Threads dumped." in said and wait_for_text(node.log_file, _HANDLER))
    assert "observed=yes" in _jcmd(tools, node, "VM.system_properties")


@pytest.mark.feature("Observability", "JMX without a port (attaching to the process)")
def test_an_attached_agent_offers_jmx(start: StartNode, tools: JavaTools) -> None:
    node = start(ephemeral=True)
    if "ManagementAgent.start" not in _jcmd(tools, node, "help"):
        pytest.skip("not run: a native executable offers JMX only when it is started with a JMX port")
    port = free_ports(1)[0]
    settings = (f"jmxremote.port={port}", "jmxremote.authenticate=false", "jmxremote.ssl=false")
    _jcmd(tools, node, "ManagementAgent.start", *settings, "jmxremote.host=127.0.0.1")
    with connect(tools, jmx_url(port)) as jmx:
        assert jmx.get("kafka.server:type=KafkaServer,name=ClusterId", "Value")


@pytest.mark.feature("Observability", "Flight recordings (JFR)")
def test_a_flight_recording_is_taken(start: StartNode, tools: JavaTools, tmp_path: Path) -> None:
    node = start(ephemeral=True)
    if "JFR.start" not in _jcmd(tools, node, "help"):
        pytest.skip("not run: the executable is built without --enable-monitoring=jfr")
    _jcmd(tools, node, "JFR.start", "name=walk")
    _jcmd(tools, node, "JFR.dump", "name=walk", f"filename={tmp_path}/walk.jfr")
    assert (tmp_path / "walk.jfr").read_bytes()[:4] == b"FLR\0"

"""What an image promises beyond Apache's own sanity test: how it behaves as a container, and what drivers rely on."""

from __future__ import annotations

import tarfile
import time
from typing import TYPE_CHECKING, Any

from kafka_native._system.files import write_text
from kafka_native._system.ports import free_ports, is_free
from kafka_native.errors import ImageError
from kafka_native.image.sanity import clients
from kafka_native.image.sanity.containers import wait_until
from kafka_native.image.sanity.results import NotRunError
from kafka_native.image.sanity.topology import CLIENT_PORT, READY_LINE, Extras, start_cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kafka_native.image.sanity.containers import Bed, Container

__all__ = ["PROMISES"]

_DATA = "/var/lib/kafka/data"
_TERM_SECONDS = 2.0
_HEALTH_SECONDS = 30
_MEMORY_MEGABYTES = 300
_LOAD_MEGABYTES = 200
_SIGKILLED = 137
_SET_ID_BITS = 0o6000
_EXPORT_SECONDS = 120
_PACKAGE_MANAGERS = frozenset({"apk", "apt", "apt-get", "dpkg", "dnf", "microdnf", "rpm", "yum"})
_START_SCRIPT = "/tmp/testcontainers_start.sh"  # noqa: S108 - a path in the container
_DRIVER_VARIABLES = {
    "KAFKA_NODE_ID": "1",
    "KAFKA_PROCESS_ROLES": "broker,controller",
    "KAFKA_LISTENERS": f"PLAINTEXT://0.0.0.0:{CLIENT_PORT},CONTROLLER://0.0.0.0:9094",
    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
    "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9094",
}
_TOOL = "/opt/kafka/bin/kafka-topics.sh"


def _single(bed: Bed, *options: str, **variables: str) -> dict[str, Any]:
    """Start a single node and return the configuration of its clients."""
    cluster = start_cluster(bed, "single node", Extras(options=options, variables=variables))
    return {"bootstrap_servers": cluster.servers}


def _starts_without_variables(bed: Bed) -> None:
    """On the port that it is published on, since its default advertised listener is localhost:9092."""
    if not is_free(CLIENT_PORT):
        raise NotRunError(
            f"port {CLIENT_PORT} of this machine is taken, and the default address is localhost:{CLIENT_PORT}"
        )
    started = time.monotonic()
    container = bed.run(ports={CLIENT_PORT: CLIENT_PORT})
    container.wait_until_serving(CLIENT_PORT)
    bed.timings["docker run to the broker answering"] = time.monotonic() - started
    clients.round_trip({"bootstrap_servers": f"localhost:{CLIENT_PORT}"}, "no-variables")


def _one_variable_keeps_the_defaults(bed: Bed) -> None:
    """The listener has the port of the advertised one, as upstream's `configure` script derives it."""
    (port,) = free_ports(1)
    variables = {"KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://localhost:{port}", "KAFKA_NUM_PARTITIONS": "3"}
    bed.run(variables, ports={port: port}).wait_until_serving(port)
    clients.round_trip({"bootstrap_servers": f"localhost:{port}"}, "one-variable")


def _another_container(bed: Bed) -> None:
    cluster = start_cluster(bed, "single node")
    clients.create_topic({"bootstrap_servers": cluster.servers}, "seen-from-outside")
    words = ("--bootstrap-server", cluster.internal_servers, "--list")
    options = ("--rm", "--network", cluster.network)
    result = bed.engine.try_call("run", *options, "--entrypoint", _TOOL, bed.image, *words)
    if "no such file" in result.stderr.lower() or "not found" in result.stderr.lower():
        raise NotRunError(f"the image has no {_TOOL} that could be the client in another container")
    if "seen-from-outside" not in result.stdout.split():
        raise ImageError("kafka-topics.sh in another container does not list the topic", details=result.stderr)


def _read_only_root(bed: Bed) -> None:
    config = _single(bed, "--read-only", "--volume", f"{bed.volume()}:{_DATA}", KAFKA_LOG_DIRS=_DATA)
    clients.round_trip(config, "read-only")
    _compress_in_the_broker(config)


def _compress_in_the_broker(config: dict[str, Any]) -> None:
    """Produce plain records to topics that are compressed: then the broker itself needs the codec's native code."""
    for codec in ("gzip", "snappy", "lz4", "zstd"):
        clients.create_topic(config, codec, properties={"compression.type": codec})
        clients.produce(config, codec, [b"x" * 1000])


def _codecs(bed: Bed) -> None:
    _compress_in_the_broker(_single(bed))


def _arbitrary_user(bed: Bed) -> None:
    config = _single(bed, "--user", "1000650000:0", "--volume", f"{bed.volume()}:{_DATA}", KAFKA_LOG_DIRS=_DATA)
    clients.round_trip(config, "arbitrary-user")


def _named_volume(bed: Bed) -> None:
    """A second container that gets the volume of the first has its data."""
    volume = ("--volume", f"{bed.volume()}:{_DATA}")
    first = start_cluster(bed, "single node", Extras(options=volume, variables={"KAFKA_LOG_DIRS": _DATA}))
    clients.round_trip({"bootstrap_servers": first.servers}, "kept")
    first.brokers[0].stop()
    second = _single(bed, *volume, KAFKA_LOG_DIRS=_DATA)
    _expect_ten(second, "kept")


def _expect_ten(config: dict[str, Any], topic: str) -> None:
    found = clients.read(config, topic, 10)
    if len(found) != 10:  # noqa: PLR2004 - what a round trip produces
        raise AssertionError(f"10 records were acknowledged, and {len(found)} are there")


def _terminates(bed: Bed) -> None:
    cluster = start_cluster(bed, "single node")
    clients.round_trip({"bootstrap_servers": cluster.servers}, "terminated")
    code, seconds = cluster.brokers[0].signal_and_wait("TERM", 60)
    bed.timings["SIGTERM to the end"] = seconds
    if code == _SIGKILLED:
        raise AssertionError("the broker was killed")
    if seconds > _TERM_SECONDS:
        raise AssertionError(f"the broker ended {seconds:.2f} s after SIGTERM; {_TERM_SECONDS:g} s are allowed")


def _memory_limit(bed: Bed) -> None:
    """Produce much more than the limit: a heap that is sized by the machine instead would outgrow it."""
    cluster = start_cluster(bed, "single node", Extras(options=("--memory", f"{_MEMORY_MEGABYTES}m")))
    config = {"bootstrap_servers": cluster.servers}
    clients.create_topic(config, "much", properties={"segment.bytes": "16777216", "retention.bytes": "33554432"})
    clients.produce_megabytes(config, "much", _LOAD_MEGABYTES)
    cluster.brokers[0].check_alive()
    clients.round_trip(config, "afterwards")


def _health(bed: Bed) -> None:
    if not bed.engine.inspect_image(bed.image)["Config"].get("Healthcheck"):
        raise AssertionError("the image declares no health check")
    options = (
        "--health-interval",
        "1s",
        "--health-timeout",
        "2s",
        "--health-retries",
        "2",
        "--health-start-period",
        "1s",
    )
    broker = start_cluster(bed, "single node", Extras(options=options)).brokers[0]
    _wait_for_health(broker, "healthy")
    bed.engine.call("kill", "--signal", "STOP", broker.name, doing="stopping the broker's process")
    try:
        _wait_for_health(broker, "unhealthy")
    finally:
        bed.engine.call("kill", "--signal", "CONT", broker.name, doing="letting the broker's process go on")
    _wait_for_health(broker, "healthy")


def _wait_for_health(container: Container, status: str) -> None:
    def told() -> str:
        state = container.state()
        return str((state.get("Health") or state.get("Healthcheck") or {}).get("Status"))

    wait_until(lambda: told() == status, f"{container.name} is {status}", _HEALTH_SECONDS)


def _kill_and_recover(bed: Bed) -> None:
    cluster = start_cluster(bed, "single node")
    config = {"bootstrap_servers": cluster.servers}
    clients.round_trip(config, "survives")
    broker = cluster.brokers[0]
    broker.signal_and_wait("KILL", 30)
    broker.start()
    broker.wait_until_serving(cluster.ports[0])
    _expect_ten(config, "survives")


def _start_script(bed: Bed) -> None:
    """What Testcontainers does: a command that waits for a script, and a script that tells the advertised listeners."""
    (port,) = free_ports(1)
    loop = f"while [ ! -f {_START_SCRIPT} ]; do sleep 0.1; done; {_START_SCRIPT}"
    container = bed.run(_DRIVER_VARIABLES, ports={port: CLIENT_PORT}, command=("sh", "-c", loop))
    script = bed.folder / "start.sh"
    lines = ("#!/bin/bash", f"export KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://localhost:{port}", "/etc/kafka/docker/run")
    write_text(script, "\n".join(lines) + "\n", mode=0o777)
    script.chmod(0o777)
    bed.engine.call(
        "cp", script, f"{container.name}:{_START_SCRIPT}", doing="copying a start script into the container"
    )
    container.wait_until_logged(READY_LINE)
    container.wait_until_serving(port)
    clients.round_trip({"bootstrap_servers": f"localhost:{port}"}, "start-script")


def _needs_shell(bed: Bed) -> None:
    labels = bed.engine.inspect_image(bed.image)["Config"].get("Labels") or {}
    if labels.get("kafka-native.variant") == "slim":
        raise NotRunError("the slim variant has no shell")


def _drivers(bed: Bed) -> None:
    _needs_shell(bed)
    _start_script(bed)


def _writable_folders(bed: Bed) -> None:
    _needs_shell(bed)
    folders = "/tmp /opt/kafka /opt/kafka/config"  # noqa: S108 - paths in the container
    probe = f'set -e; for each in {folders}; do echo "$each"; : > "$each/.probe"; done; bash -c "echo bash"'
    words = ("run", "--rm", "--entrypoint", "sh", bed.image, "-c", probe)
    found = bed.engine.call(*words, doing="writing into folders as the default user")
    if found.split() != [*folders.split(), "bash"]:
        raise AssertionError(f"expected {folders} and bash, and the container says {found!r}")


def _hardened(bed: Bed) -> None:
    config = bed.engine.inspect_image(bed.image)["Config"]
    problems = []
    if config.get("User", "").partition(":")[0] in ("", "0", "root"):
        problems.append("its default user is root")
    if (config.get("Entrypoint") or config.get("Cmd") or ["/bin/sh"])[0] in ("/bin/sh", "sh"):
        problems.append("its start command needs a shell")
    if not config.get("Volumes"):
        problems.append("it declares no volume")
    members = _members(bed)
    set_id = [each.name for each in members if each.isfile() and each.mode & _SET_ID_BITS]
    managers = [each.name for each in members if each.name.rpartition("/")[2] in _PACKAGE_MANAGERS and not each.isdir()]
    problems += [f"these files are set-uid or set-gid: {', '.join(set_id)}"] if set_id else []
    problems += [f"it has a package manager: {', '.join(managers)}"] if managers else []
    if problems:
        raise AssertionError("; ".join(problems))


def _members(bed: Bed) -> Sequence[tarfile.TarInfo]:
    """Return all files of the image."""
    name, archive = bed.name("export"), bed.folder / "root.tar"
    bed.engine.call("create", "--name", name, bed.image, doing="looking into the image")
    try:
        bed.engine.call(
            "export", "--output", archive, name, doing="looking into the image", timeout_seconds=_EXPORT_SECONDS
        )
    finally:
        bed.engine.try_call("rm", "--force", "--volumes", name)
    with tarfile.open(archive) as tar:
        return tar.getmembers()


def _dies_with_a_reason(bed: Bed) -> None:
    """A property that cannot be: the container ends by itself, soon, with a code and a message, and not with 0."""
    container = bed.run({"KAFKA_NODE_ID": "many"})
    wait_until(lambda: not container.state()["Running"], "a node with a wrong node.id ends", 30)
    state, logs = container.state(), container.logs()
    if state["ExitCode"] == 0 or "node.id" not in logs.lower().replace("_", "."):
        raise AssertionError(f"it ended with {state['ExitCode']}, and says nothing of node.id")


PROMISES: tuple[tuple[str, str, Callable[[Bed], None]], ...] = (
    ("start", "without any variable, a client on the host is served", _starts_without_variables),
    ("start", "one variable leaves the other defaults as they are", _one_variable_keeps_the_defaults),
    ("start", "a wrong property ends the container with a reason", _dies_with_a_reason),
    ("container", "another container is served on the internal listener", _another_container),
    ("container", "read-only root file system, with a volume for data", _read_only_root),
    ("container", "arbitrary user id in group 0", _arbitrary_user),
    ("container", "a named volume keeps data for the next container", _named_volume),
    ("container", f"SIGTERM ends the first process within {_TERM_SECONDS:g} s", _terminates),
    ("container", f"memory limit of {_MEMORY_MEGABYTES} MB under load", _memory_limit),
    ("container", "the health check tells healthy and unhealthy", _health),
    ("container", "killed, started again, nothing acknowledged is lost", _kill_and_recover),
    ("container", "the broker compresses with every codec", _codecs),
    ("drivers", "a start script for bash, as Testcontainers writes it", _drivers),
    ("drivers", "sh and bash are there, /tmp and /opt/kafka can be written", _writable_folders),
    ("hardening", "no root, no shell to start, no set-uid file, no package manager, a volume", _hardened),
)

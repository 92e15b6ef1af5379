"""The commands and their help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclopts import App, Parameter

from kafka_native import __version__
from kafka_native.cli.tool_commands import add_tools

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["app", "load_listed"]

_HELP = "The real Apache Kafka, compiled ahead of time, for local development and tests."
_VARIABLES = (
    "Variables: NATIVE_KAFKA_EXECUTABLE, NATIVE_KAFKA_CACHE_DIR, NATIVE_KAFKA_DATA_DIR, NATIVE_KAFKA_MAVEN_URL."
)

_GROUPS = {
    "image": "Build, test and release container images.",
    "config": "See how a node is configured.",
    "toolchain": "Find, install and check what compiles native executables.",
    "metadata": "Make and check the reachability metadata that a native build needs.",
    "systest": "Test what Kafka can do, against real brokers.",
    "bench": "Measure native executables against the JVM.",
}
_COMMANDS = {
    "up": "broker_commands:up_command",
    "down": "broker_commands:down_command",
    "status": "broker_commands:status_command",
    "list": "broker_commands:list_command",
    "logs": "broker_commands:logs_command",
    "build": "build_commands:build_command",
    "image sbom": "release_commands:sbom_command",
    "image scan": "release_commands:scan_command",
    "image release": "release_commands:release_command",
    "image promote": "release_commands:promote_command",
    "image build": "image_commands:build_command",
    "image test": "image_commands:check_command",
    "config render": "config_commands:render_command",
    "toolchain status": "toolchain_commands:status_command",
    "toolchain install": "toolchain_commands:install_command",
    "toolchain verify": "toolchain_commands:verify_command",
    "metadata trace": "metadata_commands:trace_command",
    "metadata merge": "metadata_commands:merge_command",
    "metadata check": "metadata_commands:check_command",
    "metadata diff": "metadata_commands:diff_command",
    "metadata explain": "metadata_commands:explain_command",
    "systest walk": "systest_commands:walk_command",
    "systest list": "systest_commands:list_command",
    "systest report": "systest_commands:report_command",
    "bench start": "bench_commands:start_command",
    "bench memory": "bench_commands:memory_command",
    "bench throughput": "bench_commands:throughput_command",
    "bench growth": "bench_commands:growth_command",
    "bench tool": "bench_commands:tool_command",
    "bench docker": "bench_commands:docker_command",
    "bench size": "bench_commands:size_command",
    "bench all": "bench_commands:all_command",
    "bench report": "bench_commands:report_command",
}
"""The words of each command, and where its function is: a module of this package, and a name in it."""

_EXAMPLES = {
    "": """\
kafka-native up --topic orders:6    # a broker, until Ctrl-C
kafka-native up --detach            # the same in the background
kafka-native logs -f                # its log
kafka-native down                   # stop it; its data stays""",
    "up": """\
kafka-native up --topic orders:6 --topic events
kafka-native up --detach --json
kafka-native up second --port 9192 --ephemeral
kafka-native up --property auto.create.topics.enable=false
kafka-native up yardstick --engine jvm --detach
kafka-native up --preset prometheus""",
    "down": """\
kafka-native down
kafka-native down second --timeout 5
kafka-native down second --delete-data --yes""",
    "status": """\
kafka-native status
kafka-native status default --json""",
    "logs": """\
kafka-native logs -n 50
kafka-native logs second -f""",
    "build": """\
kafka-native build
kafka-native build --march native --output ./kafka
kafka-native build --kafka-dir ~/kafka_2.13-4.3.1
kafka-native build --jar my-authorizer.jar --trace-with ./scenario.sh
kafka-native build --preset prometheus --maven com.example:plug-in:1.0""",
    "config render": """\
kafka-native config render --env KAFKA_NUM_PARTITIONS=6 --mount ./config
kafka-native config render --env-file broker.env --secrets ./secrets --json""",
    "image build": """\
kafka-native image build
kafka-native image build --variant slim --tag registry.example/kafka:dev
kafka-native image build --executable ./kafka --output kafka.tar --no-load
kafka-native image build --dry-run --json""",
    "image test": """\
kafka-native image test kafka-native:4.3.1
kafka-native image test kafka-native:4.3.1 --scenario restart --scenario health
kafka-native image test apache/kafka-native:4.3.1 --output ./upstream
kafka-native image test --list""",
    "image sbom": """\
kafka-native image sbom kafka-native:4.3.1 --output sbom.json
kafka-native image sbom --executable ./kafka""",
    "image scan": """\
kafka-native image scan kafka-native:4.3.1 --advisories ~/osv
kafka-native image scan --executable ./kafka --advisories ~/osv/Maven.zip --fail-on critical --ignore accepted.toml""",
    "image release": """\
kafka-native image release kafka-native:4.3.1 --to registry.example.org/team/kafka:4.3.1-rc1 --dry-run
kafka-native image release amd64.tar arm64.tar --to registry.example.org/team/kafka:4.3.1-rc1 --yes""",
    "image promote": """\
kafka-native image promote registry.example.org/team/kafka:4.3.1-rc1 \\
    --tested image-test.json --tag 4.3.1 --moving-tag latest""",
    "systest walk": """\
kafka-native systest walk
kafka-native systest walk --engine native --executable ./kafka --area Security
kafka-native systest walk --engine native --gate --strict""",
    "bench report": """\
kafka-native bench report
kafka-native bench report --markdown bench/records""",
    "bench start": """\
kafka-native bench start
kafka-native bench start --runs 5 --engine native --executable ./kafka --allow-busy""",
}


def _examples(command: str) -> str:
    return f"Examples:\n{_EXAMPLES[command]}" if command in _EXAMPLES else ""


def _make_app() -> App:
    made = App(
        name="kafka-native",
        help=_HELP,
        help_epilogue=f"{_examples('')}\n\n{_VARIABLES}",
        help_format="plaintext",
        version=f"kafka-native {__version__}",
        default_parameter=Parameter(negative=(), show_default=False),
        suppress_keyboard_interrupt=False,
    )
    groups = {name: App(name=name, help=summary, help_epilogue="") for name, summary in _GROUPS.items()}
    for group in groups.values():
        made.command(group)
    for words, function in _COMMANDS.items():
        _add(groups.get(words.partition(" ")[0], made), words, function)
    add_tools(made)
    return made


def _add(parent: App, words: str, function: str) -> None:
    """Add a command whose module is loaded when it is called: `up` must not wait for what only others need."""
    parent.command(f"kafka_native.cli.{function}", name=words.rpartition(" ")[2], help_epilogue=_examples(words))


app = _make_app()


def load_listed(words: Sequence[str]) -> None:
    """Load the commands of the group that a command line ends in, since the group's help shows the first line of each.

    Args:
        words: The command line, without the program.
    """
    at = app
    for word in words:
        if word not in at or word.startswith("-"):
            break
        at = at[word]
    at.resolved_commands()

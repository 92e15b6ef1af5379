"""Builds an image that is laid out as upstream lays out `apache/kafka-native`, with our executable in it.

What differs between it and our image is then the design of the image alone: shell scripts and two launches of the
executable instead of one, no volume for data, no health check.

    python tests/acceptance/upstream_image.py ./kafka --tag upstream-layout:4.3.1
    ./kafka-native image test upstream-layout:4.3.1
    ./kafka-native bench docker --executable ./kafka --image upstream-layout:4.3.1

The layout is that of `docker/native` and `docker/resources/common-scripts` of Apache Kafka: the executable is
/opt/kafka/kafka.Kafka, the scripts are in /etc/kafka/docker, the command is /etc/kafka/docker/run, the user is
`appuser`, volumes are /etc/kafka/secrets and /mnt/shared/config. The scripts do what upstream's do, and are not
upstream's.

Upstream's base is Alpine with bash and gcompat. Here it is our own base (glibc, busybox) with this machine's bash, so
the size of the base is not upstream's, and there is no package manager.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "src"))

from kafka_native.image.assembling import assemble, load_into  # noqa: E402 - the line above finds it
from kafka_native.image.engine import find_engine  # noqa: E402
from kafka_native.image.packages import ensure_system_files  # noqa: E402
from kafka_native.image.platforms import Platform, check_executable, host_platform  # noqa: E402
from kafka_native.image.root_files import APP_USER, Entry, Layer, directory, file  # noqa: E402
from kafka_native.image.stage import base_layers  # noqa: E402
from kafka_native.settings import load_settings  # noqa: E402

FILES = Path(__file__).with_name("upstream_layout")
BASH = Path("/bin/bash")
OWNED = (
    "/etc/kafka",
    "/etc/kafka/docker",
    "/etc/kafka/secrets",
    "/mnt/shared/config",
    "/opt/kafka",
    "/opt/kafka/config",
)
OURS = re.compile(r"/etc/(kafka|confluent)\b|/opt/kafka\b|/mnt/shared/config|/var/lib/kafka|/bin/bash$|/usr/share/doc/")


def main() -> int:
    """Build the image, load it, and print its sizes as one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("executable", type=Path)
    parser.add_argument("--tag", default="upstream-layout:latest")
    options = parser.parse_args()
    platform = host_platform()
    check_executable(options.executable, platform)
    engine = find_engine()
    with tempfile.TemporaryDirectory() as folder:
        layers = layers_of(options.executable, platform)
        image = assemble(layers, configuration(), tags=(options.tag,), platform=platform, folder=Path(folder))
        load_into(engine, image)
    sizes = {"compressed_bytes": image.compressed_bytes, "unpacked_bytes": image.unpacked_bytes}
    print(json.dumps({"image": options.tag, "image_id": image.digests.image_id} | sizes, indent=1))
    return 0


def layers_of(executable: Path, platform: Platform) -> tuple[Layer, ...]:
    """Return the base without what our image adds to it, and upstream's files above."""
    ours = base_layers(ensure_system_files(platform, load_settings()), platform, with_shell=True)
    base = tuple(
        Layer(each.title, tuple(entry for entry in each.entries if not OURS.match(entry.path))) for each in ours
    )
    there = {entry.path for layer in base for entry in layer.entries}
    return (*base, Layer("bash", tuple(bash(there, platform))), Layer("upstream's layout", tuple(upstream(executable))))


def bash(there: set[str], platform: Platform) -> list[Entry]:
    """Return this machine's bash, and the libraries that the base lacks."""
    told = subprocess.run(["ldd", BASH], capture_output=True, text=True, check=True).stdout
    needed = [Path(each) for each in re.findall(r"=> (/\S+)", told)]
    names = {Path(each).name for each in there}
    return [
        file(str(BASH), BASH, origin="bash", mode=0o755),
        *(
            file(f"/usr/lib/{platform.triplet}/{each.name}", each, origin="bash")
            for each in needed
            if each.name not in names
        ),
    ]


def upstream(executable: Path) -> list[Entry]:
    """Return folders, executable and scripts with upstream's owners and modes."""
    scripts = [each for each in sorted(FILES.iterdir()) if each.is_file()]
    return [
        *(directory(each, mode=0o775, owner=APP_USER) for each in OWNED),
        *(
            Entry(f"/etc/kafka/docker/{each.name}", "file", 0o775, APP_USER, source=each, origin="upstream's layout")
            for each in scripts
        ),
        Entry("/opt/kafka/kafka.Kafka", "file", 0o755, APP_USER, source=executable, origin="executable"),
    ]


def configuration() -> dict[str, object]:
    """Return how a container runs."""
    return {
        "User": "appuser",
        "ExposedPorts": {"9092/tcp": {}},
        "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
        "Cmd": ["/etc/kafka/docker/run"],
        "Volumes": {"/etc/kafka/secrets": {}, "/mnt/shared/config": {}},
    }


if __name__ == "__main__":
    sys.exit(main())

"""The examples without Docker: certificates, the manifest of Kubernetes, and what all compose files have in common."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12

from kafka_native.pins import DEFAULT_KAFKA_VERSION

_EXAMPLES = Path(__file__).parents[2] / "examples"
_SCRIPT = _EXAMPLES / "make_certificates.py"
_FILES = sorted(_EXAMPLES.rglob("compose.yaml"))
_NAMES = [str(path.parent.relative_to(_EXAMPLES)) for path in _FILES]
_MANIFESTS = list(yaml.safe_load_all((_EXAMPLES / "kubernetes" / "statefulset.yaml").read_text()))


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """Return a copy of an example that needs keys."""
    return Path(shutil.copytree(_EXAMPLES / "single-node" / "ssl-file", tmp_path / "example"))


def make(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, _SCRIPT, folder], capture_output=True, text=True, check=False)


def test_keys_are_for_their_owner_only(example: Path) -> None:
    assert make(example).returncode == 0
    secrets = example / "secrets"
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in secrets.iterdir()} == {0o600}


def test_the_container_runs_as_the_owner_of_the_keys(example: Path) -> None:
    make(example)
    owner = (example / "secrets" / "broker.pem").stat().st_uid
    assert owner == (os.geteuid() or 1000)
    assert (example / ".env").read_text() == f"KAFKA_USER={owner}:0\n"


def test_brokers_and_clients_trust_each_other(example: Path) -> None:
    make(example)
    secrets = example / "secrets"
    (authority,) = x509.load_pem_x509_certificates((secrets / "ca.pem").read_bytes())
    for name in ("broker", "client"):
        text = (secrets / f"{name}.pem").read_bytes()
        key = load_pem_private_key(text, None)
        own, issuer = x509.load_pem_x509_certificates(text)
        own.verify_directly_issued_by(authority)
        assert issuer == authority
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        assert key.public_key() == own.public_key()


def test_the_certificate_names_every_node(example: Path) -> None:
    make(example)
    own, _ = x509.load_pem_x509_certificates((example / "secrets" / "broker.pem").read_bytes())
    names = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
    services = {name for path in _FILES for name in yaml.safe_load(path.read_text())["services"]}
    assert services | {"localhost"} == set(names)


def test_stores_open_with_the_password(example: Path) -> None:
    make(example)
    secrets = example / "secrets"
    password = (secrets / "store_password").read_bytes()
    store = pkcs12.load_pkcs12((secrets / "broker.keystore.p12").read_bytes(), password)
    assert store.key is not None
    assert len(pkcs12.load_pkcs12((secrets / "truststore.p12").read_bytes(), password).additional_certs) == 1


def test_tools_find_the_keys_on_this_machine_and_in_a_container(example: Path) -> None:
    make(example)
    secrets = example / "secrets"
    here = (secrets / "client.properties").read_text()
    assert f"ssl.keystore.location={secrets / 'client.pem'}\n" in here
    assert (secrets / "container.properties").read_text() == here.replace(str(secrets), "/etc/kafka/secrets")


def test_tools_log_in_where_the_example_has_users(tmp_path: Path) -> None:
    scram = shutil.copytree(_EXAMPLES / "single-node" / "sasl-ssl-scram", tmp_path / "scram")
    make(scram)
    properties = (scram / "secrets" / "container.properties").read_text()
    assert "security.protocol=SASL_SSL\n" in properties
    name, password = re.findall(r'(?:username|password)="([^"]+)"', properties)
    assert f"NATIVE_KAFKA_SCRAM_USERS: {name}:{password}," in (scram / "compose.yaml").read_text()


def test_without_its_package_the_script_says_what_is_missing() -> None:
    done = subprocess.run([sys.executable, "-I", "-S", _SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: the Python package cryptography is missing\n")


def test_the_script_has_a_help_text() -> None:
    done = subprocess.run([sys.executable, _SCRIPT, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "container.properties" in done.stdout


def test_other_files_stay(example: Path) -> None:
    (example / "secrets").mkdir()
    (example / "secrets" / "mine.pem").write_text("mine")
    first = make(example), (example / "secrets" / "broker.pem").read_bytes()
    second = make(example), (example / "secrets" / "broker.pem").read_bytes()
    assert first[1] != second[1]
    assert (example / "secrets" / "mine.pem").read_text() == "mine"


def test_a_folder_that_is_no_example_is_refused(tmp_path: Path) -> None:
    done = make(tmp_path)
    assert done.returncode == 1
    assert "no compose.yaml" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", _FILES, ids=_NAMES)
def test_ports_are_published_on_this_machine_only(path: Path) -> None:
    services = yaml.safe_load(path.read_text())["services"]
    ports = [port for each in services.values() for port in each.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("path", _FILES, ids=_NAMES)
def test_what_is_advertised_is_what_is_published(path: Path) -> None:
    for name, service in yaml.safe_load(path.read_text())["services"].items():
        environment = service["environment"]
        if environment.get("KAFKA_PROCESS_ROLES") == "controller":
            continue
        host, docker, *_ = environment["KAFKA_ADVERTISED_LISTENERS"].split(",")
        port = re.fullmatch(r"HOST://localhost:(.*)", host)
        assert port is not None
        assert f"127.0.0.1:{port[1]}:9092" in service["ports"]
        assert docker == f"DOCKER://{name}:19092"


@pytest.mark.parametrize("path", _FILES, ids=_NAMES)
def test_the_image_is_the_one_that_is_built(path: Path) -> None:
    for service in yaml.safe_load(path.read_text())["services"].values():
        assert service["image"] == f"${{KAFKA_IMAGE:-kafka-native:{DEFAULT_KAFKA_VERSION}}}"
        assert any(volume.endswith(":/var/lib/kafka/data") for volume in service["volumes"])


def test_every_example_is_in_the_guide() -> None:
    guide = (_EXAMPLES / "README.md").read_text()
    table = guide.partition("| folder |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([^`]+)`", table)) == {*_NAMES, "kubernetes/statefulset.yaml"}


@pytest.mark.parametrize("version", ["1.30", "1.33"])
def test_the_manifest_is_valid(version: str) -> None:
    for manifest in _MANIFESTS:
        kubernetes_validate.validate(manifest, version, strict=True)


def test_the_manifest_is_restricted() -> None:
    service, workload = _MANIFESTS
    pod: dict[str, Any] = workload["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["enableServiceLinks"] is False
    assert service["spec"]["selector"] == workload["spec"]["template"]["metadata"]["labels"]
    assert container["image"] == f"kafka-native:{DEFAULT_KAFKA_VERSION}"
    mounts = {each["name"] for each in container["volumeMounts"]}
    volumes = {each["name"] for each in pod["volumes"]}
    claims = {each["metadata"]["name"] for each in workload["spec"]["volumeClaimTemplates"]}
    assert mounts == volumes | claims

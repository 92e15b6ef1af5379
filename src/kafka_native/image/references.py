"""Names of images, parsed as Docker and podman parse them.

The rules are those of the distribution project's reference grammar
(https://pkg.go.dev/github.com/distribution/reference).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from kafka_native.errors import SettingsError

__all__ = ["DOCKER_HUB", "ImageReference", "parse_reference", "parse_tag"]

DOCKER_HUB = "docker.io"
"""The registry of a name that names none."""

_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_REGISTRY = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class ImageReference:
    """A name of an image in a registry.

    Args:
        registry: Host, with the port if it has one.
        repository: Path in the registry.
        tag: Tag, or empty.
        digest: `sha256:` and 64 hexadecimal digits, or empty.
    """

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def name(self) -> str:
        """Registry and repository."""
        return f"{self.registry}/{self.repository}"

    def tagged(self, tag: str) -> ImageReference:
        """Return the reference to another tag of the same repository."""
        return replace(self, tag=parse_tag(tag), digest="")

    def __str__(self) -> str:
        """Return it as one would type it."""
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.name}{tag}{f'@{self.digest}' if self.digest else ''}"


def parse_reference(text: str) -> ImageReference:
    """Return the parts of `[REGISTRY/]REPOSITORY[:TAG][@DIGEST]`.

    Raises:
        SettingsError: When it is not of this form.
    """
    rest, at, digest = text.partition("@")
    name, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:
        name, tag = rest, ""
    registry, slash, repository = name.partition("/")
    if not slash or not (set(".:") & set(registry) or registry == "localhost" or registry != registry.lower()):
        registry, repository = DOCKER_HUB, name
    if registry == DOCKER_HUB and "/" not in repository:
        repository = f"library/{repository}"
    if not _REGISTRY.fullmatch(registry) or not _REPOSITORY.fullmatch(repository):
        raise _malformed(text, "registry and repository are like registry.example.org/team/kafka, in lower case")
    if at and not _DIGEST.fullmatch(digest):
        raise _malformed(text, "a digest is sha256: and 64 hexadecimal digits")
    return ImageReference(registry, repository, parse_tag(tag) if tag or rest.endswith(":") else "", digest)


def parse_tag(text: str) -> str:
    """Return a tag that is one.

    Raises:
        SettingsError: When it is none.
    """
    if not _TAG.fullmatch(text):
        raise _malformed(text, "a tag has letters, digits, _, . and -, at most 128, and begins with none of . and -")
    return text


def _malformed(text: str, rule: str) -> SettingsError:
    return SettingsError(
        f"{text!r} is no name of an image: {rule}",
        hint="for example kafka-native:4.3.1 or registry.example.org:5000/team/kafka:dev",
    )

"""Bills of materials in CycloneDX 1.6 JSON (https://cyclonedx.org/docs/1.6/json/): same input, same bytes."""

from __future__ import annotations

import os
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component as BomComponent
from cyclonedx.model.component import ComponentScope, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from kafka_native import __version__
from kafka_native._system.files import digest_of_text
from kafka_native.settings import source_date_epoch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kafka_native.release.components import Component
    from kafka_native.release.file_tree import ImageFile
    from kafka_native.release.inventory import Inventory

__all__ = ["render_sbom"]


def render_sbom(inventory: Inventory, environment: Mapping[str, str] = os.environ) -> str:
    """Return the bill of materials of an inventory.

    Args:
        inventory: What is in the image or executable. Each file of an image stands below the component that it
            belongs to; what belongs to none stands at the top, with the property `kafka-native:unaccounted`.
        environment: SOURCE_DATE_EPOCH, in seconds, is its time; without it, the time of the image or executable is.

    Raises:
        SettingsError: When SOURCE_DATE_EPOCH is not a number.
    """
    bom = Bom()
    bom.metadata.timestamp = _time(inventory, environment)
    bom.metadata.tools.components.add(
        BomComponent(type=ComponentType.APPLICATION, name="kafka-native", version=__version__, bom_ref="tool")
    )
    root = _root(inventory)
    bom.metadata.component = root
    for each in inventory.components:
        bom.components.add(_component(each))
    for file in inventory.unaccounted:
        bom.components.add(_file(file, Property(name="kafka-native:unaccounted", value="true")))
    bom.register_dependency(root, bom.components)
    # The serial number tells documents apart: it follows from all that is in this one.
    parts = sorted(f"{each.purl} {each.sha256} {each.role} {each.files}" for each in inventory.components)
    bom.serial_number = uuid.UUID(digest_of_text(inventory.digest, __version__, *parts)[:32], version=5)
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2) + "\n"


def _time(inventory: Inventory, environment: Mapping[str, str]) -> datetime:
    if (epoch := source_date_epoch(environment)) is None:
        return datetime.fromisoformat(inventory.made_at).astimezone(UTC).replace(microsecond=0)
    return datetime.fromtimestamp(epoch, UTC)


def _root(inventory: Inventory) -> BomComponent:
    is_image = inventory.kind == "image"
    return BomComponent(
        type=ComponentType.CONTAINER if is_image else ComponentType.APPLICATION,
        name=inventory.name if is_image else "kafka",
        version=inventory.kafka_version,
        bom_ref=inventory.digest,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=inventory.digest.removeprefix("sha256:"))],
    )


def _component(component: Component) -> BomComponent:
    return BomComponent(
        type=ComponentType.APPLICATION if component.name.startswith("kafka-native") else ComponentType.LIBRARY,
        name=component.name,
        version=component.version or None,
        bom_ref=component.purl,
        purl=PackageURL.from_string(component.purl),
        scope=ComponentScope.EXCLUDED if component.role == "build tool" else ComponentScope.REQUIRED,
        licenses=[LicenseExpression(component.license)] if component.license else [],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=component.sha256)] if component.sha256 else [],
        properties=[Property(name="kafka-native:role", value=component.role)],
        components=[_file(file) for file in component.files],
    )


def _file(file: ImageFile, *properties: Property) -> BomComponent:
    link = [Property(name="kafka-native:link", value=file.link)] if file.link else []
    return BomComponent(
        type=ComponentType.FILE,
        name=f"/{file.path}",
        bom_ref=f"file:/{file.path}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=file.sha256)] if file.sha256 else [],
        properties=[*link, *properties],
    )

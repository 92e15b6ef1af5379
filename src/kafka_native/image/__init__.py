"""Images: what is in them, building them, and testing what they promise."""

from kafka_native.image.build import (
    COMPRESSED_BAR_BYTES,
    UNPACKED_BAR_BYTES,
    ImagePlan,
    ImageReport,
    ImageSpec,
    Variant,
    build_image,
    plan_image,
)
from kafka_native.image.compression import Compression
from kafka_native.image.engine import ContainerEngine, EngineName, compose_command, find_engine

__all__ = [
    "COMPRESSED_BAR_BYTES",
    "UNPACKED_BAR_BYTES",
    "Compression",
    "ContainerEngine",
    "EngineName",
    "ImagePlan",
    "ImageReport",
    "ImageSpec",
    "Variant",
    "build_image",
    "compose_command",
    "find_engine",
    "plan_image",
]

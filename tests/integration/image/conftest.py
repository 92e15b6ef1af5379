"""The image under test: the one that is named, or one that is built, from the executable that is tested elsewhere."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from kafka_native.errors import PrerequisiteError
from kafka_native.image import ContainerEngine, ImageReport, ImageSpec, build_image, find_engine
from kafka_native.native import BuildSpec
from kafka_native.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

_TAG = "kafka-native-test:image"


@pytest.fixture(scope="session")
def engine() -> ContainerEngine:
    """Return a container engine that answers, or skip: nothing here can be seen without one."""
    try:
        return find_engine()
    except PrerequisiteError as error:
        pytest.skip(f"no container engine: {error.message}")


@pytest.fixture(scope="session")
def image_spec(pytestconfig: pytest.Config) -> ImageSpec:
    """Return what is built: from the executable that the other tests are run on, since compiling takes minutes."""
    given: Path | None = pytestconfig.option.executable or load_settings().executable
    return ImageSpec(build=BuildSpec(), executable=given, tags=(_TAG,))


@pytest.fixture(scope="session")
def built(engine: ContainerEngine, image_spec: ImageSpec) -> ImageReport:
    """Build the image and return what is told of it."""
    return build_image(image_spec, load_settings())


@pytest.fixture(scope="session")
def image(request: pytest.FixtureRequest, engine: ContainerEngine) -> str:
    """Return the image under test: that of `NATIVE_KAFKA_TEST_IMAGE`, or the one that is built."""
    if named := os.environ.get("NATIVE_KAFKA_TEST_IMAGE"):
        engine.inspect_image(named)
        return named
    report: ImageReport = request.getfixturevalue("built")
    return report.tags[0]

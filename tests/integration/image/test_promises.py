"""`image test` on the image under test: every scenario is a test here as well."""

from __future__ import annotations

import pytest

from kafka_native.image.sanity import SanitySpec, Scenario, check_image, scenarios


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda each: f"{each.area}: {each.name}")
def test_an_image_keeps_what_it_promises(image: str, scenario: Scenario) -> None:
    (result,) = check_image(SanitySpec(image, (f"{scenario.area}: {scenario.name}",))).results
    if result.outcome == "not run":
        pytest.skip(result.message)
    assert result.outcome == "passed", f"{result.message}\n{result.details}"

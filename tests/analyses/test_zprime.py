"""The Z′ analysis against an independent computation: eras, datasets, slices, scales."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

ANALYSES = Path(__file__).parents[2] / "analyses"


@pytest.fixture(scope="module")
def listing(small_recipe):
    return small_recipe("zprime", 0.1)


@pytest.fixture(scope="module")
def result(analysis_of, listing):
    return analysis_of("zprime").run(listing)


@pytest.fixture(scope="module")
def expected(by_hand, listing):
    return by_hand("zprime").templates(listing, ANALYSES)


@pytest.mark.slow
def test_every_template_equals_plain_awkward(result, expected):
    assert sum(values.sum() for (_, name, _), values in expected.items() if name == "data") > 50
    checked = 0
    for (region, sample, kind), values in expected.items():
        if kind.startswith("member"):
            continue
        key = kind if result.templates.has(region, sample, kind) else ""
        mine = result.templates[region, sample, key].values()
        place = f"{region} {sample} {kind or 'nominal'}"
        np.testing.assert_allclose(mine, values, rtol=1e-6, atol=1e-9, err_msg=place)
        checked += key == kind
    assert checked > 4 * 8 * 3


@pytest.mark.slow
def test_scales_are_the_envelope_of_six_members_of_all_slices_together(result, expected):
    for region in ("SR_barrel_2016", "SR_endcaps_2017"):
        members = np.stack([expected[region, "DY", f"member_{n}"] for n in (0, 1, 3, 5, 7, 8)])
        nominal = expected[region, "DY", ""]
        for side, extreme in (("up", members.max(axis=0)), ("down", members.min(axis=0))):
            mine = result.templates[region, "DY", f"qcd_{side}"].values()
            outer = np.maximum(extreme, nominal) if side == "up" else np.minimum(extreme, nominal)
            np.testing.assert_allclose(mine, outer, rtol=1e-6, atol=1e-9)
        assert not result.templates.has(region, "TT", "qcd_up")

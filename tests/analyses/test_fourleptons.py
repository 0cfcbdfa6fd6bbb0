"""H → 4ℓ against an independent computation, and on the candidates that CMS has published."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import hepline as hl

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def listing(small_recipe):
    return small_recipe("fourleptons", 0.2)


@pytest.mark.slow
def test_every_template_equals_plain_python(analysis_of, by_hand, listing):
    result = analysis_of("fourleptons").run(listing)
    expected = by_hand("fourleptons").templates(listing)
    assert sum(values.sum() for (_, name, _), values in expected.items() if name == "data") > 20
    for (region, sample, kind), values in expected.items():
        key = kind if result.templates.has(region, sample, kind) else ""
        mine = result.templates[region, sample, key].values()
        place = f"{region} {sample} {kind or 'nominal'}"
        np.testing.assert_allclose(mine, values, rtol=1e-9, atol=1e-9, err_msg=place)
    channels = [channel.channel for channel in result.model().prefit()]
    assert sorted(channels) == ["SR_2e2mu", "SR_4e", "SR_4mu"]


def test_thirteen_published_candidates_are_near_the_higgs(analysis_of):
    folder = ROOT / "../shared/data/cms_csv"
    files = [folder / f"{c}_{y}.csv" for c in ("4mu", "4e", "2e2mu") for y in (2011, 2012)]
    if not files[0].is_file():
        pytest.skip(f"the candidates of CMS are not at {folder}")
    analysis_of("fourleptons")
    module = sys.modules["tested_fourleptons"]
    histogram = hl.compute(module.published([str(path) for path in files]))
    assert histogram[120j:130j].sum() == 13
    # CMS gives the masses itself, in the last column.
    masses = np.concatenate([np.loadtxt(f, delimiter=",", skiprows=1, usecols=-1) for f in files])
    assert histogram.sum() == ((masses > 70) & (masses < 400)).sum()

"""What is suspicious is said once, and what is not, not at all."""

import numpy as np
import pytest

from hepline.survey.describe import describe_source, source_of
from hepline.survey.findings import KINDS, SERIOUS, number

random = np.random.default_rng(1)


def kinds(file):
    findings = describe_source(source_of(file)).findings
    return {(finding.kind, finding.column) for finding in findings}


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("pt", random.exponential(40.0, 3000), set()),
        ("pt", random.exponential(40_000.0, 3000), {"units"}),
        ("mass_vis", random.normal(91_000.0, 20, 3000), {"units"}),
        ("weight", random.normal(91_000.0, 20, 3000), set()),
        ("phi", random.uniform(-np.pi, np.pi, 3000), set()),
        ("phi", random.uniform(-180, 180, 3000), {"units"}),
        ("lep_phi", random.uniform(0, 360, 3000), {"units"}),
        ("eta", random.normal(size=3000), set()),
        ("x", np.full(10, 0.5), {"constant"}),
        ("x", np.where(np.arange(3000) % 7 == 0, np.nan, random.normal(size=3000)), {"nan"}),
        ("x", np.where(np.arange(3000) == 7, np.inf, random.normal(size=3000)), {"inf"}),
        ("iso", np.where(np.arange(3000) % 2 == 0, 0.0, random.exponential(1, 3000)), {"spikes"}),
        ("n", random.poisson(2, 3000), set()),
    ],
)
def test_columns(write_csv, name, values, expected):
    assert kinds(write_csv("a.csv", {name: values, "other": random.normal(size=len(values))})) == {
        (kind, name) for kind in expected
    }


def test_momenta_of_lhcb_are_in_mev_and_fine(shared_data):
    found = kinds(shared_data / "lhcb/PhaseSpaceSimulation.root")
    assert not any(kind == "units" for kind, _ in found)


def test_the_serious_comes_first(write_csv):
    file = write_csv("a.csv", {"event": [1, 1, 2], "x": [1.0, np.nan, 3.0], "c": [1, 1, 1]})
    findings = describe_source(source_of(file)).findings
    assert [finding.kind for finding in findings] == ["duplicates", "nan", "constant"]
    assert set(SERIOUS) <= set(KINDS)
    assert findings[1].text == "1 of 3 (33 %)"


def test_numbers_are_short():
    assert [number(value) for value in (-999.0, 1e20, 0.12345678, 4294967295)] == [
        "−999",
        "1e+20",
        "0.12346",
        "4.295e+09",
    ]

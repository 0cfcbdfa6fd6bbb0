"""Text files of jet energy corrections against coffea's evaluator, and by hand."""

from __future__ import annotations

import json
from pathlib import Path

import awkward as ak
import numpy as np
import pytest

import hepline as hl
from hepline.errors import FileUnreadable, LanguageError

REFERENCE = json.loads(Path(__file__).with_name("jettext_coffea.json").read_text("utf-8"))
L2 = "Fall17_17Nov2017_V32_MC_L2Relative_AK4PFPuppi.jec.txt"
UNCERTAINTY = "Fall17_17Nov2017_V32_MC_Uncertainty_AK4PFPuppi.junc.txt"
RESOLUTION = "Spring16_25nsV10_MC_PtResolution_AK4PFPuppi.jr.txt.gz"
SCALE_FACTOR = "Spring16_25nsV10_MC_SF_AK4PFPuppi.jersf.txt"


def _evaluated(known, tmp_path, columns, *sides):
    """Values of hepline, one for each event."""
    count = len(next(iter(columns.values())))
    path = tmp_path / "inputs.parquet"
    ak.to_parquet(ak.Array({name: np.asarray(column) for name, column in columns.items()}), path)
    ev = hl.open(path)
    inputs = {name: ev[name] for name in columns}
    values = [known(**inputs, **({"systematic": side} if side else {})) for side in sides or [""]]
    results = hl.compute(values)
    assert all(len(part) == count for part in results)
    return np.array([ak.to_numpy(part) for part in results])


@pytest.mark.parametrize("name", [L2, RESOLUTION])
def test_formulas_equal_those_of_coffea(shared_data, tmp_path, name):
    reference = dict(REFERENCE[name])
    expected = np.array(reference.pop("value"))
    (values,) = _evaluated(hl.correction(shared_data / "corrections" / name), tmp_path, reference)
    # coffea keeps parameters in float32.
    assert values == pytest.approx(expected, rel=2e-5)
    assert np.ptp(values) > 0.1


def test_uncertainties_and_scale_factors_equal_those_of_coffea(shared_data, tmp_path):
    for name, sides in ((UNCERTAINTY, ("up", "down")), (SCALE_FACTOR, ("nom", "up", "down"))):
        reference = dict(REFERENCE[name])
        expected = np.array(reference.pop("value")).T
        known = hl.correction(shared_data / "corrections" / name)
        assert known.inputs[-1].keys == ("nom", "up", "down")
        values = _evaluated(known, tmp_path, reference, *sides)
        assert values == pytest.approx(expected, rel=1e-6)


def _line(path, eta, pt):
    """The line of the file in whose bin a jet lies."""
    for line in path.read_text().splitlines()[1:]:
        row = [float(word) for word in line.split()]
        if row[0] <= eta < row[1] and row[2] <= pt < row[3]:
            return row
    raise ValueError((eta, pt))


def test_the_formula_by_hand(shared_data, tmp_path):
    path = shared_data / "corrections" / L2
    eta, pt = np.array([-4.95, 0.05, 1.31, 3.3]), np.array([8.0, 43.0, 812.0, 25.0])
    expected = []
    for place in zip(eta, pt, strict=True):
        _, _, _, _, count, low, high, *p = _line(path, *place)
        assert count == 2 + len(p) == 7
        x = np.clip(place[1], low, high)
        inner = p[2] + (x - p[1]) * (p[3] + (x - p[1]) * p[4])
        expected.append(max(0.0001, p[0] + (x - p[1]) * inner))
    (values,) = _evaluated(hl.correction(path), tmp_path, {"JetEta": eta, "JetPt": pt})
    assert values == pytest.approx(expected, rel=1e-13)


HAND = """# a comment
{1 JetEta 2 JetPt Rho max(0.1,TMath::Power([0]*x,2)-fabs([1])*y) Correction L1}
-2 0 6 10 100 0 40 0.1 0.01
0.5 2 6 10 100 0 40 0.2 -0.02
"""


def test_ranges_gaps_and_what_lies_outside_by_hand(tmp_path):
    path = tmp_path / "L1.jec.txt"
    path.write_text(HAND)
    known = hl.correction(path)
    assert (known.name, [part.name for part in known.inputs]) == ("L1", ["JetEta", "JetPt", "Rho"])
    columns = {
        "JetEta": np.array([-1.0, -1.0, 1.0, 0.2, 2.0, -3.0, -1.0]),
        "JetPt": np.array([20.0, 500.0, 5.0, 20.0, 20.0, 20.0, 12.0]),
        "Rho": np.array([10.0, 90.0, 10.0, 10.0, 10.0, 10.0, 39.0]),
    }
    (values,) = _evaluated(known, tmp_path, columns)
    by_hand = [4 - 0.1, 100 - 0.4, 4 - 0.2, 1.0, 1.0, 1.0, 1.44 - 0.39]
    assert values == pytest.approx(by_hand, rel=1e-13)


SOURCES = """[AbsoluteStat]
{1 JetEta 1 JetPt "" Correction JECSource}
-5 0 6 10 0.02 0.03 20 0.04 0.05
0 5 6 10 0.06 0.07 20 0.08 0.09
[FlavorQCD]
{1 JetEta 1 JetPt "" Correction JECSource}
-5 5 6 10 0.5 0.5 20 0.25 0.25
"""


def test_sections_are_sources(tmp_path):
    path = tmp_path / "UncertaintySources.junc.txt"
    path.write_text(SOURCES)
    known = hl.correction(path, "AbsoluteStat")
    columns = {
        "JetEta": np.array([-1.0, -1.0, -7.0, 1.0, 9.0]),
        "JetPt": np.array([15.0, 5.0, 100.0, 12.5, 20.0]),
    }
    up, down, nominal = _evaluated(known, tmp_path, columns, "up", "down", "nom")
    assert up == pytest.approx([1.03, 1.02, 1.04, 1.065, 1.08], rel=1e-13)
    assert down == pytest.approx([0.96, 0.97, 0.95, 0.925, 0.91], rel=1e-13)
    assert (nominal == 1).all()
    with pytest.raises(LanguageError, match="it holds AbsoluteStat, FlavorQCD"):
        hl.correction(path)
    (other,) = _evaluated(hl.correction(path, "FlavorQCD"), tmp_path, columns, "up")
    assert other[0] == pytest.approx(1.375)


def test_a_response_is_divided_by(tmp_path):
    path = tmp_path / "r.txt"
    path.write_text("{1 JetEta 1 JetPt [0]+0*x Response L5}\n-5 5 3 0 9999 0.8\n")
    columns = {"JetEta": np.zeros(1), "JetPt": np.ones(1)}
    (values,) = _evaluated(hl.correction(path), tmp_path, columns)
    assert values == pytest.approx([1.25])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{1 JetEta 1 JetPt [0] Correction L2}\n", "is empty"),
        ("{1 JetEta 1 JetPt [0]}\n-5 5 3 0 9 1\n", "its head"),
        ("{2 JetEta}\n-5 5 3 0 9 1\n", "its head is"),
        ("{1 JetEta 1 JetPt [0] Correction L2}\n-5 5 3 0 9\n", "of 2 numbers, not 3"),
        ("{1 JetEta 1 JetPt [0] Correction L2}\n-5 five 3 0 9 1\n", "there is a line"),
        ("{1 JetEta 1 JetPt [0]+[1] Correction L2}\n-5 5 3 0 9 1\n", "and the formula 2"),
        ("{1 JetEta 1 JetPt [0] Correction L2}\n-5 5 3 0 9 1\n-5 5 3 0 9 1\n", "two lines"),
        ("{1 JetEta 1 JetPt [0] Correction L2}\n-5 5 3 0 9 1\n4 6 3 0 9 1\n", "overlap"),
        ('{1 JetEta 1 JetPt "" Correction U}\n-5 5 3 10 0 0\n6 7 3 10 0 0\n', "leave a gap"),
        ('{1 JetEta 1 JetPt "" Correction U}\n-5 5 6 10 0 0 5 0 0\n', "ascending points"),
        ("{1 JetEta 0 None ScaleFactor}\n-5 5 1 1.1\n", "fewer than 3"),
        ("{1 JetEta 1 JetPt sin[x Correction L2}\n-5 5 3 0 9 1\n", "correctionlib says"),
    ],
)
def test_a_malformed_file_is_refused(tmp_path, text, message):
    path = tmp_path / "bad.jec.txt"
    path.write_text(text)
    with pytest.raises(FileUnreadable) as caught:
        hl.correction(path)
    assert message in str(caught.value)

"""Sentinels are recognized by value and by where they stand; measured values are not."""

import numpy as np
import pytest

from hepline.survey.describe import describe_source, source_of
from hepline.survey.sentinels import RECOGNIZED, cleaned
from hepline.survey.tally import tally_of

random = np.random.default_rng(1)
PT = random.exponential(40.0, 5000).astype(np.float32) + 20
PHI = random.uniform(-np.pi, np.pi, 5000)
COUNTS = random.poisson(3, 5000)


def sentinels(values, name="x"):
    values = np.asarray(values)
    return dict(cleaned(tally_of(values, marks=RECOGNIZED), name, values.dtype.name).sentinels)


def with_some(values, value, count=50):
    values = values.copy()
    values[:count] = value
    return values


@pytest.mark.parametrize("value", [-99, -999, -9999, -1e9, 1e9, 1e20, 9999, -1000, 2147483647])
@pytest.mark.parametrize("column", [PT, PHI], ids=["pt", "phi"])
def test_what_stands_apart_is_a_sentinel(column, value):
    (item,) = sentinels(with_some(column, value)).items()
    assert item == (float(column.dtype.type(value)), 50)


def test_largest_numbers_of_the_types():
    for kind in (np.float32, np.float64):
        largest = np.finfo(kind).max
        assert sentinels(with_some(PT.astype(kind), largest)) == {float(largest): 50}
    for kind in (np.int16, np.int32, np.uint32, np.int64, np.uint64):
        largest = np.iinfo(kind).max
        assert sentinels(with_some(COUNTS.astype(kind), largest)) == {int(largest): 50}
    assert sentinels(with_some(COUNTS, np.iinfo(np.int64).min)) == {-(2**63): 50}


def test_two_sentinels_in_one_column():
    values = with_some(with_some(PT, -999, 30), -9999, 10)
    assert sentinels(values) == {-9999.0: 10, -999.0: 20}


def test_a_sentinel_between_measured_values_is_a_spike():
    wide = random.normal(0, 3000, 20_000)
    assert sentinels(with_some(wide, -999, 200)) == {-999.0: 200}
    assert sentinels(with_some(wide, -999, 1)) == {}
    whole = np.round(wide).astype(np.int32)
    assert sentinels(with_some(whole, -999, 200)) == {-999: 200 + (whole[200:] == -999).sum()}
    assert sentinels(whole) == {}


def test_minus_one_is_none_in_scores_and_a_partner_in_indices():
    score = random.uniform(0, 1, 2000)
    assert sentinels(with_some(score, -1)) == {-1.0: 50}
    assert sentinels(with_some(score, -10)) == {-10.0: 50}
    # Near the measured values of a wide column, but below all of them.
    assert sentinels(with_some(1e4 * score, -1)) == {-1.0: 50}
    assert sentinels(with_some(with_some(score, -1), -2, 20)) == {-2.0: 20, -1.0: 30}
    assert sentinels(with_some(score, -1, 1)) == {}
    indices = random.integers(0, 5, 2000)
    assert sentinels(with_some(indices, -1), "Jet_muonIdx1") == {}
    unsigned = with_some(indices.astype(np.uint32), 2**32 - 1)
    assert sentinels(unsigned, "JetsAuxDyn.truthLink.m_persIndex") == {}
    assert sentinels(unsigned, "JetsAuxDyn.time") == {2**32 - 1: 50}


@pytest.mark.parametrize(
    "values",
    [
        np.arange(1, 1001),  # numbers of events
        np.arange(-999, 1000).astype(np.float64),
        np.where(random.random(500) < 0.5, -1.0, 1.0),  # charges as floats
        random.choice([-13, 13, -11, 11], 500),
        random.integers(0, 256, 5000).astype(np.uint8),  # bits
        np.where(random.random(5000) < 0.5, 2**31, random.integers(0, 2**32, 5000)).astype(
            np.uint32
        ),  # words of bits
        random.integers(0, 120, 3000),  # 99 in between
        random.normal(0, 1, 5000),
        random.poisson(99, 5000),
        np.array([], np.float32),
    ],
)
def test_measured_values_are_none(values):
    assert sentinels(values) == {}


def test_a_column_of_nothing_else():
    assert sentinels(np.full(20, -999.0)) == {-999.0: 20}


def test_statistics_without_sentinels_are_those_of_the_rest():
    values = with_some(PT, -999)
    clean = cleaned(tally_of(values, marks=RECOGNIZED), "pt", "float32")
    rest = values[50:].astype(np.float64)
    assert clean.moments.mean == pytest.approx(rest.mean(), rel=1e-14)
    assert clean.moments.deviation == pytest.approx(rest.std(), rel=1e-14)
    assert clean.ends == (rest.min(), rest.max())
    assert clean.frequencies.counts.sum() == len(rest)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (
            "nanoaod/nano_dimuon.root",
            {
                "Jet_btagCSVV2": {-10}, "Jet_btagDeepB": {-2}, "Jet_btagDeepC": {-1},
                "Jet_qgl": {-1}, "Muon_softMva": {-1}, "Tau_rawAntiEle": {-99},
                "Tau_rawAntiEle2018": {-99},
            },
        ),
        (
            "nanoaod/nanoAOD_2015_CMS_Open_Data_ttbar.root",
            {"Jet_btagCSVV2": {-10}, "Jet_qgl": {-1}},
        ),
        ("formats/uproot-HZZ.root", {"Jet_btag": {-1}}),
        ("formats/test_FCC_Winter2023.root", {}),
        ("playground/small_CLEO_test_file.hdf5", {"pions_cluster_energy": {-999}}),
        ("lhcb/PhaseSpaceSimulation.root", {}),
        ("agc/open-data-example.root", {}),
        (
            "adl/Run2012B_SingleMu_restructured_1000.json",
            {
                **{f"Muon_pfRelIso0{size}_all": {-999} for size in (3, 4)},
                **{f"Muon_d{of}": {-999} for of in ("xy", "xyErr", "z", "zErr")},
                "Electron_pfRelIso03_all": {-999}, "Jet_btag": {-10, -1},
            },
        ),
        ("cms_csv/Zmumu_Run2011A.csv", {}),
    ],
)  # fmt: skip
def test_real_files_have_the_sentinels_that_a_person_finds(shared_data, file, expected):
    """Listed by eye when the rule was made; none of them is a measured value."""
    columns = describe_source(source_of(shared_data / file)).columns
    assert {name: set(c.sentinels) for name, c in columns.items() if c.sentinels} == expected

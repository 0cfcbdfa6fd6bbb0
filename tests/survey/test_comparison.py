"""What differs comes first, what looks like a mistake is said, and what is alike is not."""

import json

import numpy as np
import pytest

import hepline as hl
from hepline.survey.comparison_json import comparison_json
from hepline.survey.comparison_lines import difference_rows, overview_lines


@pytest.fixture
def samples(write_csv):
    random = np.random.default_rng(1)
    size = 3000

    def columns(shift, events):
        return {
            "event": np.arange(events) + 10**6 * shift,
            "same": random.normal(size=events),
            "shifted": random.normal(0.3 * shift, 1, events),
            "n": random.poisson(2 + shift, events),
            "pt": random.exponential(40, events) * (1000 if shift else 1),
            "phi": random.uniform(-np.pi, np.pi, events) * (180 / np.pi if shift else 1),
            "score": np.where(np.arange(events) % 9 == 0, -999.0, random.normal(size=events))
            if shift
            else random.normal(size=events),
            "hole": np.where(np.arange(events) % 9 == 0, np.nan, random.normal(size=events)),
        }

    first, second = columns(0, size), columns(1, size + 500)
    del first["hole"]
    second["type"] = first["type"] = np.ones(1)
    first["type"], second["type"] = np.arange(size), np.arange(size + 500) + 0.5
    first["gone"] = first["same"]
    return write_csv("a.csv", first), write_csv("b.csv", second)


def test_columns_and_their_order(samples):
    comparison = hl.compare(*samples)
    assert comparison.only_first == ("gone",)
    assert comparison.only_second == ("hole",)
    assert comparison.changed == {"type": ("event * int64", "event * float64")}
    assert comparison.untested == ("type", "event")
    by_name = {column.name: column for column in comparison.columns}
    assert by_name["same"].corrected > 0.05
    assert {name for name, column in by_name.items() if column.corrected < 1e-6} == {
        "shifted", "n", "pt", "phi", "score",
    }  # fmt: skip
    order = [column.corrected for column in comparison.columns]
    assert order == sorted(order)
    assert by_name["score"].shares.p_value < 1e-50
    assert by_name["score"].values.p_value > 1e-3


def test_mistakes_are_told(samples):
    warnings = dict(hl.compare(*samples).warnings)
    assert warnings == {
        "pt": "values of the second are about 1000 times larger: MeV?",
        "phi": "values of the second are about 57.3 times larger: degrees?",
        "score": "the sentinel −999 only in the second: 389",
    }


def test_the_same_file_twice_differs_in_nothing(samples, tmp_path):
    copy = tmp_path / "copy.csv"
    copy.write_bytes(samples[0].read_bytes())
    comparison = hl.compare(samples[0], copy)
    assert set(comparison.identical) == set(comparison.first.columns)
    assert not comparison.warnings
    assert not list(difference_rows(comparison, 20))
    assert all(column.significance == 0.0 for column in comparison.columns)


def test_lengths_of_lists_are_compared_once(write_tree):
    random = np.random.default_rng(2)

    def jagged(mean):
        return [random.normal(size=count) for count in random.poisson(mean, 500)]

    first = write_tree("a.root", {"x": jagged(2)})
    second = write_tree("b.root", {"x": jagged(4)})
    comparison = hl.compare(first, second)
    (length,) = [column for column in comparison.columns if "(length)" in column.name]
    assert length.name == "x (length)"
    assert length.significance > 5


def test_twins_of_other_formats_agree(shared_data):
    folder = shared_data / "nanoaod"
    comparison = hl.compare(folder / "nano_dimuon.root", folder / "nano_dimuon.parquet")
    assert len(comparison.identical) == 1601
    assert not comparison.changed


def test_signal_and_background_of_the_higgs_challenge(shared_data):
    folder = shared_data / "ml"
    comparison = hl.compare(folder / "higgsml_sig.csv", folder / "higgsml_bg.csv")
    assert not comparison.warnings
    by_name = {column.name: column for column in comparison.columns}
    assert by_name["DER_mass_transverse_met_lep"].values.distance == pytest.approx(0.388, abs=1e-3)
    assert by_name["PRI_tau_phi"].corrected > 0.05


def test_json_is_strict_and_lines_fit(samples, tmp_path):
    comparison = hl.compare(*samples, json=tmp_path / "c.json")
    content = json.loads((tmp_path / "c.json").read_text())
    assert content == json.loads(json.dumps(comparison_json(comparison), allow_nan=False))
    assert content["columns"][0]["p_corrected"] == 0.0
    lines = [line for line, _ in overview_lines(comparison)]
    assert "only in 1 (1): gone" in lines
    assert "other types (1): type: event * int64 became event * float64" in lines
    rows = list(difference_rows(comparison, 3))
    assert len(rows) == 3
    assert rows[0][3] == "< 1e−300"

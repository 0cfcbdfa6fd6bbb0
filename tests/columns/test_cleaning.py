"""Policies for missing values, against NumPy, pandas and awkward by hand."""

import pickle

import awkward as ak
import numpy as np
import pandas as pd
import pytest
import uproot
from hypothesis import given, settings
from hypothesis import strategies as st

import hepline as hl
from hepline.errors import ColumnNotFound, LanguageError, TypeMismatch

NUMBERS = st.lists(
    st.one_of(
        st.sampled_from([-999.0, np.nan, np.inf, -np.inf, 0.0]),
        st.floats(-1e4, 1e4, width=32),
    ),
    min_size=1,
    max_size=40,
)


@pytest.fixture
def events(tmp_path):
    jets = ak.Array([[30.0, -999.0], [], [np.nan, 50.0, 5e9], [np.inf]])
    with uproot.recreate(tmp_path / "events.root") as file:
        file.mktree(
            "Events",
            {"Jet": "var * {pt: float32, id: int32}", "MET_pt": "float32", "charge": "int32"},
        )
        file["Events"].extend(
            {
                "Jet": ak.zip({"pt": ak.values_astype(jets, np.float32), "id": ak.ones_like(jets)}),
                "MET_pt": np.array([10, -999, np.nan, 40], np.float32),
                "charge": np.array([1, -1, -99, 1], np.int32),
            }
        )
    return hl.open(tmp_path / "events.root")


def test_a_sentinel_is_missing_in_all_that_is_made_of_the_column(events):
    ev = events.clean({"Jet_pt": hl.missing(-999, nan=True, infinite=True, above=1e6)})
    jets = ev.Jet
    assert hl.compute(jets.pt).tolist() == [[30, None], [], [None, 50, None], [None]]
    assert hl.compute((2 * jets.pt).is_missing()).tolist()[0] == [False, True]
    assert hl.compute(hl.sum(jets.pt)).tolist() == [30, 0, 50, 0]
    assert (
        hl.compute(ev["Jet_pt"].is_missing()).tolist() == hl.compute(jets.pt.is_missing()).tolist()
    )
    filled = hl.compute(hl.hist(jets.pt, bins=(1, 0, 1000)))
    assert filled.sum(flow=True) == 2
    assert filled.metadata["missing"] == 4


def test_the_file_as_it_is_can_be_used_beside_the_cleaned_one(events):
    clean = events.clean({"MET_pt": hl.missing(-999)})
    raw, cleaned = hl.compute(events.MET.pt, clean.MET.pt)
    np.testing.assert_array_equal(raw, np.array([10, -999, np.nan, 40], np.float32))
    assert cleaned.tolist()[1] is None


def test_a_number_takes_the_place_of_missing_values(events):
    ev = events.clean(
        {"MET_pt": hl.missing(-999, nan=True, then=0), "charge": hl.missing(-99, then=0)}
    )
    assert hl.compute(ev.MET.pt).tolist() == [10, 0, 0, 40]
    assert str(ev.MET.pt.type) == "event * float32"
    assert hl.compute(ev.charge).tolist() == [1, -1, 0, 1]


def test_events_with_missing_values_are_dropped_in_a_step_of_the_cutflow(events):
    ev = events.clean({"MET_pt": hl.missing(-999, then="drop")})
    assert [label for label, _ in ev.origin.selection] == ["MET_pt is known"]
    kept = hl.compute(ev.charge)
    assert kept.tolist() == [1, -99, 1]


def test_policies_add_up(events):
    ev = events.clean({"MET_pt": hl.missing(-999)}).clean({"MET_pt": hl.missing(nan=True, then=5)})
    assert hl.compute(ev.MET.pt).tolist() == [10, 5, 5, 40]


def test_cleaned_events_travel_to_other_processes(events):
    ev = pickle.loads(pickle.dumps(events.clean({"MET_pt": hl.missing(-999)})))  # noqa: S301
    assert hl.compute(ev.MET.pt).tolist()[1] is None


def test_all_engines_agree(events):
    ev = events.clean({"Jet_pt": hl.missing(-999, nan=True, below=0), "charge": hl.missing(-99)})
    results = [
        hl.compute({"pt": ev.Jet.pt, "charge": ev.charge}, engine=engine)
        for engine in ("compiled", "awkward", "reference")
    ]
    for result in results[1:]:
        assert result["pt"].tolist() == results[0]["pt"].tolist()
        assert result["charge"].tolist() == results[0]["charge"].tolist()


def test_nulls_of_parquet_follow_the_policy(tmp_path):
    frame = pd.DataFrame({"x": pd.array([1.0, None, -999.0], "Float64"), "n": [1, 2, 3]})
    frame.to_parquet(tmp_path / "x.parquet")
    ev = hl.open(tmp_path / "x.parquet").clean({"x": hl.missing(-999, then=-1)})
    assert hl.compute(ev.x).tolist() == [1, -1, -1]
    ev = hl.open(tmp_path / "x.parquet").clean({"x": hl.missing(then="drop")})
    assert hl.compute(ev.n).tolist() == [1, 3]


def test_text_can_stand_for_missing(tmp_path):
    (tmp_path / "x.csv").write_text("label,x\ns,1\n?,2\nb,3\n")
    ev = hl.open(tmp_path / "x.csv").clean({"label": hl.missing("?")})
    assert hl.compute(ev.label).tolist() == ["s", None, "b"]
    ev = hl.open(tmp_path / "x.csv").clean({"label": hl.missing("?", then="drop")})
    assert hl.compute(ev.x).tolist() == [1, 3]


def test_a_pattern_passes_over_columns_that_cannot_have_the_value(tmp_path):
    (tmp_path / "x.csv").write_text("a,b,good,label\n-999,1,true,s\n2,-999,false,b\n")
    ev = hl.open(tmp_path / "x.csv").clean({"*": hl.missing(-999)})
    table = hl.compute({"a": ev.a, "b": ev.b, "good": ev.good, "label": ev.label})
    assert {name: column.tolist() for name, column in table.items()} == {
        "a": [None, 2],
        "b": [1, None],
        "good": [True, False],
        "label": ["s", "b"],
    }


@settings(deadline=None)
@given(
    values=NUMBERS, below=st.none() | st.floats(-100, 0), nan=st.booleans(), infinite=st.booleans()
)
def test_policies_equal_masks_of_numpy(tmp_path_factory, values, below, nan, infinite):
    path = tmp_path_factory.mktemp("clean") / "x.parquet"
    column = np.array(values, np.float32)
    pd.DataFrame({"x": column}).to_parquet(path)
    policy = hl.missing(-999, nan=nan, infinite=infinite, below=below)
    (missing,) = [hl.compute(hl.open(path).clean({"x": policy}).x.is_missing())]
    expected = column == -999
    expected |= np.isnan(column) & nan
    expected |= np.isinf(column) & infinite
    if below is not None:
        expected |= column < np.float32(below)
    # A comparison with a Python number is made in the column's dtype, and nulls stay missing.
    stored_as_null = pd.read_parquet(path, dtype_backend="pyarrow").x.isna().to_numpy()
    np.testing.assert_array_equal(missing, expected | stored_as_null)


@pytest.mark.parametrize(
    ("policies", "error", "words"),
    [
        ({"MET_pts": hl.missing(-999)}, ColumnNotFound, "MET_pt"),
        ({"MET_pt": -999}, TypeMismatch, "hl.missing"),
        ({"MET_*": hl.missing(1), "*_pt": hl.missing(2)}, LanguageError, "two policies"),
        ({"MET_pt": hl.missing("?")}, TypeMismatch, "numbers"),
        ({"nJet": hl.missing(0)}, TypeMismatch, "counts"),
        ({"Jet_pt": hl.missing(-999, then="drop")}, TypeMismatch, "list"),
        ({"charge": hl.missing(-99, then=0.5)}, TypeMismatch, "int32 cannot hold 0.5"),
    ],
)
def test_a_policy_that_cannot_be_followed_is_refused(events, policies, error, words):
    with pytest.raises(error) as caught:
        events.clean(policies)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "arguments",
    [{}, {"then": "remove"}, {"then": True}],
)
def test_a_policy_that_says_nothing_is_refused(arguments):
    with pytest.raises(LanguageError):
        hl.missing(*([] if not arguments else [-999]), **arguments)


def test_numbers_and_texts_do_not_mix():
    with pytest.raises(TypeMismatch):
        hl.missing(-999, "?")
    with pytest.raises(TypeMismatch, match="nan=True"):
        hl.missing(float("nan"))


def test_large_integers_are_told_apart(tmp_path):
    """Numbers above 2**53 are no floats: 2**60 + 3 is not 2**60, nor 2**64 - 1 out of range."""
    signed = np.array([2**60, 2**60 + 3, 2**63 - 1], np.int64)
    unsigned = np.array([5, 2**64 - 1, 2**64 - 2], np.uint64)
    with uproot.recreate(tmp_path / "x.root") as file:
        file["Events"] = {"a": signed, "b": unsigned}
    ev = hl.open(tmp_path / "x.root")
    cleaned = ev.clean({"a": hl.missing(2**60 + 3), "b": hl.missing(2**64 - 1, then=2**63 + 1)})
    assert hl.compute(cleaned.a).tolist() == [2**60, None, 2**63 - 1]
    assert hl.compute(cleaned.b).tolist() == [5, 2**63 + 1, 2**64 - 2]
    assert hl.compute(ev.clean({"a": hl.missing(2**63 - 1)}).a).tolist()[2] is None


def test_a_source_whose_policies_expressions_would_ignore_is_refused(events):
    cleaned = events.clean({"Jet_pt": hl.missing(-999)})
    with pytest.raises(LanguageError, match="which values of 'Jet_pt' are missing"):
        hl.compute(events.Jet.pt, source=cleaned)
    assert hl.compute(cleaned.Jet.pt, source=events)[0].tolist() == [30.0, None]

"""Descriptions have the numbers of NumPy on whole columns, however files are cut."""

import json

import awkward as ak
import numpy as np
import pandas
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hepline as hl
from hepline.columns.types import TEXT
from hepline.errors import ColumnNotFound, LanguageError
from hepline.survey import reading
from hepline.survey.describe import describe_source, source_of
from hepline.survey.description_json import description_json

REAL = [
    "nanoaod/nano_dimuon.root",
    "nanoaod/nanoAOD_2015_CMS_Open_Data_ttbar.root",
    "nanoaod/nano_dimuon.parquet",
    "formats/PHYSLITE_example.root",
    "formats/Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root",
    "formats/ntpl001_staff_rntuple_v1-0-1-0.root",
    "formats/test_FCC_Winter2023.root",
    "formats/uproot-HZZ.root",
    "formats/uproot-physlite-rntuple_v1-0-0-0.root",
    "cms_csv/Zmumu_Run2011A.csv",
    "lhcb/PhaseSpaceSimulation.root",
    "playground/small_CLEO_test_file.hdf5",
    "playground/dimuons_1000_collisions.hdf5",
    "ml/higgsml_sig.csv",
    "agc/open-data-example.root",
    "adl/Run2012B_SingleMu_restructured_1000.json",
]


def described(files, **options):
    return describe_source(source_of(files), **options)


@pytest.mark.parametrize("name", REAL)
@pytest.mark.filterwarnings("ignore::hepline.errors.DataWarning")
def test_numbers_are_those_of_numpy_on_whole_columns(shared_data, name):
    source = source_of(shared_data / name)
    description = describe_source(source)
    (part,) = source.parts
    for column, facts in description.columns.items():
        chunk = source.read(part, [column], [], 0, part.entries)
        values = chunk.contents[column]
        there = chunk.contents.get(f"{column}?")
        values = values if there is None else values[there]
        assert facts.entries - facts.missing == len(values)
        if facts.spec.dtype == TEXT:
            continue
        finite = values[np.isfinite(values)]
        assert facts.nan == np.isnan(values).sum()
        assert facts.inf == np.isinf(values).sum()
        if not len(finite):
            assert facts.whole.mean is None
            continue
        assert (facts.whole.min, facts.whole.max) == (finite.min(), finite.max())
        floats = finite.astype(np.float64)
        scale = float(np.abs(floats).max())
        assert facts.whole.mean == pytest.approx(floats.mean(), rel=1e-12, abs=1e-14 * scale)
        assert facts.whole.std == pytest.approx(floats.std(), rel=1e-12, abs=1e-14 * scale)
        assert facts.constant == (len(np.unique(values)) == 1 and not facts.missing)


def numbers(description):
    content = description_json(description)
    return json.dumps(content, allow_nan=False)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_cores_and_chunks_change_no_bit(write_tree, monkeypatch, workers):
    random = np.random.default_rng(1)
    events = 20_000
    file = write_tree(
        "a.root",
        {
            "event": np.arange(events),
            "x": random.normal(5279, 20, events),
            "Muon": ak.zip({"pt": ak.unflatten(*lists(random, events))}),
        },
    )
    expected = numbers(described(file))
    source = source_of(file)
    # Chunks of the reader's own choice, then ones of a hundred baskets, and of three.
    for cut in (7000, 333):
        monkeypatch.setattr(
            reading,
            "joined_pieces",
            lambda _source, part, _columns, cut=cut: [
                (start, min(start + cut, part.entries)) for start in range(0, part.entries, cut)
            ],
        )
        assert numbers(describe_source(source, workers=workers)) == expected


def lists(random, events):
    counts = random.poisson(2, events)
    return random.exponential(40, counts.sum()).astype(np.float32), counts


@settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.lists(st.one_of(st.floats(width=32), st.sampled_from([-999.0, 0.0])), max_size=4),
        min_size=1,
        max_size=12,
    )
)
def test_jagged_columns_of_any_shape(write_tree, jagged):
    column = ak.values_astype(ak.Array([*jagged, [1.0]]), np.float32)
    file = write_tree("any.root", {"x": column})
    facts = described(file)["x"]
    values = ak.to_numpy(ak.flatten(column))
    finite = values[np.isfinite(values)].astype(np.float64)
    counts = ak.to_numpy(ak.num(column))
    assert (facts.entries, facts.nan) == (len(values), np.isnan(values).sum())
    assert facts.inf == np.isinf(values).sum()
    assert (facts.whole.min, facts.whole.max) == (finite.min(), finite.max())
    assert facts.whole.mean == pytest.approx(finite.mean(), rel=1e-12, abs=1e-6)
    assert (facts.lengths.min, facts.lengths.max) == (counts.min(), counts.max())
    assert facts.lengths.mean == pytest.approx(counts.mean())
    assert facts.empty == pytest.approx((counts == 0).mean())


def test_sentinels_of_the_higgs_challenge_are_those_that_pandas_counts(shared_data):
    for name in ("sig", "bg"):
        file = shared_data / f"ml/higgsml_{name}.csv"
        table = pandas.read_csv(file)
        expected = {
            column: int((table[column] == -999).sum())
            for column in table
            if (table[column] == -999).any()
        }
        facts = described(file).columns
        assert {c: f.flagged for c, f in facts.items() if f.flagged} == expected


def test_nulls_of_parquet_are_missing_not_measured(tmp_path):
    pandas.DataFrame(
        {"x": pandas.array([1, None, 5], "Int64"), "y": [0.5, np.nan, 2.0]}
    ).to_parquet(tmp_path / "a.parquet")
    facts = described(tmp_path / "a.parquet").columns
    assert (facts["x"].entries, facts["x"].missing, facts["x"].whole.mean) == (3, 1, 3.0)
    assert facts["y"].missing + facts["y"].nan == 1


def test_columns_are_chosen_by_pattern(write_csv):
    file = write_csv("a.csv", {"pt": [1.0, 2.0], "pz": [1, 2], "eta": [0.1, 0.2]})
    assert list(described(file, columns=["p*"]).columns) == ["pt", "pz"]
    with pytest.raises(ColumnNotFound):
        described(file, columns=["q*"])


def test_a_file_without_events(write_csv):
    description = described(write_csv("a.csv", {"x": np.zeros(0)}))
    assert description.entries == 0
    assert description["x"].whole.mean is None
    assert [finding.kind for finding in description.findings] == ["empty"]


def test_selected_and_symbolic_events_are_refused(write_csv):
    events = hl.open(write_csv("a.csv", {"x": [1.0, 2.0]}))
    assert hl.describe(events).entries == 2
    with pytest.raises(LanguageError, match="cannot be described"):
        hl.describe(events[events.x > 1])
    with pytest.raises(LanguageError, match="cannot be described"):
        hl.describe(hl.events("nanoaod"))


def test_a_file_of_histograms_says_what_is_in_it(shared_data):
    description = hl.describe(shared_data / "formats/uproot-histograms.root")
    assert [stored.name for stored in description.objects] == ["one", "two", "three"]
    assert (description.entries, dict(description.columns)) == (0, {})
    assert description_json(description)["objects"][0]["entries"] == 10000.0


def test_a_line_for_python_and_a_table_for_notebooks(write_csv):
    description = described(write_csv("a.csv", {"x": [1.0, -999.0, 2.0], "n": [1, 1, 1]}))
    size = "3 events, 2 columns"
    assert repr(description) == (
        f"<Description of a.csv: {size}; findings: sentinels: 1, constant: 1>"
    )
    assert repr(description["x"]) == (
        "<x: event * float64, 3 entries, 1 to 2, mean 1.5, std 0.5, -999: 1>"
    )
    page = description._repr_html_()
    assert "<td>x</td><td>event * float64</td><td>1</td><td>1.5</td><td>2</td>" in page
    assert "<td>sentinels</td>" in page


def test_cleaned_events_are_not_described_as_they_stand_in_the_file(tmp_path):
    pandas.DataFrame({"x": [1.0, -999.0]}).to_parquet(tmp_path / "x.parquet")
    cleaned = hl.open(tmp_path / "x.parquet").clean({"x": hl.missing(-999)})
    for survey in (hl.describe, lambda events: hl.compare(events, tmp_path / "x.parquet")):
        with pytest.raises(LanguageError, match="policy for the missing values of 'x'"):
            survey(cleaned)

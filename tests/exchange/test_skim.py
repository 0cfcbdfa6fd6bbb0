"""Skims: the events and columns that uproot and awkward choose by hand."""

import subprocess
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow.parquet as pq
import pytest
import uproot

import hepline as hl
from hepline.errors import ColumnNotFound, DataError, LanguageError, OutputError


def by_hand(paths):
    """All columns of the files, read by uproot."""
    return ak.concatenate([uproot.open(f"{path}:Events").arrays() for path in paths])


def read(path):
    """All columns of a skim, read by uproot or pyarrow."""
    if str(path).endswith(".parquet"):
        return ak.from_arrow(pq.read_table(path))
    with uproot.open(path) as file:
        return file["Events"].arrays()


def same(array, expected):
    """Whether two columns agree in every bit, and in type."""
    kinds = [
        str(column.type.content).replace("option[", "").rstrip("]") for column in (array, expected)
    ]
    return kinds[0] == kinds[1] and array.to_list() == expected.to_list()


FORMATS = {"ttree": "s.root", "rntuple": "s.root", "parquet": "s.parquet"}


@pytest.mark.parametrize("format", FORMATS)
def test_stored_and_new_columns_of_events_that_pass(tmp_path, nanoaod, format):
    paths = nanoaod(250, 0, 180)
    ev = hl.open(paths)
    good = ev.Muon[ev.Muon.pt > 20]
    done = hl.skim(
        ev,
        where=hl.count(good) >= 1,
        columns=["Muon", "Jet_p*", "event", {"ht": hl.sum(ev.Jet.pt), "good": good}],
        out=tmp_path / FORMATS[format],
        format=format,
        chunk=70,
    )
    events = by_hand(paths)
    passes = ak.any(events.Muon_pt > 20, axis=1)
    events = events[passes]
    selected = events.Muon_pt > 20
    skim = read(tmp_path / FORMATS[format])
    stored = [
        "Muon_pt",
        "Muon_eta",
        "Muon_phi",
        "Muon_charge",
        "nMuon",
        "Jet_pt",
        "Jet_phi",
        "nJet",
    ]
    made = {"ht", "good_pt", "good_eta", "good_phi", "good_charge", "ngood"}
    assert set(skim.fields) == {*stored, "event", *made}
    for name in (*stored, "event"):
        assert same(skim[name], events[name]), name
    for field in ("pt", "eta", "phi", "charge"):
        assert same(skim[f"good_{field}"], events[f"Muon_{field}"][selected])
    assert skim.ngood.to_list() == ak.sum(selected, axis=1).to_list()
    expected = [np.sum(jets, dtype=np.float64) for jets in events.Jet_pt.to_list()]
    np.testing.assert_allclose(skim.ht.to_numpy(), expected, rtol=1e-6)
    assert done.kept == len(skim) == ak.sum(passes)
    assert done.events == 430
    assert done.format == format
    kept = [int(ak.sum(part)) for part in (passes[:250], passes[250:250], passes[250:])]
    assert done.files == tuple(zip(paths, (250, 0, 180), kept, strict=True))


@pytest.mark.parametrize("format", FORMATS)
def test_a_skim_opens_as_what_it_was(tmp_path, nanoaod, format):
    paths = nanoaod(100)
    out = tmp_path / FORMATS[format]
    hl.skim(hl.open(paths), where="nMuon >= 2", out=out, format=format)
    original, skim = hl.open(paths), hl.open(out)
    assert skim.origin.schema.convention.name == "nanoaod"
    assert list(skim.origin.schema.columns) == list(original.origin.schema.columns)
    pairs = skim.Jet.pairs()
    kept = original[original.nMuon >= 2].Jet.pairs()
    assert hl.compute(pairs.mass).to_list() == hl.compute(kept.mass).to_list()


def test_all_columns_by_default_and_conditions_as_text(tmp_path, nanoaod):
    paths = nanoaod(150)
    done = hl.skim(
        hl.open(paths),
        where={"two muons": "nMuon >= 2", "met": "MET_pt > 20"},
        out=tmp_path / "s.root",
    )
    events = by_hand(paths)
    two = events.nMuon >= 2
    assert done.steps == (
        ("two muons", int(ak.sum(two))),
        ("met", int(ak.sum(two & (events.MET_pt > 20)))),
    )
    skim = read(tmp_path / "s.root")
    assert set(skim.fields) == set(events.fields)
    assert skim.event.to_list() == events.event[two & (events.MET_pt > 20)].to_list()
    assert "two muons" in repr(done)


def test_events_that_were_chosen_before_count(tmp_path, nanoaod):
    ev = hl.open(nanoaod(150))
    ev = hl.filter(ev, trigger=ev.HLT.IsoMu24)
    done = hl.skim(ev, where=ev.MET.pt > 20, columns="event", out=tmp_path / "s.parquet")
    assert done.steps[0][0] == "trigger"
    other = hl.open(nanoaod(150))
    busy = other[other.nJet > 2]
    again = hl.skim(other, columns={"met": busy.MET.pt}, out=tmp_path / "t.parquet")
    assert again.kept == hl.compute(hl.hist(other.nJet, bins=(1, 3, 99))).sum(flow=False)


def test_a_condition_that_is_missing_is_false(tmp_path, nanoaod):
    paths = nanoaod(150)
    ev = hl.open(paths)
    done = hl.skim(ev, where=ev.Muon.pt[1] > 20, columns="event", out=tmp_path / "s.root")
    events = by_hand(paths)
    second = ak.fill_none(ak.firsts(events.Muon_pt[:, 1:]) > 20, False)
    assert done.kept == ak.sum(second)
    assert done.steps[0][1] == done.kept


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("engine", ["compiled", "awkward", "reference"])
def test_bits_do_not_depend_on_chunks_workers_or_engine(tmp_path, nanoaod, format, engine):
    paths = nanoaod(120, 130)
    contents = []
    for number, (chunk, workers) in enumerate([(None, 1), (17, 3)]):
        out = tmp_path / f"{number}" / FORMATS[format]
        ev = hl.open(paths)
        new = {"lead": ev.Jet.pt.max().fill_missing(0), "best": ev.Muon.pt[ev.Muon.pt > 9]}
        hl.skim(ev, where=ev.MET.pt > 30, columns=["*", new], out=out, format=format,
                engine=engine, chunk=chunk, workers=workers)  # fmt: skip
        contents.append(out.read_bytes())
    assert contents[0] == contents[1]


def test_no_event_passes(tmp_path, nanoaod):
    for name in ("s.root", "s.parquet"):
        done = hl.skim(hl.open(nanoaod(30)), where="MET_pt < 0", out=tmp_path / name)
        assert done.kept == 0
        assert len(read(tmp_path / name)) == 0
        assert hl.compute(hl.open(tmp_path / name).MET.pt).to_list() == []


def test_sums_of_generator_weights_are_kept(tmp_path, nanoaod):
    hl.skim(hl.open(nanoaod(30, 40)), where="nMuon > 1", out=tmp_path / "s.root")
    with uproot.open(tmp_path / "s.root") as file:
        runs = file["Runs"].arrays()
    assert runs.genEventSumw.to_list() == [1000.0, 0.5, 1001.0, 0.5]
    assert runs.genEventCount.to_list() == [2000, 1, 2001, 1]


def test_the_checksum_lies_beside_it(tmp_path, nanoaod):
    done = hl.skim(hl.open(nanoaod(30)), out=tmp_path / "s.root")
    checked = subprocess.run(
        ["sha256sum", "--check", "s.root.sha256"], cwd=tmp_path, capture_output=True, check=True
    )
    assert b"s.root: OK" in checked.stdout
    assert done.sha256 in (tmp_path / "s.root.sha256").read_text()
    assert {path.name for path in tmp_path.iterdir()} == {
        "events0.root", "s.root", "s.root.sha256",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["s.parquet", "s.root"])
def test_missing_values_are_nulls_and_options(tmp_path, nanoaod, name):
    paths = nanoaod(60)
    ev = hl.open(paths)
    columns = {"second": ev.Muon.pt[1]}
    hl.skim(ev, columns=columns, out=tmp_path / name)
    second = ak.firsts(by_hand(paths).Muon_pt[:, 1:])
    assert read(tmp_path / name).second.to_list() == second.to_list()
    assert hl.compute(hl.open(tmp_path / name)["second"]).to_list() == second.to_list()
    with pytest.raises(OutputError, match="'second'"):
        hl.skim(ev, columns=columns, out=tmp_path / "s.root", format="ttree")


def test_text_is_kept(tmp_path, shared):
    source = shared("formats/ntpl001_staff_rntuple_v1-0-1-0.root")
    for name in ("s.root", "s.parquet", "t.root"):
        hl.skim(
            hl.open(source), where="Age > 60", out=tmp_path / name,
            format="rntuple" if name == "t.root" else "",
        )  # fmt: skip
        back = hl.open(tmp_path / name, convention="plain")
        with uproot.open(source) as file:
            staff = file["Staff"].arrays()
        staff = staff[staff.Age > 60]
        assert hl.compute(back["Nation"]).to_list() == staff.Nation.to_list()
        assert hl.compute(back["Cost"]).to_list() == staff.Cost.to_list()


def test_wrong_questions_fail_before_events_are_read(tmp_path, nanoaod):
    ev = hl.open(nanoaod(30))
    out = tmp_path / "s.root"
    with pytest.raises(ColumnNotFound, match="Moun"):
        hl.skim(ev, columns="Moun_pt", out=out)
    with pytest.raises(LanguageError, match="symbolic"):
        hl.skim(hl.events("nanoaod"), columns="Muon_pt", out=out)
    with pytest.raises(LanguageError, match="other lengths"):
        hl.skim(ev, columns=["Muon", {"Muon_good": ev.Muon.pt[ev.Muon.pt > 9]}], out=out)
    with pytest.raises(LanguageError, match="events are chosen by"):
        hl.skim(ev, where=ev.Muon.pt > 9, out=out)
    with pytest.raises(OutputError, match=r"'s\.txt'"):
        hl.skim(ev, out=tmp_path / "s.txt")
    with pytest.raises(LanguageError, match="'x'"):
        hl.skim(ev, columns={"x": 3.0}, out=out)
    other = hl.open(nanoaod(20, folder="other"))
    with pytest.raises(LanguageError, match="comes from"):
        hl.skim(ev, columns={"x": other.MET.pt}, out=out)
    assert not out.exists()


def test_a_damaged_source_leaves_no_skim(tmp_path, nanoaod):
    (path,) = nanoaod(300)
    with uproot.open(path) as file:
        seek = int(file["Events/event"].member("fBasketSeek")[1])
    content = bytearray(Path(path).read_bytes())
    content[seek + 100 : seek + 130] = b"\xff" * 30
    Path(path).write_bytes(content)
    with pytest.raises(DataError, match="event"):
        hl.skim(hl.open(path), out=tmp_path / "s.root")
    assert not (tmp_path / "s.root").exists()


def test_an_unwritable_folder_is_said(nanoaod):
    with pytest.raises(OutputError, match="could not write"):
        hl.skim(hl.open(nanoaod(30)), out="/proc/nowhere/s.root")


def test_expressions_may_stand_on_symbolic_events(tmp_path, nanoaod):
    paths = nanoaod(150)
    later = hl.events("nanoaod")
    busy = later[later.nJet > 1]
    good = later.Muon[later.Muon.pt > 20]
    done = hl.skim(
        hl.open(paths),
        where={"met": later.MET.pt > 10},
        columns=["event", {"good": good, "ht": hl.sum(busy.Jet.pt)}],
        out=tmp_path / "s.root",
    )
    events = by_hand(paths)
    events = events[(events.MET_pt > 10) & (events.nJet > 1)]
    skim = read(tmp_path / "s.root")
    assert skim.event.to_list() == events.event.to_list()
    assert skim.good_pt.to_list() == events.Muon_pt[events.Muon_pt > 20].to_list()
    assert [label for label, _ in done.steps] == ["met", "(nJet > 1)"]
    with pytest.raises(ColumnNotFound, match="Tau_pt"):
        hl.skim(hl.open(paths), columns={"t": later.Tau.pt}, out=tmp_path / "s.root")
    with pytest.raises(LanguageError, match="needs a name"):
        hl.skim(hl.open(paths), columns=[later.MET.pt], out=tmp_path / "s.root")


def test_policies_for_missing_values_reach_the_skim(tmp_path):
    (tmp_path / "x.csv").write_text("a,b,label\n-999,1,s\n2,-999,?\n3,4,b\n")
    ev = hl.open(tmp_path / "x.csv").clean(
        {"a": hl.missing(-999), "b": hl.missing(-999, then=0), "label": hl.missing("?")}
    )
    hl.skim(ev, out=tmp_path / "s.parquet")
    assert pq.read_table(tmp_path / "s.parquet").to_pydict() == {
        "a": [None, 2, 3],
        "b": [1, 0, 4],
        "label": ["s", None, "b"],
    }
    dropped = hl.open(tmp_path / "x.csv").clean({"a": hl.missing(-999, then="drop")})
    done = hl.skim(dropped, columns=["b"], out=tmp_path / "d.parquet")
    assert pq.read_table(tmp_path / "d.parquet").to_pydict() == {"b": [-999, 4]}
    assert done.steps == (("a is known", 2),)

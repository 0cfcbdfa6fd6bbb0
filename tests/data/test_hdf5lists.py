"""Lists of lists of HDF5 files, against h5py and awkward, in every evaluator."""

import awkward as ak
import h5py
import numpy as np
import pytest

import hepline as hl
from hepline.errors import ColumnNotFound

ENGINES = ("reference", "awkward", "compiled")
RANDOM = np.random.default_rng(5)
EVENTS = 60
JETS = RANDOM.integers(0, 4, EVENTS)
TRACKS = RANDOM.integers(0, 5, JETS.sum())
JET_PT = RANDOM.normal(size=JETS.sum())
TRACK_PT = RANDOM.normal(size=TRACKS.sum()).astype("f4")


def ends(counts):
    return np.concatenate([[0], np.cumsum(counts)])


WAYS = {
    "counts": {"nJet": JETS, "Jet_track_counts": TRACKS},
    "n": {"nJet": JETS, "Jet_ntrack": TRACKS},
    "offsets": {"Jet_offsets": ends(JETS), "Jet_track_offsets": ends(TRACKS)},
    "counts of offsets": {"Jet_offsets": ends(JETS), "Jet_track_n": TRACKS},
    "offsets of counts": {"nJet": JETS, "Jet_track_offsets": ends(TRACKS)},
}


@pytest.fixture
def write(tmp_path):
    def written(content, name="a.h5"):
        path = tmp_path / name
        with h5py.File(path, "w") as file:
            for key, values in content.items():
                file[key] = values
        return path

    return written


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("way", WAYS)
def test_lists_in_objects_are_told_as_lists_in_events_are(write, way, engine):
    content = {"Jet_pt": JET_PT, "Jet_track_pt": TRACK_PT, "Jet_track_id": np.arange(len(TRACK_PT))}
    jet = hl.open(write(content | WAYS[way])).Jet
    pt = ak.unflatten(JET_PT, JETS)
    tracks = ak.unflatten(ak.unflatten(TRACK_PT, TRACKS), JETS)
    for chunk in (None, 7):
        found = hl.compute(
            jet.track_pt,
            jet.track_pt[jet.track_pt > 0],
            jet[jet.pt > 0].track_pt,
            hl.sum(jet.track_id),
            hl.count(jet.track_pt),
            hl.flatten(jet.track_pt * jet.pt),
            jet.track_id[jet.track_pt > 0],
            engine=engine,
            chunk=chunk,
        )
        numbers = ak.unflatten(ak.unflatten(np.arange(len(TRACK_PT)), TRACKS), JETS)
        assert found[0].tolist() == tracks.tolist()
        assert found[1].tolist() == tracks[tracks > 0].tolist()
        assert found[2].tolist() == tracks[pt > 0].tolist()
        assert found[3].tolist() == ak.sum(numbers, axis=2).tolist()
        assert found[4].tolist() == ak.num(tracks, axis=2).tolist()
        assert found[5].tolist() == ak.flatten(tracks * pt, axis=2).tolist()
        assert found[6].tolist() == numbers[tracks > 0].tolist()


@pytest.mark.parametrize("engine", ENGINES)
def test_further_axes_of_many_numbers_are_lists_of_constant_length(write, engine):
    cube = RANDOM.normal(size=(EVENTS, 5, 8)).astype("f4")
    good = RANDOM.random((EVENTS, 5, 8)) > 0.5
    small = RANDOM.normal(size=(EVENTS, 2, 3))
    images = RANDOM.normal(size=(JETS.sum(), 6, 7))
    path = write(
        {"jets_pt": cube, "jets_good": good, "y": small, "nJet": JETS, "Jet_image": images}
    )
    ev = hl.open(path)
    found = hl.compute(
        ev["jets_pt"],
        hl.sum(hl.max(ev["jets_pt"])),
        hl.count(ev["jets_pt"][ev["jets_good"]]),
        ev["y_1_2"],
        ev.Jet.image,
        engine=engine,
        chunk=13,
    )
    assert found[0].tolist() == cube.tolist()
    assert found[1].tolist() == [sum(row, np.float32(0)) for row in cube.max(axis=2)]
    assert found[2].tolist() == good.sum(axis=2).tolist()
    assert found[3].tolist() == small[:, 1, 2].tolist()
    assert found[4].tolist() == ak.unflatten(ak.from_numpy(images), JETS).tolist()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("alone", [True, False])
def test_structures_side_by_side_are_objects(write, engine, alone):
    kinds = [("pt", "f4"), ("valid", "?"), ("cov", "f8", (3,)), ("name", "S2")]
    rows = np.zeros((EVENTS, 4), kinds)
    rows["pt"], rows["valid"] = RANDOM.normal(size=(EVENTS, 4)), RANDOM.random((EVENTS, 4)) > 0.5
    rows["cov"] = RANDOM.normal(size=(EVENTS, 4, 3))
    rows["name"] = np.where(rows["valid"], b"a", b"bc")
    trk = hl.open(write({"trk": rows} if alone else {"trk": rows, "met": np.arange(EVENTS)})).trk
    valid = trk[trk.valid]
    found = hl.compute(valid.pt, valid.cov_2, hl.count(trk), trk.name, engine=engine, chunk=11)
    kept = [(row, row["valid"]) for row in rows]
    assert found[0].tolist() == [row["pt"][valid].tolist() for row, valid in kept]
    assert found[1].tolist() == [row["cov"][valid, 2].tolist() for row, valid in kept]
    assert found[2].tolist() == [4] * EVENTS
    assert found[3].tolist() == [[w.decode() for w in row] for row in rows["name"].tolist()]


def test_as_many_elements_as_objects_may_mean_two_things(write):
    jets, tracks = np.array([2, 1]), np.array([2, 0, 1])
    content = {"nJet": jets, "Jet_pt": JET_PT[:3], "Jet_track_pt": TRACK_PT[:3]}
    ev = hl.open(write(content | {"Jet_track_counts": tracks}))
    with pytest.raises(ColumnNotFound) as caught:
        _ = ev.Jet.track_pt
    assert "one number per object, or lists" in caught.value.why
    assert hl.compute(ev.Jet.pt).tolist() == [JET_PT[:2].tolist(), JET_PT[2:3].tolist()]
    # Offsets leave no doubt, and neither do lists of one.
    ev = hl.open(write(content | {"Jet_track_offsets": ends(tracks)}, "b.h5"))
    expected = [[TRACK_PT[:2].tolist(), []], [TRACK_PT[2:3].tolist()]]
    assert hl.compute(ev.Jet.track_pt).tolist() == expected
    ev = hl.open(write(content | {"Jet_track_counts": np.ones(3, int)}, "c.h5"))
    assert hl.compute(hl.count(ev.Jet.track_pt)).tolist() == [[1, 1], [1]]

"""All real files: a column is what uproot reads, in every evaluator, or is left out with a reason.

Columns are sampled where there are many; those of each shape and dtype are all represented.
"""

from __future__ import annotations

import re
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.data.open import source

FILES = {
    "formats/PHYSLITE_example.root": "CollectionTree",
    "formats/Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root": "Events",
    "formats/ntpl001_staff_rntuple_v1-0-1-0.root": "Staff",
    "formats/test_FCC_Winter2023.root": "events",
    "formats/uproot-HZZ.root": "events",
    "formats/uproot-physlite-rntuple_v1-0-0-0.root": "EventData",
    "nanoaod/nanoAOD_2015_CMS_Open_Data_ttbar.root": "Events",
    "nanoaod/nano_dimuon.root": "Events",
}
ENGINES = ["reference", "awkward", "compiled"]


def sampled(opened, most: int) -> list[str]:
    """Some columns: the first ones of each shape and dtype, and a few others."""
    shapes: dict[tuple, list[str]] = {}
    for name, spec in opened.schema.columns.items():
        shapes.setdefault((spec.axis is None, len(spec.inner), spec.dtype), []).append(name)
    chosen = [name for names in shapes.values() for name in names[:2]]
    others = [name for name in opened.schema.columns if name not in chosen]
    return chosen + others[:: max(len(others) // most, 1)]


def branches_of(tree) -> dict[str, object]:
    """What uproot has, by the names that columns have; without the length of an array."""
    if isinstance(tree, uproot.TTree):
        found = list(tree.itervalues(recursive=True))
        return {b.name.partition("[")[0]: b for b in found} | {b.name: b for b in found}
    # uproot takes long to make each field: only those that are asked for.
    return _Fields(tree)


class _Fields(dict):
    """The fields of an RNTuple, where a dot stands for a colon."""

    def __init__(self, tree) -> None:
        names = tree.keys()
        super().__init__({name.replace(":.", ".").replace(":", "."): name for name in names})
        self._tree = tree

    def __getitem__(self, name):
        return self._tree[super().__getitem__(name)]


def by_uproot(branches: dict[str, object], name: str) -> ak.Array | None:
    """What uproot reads for a column; None for what it cannot read."""
    if name in branches:
        return branches[name].array()
    link = re.fullmatch(r"(.*)[._](m_pers\w+)", name)
    if link and link[1] in branches:
        return branches[link[1]].array()[link[2]]
    place = re.fullmatch(r"(.*?)((_\d+)+)", name)
    if place and place[1] in branches:
        indices = map(int, place[2].strip("_").split("_"))
        return branches[place[1]].array()[(Ellipsis, *indices)]
    return None


@pytest.mark.parametrize("file", FILES)
def test_columns_equal_uproot(shared_data, file):
    path = shared_data / file
    opened = source(path, tree=FILES[file])
    (part,) = opened.parts
    names = sampled(opened, 25)
    chunk = opened.read(part, names, (), 0, part.entries)
    compared = 0
    with uproot.open(path) as read:
        branches = branches_of(read[FILES[file]])
        for name in names:
            array = by_uproot(branches, name)
            if array is None:
                continue
            spec = opened.schema.columns[name]
            for axis in (spec.axis, *spec.inner) if spec.axis else ():
                lengths = ak.to_numpy(ak.num(array, axis=1))
                np.testing.assert_array_equal(np.diff(chunk.offsets[axis]), lengths, err_msg=name)
                array = ak.flatten(array, axis=1)
            compared += 1
            if spec.dtype == "string":
                words = opened.words(part, name, 0, part.entries)
                assert [words[code] for code in chunk.contents[name].tolist()] == array.tolist()
                continue
            found, expected = chunk.contents[name], ak.to_numpy(array)
            if found.dtype.itemsize == 1:
                # uproot has C++'s char without sign.
                found, expected = found.view(np.uint8), expected.view(np.uint8)
            np.testing.assert_array_equal(found, expected, err_msg=name)
    assert compared > 0.9 * len(names)


@pytest.mark.parametrize("file", [file for file in FILES if "rntuple" not in file])
def test_every_branch_is_a_column_or_says_why_it_is_none(shared_data, file):
    schema = source(shared_data / file, tree=FILES[file]).schema
    columns = {re.sub(r"(_\d+)+$|\.m_pers\w+$", "", name) for name in schema.columns}
    with uproot.open(shared_data / file) as read:
        for branch in read[FILES[file]].itervalues(recursive=True):
            name = branch.name
            known = name in schema.columns or name.partition("[")[0] in columns
            assert known or len(branch.branches) or schema.obstacles[name], name


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "file",
    ["formats/test_FCC_Winter2023.root", "formats/uproot-physlite-rntuple_v1-0-0-0.root"],
)
def test_evaluators_hand_out_lists_of_lists_as_they_are(shared_data, file, engine):
    path = shared_data / file
    ev = hl.open(path, tree=FILES[file])
    schema = ev.origin.schema
    shapes = {(len(spec.inner), spec.dtype): n for n, spec in schema.columns.items() if spec.inner}
    names = list(shapes.values())[:4]
    assert names
    arrays = hl.compute(*(ev[name] for name in names), engine=engine)
    with uproot.open(path) as read:
        branches = branches_of(read[FILES[file]])
        for name, found in zip(names, arrays, strict=True):
            expected = by_uproot(branches, name)
            assert expected is not None
            assert ak.to_list(found) == ak.to_list(expected), name


@pytest.mark.parametrize("engine", ENGINES)
def test_a_question_about_tracks_in_jets(shared_data, engine):
    path = shared_data / "formats/PHYSLITE_example.root"
    ev = hl.open(path)
    energy, pt = ev["AnalysisJetsAuxDyn.EnergyPerSampling"], ev["AnalysisJetsAuxDyn.pt"]
    hard = pt > 30_000
    asked = [hl.sum(energy)[hard], hl.max(hl.sum(energy[energy > 0]) / pt), energy.inner[3]]
    found = hl.compute(*asked, engine=engine)
    with uproot.open(path) as read:
        tree = read["CollectionTree"]
        e = tree["AnalysisJetsAuxDyn.EnergyPerSampling"].array()
        p = tree["AnalysisJetsAuxDyn.pt"].array()
    assert found[0].tolist() == ak.sum(e, axis=-1)[p > 30_000].tolist()
    assert found[1].tolist() == ak.max(ak.sum(e[e > 0], axis=-1) / p, axis=-1).tolist()
    assert found[2].tolist() == e[:, :, 3].tolist()


def test_a_parquet_file_is_what_awkward_reads(shared_data):
    path: Path = shared_data / "nanoaod/nano_dimuon.parquet"
    opened = source(path)
    names = sampled(opened, 40)
    ev = hl.open(path)
    read = ak.from_parquet(path, columns=names)
    for name, found in zip(names, hl.compute(*(ev[name] for name in names)), strict=True):
        assert ak.to_list(found) == ak.to_list(read[name]), name

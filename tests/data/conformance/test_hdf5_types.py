"""Every type, layout and filter of HDF5, against h5py's own reading."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

import hepline as hl

h5py = pytest.importorskip("h5py")

ROWS = 90
RNG = np.random.default_rng(4)
COUNTS = RNG.integers(0, 4, ROWS)
INTEGERS = ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8")


def numbers() -> dict[str, np.ndarray]:
    """One dataset for every type of number, in both byte orders."""
    made = {}
    for order, ends in (("<", "little"), (">", "big")):
        for kind in INTEGERS:
            limits = np.iinfo(kind)
            row = RNG.integers(limits.min, limits.max, ROWS, dtype=kind, endpoint=True)
            made[f"{kind}_{ends}"] = row.astype(order + kind)
        for kind in ("f2", "f4", "f8"):
            made[f"{kind}_{ends}"] = RNG.normal(size=ROWS).astype(order + kind)
    made["truth"] = RNG.random(ROWS) < 0.5
    return made


def conforms(path) -> None:
    """All columns at once, and one by one, are what h5py reads."""
    ev = hl.open(path)
    with h5py.File(path) as file:
        names = [name for name in file if name in ev.origin.schema.columns]
        assert set(names) == set(numbers())
        for name, ours in zip(names, hl.compute(*(ev[name] for name in names)), strict=True):
            expected = file[name][...]
            assert ak.to_numpy(ours).dtype.kind == expected.dtype.kind
            np.testing.assert_array_equal(ak.to_numpy(ours), expected, err_msg=name)
            np.testing.assert_array_equal(ak.to_numpy(hl.compute(ev[name])), expected)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"chunks": (7,)},
        {"chunks": (13,), "compression": "gzip", "shuffle": True},
        {"chunks": (13,), "compression": "lzf"},
        {"chunks": (90,), "fletcher32": True},
        {"chunks": (11,), "maxshape": (None,)},
    ],
    ids=str,
)
@pytest.mark.parametrize("version", ["earliest", "latest"])
def test_numbers_in_every_layout(tmp_path, options, version):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", libver=version) as file:
        for name, row in numbers().items():
            file.create_dataset(name, data=row, **options)
    conforms(path)


def test_packed_bits(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        for name, row in numbers().items():
            if row.dtype.kind in "iu" and row.dtype.itemsize < 8:
                file.create_dataset(name, data=row, chunks=(30,), scaleoffset=0)
            else:
                file[name] = row
    conforms(path)


def test_values_that_were_never_written_are_the_fill_value(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", (ROWS,), "f4", chunks=(10,), fillvalue=7.5)[20:30] = 1.0
        file.create_dataset("y", (ROWS,), "i8")
        expected = file["x"][...], file["y"][...]
    found = hl.compute(hl.open(path).x, hl.open(path).y)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ak.to_numpy(ours), theirs)


def test_lists_structures_and_axes_all_at_once(tmp_path):
    path = tmp_path / "a.h5"
    table = np.zeros(ROWS, [("run", "<u4"), ("pos", ">f4", (3,)), ("good", "?")])
    table["run"], table["good"] = np.arange(ROWS), np.arange(ROWS) % 2
    table["pos"] = RNG.normal(size=(ROWS, 3))
    pt = RNG.exponential(size=COUNTS.sum()).astype(">f8")
    with h5py.File(path, "w") as file:
        file["table"], file["axis"] = table, RNG.normal(size=(ROWS, 2))
        file["nMuon"], file["Muon_pt"], file["Muon_charge"] = COUNTS, pt, np.sign(pt)
        lists = file.create_dataset("hits", (ROWS,), h5py.vlen_dtype("<i2"))
        for row, count in enumerate(COUNTS):
            lists[row] = np.arange(count)
        expected = {
            "table_run": table["run"],
            **{f"table_pos_{n}": table["pos"][:, n] for n in range(3)},
            "table_good": table["good"],
            **{f"axis_{n}": file["axis"][:, n] for n in range(2)},
            "nMuon": COUNTS,
            "Muon_pt": ak.unflatten(pt.astype("f8"), COUNTS),
            "Muon_charge": ak.unflatten(np.sign(pt).astype("f8"), COUNTS),
            "hits": ak.Array([each.tolist() for each in file["hits"][...]]),
        }
    ev = hl.open(path)
    assert set(ev.origin.schema.columns) == set(expected)
    found = hl.compute(*(ev[name] for name in expected))
    for (name, theirs), ours in zip(expected.items(), found, strict=True):
        assert ak.to_list(ours) == ak.to_list(theirs), name

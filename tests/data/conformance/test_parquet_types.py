"""Every type, encoding, version and compression of Parquet, against pyarrow's own reading."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

import hepline as hl
from hepline.errors import ColumnNotFound

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

ROWS = 90
RNG = np.random.default_rng(3)
INTEGERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
LENGTHS = RNG.integers(0, 4, ROWS)
NUMBERS = {
    **{
        kind: RNG.integers(np.iinfo(kind).min, np.iinfo(kind).max, ROWS, dtype=kind, endpoint=True)
        for kind in INTEGERS
    },
    "float32": RNG.normal(size=ROWS).astype(np.float32),
    "float64": np.where(RNG.random(ROWS) < 0.1, np.nan, RNG.normal(size=ROWS)),
    "bool": RNG.random(ROWS) < 0.5,
    # Few different values, so that dictionaries and runs are used.
    "few": RNG.choice([2.5, 7.0], ROWS),
    "sorted": np.arange(ROWS),
}
LISTS = ak.unflatten(RNG.normal(size=LENGTHS.sum()), LENGTHS)


def table() -> pa.Table:
    columns = {name: pa.array(values) for name, values in NUMBERS.items()}
    columns["list"] = pa.array(LISTS.tolist(), pa.list_(pa.float64()))
    columns["large"] = pa.array(LISTS.tolist(), pa.large_list(pa.float32()))
    records = [[{"pt": x, "good": x > 0} for x in own] for own in LISTS.tolist()]
    columns["Muon"] = pa.array(
        records, pa.list_(pa.struct([("pt", pa.float32()), ("good", pa.bool_())]))
    )
    columns["MET"] = pa.array([{"pt": x, "phi": -x} for x in NUMBERS["few"].tolist()])
    columns["half"] = pa.array(NUMBERS["few"].astype(np.float16))
    columns["category"] = pa.array(NUMBERS["few"]).dictionary_encode()
    columns["pos"] = pa.array(RNG.normal(size=(ROWS, 3)).tolist(), pa.list_(pa.float64(), 3))
    columns["holes"] = pa.array([None if n % 3 else float(n) for n in range(ROWS)])
    return pa.table(columns)


def conforms(path) -> None:
    """All columns at once, and one by one, are what pyarrow reads."""
    ev = hl.open(path)
    names = list(ev.origin.schema.columns)
    together = hl.compute(*(ev[name] for name in names))
    theirs = pq.read_table(path)
    for name, ours in zip(names, together, strict=True):
        outer, _, inner = name.partition("_")
        expected = theirs.column(outer).to_pylist()
        # Without its own schema, Parquet does not know that a length is fixed.
        if outer == "pos" and inner:
            expected = [row[int(inner)] for row in expected]
        elif inner:
            expected = [
                [r[inner] for r in row] if isinstance(row, list) else row[inner] for row in expected
            ]
        # repr makes NaN equal to itself.
        assert repr(ak.to_list(ours)) == repr(expected), name
        alone = hl.compute(ev[name])
        assert repr(ak.to_list(alone)) == repr(expected), name


ENCODINGS = {
    "BYTE_STREAM_SPLIT": ("float32", "float64", "few"),
    "DELTA_BINARY_PACKED": ("int32", "int64", "sorted", "uint32"),
    "PLAIN": tuple(NUMBERS),
    "RLE": ("bool",),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encodings(tmp_path, encoding):
    path = tmp_path / "a.parquet"
    encodings = dict.fromkeys(ENCODINGS[encoding], encoding)
    version = "2.0" if encoding == "RLE" else "1.0"
    pq.write_table(
        table(), path, use_dictionary=False, column_encoding=encodings, data_page_version=version
    )
    used = {
        column.path_in_schema: column.encodings
        for column in map(pq.read_metadata(path).row_group(0).column, range(len(NUMBERS)))
    }
    assert all(encoding in used[name] for name in encodings)
    conforms(path)


@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "brotli", "zstd", "lz4"])
@pytest.mark.parametrize("pages", ["1.0", "2.0"])
def test_compressions_and_versions_of_pages(tmp_path, codec, pages):
    path = tmp_path / "a.parquet"
    pq.write_table(table(), path, compression=codec, data_page_version=pages, row_group_size=40)
    conforms(path)


@pytest.mark.parametrize("version", ["1.0", "2.4", "2.6"])
@pytest.mark.parametrize(
    "options",
    [
        {"write_statistics": False},
        {"write_page_checksum": True, "data_page_size": 64},
        {"store_schema": False, "row_group_size": 7},
        {"use_compliant_nested_type": False},
    ],
    ids=str,
)
def test_formats_and_options(tmp_path, version, options):
    path = tmp_path / "a.parquet"
    pq.write_table(table(), path, version=version, **options)
    conforms(path)


def test_pandas_and_awkward_write_what_is_read(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({**NUMBERS, "list": LISTS.tolist()})
    frame.to_parquet(tmp_path / "pandas.parquet")
    conforms(tmp_path / "pandas.parquet")
    ev = hl.open(tmp_path / "pandas.parquet")
    np.testing.assert_array_equal(ak.to_numpy(hl.compute(ev.uint64)), NUMBERS["uint64"])


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (pa.array([b"a", b"b"]), "binary"),
        (pa.array([0, 1], pa.timestamp("us", tz="UTC")), "times"),
        (pa.array([0, 1], pa.date32()), "times"),
        (pa.array([0, 1], pa.duration("s")), "times"),
        (pa.array([1, 2], pa.decimal128(5, 2)), "decimals"),
        (pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int32())), "map"),
        (pa.array([None, None]), "nothing but nulls"),
    ],
    ids=lambda value: str(getattr(value, "type", value)),
)
def test_what_no_column_can_hold_is_left_out_with_the_reason(tmp_path, values, reason):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"strange": values, "x": [1, 2]}), path)
    ev = hl.open(path)
    assert list(ev.origin.schema.columns) == ["x"]
    with pytest.raises(ColumnNotFound) as caught:
        ev["strange"]
    assert reason in caught.value.why
    assert hl.compute(ev.x).tolist() == [1, 2]


def test_a_member_of_a_record_is_left_out_alone(tmp_path):
    path = tmp_path / "a.parquet"
    jets = [[{"pt": 1.0, "name": b"b"}], []]
    pq.write_table(pa.table({"Jet": jets}), path)
    ev = hl.open(path)
    assert hl.compute(ev.Jet.pt).tolist() == [[1.0], []]
    assert "binary" in ev.origin.schema.obstacles["Jet_name"]


def test_no_rows(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(table().slice(0, 0), path)
    assert pq.read_metadata(path).num_rows == 0
    assert hl.compute(hl.open(path).float32).tolist() == []

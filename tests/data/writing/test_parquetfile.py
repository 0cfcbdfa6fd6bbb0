"""Parquet: what pyarrow reads back is what was written."""

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hepline.data.writing.columns import Written
from hepline.data.writing.parquetfile import ParquetFile, arrow_of, arrow_type
from hepline.data.writing.rows import Rows, rows_of
from hepline.errors import OutputError


def write(path, columns, blocks=((0, 5),)):
    file = ParquetFile(path, "Events", [column for column, _ in columns.values()], len(blocks))
    for start, stop in blocks:
        file.add({name: rows.cut(start, stop) for name, (_, rows) in columns.items()})
    file.finish("note", "said")


def test_every_type_is_read_back(tmp_path, columns):
    write(tmp_path / "a.parquet", columns, [(0, 2), (2, 3), (3, 5)])
    table = pq.read_table(tmp_path / "a.parquet")
    assert pq.read_metadata(tmp_path / "a.parquet").metadata[b"note"] == b"said"
    assert table.column_names == list(columns)
    for name, (column, rows) in columns.items():
        assert table[name].to_pylist() == ak.Array(rows.layout()).to_list(), name
        kind = table.schema.field(name).type
        for _ in range(column.depth):
            kind = kind.value_type
        expected = "string" if column.is_text else str(pa.from_numpy_dtype(np.dtype(column.dtype)))
        assert str(kind) == expected
        assert not table.schema.field(name).nullable


def test_pages_carry_checksums(tmp_path, columns):
    path = tmp_path / "a.parquet"
    write(path, columns)
    column = pq.ParquetFile(path).metadata.row_group(0).column(0)
    assert column.compression == "ZSTD"
    damaged = bytearray(path.read_bytes())
    damaged[column.data_page_offset + column.total_compressed_size - 1] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(OSError, match="verification"):
        pq.read_table(path, page_checksum_verification=True)


@pytest.mark.parametrize(
    ("depth", "values"),
    [(0, [1.0, None, 3.0]), (1, [[1.0, None], [], [None]]), (2, [[[None], []], [], [[2.0]]])],
)
def test_missing_values_are_nulls(tmp_path, depth, values):
    column = Written("x", "float64", depth, optional=True)
    write(tmp_path / "a.parquet", {"x": (column, rows_of(ak.Array(values)))}, [(0, 3)])
    assert pq.read_table(tmp_path / "a.parquet")["x"].to_pylist() == values


def test_missing_text_is_null():
    rows = Rows(np.array([7, 9], np.uint64), there=np.array([True, False]), words={7: "a"})
    assert arrow_of(Written("x", "string", optional=True), rows).to_pylist() == ["a", None]


def test_elements_of_lists_are_not_nullable():
    assert str(arrow_type(Written("x", "int8", 1))) == "list<item: int8 not null>"


def test_a_further_tree_has_no_place(tmp_path):
    column = Written("x", "int64")
    file = ParquetFile(tmp_path / "a.parquet", "Events", [column], 1)
    with pytest.raises(OutputError, match="'Runs'"):
        file.add_tree("Runs", [column], {"x": Rows(np.arange(3))})
    file.close()


def test_numbers_are_not_copied():
    values = np.arange(5.0)
    array = arrow_of(Written("x", "float64"), Rows(values))
    assert array.buffers()[1].address == values.ctypes.data

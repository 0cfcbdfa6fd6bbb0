"""The choice of a format: by name, by ending, by what the columns need."""

from pathlib import Path

import pytest

from hepline.data.writing.columns import Written
from hepline.data.writing.formats import format_of
from hepline.errors import OutputError

FLAT = [Written("x", "float32"), Written("y", "float32", 1)]
DEEP = [*FLAT, Written("z", "float32", 2)]
WORDS = [*FLAT, Written("t", "string", 1)]
HOLES = [*FLAT, Written("o", "float32", optional=True)]


@pytest.mark.parametrize(
    ("out", "name", "columns", "expected"),
    [
        ("a.root", "", FLAT, "ttree"),
        ("a.root", "rntuple", FLAT, "rntuple"),
        ("a.root", "", DEEP, "rntuple"),
        ("a.root", "", WORDS, "rntuple"),
        ("a.parquet", "", HOLES, "parquet"),
        ("a.root", "", HOLES, "rntuple"),
        ("a.parquet", "parquet", DEEP, "parquet"),
    ],
)
def test_the_format_fits_the_columns(out, name, columns, expected):
    assert format_of(Path(out), name, columns).name == expected


@pytest.mark.parametrize(
    ("out", "name", "columns", "said"),
    [
        ("a.root", "tree", FLAT, "did you mean 'ttree'"),
        ("a.csv", "", FLAT, "'.root' or '.parquet'"),
        ("a.root", "parquet", FLAT, "'.parquet' for parquet"),
        ("a.root", "ttree", DEEP, "rntuple"),
        ("a.root", "ttree", WORDS, "rntuple"),
        ("a.root", "ttree", HOLES, "fill_missing"),
    ],
)
def test_what_does_not_fit_is_refused(out, name, columns, said):
    with pytest.raises(OutputError) as caught:
        format_of(Path(out), name, columns)
    assert said in str(caught.value)

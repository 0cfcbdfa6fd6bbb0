"""Text in the ways that programs write it, against pandas' own reading."""

from __future__ import annotations

import csv
import gzip
import io

import awkward as ak
import numpy as np
import pytest

import hepline as hl
from hepline.data.csvheader import name_of

pandas = pytest.importorskip("pandas")

ROWS = 80
RNG = np.random.default_rng(6)
FRAME = pandas.DataFrame(
    {
        "Run": RNG.integers(1, 2**40, ROWS),
        "pt1": RNG.exponential(30, ROWS),
        "eta1": RNG.normal(size=ROWS).astype(np.float32),
        "Q1": RNG.choice([-1, 1], ROWS),
        "tiny": RNG.normal(size=ROWS) * 10.0 ** RNG.integers(-300, 300, ROWS),
        "holes": np.where(RNG.random(ROWS) < 0.2, np.nan, RNG.normal(size=ROWS)),
    }
)


def conforms(path, **how) -> None:
    """Every column of numbers is what pandas reads, bit for bit."""
    theirs = pandas.read_csv(path, **how)
    ev = hl.open(path)
    names = [str(name) for name in theirs.columns if theirs[name].dtype.kind in "iufb"]
    assert len(names) > 3
    for name, ours in zip(names, hl.compute(*(ev[name] for name in names)), strict=True):
        np.testing.assert_array_equal(ak.to_numpy(ours), theirs[name].to_numpy(), err_msg=name)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
def test_separators_ends_and_quotes(tmp_path, separator, end, quoting):
    path = tmp_path / "a.csv"
    FRAME.to_csv(path, index=False, sep=separator, lineterminator=end, quoting=quoting)
    conforms(path, sep=separator)


@pytest.mark.parametrize("form", [None, "%.3f", "%.17g", "%10.4e", "%+.2E", "%d"])
def test_forms_of_numbers(tmp_path, form):
    path = tmp_path / "a.csv"
    columns = ["Run", "pt1", "eta1", "Q1"]
    FRAME[columns].to_csv(path, index=False, float_format=form)
    conforms(path, skipinitialspace=True)


@pytest.mark.parametrize("missing", ["", "nan", "NA", "N/A", "null", "None"])
def test_missing_values(tmp_path, missing):
    path = tmp_path / "a.csv"
    FRAME.to_csv(path, index=False, na_rep=missing)
    conforms(path)


def test_the_last_line_may_lack_its_end_and_the_file_may_be_packed(tmp_path):
    text = io.StringIO()
    FRAME.to_csv(text, index=False)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(text.getvalue().rstrip("\n").encode()))
    conforms(path)


def test_an_index_without_a_name_is_a_column(tmp_path):
    path = tmp_path / "a.csv"
    FRAME.to_csv(path)
    assert hl.compute(hl.open(path).column1).tolist() == list(range(ROWS))


@pytest.mark.parametrize(
    "name", ["cms_csv/Zmumu_Run2011A.csv", "cms_csv/4mu_2012.csv", "ml/higgsml_sig.csv"]
)
def test_real_files(shared_data, name):
    path = shared_data / name
    theirs = pandas.read_csv(path)
    ev = hl.open(path)
    labels = {name_of(label): label for label in theirs.columns}
    numbers = [name for name, label in labels.items() if theirs[label].dtype.kind in "iuf"]
    assert len(numbers) > 10
    for name, ours in zip(numbers, hl.compute(*(ev[name] for name in numbers)), strict=True):
        np.testing.assert_array_equal(ak.to_numpy(ours), theirs[labels[name]].to_numpy())

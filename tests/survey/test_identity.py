"""Duplicates are those that pandas counts, in one file and across files."""

import awkward as ak
import numpy as np
import pandas
import pytest
import uproot

from hepline.survey import identity
from hepline.survey.describe import describe_source, source_of


def duplicates(files):
    return describe_source(source_of(files)).duplicates


def table(random, events, most):
    return pandas.DataFrame(
        {
            "run": random.integers(1, 3, events),
            "luminosityBlock": random.integers(1, 4, events),
            "event": random.integers(1, most, events),
            "pt": random.normal(size=events),
        }
    )


@pytest.mark.parametrize("most", [40, 10**9])
def test_pandas_counts_the_same(write_csv, most):
    random = np.random.default_rng(1)
    tables = [table(random, 500, most) for _ in range(3)]
    files = [write_csv(f"{number}.csv", part) for number, part in enumerate(tables)]
    keys = ["run", "luminosityBlock", "event"]
    result = duplicates(files)
    assert result.columns == tuple(keys)
    assert result.count == pandas.concat(tables).duplicated(keys).sum()


def test_files_that_share_events_are_named(write_csv):
    columns = {"run": [1] * 4, "luminosityBlock": [1] * 4, "event": [1, 2, 3, 4]}
    first = write_csv("a.csv", columns)
    second = write_csv("b.csv", columns | {"event": [3, 4, 5, 6]})
    result = duplicates([first, second])
    assert result.count == 2
    assert result.between == {(str(first), str(second)): 2}
    assert result.examples[0] == ((1, 1, 3), (str(first), str(second)))


def test_rows_are_compared_where_events_have_no_number(shared_data, write_csv):
    file = shared_data / "lhcb/PhaseSpaceSimulation.root"
    with uproot.open(file) as opened:
        tree = opened[next(iter(opened.classnames(filter_classname="TTree")))]
        expected = tree.arrays(library="pd").duplicated().sum()
    assert duplicates(file).count == expected == 3
    columns = {"x": [0.5, -0.0, 0.0, 0.5], "y": [1, 2, 2, 3]}
    assert duplicates(write_csv("a.csv", columns)).count == 1


def test_lists_are_compared_and_events_without_any_float_are_not(write_tree):
    file = write_tree("a.root", {"x": [[1.5, 2.5], [1.5], [], [], [2.5, 1.5], [1.5, 2.5]]})
    assert duplicates(file).count == 1


def test_equal_hashes_are_not_believed(write_csv, monkeypatch):
    monkeypatch.setattr(
        "hepline.survey.reading.hashes_of", lambda chunk, *_: np.ones(chunk.events, np.uint64)
    )
    assert duplicates(write_csv("a.csv", {"event": [1, 2, 3, 2]})).count == 1


def test_first_elements():
    lists = ak.Array([[3, 1], [], [7]])
    values, there = identity.first_elements(ak.to_numpy(ak.flatten(lists)), np.array([0, 2, 2, 3]))
    assert values[there].tolist() == [3, 7]
    assert there.tolist() == [True, False, True]

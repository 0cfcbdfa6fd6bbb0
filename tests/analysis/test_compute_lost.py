"""What no bin of a histogram holds is told; sources are taken as they are opened."""

import awkward as ak
import numpy as np
import pytest

import hepline as hl
from hepline.errors import LanguageError, UndefinedValues


@pytest.mark.parametrize("engine", ["reference", "awkward", "compiled"])
def test_values_that_are_no_numbers_are_told_and_in_no_bin(in_memory, engine):
    values = np.array([1.0, np.nan, 9.0, np.nan, np.inf])
    ev = in_memory({"x": ak.Array(values)})
    with pytest.warns(UndefinedValues, match="2 of 5 entries of the histogram of 'x' are not a"):
        made = hl.compute(hl.hist(ev.x, bins=(2, 0, 4)), engine=engine)
    expected, _ = np.histogram(values[~np.isnan(values)], [-np.inf, 0, 2, 4, np.inf])
    assert made.values(flow=True).tolist() == expected.tolist()
    assert made.metadata == {"undefined": 2, "missing": 0}


def test_variations_that_make_them_are_told_too(in_memory):
    ev = in_memory({"x": ak.Array([1.0, 4.0])})
    varied = ev.x.vary(hl.nuisance("shift", one_sided=True), up=np.sqrt(ev.x - 2))
    with pytest.warns(UndefinedValues, match="1 of 2 entries"):
        made = hl.compute(hl.hist(varied, bins=(2, 0, 8)))
    assert made.variations["shift_up"].metadata["undefined"] == 1
    assert made.nominal.metadata["undefined"] == 0


def test_missing_values_are_counted_beside_the_histogram(in_memory):
    ev = in_memory({"Muon_pt": ak.Array([[1.0], [], [3.0, 2.0]])})
    made = hl.compute(hl.hist(ev.Muon[0].pt, bins=(2, 0, 4)))
    assert made.metadata == {"undefined": 0, "missing": 1}


def test_symbolic_events_are_computed_from_a_file_that_is_open(write_events):
    path = write_events("a.root", [[50, 40], [], [30]])
    wanted = hl.hist(hl.count(hl.events("nanoaod").Jet), bins=range(4))
    expected = hl.compute(hl.hist(hl.count(hl.open(path).Jet), bins=range(4))).values()
    for source in (hl.open(path), hl.open(path).origin.source):
        assert (
            hl.compute(wanted, source=source).values().tolist() == expected.tolist() == [1, 1, 1, 0]
        )
    with pytest.raises(LanguageError, match="source='") as caught:
        hl.compute(wanted, source=str(path))
    assert "hl.open" in caught.value.fix

"""Windows that reach beyond data which were cut."""

import numpy as np
import pytest

from hepline.errors import NothingToFit
from hepline.spectra.search import Question, search
from hepline.spectra.spectrum import Spectrum
from hepline.spectra.windows import window_of_data

FLAT = np.random.default_rng(1).uniform(70, 100, 3000)


@pytest.mark.parametrize("binned", [False, True])
def test_a_window_ends_where_dense_data_end(binned):
    spectrum = Spectrum.of(FLAT)
    if binned:
        spectrum = Spectrum.binned(*spectrum.histogram(np.linspace(60, 120, 241)))
    low, high, remarks = window_of_data(spectrum, 60, 120)
    assert (low, high) == pytest.approx((70, 100), abs=0.3)
    assert len(remarks) == 2
    assert window_of_data(spectrum, 75, 95) == (75, 95, ())


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(2).normal(91, 3, 50_000),
        60 + np.random.default_rng(2).exponential(3, 20_000),
        np.random.default_rng(2).uniform(70, 100, 30),
    ],
    ids=["peak", "falling", "few"],
)
def test_tails_that_run_out_cut_no_window(values):
    assert window_of_data(Spectrum.of(values), 60, 150)[1] == 150


def test_the_end_of_data_is_no_discovery():
    done = search(Spectrum.of(FLAT), Question((98.0, 130.0)))
    assert done.peaks[0].global_significance < 3
    assert any("data end at" in remark for remark in done.remarks)


def test_an_empty_window():
    with pytest.raises(NothingToFit):
        window_of_data(Spectrum.of(FLAT), 10, 20)

"""Optimal bins against all partitions, one by one."""

from itertools import combinations

import hist
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hepline as hl
from hepline.analysis.optimal import asimov_squared
from hepline.errors import AnalysisError, TypeMismatch


def filled(values, variances, bins=None):
    made = hist.Hist(hist.axis.Regular(bins or len(values), 0, 1), storage=hist.storage.Weight())
    made.view()["value"], made.view()["variance"] = values, variances
    return made


def significance(signal, background):
    """Cowan, Cranmer, Gross, Vitells 2011, equation 97, squared."""
    if signal <= 0:
        return 0.0
    return 2 * ((signal + background) * np.log(1 + signal / background) - signal)


def partitions(bins):
    for number in range(bins):
        for inner in combinations(range(1, bins), number):
            yield (0, *inner, bins)


def best_by_hand(signal, background, variances, most_error, least_events):
    highest = None
    for edges in partitions(len(signal)):
        total = 0.0
        for low, high in zip(edges[:-1], edges[1:], strict=True):  # noqa: RUF007
            s, b, v = (part[low:high].sum() for part in (signal, background, variances))
            if b <= 0 or b < least_events or np.sqrt(v) > most_error * b:
                break
            total += significance(s, b)
        else:
            highest = total if highest is None else max(highest, total)
    return highest


fine = st.integers(1, 10).flatmap(
    lambda size: st.tuples(
        *(
            st.lists(st.integers(low, high), min_size=size, max_size=size)
            for low, high in ((0, 40), (-2, 300), (0, 900))
        )
    )
)


@given(fine, st.sampled_from([0.1, 0.3, 1.0]), st.sampled_from([0, 3, 50]))
def test_no_partition_is_more_significant(contents, most_error, least_events):
    signal, background, variances = (np.array(part, float) for part in contents)
    signal /= 4
    made = [filled(signal, signal), filled(background, variances)]
    limits = {"most_error": most_error, "least_events": least_events}
    expected = best_by_hand(signal, background, variances, most_error, least_events)
    if expected is None:
        with pytest.raises(AnalysisError, match="no binning"):
            hl.optimal_bins(*made, **limits)
        return
    edges = np.array(hl.optimal_bins(*made, **limits))
    places = np.rint(edges * len(signal)).astype(int)
    assert (places[0], places[-1]) == (0, len(signal))
    total = 0.0
    for low, high in zip(places[:-1], places[1:], strict=True):  # noqa: RUF007
        s, b, v = (part[low:high].sum() for part in (signal, background, variances))
        assert b >= least_events
        assert np.sqrt(v) <= most_error * b * (1 + 1e-9)
        total += significance(s, b)
    assert total == pytest.approx(expected, rel=1e-8, abs=1e-12)


def test_bins_that_gain_nothing_are_not_split():
    background, signal = np.full(12, 100.0), np.full(12, 3.0)
    edges = hl.optimal_bins(filled(signal, signal), filled(background, background))
    assert edges == [0.0, 1.0]


def test_several_backgrounds_are_added():
    background, signal = np.array([50.0, 40, 8]), np.array([0.0, 1, 6])
    made = filled(signal, signal)
    half = filled(background / 2, background / 16)
    whole = filled(background, background / 8)
    assert hl.optimal_bins(made, [half, half]) == hl.optimal_bins(made, whole)


def test_a_small_signal_does_not_vanish_in_rounding():
    background = np.array([1e4, 1e6])
    signal = np.array([1e-6, 1.0])
    assert np.allclose(asimov_squared(signal, background), signal**2 / background, rtol=1e-5)


@pytest.mark.parametrize(
    "wrong",
    [
        [np.ones(3)],
        [],
        [hist.Hist(hist.axis.Regular(2, 0, 1), hist.axis.Regular(2, 0, 1))],
    ],
)
def test_what_is_no_histogram_of_one_axis_is_refused(wrong):
    with pytest.raises(TypeMismatch, match="the background is"):
        hl.optimal_bins(filled(np.ones(3), np.ones(3)), wrong)


def test_unlike_axes_are_refused():
    with pytest.raises(TypeMismatch, match="unlike bins"):
        hl.optimal_bins(filled(np.ones(3), np.ones(3)), filled(np.ones(4), np.ones(4)))

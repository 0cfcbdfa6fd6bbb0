"""The lab's own way against the lab's own numbers, NumPy, MINUIT and toys."""

from functools import cache

import awkward as ak
import numpy as np
import pytest
import uproot
from iminuit import Minuit
from scipy import stats
from scipy.special import ndtr

from hepline.errors import AnalysisError, FitError
from hepline.spectra.sidebands import subtract_sidebands

EDGES = np.linspace(2.8, 3.5, 71)
CENTERS = 0.5 * (EDGES[1:] + EDGES[:-1])
PEAK = (2.95, 3.25)


def expected(signal=3000.0, level=12.0):
    background = level * (1.3 - 1.5 * (CENTERS - 2.8) + 0.8 * (CENTERS - 2.8) ** 2)
    return background + signal * np.diff(ndtr((EDGES - 3.095) / 0.034)), background


@pytest.fixture
def lab_masses(shared_data):
    return read_masses(shared_data / "agc/open-data-example.root")


@cache
def read_masses(file):
    """Opposite-sign pairs of events with two muons, in float32 throughout, as the lab has them."""
    muon = uproot.open(file)["Events"].arrays(filter_name="Muon_*")
    muon = muon[ak.num(muon.Muon_pt) == 2]
    muon = muon[ak.sum(muon.Muon_charge, axis=1) == 0]
    pt, eta, phi, m = (ak.to_numpy(muon[f"Muon_{name}"]) for name in ("pt", "eta", "phi", "mass"))
    px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    e = np.sqrt(px**2 + py**2 + pz**2 + m**2)
    e, px, py, pz = (part[:, 0] + part[:, 1] for part in (e, px, py, pz))
    return np.sqrt(np.maximum(e**2 - px**2 - py**2 - pz**2, 0))


# reference/labs.md: mass and standard deviation as printed there, with the last digit's error.
@pytest.mark.parametrize(
    ("window", "bins", "peak", "yields", "chi2", "mean", "width"),
    [
        ((2.8, 3.5), 70, (2.95, 3.25), (3098, 373), 1.14, ("3.0924", 7), ("0.0340", 6)),
        ((8, 12), 80, (8.9, 9.8), None, 3.34, ("9.453", 7), ("0.088", 7)),
        ((60, 120), 60, (80, 102), (6218, 742), 1.73, ("90.73", 4), ("2.67", 3)),
    ],
    ids=["J/psi", "Upsilon", "Z"],
)
def test_the_published_recipe_gives_the_labs_table(
    lab_masses, window, bins, peak, yields, chi2, mean, width
):
    counts, edges = np.histogram(lab_masses, bins, window)
    found = subtract_sidebands(counts, edges, peak=peak, recipe="published")
    if yields:
        got = (found.signal_events.value, found.background_events.value)
        assert tuple(round(value) for value in got) == yields
    # NumPy's float32 functions differ between processors: a pair beside an edge may change its bin.
    assert found.chi2 / found.degrees_of_freedom == pytest.approx(chi2, abs=0.012)
    for quantity, (value, error) in ((found.gaussian.mean, mean), (found.gaussian.width, width)):
        digits = len(value.split(".")[1])
        assert f"{quantity.value:.{digits}f}" == value
        assert round(quantity.error * 10**digits) == error


def test_the_polynomial_of_the_published_recipe_is_that_of_numpy():
    counts = np.random.default_rng(5).poisson(expected(level=60.0)[0])
    found = subtract_sidebands(counts, EDGES, peak=PEAK, recipe="published")
    outside = ~found.in_peak
    x, y = CENTERS[outside], counts[outside]
    assert y.min() > 0
    wanted, spread = np.polyfit(x, y, 2, w=1 / np.sqrt(y), cov="unscaled")
    np.testing.assert_allclose(found.background, np.polyval(wanted, CENTERS), rtol=1e-7)
    powers = np.vander(CENTERS, 3)
    np.testing.assert_allclose(found.covariance, powers @ spread @ powers.T, rtol=1e-5)
    # Squares, not the absolute value of a sum of signed residuals.
    residuals = (y - np.polyval(wanted, x)) / np.sqrt(y)
    assert found.chi2 == pytest.approx(np.sum(residuals**2), rel=1e-7)
    assert found.degrees_of_freedom == len(x) - 3


@pytest.mark.parametrize("level", [0.8, 12, 400])
def test_the_poisson_recipe_is_the_maximum_of_the_likelihood(level):
    counts = np.random.default_rng(9).poisson(expected(level=level)[0])
    found = subtract_sidebands(counts, EDGES, peak=PEAK, degree=1)
    outside = ~found.in_peak
    x, y = CENTERS[outside] - 3.1, counts[outside]
    assert level > 1 or np.any(y == 0)

    def nll(a, b):
        mu = a + b * x
        return 2 * np.sum(mu - y * np.log(mu)) if np.all(mu > 0) else 1e6

    minuit = Minuit(nll, y.mean(), 0.0)
    minuit.errordef, minuit.strategy = 1, 2
    minuit.tol = 1e-6
    minuit.migrad()
    minuit.hesse()
    a, b = minuit.values
    np.testing.assert_allclose(found.background, a + b * (CENTERS - 3.1), rtol=1e-3)
    # The inverse of the expected information, against the observed one of MINUIT.
    assert found.background_error.sum() == pytest.approx(
        sum(
            np.sqrt(np.array([1, c - 3.1]) @ np.array(minuit.covariance) @ np.array([1, c - 3.1]))
            for c in CENTERS
        ),
        rel=0.1,
    )


def test_errors_of_the_poisson_recipe_equal_the_spread_of_toys():
    rng = np.random.default_rng(11)
    mean, background = expected(signal=800.0)
    true = (800.0 * (ndtr((3.25 - 3.095) / 0.034) - ndtr((2.95 - 3.095) / 0.034)), 3.095, 0.034)
    pulls = []
    for counts in rng.poisson(mean, (250, len(mean))):
        one = subtract_sidebands(counts, EDGES, peak=PEAK)
        parts = (one.signal_events, one.gaussian.mean, one.gaussian.width)
        pulls.append([(q.value - t) / q.error for q, t in zip(parts, true, strict=True)])
    pulls = np.array(pulls)
    # 250 toys: 0.063 on the mean, 0.045 on the width.
    np.testing.assert_allclose(pulls.mean(axis=0), 0, atol=0.25)
    np.testing.assert_allclose(pulls.std(axis=0), 1, atol=0.15)
    assert background.min() > 3


def test_weighing_by_counts_loses_an_event_per_bin():
    rng = np.random.default_rng(13)
    mean, background = expected(signal=800.0)
    lost = {"published": [], "poisson": []}
    for counts in rng.poisson(mean, (100, len(mean))):
        for recipe, shifts in lost.items():
            one = subtract_sidebands(counts, EDGES, peak=PEAK, recipe=recipe)
            shifts.append((one.background - background)[~one.in_peak].mean())
    assert np.mean(lost["published"]) < -0.7
    assert abs(np.mean(lost["poisson"])) < 0.2


def test_significance_and_its_error_equal_toys():
    rng = np.random.default_rng(17)
    mean, _ = expected(signal=300.0)
    found = [
        subtract_sidebands(counts, EDGES, peak=PEAK) for counts in rng.poisson(mean, (200, 70))
    ]
    values = [one.significance.value for one in found]
    one = found[0]
    by_hand = one.signal_events.value / np.sqrt(one.background_events.value)
    assert values[0] == pytest.approx(by_hand)
    assert np.mean([each.significance.error for each in found]) == pytest.approx(
        np.std(values), rel=0.15
    )


def test_empty_bins_have_error_bars():
    counts = np.random.default_rng(19).poisson(expected(level=0.3)[0])
    found = subtract_sidebands(counts, EDGES, peak=PEAK, degree=1)
    empty = counts == 0
    assert empty.sum() > 5
    np.testing.assert_allclose(found.intervals[1][empty], stats.chi2.isf(stats.norm.sf(1), 2) / 2)
    assert found.subtracted_error[empty].min() > 1.8


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"peak": (2.7, 3.0)}, "a peak between 2.7 and 3"),
        ({"peak": (3.1, 3.11)}, "a peak between 3.1 and 3.11"),
        ({"peak": (9.0, 10.0)}, "in 0 of 70"),
        ({"degree": 45}, "a peak between"),
        ({"recipe": "lab"}, "a recipe 'lab'"),
    ],
)
def test_nonsense_is_refused(change, said):
    counts = np.random.default_rng(1).poisson(expected()[0])
    with pytest.raises(AnalysisError, match=said):
        subtract_sidebands(counts, EDGES, **{"peak": PEAK, **change})


@pytest.mark.parametrize(
    ("counts", "edges"),
    [
        (np.ones(70), EDGES[:-1]),
        (-np.ones(70), EDGES),
        (np.ones(70), np.geomspace(2.8, 3.5, 71)),
        (np.full(70, np.nan), EDGES),
    ],
)
def test_what_is_no_histogram_is_refused(counts, edges):
    with pytest.raises(AnalysisError, match="counts with"):
        subtract_sidebands(counts, edges, peak=PEAK)


def test_where_there_is_no_peak_there_is_no_gaussian():
    counts = np.where(abs(CENTERS - 3.1) < 0.15, 0, 20)
    with pytest.raises(FitError, match="no Gaussian"):
        subtract_sidebands(counts, EDGES, peak=PEAK)

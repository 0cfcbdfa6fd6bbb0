"""Fits of peaks, against iminuit's own costs, and the real dimuons of 2012."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from hepline.errors import AnalysisError, FitError, NothingToFit
from hepline.spectra import extended
from hepline.spectra.fitting import fit_model, fit_peaks
from hepline.spectra.spectrum import Spectrum

LOW, HIGH = 2.8, 3.5
DATA = Path(__file__).parents[3] / "shared/data"
REAL = DATA / "agc/open-data-example.root"


def draw(seed=1, signal=600, background=800):
    rng = np.random.default_rng(seed)
    peak = rng.normal(3.1, 0.03, signal)
    return np.concatenate([peak, rng.uniform(LOW, HIGH, background)])


def their_density(x, mass, width, events, background):
    inside = stats.norm.cdf(HIGH, mass, width) - stats.norm.cdf(LOW, mass, width)
    density = events * stats.norm.pdf(x, mass, width) / inside + background / (HIGH - LOW)
    return events + background, density


def their_integral(edges, mass, width, events, background):
    below = stats.norm.cdf(edges, mass, width)
    peak = (below - below[0]) / (below[-1] - below[0])
    return events * peak + background * (edges - LOW) / (HIGH - LOW)


def their_fit(cost):
    from iminuit import Minuit

    minuit = Minuit(cost, mass=3.1, width=0.03, events=600, background=800)
    minuit.limits["width", "events", "background"] = (1e-3, None)
    minuit.migrad()
    minuit.hesse()
    minuit.minos()
    return minuit


def unbinned_oracle(values):
    from iminuit.cost import ExtendedUnbinnedNLL

    return their_fit(ExtendedUnbinnedNLL(values, their_density))


def check_against(fit, minuit):
    peak = fit.peaks[0]
    ours = dict(zip(fit.parameters, zip(fit.values, fit.errors, strict=True), strict=True))
    for name in ("mass", "width", "events", "background"):
        assert ours[name][0] == pytest.approx(minuit.values[name], abs=0.02 * minuit.errors[name])
        assert ours[name][1] == pytest.approx(minuit.errors[name], rel=0.02)
    for name in ("mass", "width", "events"):
        low, high = getattr(peak, f"{name}_interval")
        at, error = minuit.values[name], minuit.errors[name]
        assert low == pytest.approx(at + minuit.merrors[name].lower, abs=0.02 * error)
        assert high == pytest.approx(at + minuit.merrors[name].upper, abs=0.02 * error)


def test_unbinned_fit_is_that_of_iminuits_cost():
    values = draw()
    fit = fit_peaks(Spectrum.of(values), LOW, HIGH, signal="gaussian", background="flat")
    assert not fit.binned
    check_against(fit, unbinned_oracle(values))


def test_binned_fit_is_that_of_iminuits_cost():
    from iminuit.cost import ExtendedBinnedNLL

    edges = np.linspace(LOW, HIGH, 36)
    counts = np.histogram(draw(), edges)[0]
    fit = fit_peaks(Spectrum.binned(counts, edges), LOW, HIGH, signal="gaussian", background="flat")
    assert fit.binned
    check_against(fit, their_fit(ExtendedBinnedNLL(counts, edges, their_integral)))


def test_local_significance_is_the_likelihood_ratio():
    values = draw(seed=2, signal=60)
    fit = fit_peaks(Spectrum.of(values), LOW, HIGH, signal="gaussian", background="flat")
    theirs = unbinned_oracle(values)
    # Without a peak, the best flat background is the number of entries.
    flat = 2 * (len(values) - len(values) * np.log(len(values) / (HIGH - LOW)))
    total, density = their_density(values, *theirs.values)
    best = 2 * (total - np.log(density).sum())
    assert fit.peaks[0].local_significance == pytest.approx(np.sqrt(flat - best), rel=1e-3)


def test_chi2_squares_its_residuals():
    values = draw(signal=6000, background=20000)
    fit = fit_peaks(
        Spectrum.of(values), LOW, HIGH, signal="gaussian", background="chebyshev 1", bins=20
    )
    counts = np.histogram(values, np.linspace(LOW, HIGH, 21))[0]
    np.testing.assert_array_equal(fit.counts, counts)
    assert fit.expected.min() > 5
    assert fit.chi2 == pytest.approx(((counts - fit.expected) ** 2 / fit.expected).sum())
    assert fit.degrees_of_freedom == 20 - 5
    assert fit.expected.sum() == pytest.approx(len(values), rel=1e-3)


def test_background_under_the_peak():
    fit = fit_peaks(Spectrum.of(draw()), LOW, HIGH, signal="gaussian", background="flat")
    peak = fit.peaks[0]
    level = fit.values[fit.parameters.index("background")] / (HIGH - LOW)
    assert peak.background == pytest.approx(level * 4 * peak.width, rel=1e-5)


def test_tied_peaks_keep_their_differences():
    rng = np.random.default_rng(4)
    masses = (9.4604, 10.0234, 10.3551)
    scale = 0.999
    parts = [rng.normal(m * scale, 0.0095 * m, n) for m, n in zip(masses, (900, 400, 300))]  # noqa: B905
    values = np.concatenate([*parts, rng.uniform(8.5, 11.5, 1500)])
    fit = fit_peaks(
        Spectrum.of(values), 8.5, 11.5, masses=masses, signal="gaussian", background="flat"
    )
    np.testing.assert_allclose(
        [peak.mass - fit.peaks[0].mass for peak in fit.peaks], np.subtract(masses, masses[0])
    )
    relative = [peak.width / peak.mass for peak in fit.peaks]
    np.testing.assert_allclose(relative, relative[0])
    for peak, drawn, mass in zip(fit.peaks, (900, 400, 300), masses, strict=True):
        assert abs(peak.events - drawn) < 3 * peak.events_error
        assert abs(peak.mass - mass * scale) < 4 * peak.mass_error


def test_numbers_of_a_peak_are_plain_floats():
    peak = fit_peaks(Spectrum.of(draw()), LOW, HIGH, signal="gaussian", background="flat").peaks[0]
    numbers = (peak.mass, peak.width, peak.resolution, peak.events, peak.background)
    assert all(type(number) is float for number in (*numbers, *peak.mass_interval))


def test_many_entries_are_binned_and_say_so():
    values = draw(signal=30_000, background=40_000)
    binned = fit_peaks(Spectrum.of(values), LOW, HIGH, signal="gaussian", background="flat")
    assert binned.binned
    single, best = fit_model(
        Spectrum.of(values), LOW, HIGH, signal="gaussian", background="flat", binned=False
    )
    assert single.parameters == binned.parameters
    np.testing.assert_allclose(binned.values, best.theta, atol=0.1 * best.errors.min(), rtol=1e-3)


def test_a_width_that_is_no_width_is_a_limit():
    """Gaussian data have no natural width: a Breit–Wigner must only bound it."""
    fit = fit_peaks(
        Spectrum.of(draw(signal=2000)),
        LOW,
        HIGH,
        signal="breit-wigner",
        background="flat",
        resolution=0.03,
    )
    peak = fit.peaks[0]
    assert peak.width_kind == "natural"
    assert peak.width_is_limit
    assert 0 < peak.width < 0.02
    assert any("95 % upper limit" in remark for remark in fit.remarks)


def test_a_given_natural_width_leaves_the_resolution():
    rng = np.random.default_rng(3)
    # Within its window, a Breit–Wigner of 2.5 GeV at 91 GeV hardly differs from Cauchy's curve.
    z = 91.19 + 1.25 * rng.standard_cauchy(3000) + rng.normal(0, 1.5, 3000)
    z = z[(z > 60) & (z < 120)]
    values = np.concatenate([z, rng.uniform(60, 120, 500)])
    fit = fit_peaks(
        Spectrum.of(values),
        60,
        120,
        signal="breit-wigner",
        background="chebyshev 1",
        natural_width=2.5,
    )
    peak = fit.peaks[0]
    assert peak.width_kind == "resolution"
    assert abs(peak.width - 1.5) < 3.5 * peak.width_error
    assert fit.given_width == 2.5


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"masses": (9.0,)}, "outside of the window"),
        ({"masses": ()}, "outside of the window"),
        ({"resolution": -0.1}, "resolution is -0.1 GeV"),
        ({"natural_width": 7.0}, "natural_width is 7.0 GeV"),
        ({"bins": np.linspace(2.9, 3.4, 10)}, "the bins reach"),
        ({"signal": "triangle"}, "no signal shape"),
        ({"background": "house"}, "no background shape"),
    ],
)
def test_nonsense_is_refused(arguments, what):
    with pytest.raises(AnalysisError, match=what):
        fit_peaks(Spectrum.of(draw()), LOW, HIGH, **arguments)


def test_too_few_entries():
    with pytest.raises(NothingToFit, match="only 5 entries"):
        fit_peaks(Spectrum.of([3.0, 3.1, 3.1, 3.2, 3.3]), LOW, HIGH)


def test_a_fit_that_does_not_converge_says_so(monkeypatch):
    monkeypatch.setattr(extended, "_CALLS", 5)
    with pytest.raises(FitError) as raised:
        fit_peaks(Spectrum.of(draw()), LOW, HIGH, signal="crystal ball", background="chebyshev 3")
    assert raised.value.why


@pytest.mark.slow
def test_pulls_of_generated_spectra(monkeypatch):
    file = Path(__file__).parents[2] / "bench/peak_bias.py"
    spec = importlib.util.spec_from_file_location("peak_bias", file)
    bias = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up by its name.
    monkeypatch.setitem(sys.modules, "peak_bias", bias)
    spec.loader.exec_module(bias)
    found, failed = bias.pulls(bias.MODELS["gaussian"], 40, seed=7)
    assert not failed
    for values in found.values():
        assert abs(values.mean()) < 4 / np.sqrt(40)
        assert 0.6 < values.std(ddof=1) < 1.4


@pytest.fixture(scope="module")
def dimuons():
    if not REAL.exists():
        pytest.skip(f"{REAL} is absent")
    import awkward as ak
    import uproot

    muons = uproot.open(REAL)["Events"].arrays(filter_name="Muon_*")
    muons = muons[ak.num(muons.Muon_pt) == 2]
    muons = muons[ak.sum(muons.Muon_charge, axis=1) == 0]
    pt, eta, phi, mass = (
        ak.to_numpy(muons[f"Muon_{name}"]).astype(float) for name in ("pt", "eta", "phi", "mass")
    )
    p = pt * np.array([np.cos(phi), np.sin(phi), np.sinh(eta)])
    energy = np.sqrt((p**2).sum(axis=0) + mass**2)
    squared = energy.sum(axis=1) ** 2 - (p.sum(axis=2) ** 2).sum(axis=0)
    return Spectrum.of(np.sqrt(squared))


@pytest.mark.slow
def test_jpsi_of_2012(dimuons):
    """Reference run of the lab: 3.0924(7), S = 3098, χ²/ndf 1.14."""
    fit = fit_peaks(dimuons, 2.8, 3.5)
    peak = fit.peaks[0]
    assert peak.mass == pytest.approx(3.0924, abs=0.002)
    assert peak.events == pytest.approx(3098, abs=150)
    assert peak.width_kind == "resolution"
    assert 0.028 < peak.width < 0.036
    assert fit.chi2 / fit.degrees_of_freedom < 1.14


@pytest.mark.slow
def test_upsilons_of_2012(dimuons):
    """Reference run of the lab with one Gaussian: 9.453(7), χ²/ndf 3.34."""
    fit = fit_peaks(dimuons, 8, 12, masses=(9.4604, 10.0234, 10.3551))
    assert fit.peaks[0].mass == pytest.approx(9.453, abs=0.014)
    assert fit.chi2 / fit.degrees_of_freedom < 1.5
    assert all(peak.local_significance > 5 for peak in fit.peaks)


@pytest.mark.slow
def test_z_of_2012(dimuons):
    """Reference run of the lab: 90.73(4), a Gaussian, χ²/ndf 1.73. The width is 2.4955 GeV."""
    fit = fit_peaks(dimuons, 60, 120, signal="natural")
    peak = fit.peaks[0]
    assert peak.mass == pytest.approx(91.188, abs=0.3)
    assert abs(peak.width - 2.4955) < 3 * peak.width_error
    assert not peak.width_is_limit
    assert fit.chi2 / fit.degrees_of_freedom < 1.3


def test_masses_that_float_keep_their_order():
    rng = np.random.default_rng(5)
    values = np.concatenate(
        [rng.normal(3.0, 0.03, 500), rng.normal(3.08, 0.03, 500), rng.uniform(2.8, 3.3, 2000)]
    )
    fit = fit_peaks(
        Spectrum.of(values), 2.8, 3.3, masses=(3.0, 3.08), tied=False,
        signal="gaussian", background="chebyshev 1",
    )  # fmt: skip
    first, second = fit.peaks
    assert fit.parameters[:2] == ("mass 1", "mass 2")
    assert abs(first.mass - 3.0) < 4 * first.mass_error
    assert abs(second.mass - 3.08) < 4 * second.mass_error
    assert second.mass_interval[0] < second.mass < second.mass_interval[1]


def test_a_resolution_means_the_same_for_all_shapes():
    rng = np.random.default_rng(6)
    values = np.concatenate([rng.normal(3.1, 0.03, 20_000), rng.uniform(2.8, 3.4, 5000)])
    widths = [
        fit_peaks(Spectrum.of(values), 2.8, 3.4, signal=signal, background="flat").peaks[0].width
        for signal in ("gaussian", "double gaussian", "crystal ball")
    ]
    np.testing.assert_allclose(widths, 0.03, rtol=0.03)


def test_a_peak_narrower_than_its_window_can_show_has_a_limit():
    rng = np.random.default_rng(7)
    values = np.concatenate([np.full(500, 3.1) + rng.normal(0, 1e-6, 500), rng.uniform(2, 4, 800)])
    fit = fit_peaks(Spectrum.of(values), 2, 4, signal="gaussian", background="flat")
    (peak,) = fit.peaks
    assert peak.width_is_limit
    assert peak.width_kind == "resolution"
    assert 0 < peak.width < 0.01
    assert any("too narrow" in remark for remark in fit.remarks)


def test_entries_that_are_all_alike():
    with pytest.raises(NothingToFit, match=r"all 100 entries are 3\.1 GeV"):
        fit_peaks(Spectrum.of(np.full(100, 3.1)), 3, 4)

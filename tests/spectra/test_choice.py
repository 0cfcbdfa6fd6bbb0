"""Choice of models, its table, χ² and the F-test."""

import numpy as np
import pytest
from scipy import stats

from hepline.errors import FitError
from hepline.spectra import extended
from hepline.spectra.fitting import fit_peaks
from hepline.spectra.pearson import Agreement, agreement, f_test
from hepline.spectra.spectrum import Spectrum

LOW, HIGH = 2.8, 3.5


def falling(rng, n):
    return LOW + stats.truncexpon.rvs(1.5, scale=(HIGH - LOW) / 1.5, size=n, random_state=rng)


def test_chi2_is_scipys():
    counts = np.array([12.0, 20.0, 31.0, 18.0, 9.0])
    expected = np.array([10.0, 22.0, 28.0, 20.0, 10.0])
    theirs = stats.chisquare(counts, expected, ddof=1)
    found = agreement(counts, expected, 2)
    assert found.chi2 == pytest.approx(theirs.statistic)
    assert found.degrees_of_freedom == 3
    assert found.p_value == pytest.approx(theirs.pvalue)


def test_bins_are_merged_to_five_expected():
    counts = np.array([0.0, 3.0, 4.0, 20.0, 1.0])
    expected = np.array([2.0, 2.0, 2.0, 18.0, 2.0])
    by_hand = (7 - 6) ** 2 / 6 + (21 - 20) ** 2 / 20
    assert agreement(counts, expected, 0) == Agreement(pytest.approx(by_hand), 2)


def test_without_degrees_of_freedom_nothing_is_rejected():
    assert agreement(np.array([9.0]), np.array([6.0]), 3).p_value == 1.0


def test_f_test_is_that_of_the_textbook():
    rng = np.random.default_rng(3)
    counts = rng.poisson(40, 50).astype(float)
    x = np.arange(50.0)
    line, curve = (np.polyval(np.polyfit(x, counts, k), x) for k in (1, 3))
    before, after = (((counts - one) ** 2 / one).sum() for one in (line, curve))
    theirs = stats.f.sf((before - after) / 2 / (after / 46), 2, 46)
    assert f_test(counts, (line, 2), (curve, 4)) == pytest.approx(theirs)
    assert f_test(counts, (curve, 4), (line, 2)) == 1.0


def test_f_test_counts_parameters_where_bins_are_merged():
    # Curves that expect five events in different bins: χ² of both is over the same ones.
    rng = np.random.default_rng(4)
    x = np.linspace(0, 1, 60)
    counts = rng.poisson(1.5 + 20 * (x - 0.5) ** 2).astype(float)
    flat = np.full(60, counts.mean())
    steep = np.polyval(np.polyfit(x, counts, 2), x)
    assert 2.5 < flat[0] < 5
    starts = np.arange(0, 60, 2)
    seen, one, two = (np.add.reduceat(y, starts) for y in (counts, flat, steep))
    before, after = (((seen - y) ** 2 / y).sum() for y in (one, two))
    left = len(starts) - 3
    theirs = stats.f.sf((before - after) / 2 / (after / left), 2, left)
    assert f_test(counts, (flat, 1), (steep, 3)) == pytest.approx(theirs)
    assert theirs < 0.01


def test_gaussian_data_choose_a_gaussian():
    rng = np.random.default_rng(11)
    values = np.concatenate([rng.normal(3.1, 0.03, 2000), falling(rng, 1500)])
    fit = fit_peaks(Spectrum.of(values), LOW, HIGH)
    assert fit.signal == "gaussian"
    assert abs(fit.peaks[0].mass - 3.1) < 4 * fit.peaks[0].mass_error


def test_tails_choose_a_shape_with_tails():
    rng = np.random.default_rng(12)
    lost = np.where(rng.random(4000) < 0.3, rng.exponential(0.06, 4000), 0)
    values = np.concatenate([rng.normal(3.1, 0.03, 4000) - lost, falling(rng, 1500)])
    fit = fit_peaks(Spectrum.of(values), LOW, HIGH)
    assert fit.signal == "crystal ball"


def test_the_table_shows_all_models_and_the_rule_holds():
    rng = np.random.default_rng(13)
    values = np.concatenate([rng.normal(3.1, 0.03, 1000), falling(rng, 1500)])
    fit = fit_peaks(Spectrum.of(values), LOW, HIGH)
    assert fit.compared[0][:2] == (fit.signal, fit.background)
    assert fit.compared[0][2] == fit.aic
    assert {row[0] for row in fit.compared} >= {"gaussian", "double gaussian", "crystal ball"}
    assert {row[1] for row in fit.compared} >= {"chebyshev 1", "chebyshev 4", "exponential"}
    assert all(0 <= row[3] <= 1 for row in fit.compared)
    others = [row[2] for row in fit.compared[1:]]
    assert others == sorted(others)
    resolutions = [row[2] for row in fit.compared if row[0] != "breit-wigner"]
    # Chosen for having fewer parameters, not for a model that data dislike.
    assert fit.aic <= min(resolutions) + 2 or fit.background.startswith("chebyshev")
    assert any(remark.startswith("F-test, background chebyshev 1") for remark in fit.remarks)


def test_a_curved_background_needs_more_than_a_line():
    rng = np.random.default_rng(14)
    valley = rng.beta(0.7, 0.7, 6000) * (HIGH - LOW) + LOW
    values = np.concatenate([rng.normal(3.1, 0.03, 1000), valley])
    fit = fit_peaks(Spectrum.of(values), LOW, HIGH, signal="gaussian")
    assert fit.background in {"chebyshev 2", "chebyshev 3", "chebyshev 4"}


def z_bosons():
    rng = np.random.default_rng(15)
    # Within its window, a Breit–Wigner of 2.5 GeV at 91 GeV hardly differs from Cauchy's curve.
    z = 91.19 + 1.25 * rng.standard_cauchy(4000) + rng.normal(0, 1.2, 4000)
    z = z[(z > 60) & (z < 120)]
    values = np.concatenate([z, rng.uniform(60, 120, 800)])
    return Spectrum.of(values)


@pytest.mark.slow
def test_a_natural_width_is_not_claimed_unasked():
    fit = fit_peaks(z_bosons(), 60, 120)
    assert fit.peaks[0].width_kind == "resolution"
    assert "breit-wigner" in {row[0] for row in fit.compared}


@pytest.mark.slow
def test_with_the_resolution_known_the_natural_width_is_found():
    fit = fit_peaks(z_bosons(), 60, 120, resolution=1.2)
    peak = fit.peaks[0]
    assert peak.width_kind == "natural"
    assert not peak.width_is_limit
    assert abs(peak.width - 2.5) < 3 * peak.width_error
    assert peak.resolution == pytest.approx(1.2)


def test_when_no_model_can_be_fitted(monkeypatch):
    monkeypatch.setattr(extended, "_CALLS", 5)
    rng = np.random.default_rng(16)
    values = np.concatenate([rng.normal(3.1, 0.03, 1000), falling(rng, 1500)])
    with pytest.raises(FitError):
        fit_peaks(Spectrum.of(values), LOW, HIGH)

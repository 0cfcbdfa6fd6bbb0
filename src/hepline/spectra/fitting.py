"""One window, one fit: masses, widths and yields of its peaks, by extended maximum likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from hepline.arrays import Floats
from hepline.errors import FitError
from hepline.spectra.choice import Choice, Trial, choose
from hepline.spectra.extended import Best, minimize
from hepline.spectra.measured import peaks_of
from hepline.spectra.mixture import Mixture
from hepline.spectra.pearson import agreement
from hepline.spectra.results import PeakFit
from hepline.spectra.shapes import Signal
from hepline.spectra.slopes import slopes_in
from hepline.spectra.spectrum import Spectrum
from hepline.spectra.task import Task, task_of
from hepline.stats.onecore import on_one_core

__all__ = ["BackgroundFit", "background_alone", "fit_model", "fit_peaks"]

_SIGNALS = ("gaussian", "double gaussian", "crystal ball", "breit-wigner")
_RESOLUTIONS = _SIGNALS[:3]
_NATURAL = ("breit-wigner", "radiative breit-wigner")
_BACKGROUNDS = (*(f"chebyshev {order}" for order in range(1, 5)), "exponential", "power law")


@on_one_core
def fit_peaks(
    spectrum: Spectrum,
    low: float,
    high: float,
    *,
    signal: str = "auto",
    background: str = "auto",
    masses: Sequence[float] | None = None,
    tied: bool = True,
    resolution: float | None = None,
    natural_width: float | None = None,
    binned: bool | Literal["auto"] = "auto",
    bins: int | ArrayLike | None = None,
    within: tuple[float, float] | None = None,
    first: str = "chebyshev 2",
) -> PeakFit:
    """Fit the peak, or the tied peaks, of a window.

    Parameters
    ----------
    spectrum : Spectrum
    low, high : float
        Window, GeV. Of a binned spectrum, the whole bins inside of it.
    signal : str
        ``gaussian``, ``double gaussian``, ``crystal ball`` (two-sided), ``voigt``,
        ``breit-wigner`` (relativistic, convolved with a Gaussian), ``radiative breit-wigner``
        (with photons lost by the muons), ``natural`` (the better one of these two), or
        ``auto``: a natural width is claimed only if it or the resolution is given.
    background : str
        ``flat``, ``chebyshev 1``–``4``, ``bernstein 1``–``6`` (``polynomial``, never negative),
        ``exponential``, ``power law``, ``argus``, or ``auto``.
    masses : sequence of float, optional
        About where the peaks are, GeV; None for the most significant one. Several have the same
        resolution in percent of the mass.
    tied : bool
        Whether the differences of several masses are known: the first floats, the others follow.
        Otherwise each mass floats.
    resolution : float, optional
        Known standard deviation of the detector, GeV, of the first peak; held fixed.
    natural_width : float, optional
        Known full width Γ, GeV, held fixed: the fit then measures the resolution.
    binned : bool or "auto"
        Whether to fit bins (with integrals over each) or single values; ``auto`` takes bins above
        50 000 entries, and above 2 000 for the shapes that are integrated numerically.
    bins : int or array_like, optional
        Bins that are shown and that χ² is computed over.
    within : tuple of (float, float), optional
        Where the mass of one peak may lie, GeV; anywhere in the window if not given.
    first : str
        Background on which shapes of the peak are compared first.

    Returns
    -------
    PeakFit
        Local significances are roots of the likelihood ratio with and without the peak (Wilks,
        one degree of freedom: mass and width are not searched for), where the background without
        it may be another one of those that were compared. Global ones are NaN.

    Raises
    ------
    AnalysisError
        If the window, a name, a mass or a width makes no sense.
    NothingToFit
        If the window has too few entries.
    FitError
        If the fit does not converge.
    """
    task = task_of(
        spectrum,
        low,
        high,
        masses=masses,
        tied=tied,
        resolution=resolution,
        natural_width=natural_width,
        binned=binned,
        bins=bins,
        within=within,
    )
    signals = _signals(task, signal)
    backgrounds = _backgrounds(task, background)
    fit = partial(_trial, task)
    choice = choose(fit, signals, backgrounds, first=first, natural=signals != _SIGNALS)
    return _finished(task, choice, backgrounds)


@on_one_core
def fit_model(
    spectrum: Spectrum,
    low: float,
    high: float,
    *,
    signal: str | Signal,
    background: str,
    masses: Sequence[float] | None = None,
    tied: bool = True,
    resolution: float | None = None,
    natural_width: float | None = None,
    binned: bool | Literal["auto"] = "auto",
    errors: bool = True,
    near: Floats | None = None,
) -> tuple[Mixture, Best]:
    """Fit one model without intervals or significances, as variations and toys need it.

    Parameters
    ----------
    spectrum : Spectrum
    low, high : float
        Window, GeV.
    signal : str or Signal
    background : str
    masses : sequence of float, optional
        About where the peaks are, GeV.
    tied : bool
        Whether the differences of several masses are known.
    resolution, natural_width : float, optional
        Held fixed, GeV.
    binned : bool or "auto"
    errors : bool
        Whether to compute the covariance.
    near : ndarray, shape (parameter,), optional
        Where to start: values of a fit that differs little. Not used for another model.

    Returns
    -------
    mixture : Mixture
    best : Best

    Raises
    ------
    FitError
        If the fit does not converge.
    """
    task = task_of(
        spectrum,
        low,
        high,
        masses=masses,
        tied=tied,
        resolution=resolution,
        natural_width=natural_width,
        binned=binned,
    )
    return _fitted(task, _trial(task, signal, background, near), errors=errors)


@dataclass(frozen=True, eq=False)
class BackgroundFit:
    """A window without a peak.

    Attributes
    ----------
    background : str
        Its name.
    counts, edges : ndarray, shape (bin,) and (bin + 1,)
    expected : ndarray, shape (bin,)
    slopes : ndarray, shape (parameter, bin)
        Of `expected`.
    """

    background: str
    counts: Floats
    edges: Floats
    expected: Floats
    slopes: Floats


@on_one_core
def background_alone(
    spectrum: Spectrum, low: float, high: float, *, background: str = "auto"
) -> BackgroundFit:
    """Fit a window without a peak, by the background with the smallest AIC.

    Parameters
    ----------
    spectrum : Spectrum
    low, high : float
        Window, GeV.
    background : str
        As for `fit_peaks`.

    Returns
    -------
    BackgroundFit
    """
    task = task_of(spectrum, low, high)
    fits = []
    for name in _backgrounds(task, background):
        mixture = task.mixture("gaussian", name)
        _, events, under = mixture.layout
        start = task.start(mixture)[0]
        start[events], start[under] = 0.0, task.data.entries
        peak = mixture.parameters[:under]
        best = minimize(mixture, task.data.binned(), start, fixed=peak, errors=False)
        fits.append((best.aic, best.theta, mixture))
    _, theta, mixture = min(fits, key=lambda fit: fit[0])
    bounds = np.array(mixture.bounds(task.data.entries))
    expected, slopes = slopes_in(mixture, task.data.edges, theta, bounds)
    return BackgroundFit(
        background=mixture.background.name,
        counts=task.data.counts,
        edges=task.data.edges,
        expected=np.maximum(expected, 1e-9),
        slopes=slopes[mixture.layout[2] :],
    )


def _backgrounds(task: Task, background: str) -> tuple[str, ...]:
    names = (background,) if background != "auto" else _BACKGROUNDS
    if task.low <= 0:
        names = tuple(name for name in names if name != "power law") or names
    return names


def _trial(task: Task, signal: str | Signal, background: str, near: Floats | None = None) -> Trial:
    """Quick fit in bins."""
    mixture = task.mixture(signal, background)
    start, fixed = task.start(mixture)
    if near is not None and len(near) == len(start):
        start = np.clip(near, *np.array(mixture.bounds(task.data.entries)).T)
    best = minimize(mixture, task.data.binned(), start, fixed=fixed, errors=False)
    counts, edges = task.shown
    return Trial(mixture, best, counts, mixture.expected(edges, best.theta))


def _fitted(task: Task, trial: Trial, *, errors: bool) -> tuple[Mixture, Best]:
    """Go on from a quick fit to the likelihood that was asked for."""
    data = task.final(trial.mixture)
    if data.values is None and trial.best.valid and not errors:
        return trial.mixture, trial.best
    _, fixed = task.start(trial.mixture)
    best = minimize(trial.mixture, data, trial.best.theta, fixed=fixed, errors=errors)
    if not best.valid:
        raise _not_converged(trial, best)
    return trial.mixture, best


def _signals(task: Task, signal: str) -> tuple[str, ...]:
    if signal == "natural":
        return _NATURAL
    if signal != "auto":
        return (signal,)
    if len(task.offsets) > 1:
        return _RESOLUTIONS
    if task.natural_width is not None:
        # A width far below what is seen changes nothing.
        return _NATURAL if task.natural_width > 0.1 * task.seen.sigma else _RESOLUTIONS
    if task.resolution is not None:
        return ("gaussian", *_NATURAL)
    return _SIGNALS


def _finished(task: Task, choice: Choice, backgrounds: Sequence[str]) -> PeakFit:
    trial = choice.chosen
    mixture, best = _fitted(task, trial, errors=True)
    data = task.final(mixture)
    others = (task.mixture(trial.names[0], name) for name in backgrounds)
    rivals = [(other, task.start(other)[0]) for other in others if other != mixture]
    peaks, remarks = peaks_of(mixture, data, best, rivals)
    counts, edges = task.shown
    expected = mixture.expected(edges, best.theta)
    match = agreement(counts, expected, best.free)
    table = tuple((*t.names, t.best.aic, t.agreement.p_value) for t in choice.trials)
    return PeakFit(
        low=task.low,
        high=task.high,
        signal=mixture.signal.name,
        background=mixture.background.name,
        peaks=peaks,
        parameters=mixture.parameters,
        values=best.theta,
        errors=best.errors,
        covariance=best.covariance,
        twice_nll=best.twice_nll,
        chi2=match.chi2,
        degrees_of_freedom=match.degrees_of_freedom,
        aic=trial.best.aic,
        edges=edges,
        counts=counts,
        expected=expected,
        expected_background=mixture.expected_background(edges, best.theta),
        entries=round(data.entries),
        binned=data.values is None,
        compared=table,
        remarks=(*choice.remarks, *_held(best), *remarks),
        given_resolution=task.resolution,
        given_width=task.natural_width,
    )


def _held(best: Best) -> tuple[str, ...]:
    return tuple(f"'{name}' was driven to its limit and held there" for name in best.limits)


def _not_converged(trial: Trial, best: Best) -> FitError:
    signal, background = trial.names
    return FitError(
        f"the fit of '{signal}' on '{background}' did not converge",
        why=best.reason,
        fix="choose a simpler model, or a window with more background",
    )

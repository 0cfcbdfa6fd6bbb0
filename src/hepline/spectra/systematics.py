"""How far mass, width and yield move when the choices behind a fit are made differently.

Each line of the table is the largest shift among its variations; lines add in quadrature. Part of
the shifts by window and binning is statistical, which makes them an upper estimate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hepline.arrays import Floats
from hepline.errors import AnalysisError, FitError
from hepline.spectra.fitting import fit_model
from hepline.spectra.mixture import Mixture, mixture_of
from hepline.spectra.results import Peak, PeakFit, Systematic
from hepline.spectra.shapes import FWHM, SIGNALS, Signal, radiative
from hepline.spectra.spectrum import Spectrum
from hepline.spectra.tables import ENDCAPS_VARIED

__all__ = ["systematics_of"]

_PLAUSIBLE_AIC = 10.0
_TRIMMED = 0.1
_FINE_BINS = 4800


@dataclass(frozen=True)
class _Variation:
    """A fit made differently: None where it is as it was."""

    label: str
    signal: str | Signal | None = None
    background: str | None = None
    window: tuple[float, float] | None = None
    bins: int | None = None


def systematics_of(spectrum: Spectrum, fit: PeakFit, *, scale: float = 0.0) -> PeakFit:
    """The same fit, its peaks with tables of systematic uncertainties.

    Parameters
    ----------
    spectrum : Spectrum
        What was fitted.
    fit : PeakFit
    scale : float
        Relative uncertainty of the momentum scale: 0.001 moves all masses by a per mille.

    Returns
    -------
    PeakFit
        Lines ``signal model``, ``background model``, ``window``, ``binning`` and ``scale``; they
        add in quadrature.

    Raises
    ------
    AnalysisError
        If `scale` is not a small positive number.
    """
    if not 0 <= scale < 0.5:
        raise AnalysisError(
            f"the uncertainty of the scale is {scale}",
            why="it is relative: 0.001 is one per mille",
            fix="give a number from 0 up to a few per cent",
        )
    nominal = _numbers(fit, mixture_of(fit), fit.values)
    if fit.binned and spectrum.values is not None:
        # Ten million values are counted once; their bins are as good for every variation.
        inside = spectrum.window(fit.low, fit.high)
        spectrum = Spectrum.binned(
            *inside.histogram(np.linspace(fit.low, fit.high, _FINE_BINS + 1))
        )
    lines = [
        _line(spectrum, fit, nominal, name, variations, otherwise)
        for name, variations, otherwise in (
            ("signal model", _signals(fit), "the data exclude all others"),
            ("background model", _backgrounds(fit), "the data exclude all others"),
            ("window", _windows(fit), "the peak reaches the ends of its window"),
            ("binning", _binnings(fit), ""),
        )
    ]
    peaks = tuple(
        replace(peak, systematics=(*(line[k] for line in lines), _scale(peak, scale)))
        for k, peak in enumerate(fit.peaks)
    )
    return replace(fit, peaks=peaks)


def _signals(fit: PeakFit) -> list[_Variation]:
    natural = SIGNALS[fit.signal].natural
    rows = [
        (signal, aic)
        for signal, background, aic, _ in fit.compared
        if background == fit.background and SIGNALS[signal].natural == natural
    ]
    spare = "breit-wigner" if natural else "double gaussian"
    found = _others(fit, fit.signal, rows, spare)
    variations = [_Variation(label, signal=name) for name, label in found]
    if fit.signal == "radiative breit-wigner":
        variations += [
            _Variation(f"{fit.signal}, endcaps {ratio:g}", signal=radiative(ratio))
            for ratio in ENDCAPS_VARIED
        ]
    return variations


def _backgrounds(fit: PeakFit) -> list[_Variation]:
    rows = [(row[1], row[2]) for row in fit.compared if row[0] == fit.signal]
    found = _others(fit, fit.background, rows, "chebyshev 2")
    return [_Variation(label, background=name) for name, label in found]


def _others(
    fit: PeakFit, chosen: str, rows: Sequence[tuple[str, float]], spare: str
) -> list[tuple[str, str]]:
    """Names and labels of shapes that describe the data nearly as well as the chosen one."""
    others = [row for row in rows if row[0] != chosen and np.isfinite(row[1])]
    if others:
        # What the data exclude is not an uncertainty of theirs.
        return [(name, name) for name, aic in others if aic < fit.aic + _PLAUSIBLE_AIC]
    spares = [spare, "crystal ball" if spare == "double gaussian" else "voigt"]
    if spare.startswith("chebyshev"):
        spares = [spare, "exponential"]
    name = next(name for name in spares if name != chosen)
    return [(name, name)]


def _windows(fit: PeakFit) -> list[_Variation]:
    trim = _TRIMMED * (fit.high - fit.low)
    reach = [max(peak.resolution, peak.width) for peak in fit.peaks]
    room_low = fit.peaks[0].mass - reach[0] - fit.low
    room_high = fit.high - fit.peaks[-1].mass - reach[-1]
    # Background must be left on both sides, or the fit measures something else.
    low = fit.low + min(trim, 0.25 * max(room_low, 0.0))
    high = fit.high - min(trim, 0.25 * max(room_high, 0.0))
    narrower = []
    if low > fit.low:
        narrower.append(_Variation(f"from {low:.4g} GeV", window=(low, fit.high)))
    if high < fit.high:
        narrower.append(_Variation(f"to {high:.4g} GeV", window=(fit.low, high)))
    if len(narrower) == 2:
        narrower.append(_Variation(f"{low:.4g} to {high:.4g} GeV", window=(low, high)))
    return narrower


def _binnings(fit: PeakFit) -> list[_Variation]:
    shown = len(fit.counts)
    if fit.binned:
        bins = max(shown // 2, 20)
        return [_Variation(f"{bins} bins", bins=bins)]
    return [_Variation(f"{bins} bins", bins=bins) for bins in (2 * shown, shown)]


def _line(
    spectrum: Spectrum,
    fit: PeakFit,
    nominal: Floats,
    name: str,
    variations: Sequence[_Variation],
    otherwise: str,
) -> tuple[Systematic, ...]:
    shifts, labels = [np.zeros((len(fit.peaks), 3))], []
    for variation in variations:
        try:
            found = _numbers(fit, *_varied(spectrum, fit, variation))
        except FitError:
            # One alternative that cannot be fitted must not cost the result; the table says so.
            labels.append(f"{variation.label} (failed)")
            continue
        shifts.append(np.abs(found - nominal))
        labels.append(variation.label)
    largest = np.max(shifts, axis=0)
    source = ", ".join(labels) or f"not varied: {otherwise}"
    return tuple(
        Systematic(name, float(mass), float(width), float(events), source)
        for mass, width, events in largest
    )


def _varied(spectrum: Spectrum, fit: PeakFit, variation: _Variation) -> tuple[Mixture, Floats]:
    low, high = variation.window or (fit.low, fit.high)
    binned = fit.binned
    if variation.bins is not None:
        counts, edges = spectrum.window(low, high).histogram(
            np.linspace(low, high, variation.bins + 1)
        )
        spectrum, binned = Spectrum.binned(counts, edges), True
    mixture, best = fit_model(
        spectrum,
        low,
        high,
        signal=variation.signal or fit.signal,
        background=variation.background or fit.background,
        masses=[peak.mass for peak in fit.peaks],
        tied="mass" in fit.parameters,
        resolution=fit.given_resolution,
        natural_width=fit.given_width,
        binned=binned,
        errors=False,
        near=None if variation.background else fit.values,
    )
    return mixture, best.theta


def _numbers(fit: PeakFit, mixture: Mixture, theta: Floats) -> Floats:
    """Mass, width and events of each peak in the window of the fit; shape (peak, 3)."""
    own, whole = (
        np.linspace(*ends, 401) for ends in ((mixture.low, mixture.high), (fit.low, fit.high))
    )
    rows = []
    for k, number in enumerate(theta[mixture.layout[1]]):
        mass, *shape = mixture.shape_of(theta, k)
        # A narrower window holds less of the tails, which is not an uncertainty.
        less, more = (mixture.signal.in_bins(edges, mass, *shape).sum() for edges in (own, whole))
        events = number * more / less
        rows.append((mass, _width(fit, mixture, mass, tuple(shape)), events))
    return np.array(rows)


def _width(fit: PeakFit, mixture: Mixture, mass: float, shape: tuple[float, ...]) -> float:
    """Γ, or the resolution where Γ is given; of other shapes the width at half maximum."""
    if mixture.signal.natural:
        return shape[0] if fit.given_width is None else shape[1]
    return mixture.signal.fwhm(mass, *shape) / FWHM


def _scale(peak: Peak, scale: float) -> Systematic:
    source = f"momentum scale known to {scale:.3g}" if scale else "momentum scale taken as exact"
    return Systematic("scale", scale * peak.mass, scale * peak.width, 0.0, source)

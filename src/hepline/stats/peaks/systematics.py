"""How far mass, width and yield move when the choices behind a fit are made differently.

Each line of the table is the largest shift among its variations; lines add in quadrature
(`total_of`). Part of the shifts by window and binning is statistical, which makes them an upper
estimate.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hepline.errors import AnalysisError, FitError
from hepline.stats.peaks.backgrounds import background_named
from hepline.stats.peaks.fitting import fit_model
from hepline.stats.peaks.mixture import Mixture
from hepline.stats.peaks.results import Peak, PeakFit, Systematic
from hepline.stats.peaks.shapes import SIGNALS
from hepline.stats.peaks.spectrum import Spectrum
from hepline.stats.results import Floats

__all__ = ["systematics_of", "total_of"]

_PLAUSIBLE_AIC = 10.0
_TRIMMED = 0.1
_FINE_BINS = 4800
_TO_SIGMA = 2 * np.sqrt(2 * np.log(2))


@dataclass(frozen=True)
class _Variation:
    """A fit made differently: None where it is as it was."""

    label: str
    signal: str | None = None
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
        Lines ``signal model``, ``background model``, ``window``, ``binning`` and ``scale``; their
        sum is `total_of`.

    Raises
    ------
    AnalysisError
        If `scale` is no small positive number.
    """
    if not 0 <= scale < 0.5:
        raise AnalysisError(
            f"the uncertainty of the scale is {scale}",
            why="it is relative: 0.001 is one per mille",
            fix="give a number from 0 up to a few per cent",
        )
    nominal = _nominal(fit)
    if fit.binned and spectrum.values is not None:
        # Ten million values are counted once; their bins are as good for every variation.
        inside = spectrum.window(fit.low, fit.high)
        spectrum = Spectrum.binned(
            *inside.histogram(np.linspace(fit.low, fit.high, _FINE_BINS + 1))
        )
    lines = [
        _line(spectrum, fit, nominal, name, variations)
        for name, variations in (
            ("signal model", _signals(fit)),
            ("background model", _backgrounds(fit)),
            ("window", _windows(fit)),
            ("binning", _binnings(fit)),
        )
    ]
    peaks = tuple(
        replace(peak, systematics=(*(line[k] for line in lines), _scale(peak, scale)))
        for k, peak in enumerate(fit.peaks)
    )
    return replace(fit, peaks=peaks)


def total_of(lines: Iterable[Systematic]) -> Systematic:
    """Sum of lines in quadrature.

    Parameters
    ----------
    lines : iterable of Systematic

    Returns
    -------
    Systematic
        Named ``total``.
    """
    shifts = np.array([(line.mass, line.width, line.events) for line in lines]).reshape(-1, 3)
    mass, width, events = (float(s) for s in np.sqrt((shifts**2).sum(axis=0)))
    return Systematic("total", mass, width, events, "quadrature sum")


def _signals(fit: PeakFit) -> list[_Variation]:
    natural = SIGNALS[fit.signal].natural
    rows = [
        (signal, aic)
        for signal, background, aic, _ in fit.compared
        if background == fit.background and SIGNALS[signal].natural == natural
    ]
    spare = "breit-wigner" if natural else "double gaussian"
    return [_Variation(label, signal=name) for name, label in _others(fit, fit.signal, rows, spare)]


def _backgrounds(fit: PeakFit) -> list[_Variation]:
    rows = [(row[1], row[2]) for row in fit.compared if row[0] == fit.signal]
    found = _others(fit, fit.background, rows, "chebyshev 2")
    return [_Variation(label, background=name) for name, label in found]


def _others(
    fit: PeakFit, chosen: str, rows: Sequence[tuple[str, float]], spare: str
) -> list[tuple[str, str]]:
    """Names and labels of shapes that describe the data nearly as well as the chosen one."""
    others = [row for row in rows if row[0] != chosen and np.isfinite(row[1])]
    good = [(name, name) for name, aic in others if aic < fit.aic + _PLAUSIBLE_AIC]
    if good:
        return good
    if others:
        # No shift at all would be too proud: the next best is shown for what it is.
        name, aic = min(others, key=lambda row: row[1])
        return [(name, f"{name} (AIC worse by {aic - fit.aic:.0f})")]
    spares = [spare, "crystal ball" if spare == "double gaussian" else "voigt"]
    if spare.startswith("chebyshev"):
        spares = [spare, "exponential"]
    name = next(name for name in spares if name != chosen)
    return [(name, name)]


def _windows(fit: PeakFit) -> list[_Variation]:
    trim = _TRIMMED * (fit.high - fit.low)
    reach = [3 * max(peak.resolution, peak.width) for peak in fit.peaks]
    room_low = fit.peaks[0].mass - reach[0] - fit.low
    room_high = fit.high - fit.peaks[-1].mass - reach[-1]
    # Background must be left on both sides, or the fit measures something else.
    low = fit.low + max(min(trim, 0.5 * room_low), 0.25 * trim)
    high = fit.high - max(min(trim, 0.5 * room_high), 0.25 * trim)
    return [
        _Variation(f"from {low:.4g} GeV", window=(low, fit.high)),
        _Variation(f"to {high:.4g} GeV", window=(fit.low, high)),
        _Variation(f"{low:.4g} to {high:.4g} GeV", window=(low, high)),
    ]


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
    source = ", ".join(labels)
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
        resolution=fit.given_resolution,
        natural_width=fit.given_width,
        binned=binned,
        errors=False,
    )
    return mixture, best.theta


def _numbers(fit: PeakFit, mixture: Mixture, theta: Floats) -> Floats:
    """Mass, width and events of each peak; shape (peak, 3)."""
    events = theta[[mixture.parameters.index(name) for name in mixture.yields]]
    rows = []
    for k, number in enumerate(events):
        mass, *shape = mixture.shape_of(theta, k)
        rows.append((mass, _width(fit, mixture, mass, tuple(shape)), number))
    return np.array(rows)


def _width(fit: PeakFit, mixture: Mixture, mass: float, shape: tuple[float, ...]) -> float:
    """Γ, or the resolution where Γ is given; of other shapes the width at half maximum."""
    if mixture.signal.natural:
        return shape[0] if fit.given_width is None else shape[1]
    # What "width" means differs between shapes; their width at half maximum does not.
    x = mass + np.linspace(-4, 4, 4001) * shape[0]
    heights = mixture.signal.density(x, mass, *shape)
    above = x[heights > 0.5 * heights.max()]
    return float((above[-1] - above[0]) / _TO_SIGMA)


def _nominal(fit: PeakFit) -> Floats:
    offsets = tuple(peak.mass - fit.peaks[0].mass for peak in fit.peaks)
    under = background_named(fit.background)
    mixture = Mixture(SIGNALS[fit.signal], under, fit.low, fit.high, offsets)
    return _numbers(fit, mixture, fit.values)


def _scale(peak: Peak, scale: float) -> Systematic:
    source = f"momentum scale known to {scale:.3g}" if scale else "momentum scale taken as exact"
    return Systematic("scale", scale * peak.mass, scale * peak.width, 0.0, source)

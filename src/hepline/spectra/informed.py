"""A fit with what the table knows: families that are tied, natural widths that are hidden."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hepline.errors import FitError
from hepline.spectra.doubts import describes, half_width
from hepline.spectra.fitting import fit_peaks
from hepline.spectra.interior import inner_fit
from hepline.spectra.naming import candidates
from hepline.spectra.question import Question
from hepline.spectra.results import Bump, PeakFit
from hepline.spectra.selection_rules import known
from hepline.spectra.spectrum import Spectrum
from hepline.spectra.start import glimpse
from hepline.spectra.tables import FAMILIES

__all__ = ["informed_fit"]

_BROAD = 0.2  # of the window: a resonance that is wider is background there
_SEPARABLE = 10.0  # standard deviations by which a natural width must change the shape of a peak
_EDGE = 0.01  # of the mass: a peak closer to the end of its window has no background
_OFF = 0.01  # of the mass: how far a family may be from where the table has it
_CLEAR = 3.0  # standard deviations
_GLIMPSE = 100  # bins
_ALIKE, _BETTER = 0.15, 20.0  # yields of two peaks that were taken for one; gain in AIC
_LEPTONS = {"e+", "e-", "mu+", "mu-"}


def informed_fit(
    spectrum: Spectrum, asked: Question, window: tuple[float, float], bumps: Sequence[Bump]
) -> PeakFit:
    """Fit a window with what the table knows of what stands there.

    Parameters
    ----------
    spectrum : Spectrum
        Of the window alone.
    asked : Question
    window : (float, float)
        GeV.
    bumps : sequence of Bump
        What a scan saw in it; empty to look for one peak.

    Returns
    -------
    PeakFit

    Raises
    ------
    NothingToFit, FitError
        As `fit_peaks`.
    """
    shapes: dict[str, Any] = {"signal": asked.signal, "background": asked.background}
    relatives = _relatives(asked, window, bumps)
    if relatives:
        fit = fit_peaks(spectrum, *window, masses=relatives, **shapes)
        clear = sum(one.local_significance > _CLEAR for one in fit.peaks) > 1
        off = abs(fit.peaks[0].mass / relatives[0] - 1)
        if clear and off < _OFF:
            return fit
    if len(bumps) > 1:
        # Where a scan saw them is not a measurement of how far they are apart.
        centers = [one.center for one in bumps]
        return fit_peaks(spectrum, *window, masses=centers, tied=False, **shapes)
    fit = _lone_fit(spectrum, asked, window, bumps)
    if not bumps:
        fit = inner_fit(spectrum, fit, shapes)
    return fit if describes(fit) or shapes["signal"] != "auto" else _divided(spectrum, fit, shapes)


def _divided(spectrum: Spectrum, fit: PeakFit, shapes: dict[str, Any]) -> PeakFit:
    """Two peaks in place of one that does not describe the data, if they do better."""
    (peak,) = fit.peaks
    if peak.width_kind == "natural":
        return fit
    reach = 0.8 * half_width(peak)
    masses = [peak.mass - reach, peak.mass + reach]
    if not fit.low < masses[0] < masses[1] < fit.high:
        return fit
    try:
        pair = fit_peaks(
            spectrum, fit.low, fit.high, masses=masses, tied=False, bins=fit.edges, **shapes
        )
    except FitError:
        return fit
    first, second = pair.peaks
    # A tail would be a small peak beside a large one, or one that is not resolved.
    apart = second.mass - first.mass > 2 * first.resolution
    alike = min(first.events, second.events) > _ALIKE * max(first.events, second.events)
    return pair if apart and alike and fit.price - pair.price > _BETTER else fit


def _lone_fit(
    spectrum: Spectrum, asked: Question, window: tuple[float, float], bumps: Sequence[Bump]
) -> PeakFit:
    shapes: dict[str, Any] = {"signal": asked.signal, "background": asked.background}
    place, width, events = _seen(spectrum, window, bumps)
    masses = [place] if bumps else None
    natural = _natural_width(asked, place, width, most=_BROAD * (window[1] - window[0]))
    if natural is None or asked.signal != "auto":
        return fit_peaks(spectrum, *window, masses=masses, **shapes)
    # A width that the resolution does not hide is what the fit is after; one that it hides is given
    # to the fit, which then measures the resolution.
    hidden: tuple[str, ...] = ()
    # A natural width moves about (Γ/σ)² of the events, to be seen among √N.
    if (natural / width) ** 2 * math.sqrt(max(events, 0.0)) > _SEPARABLE:
        # Only leptons radiate photons enough to be seen.
        leptons = asked.decay is None or _LEPTONS.issuperset(asked.decay)
        broad = {**shapes, "signal": "natural" if leptons else "breit-wigner"}
        fit = fit_peaks(spectrum, *window, masses=masses, **broad)
        if not fit.peaks[0].width_is_limit:
            return fit
        if fit.peaks[0].width < natural:
            # What stands there is narrower than what was thought to.
            return fit_peaks(spectrum, *window, masses=masses, **shapes)
        limit = f"{fit.peaks[0].width:.2g} GeV at 95 %"
        hidden = (
            f"the resolution hides the natural width (below {limit}): {natural:.3g} GeV, that of "
            "the most likely particle, is taken",
        )
    fit = fit_peaks(spectrum, *window, masses=masses, natural_width=natural, **shapes)
    if describes(fit):
        return replace(fit, remarks=(*fit.remarks, *hidden))
    free = fit_peaks(spectrum, *window, masses=masses, **shapes)
    return min(fit, free, key=lambda one: one.aic)


def _relatives(
    asked: Question, window: tuple[float, float], bumps: Sequence[Bump]
) -> tuple[float, ...]:
    """Masses of a family of which several members lie in the window, GeV."""
    if asked.charge or (asked.decay is not None and not _LEPTONS.issuperset(asked.decay)):
        return ()
    low, high = window
    for family in FAMILIES:
        table = [one.mass / 1e3 for one in known() if one.name in family]
        inside = tuple(
            one for one in sorted(table) if low < one * (1 - _EDGE) and one * (1 + _EDGE) < high
        )
        near = [abs(bump.center / one - 1) < 2 * _OFF for bump in bumps for one in inside]
        if len(inside) > 1 and (not bumps or any(near)):
            return inside
    return ()


def _seen(
    spectrum: Spectrum, window: tuple[float, float], bumps: Sequence[Bump]
) -> tuple[float, float, float]:
    """Place, width and events of the highest peak before any fit."""
    if bumps:
        return bumps[0].center, bumps[0].width, bumps[0].events
    bins = np.linspace(*window, _GLIMPSE + 1) if spectrum.values is not None else spectrum.edges
    seen = glimpse(*spectrum.histogram(_GLIMPSE if bins is None else bins), None)
    return seen.mass, seen.sigma, seen.events[0]


def _natural_width(asked: Question, place: float, width: float, *, most: float) -> float | None:
    """What the table says of the width of what stands there, GeV; None if that is not known."""
    if asked.decay is None:
        return None
    likely = candidates(
        place,
        width / 2,
        resolution=width,
        charge=asked.charge,
        decay=asked.decay,
        scale_error=asked.scale,
    )
    return likely[0].width if likely and 0 < likely[0].width < most else None

"""From a spectrum to named peaks: find them, fit each with what is known of it, and name it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hepline.errors import AnalysisError, FitError, NothingToFit
from hepline.stats.particles.lookup import find
from hepline.stats.peaks.bumps import find_bumps
from hepline.stats.peaks.decays import known
from hepline.stats.peaks.doubts import doubts
from hepline.stats.peaks.ends import window_of_data
from hepline.stats.peaks.fitting import fit_peaks
from hepline.stats.peaks.naming import candidates
from hepline.stats.peaks.results import Bump, Candidate, Peak, PeakFit
from hepline.stats.peaks.rounded import in_steps
from hepline.stats.peaks.scale import MassScale, calibrate
from hepline.stats.peaks.shapes import NARROWEST
from hepline.stats.peaks.spectrum import Spectrum
from hepline.stats.peaks.start import glimpse
from hepline.stats.peaks.systematics import systematics_of
from hepline.stats.peaks.trials import in_window

__all__ = ["Question", "Search", "named", "scale_from", "search"]

_BROAD = 0.2  # of the window: a resonance that is wider is background there
_SEPARABLE = 10.0  # standard deviations by which a natural width must change the shape of a peak
_EDGE = 0.01  # of the mass: a peak closer to the end of its window has no background
_OFF = 0.01  # of the mass: how far a family may be from where the table has it
_MOST_PEAKS = 3  # of one window, beside families
_CLEAR, _REFERENCE_CLEAR = 3.0, 5.0  # standard deviations
_GLIMPSE = 100  # bins
_FEWEST = 100  # entries
_ALIKE = 0.1  # of the mass: range that holds nine tenths of a sample that is one peak
_THIN = 0.08  # of the entries, at most, lie in the outer tenths of its range
_AROUND = 3.0  # times that range on either side belong to its window
_WIDEST = 0.15  # of the window: a wider peak is background
# Sets of states so near to each other that each is in the others' background.
_FAMILIES = (
    ("Upsilon(1S)", "Upsilon(2S)", "Upsilon(3S)"),
    ("J/psi(1S)", "psi(2S)"),
)
_REFERENCE = (0.9, 1.15)  # window around a reference, of its mass
_LEPTONS = {"e+", "e-", "mu+", "mu-"}


@dataclass(frozen=True)
class Question:
    """What is asked of a spectrum, and what is known beforehand.

    Attributes
    ----------
    window : tuple of (float, float) or None
        GeV; None scans everything.
    signal, background : str
        Names of shapes, or ``auto``.
    charge : int
        Total charge of the combinations.
    decay : tuple of str or None
        What was combined.
    scale : float
        Relative uncertainty of the scale of momenta, hence of masses.
    """

    window: tuple[float, float] | None = None
    signal: str = "auto"
    background: str = "auto"
    charge: int = 0
    decay: tuple[str, ...] | None = None
    scale: float = 0.0


@dataclass(frozen=True, eq=False)
class Search:
    """What was found.

    Attributes
    ----------
    fits : tuple of PeakFit
        By mass; peaks have systematics, candidates and global significances.
    bumps : tuple of Bump
        What a scan found; empty where a window was given.
    remarks : tuple of str
        Bumps that could not be fitted, say.
    """

    fits: tuple[PeakFit, ...]
    bumps: tuple[Bump, ...]
    remarks: tuple[str, ...]

    @property
    def peaks(self) -> tuple[Peak, ...]:
        """Of all fits, by mass."""
        found = (peak for fit in self.fits for peak in fit.peaks)
        return tuple(sorted(found, key=lambda peak: peak.mass))


def search(spectrum: Spectrum, question: Question | None = None) -> Search:
    """Measure the peak of a window, or find and measure all peaks.

    Parameters
    ----------
    spectrum : Spectrum
    question : Question, optional

    Returns
    -------
    Search

    Raises
    ------
    NothingToFit
        If the window has too few entries.
    FitError
        If the fit of the window did not converge; of a scan, it is left out with a remark.
    """
    asked = question or Question()
    spectrum, rounded = in_steps(spectrum)
    if asked.window is not None:
        low, high, cut = window_of_data(spectrum, *asked.window)
        bumps = find_bumps(spectrum)
        fit = _measured(spectrum, asked, (low, high), _several(bumps, low, high))
        lone = _alone(spectrum) is not None
        return Search((fit,), (), (*rounded, *cut, *doubts(fit, None if lone else bumps)))
    bumps = find_bumps(spectrum)
    remarks = list(rounded)
    alone = _alone(spectrum) if not bumps else None
    if alone is not None:
        # Nothing stands out of a background that is not there.
        fit = _measured(spectrum, replace(asked, window=alone), alone, ())
        remarks.append("nearly all masses are alike: they were fitted in one window")
        return Search((fit,), (), (*remarks, *doubts(fit)))
    fits: list[PeakFit] = []
    for low, high in dict.fromkeys((bump.low, bump.high) for bump in bumps):
        here = tuple(bump for bump in bumps if (bump.low, bump.high) == (low, high))
        try:
            fits.append(_measured(spectrum, asked, (low, high), here))
            remarks += doubts(fits[-1])
        except (FitError, NothingToFit) as error:
            places = ", ".join(f"{bump.center:.4g}" for bump in here)
            remarks.append(f"the bump at {places} GeV was not measured: {error.what} {error.why}")
    return Search(tuple(fits), bumps, tuple(remarks))


def scale_from(spectrum: Spectrum, reference: str, question: Question) -> MassScale:
    """Measure the scale of masses with a resonance of the same spectrum.

    Parameters
    ----------
    spectrum : Spectrum
    reference : str
        Name of the resonance; ``J/psi`` will do for ``J/psi(1S)``.
    question : Question
        What was combined.

    Returns
    -------
    MassScale

    Raises
    ------
    AnalysisError
        If the name is unknown, or there is no clear peak at its mass.
    """
    known_one = find(reference)
    name, mass = known_one.name, (known_one.mass or 0.0) / 1e3
    low, high = (mass * ratio for ratio in _REFERENCE)
    try:
        inside, _ = in_steps(spectrum.window(low, high))
        fit = _fitted(inside, replace(question, window=(low, high)), (low, high), ())
        fit = systematics_of(inside, fit)
    except (FitError, NothingToFit) as error:
        raise AnalysisError(
            f"the scale cannot be measured with {name}.",
            why=f"between {low:.4g} and {high:.4g} GeV, {error.what} {error.why}",
            fix="choose another reference, or give --scale.",
        ) from error
    peak = min(fit.peaks, key=lambda one: abs(one.mass - mass))
    if peak.local_significance < _REFERENCE_CLEAR:
        raise AnalysisError(
            f"the scale cannot be measured with {name}.",
            why=f"its peak has a significance of {peak.local_significance:.1f} in these data.",
            fix="choose a reference that stands out, or give --scale.",
        )
    total = math.hypot(peak.mass_error, *(one.mass for one in peak.systematics))
    return calibrate(peak.mass, total, name)


def _alone(spectrum: Spectrum) -> tuple[float, float] | None:
    """Window around a sample that is one peak and little else; None if it is not."""
    low, high = spectrum.span
    bins = np.linspace(low, high, _GLIMPSE + 1) if spectrum.values is not None else spectrum.edges
    if spectrum.entries < _FEWEST or bins is None or not high > low:
        return None
    counts, edges = spectrum.histogram(bins)
    below = np.append(0.0, np.cumsum(counts)) / counts.sum()
    first, middle, last = np.interp([0.05, 0.5, 0.95], below, edges)
    outside = counts[: len(counts) // 10].sum() + counts[-(len(counts) // 10) :].sum()
    # A sample that was cut out of a wide spectrum is dense up to its ends.
    if last - first > _ALIKE * middle or outside > _THIN * counts.sum():
        return None
    reach = _AROUND * (last - first)
    return float(middle - reach), float(middle + reach)


def _several(bumps: Sequence[Bump], low: float, high: float) -> tuple[Bump, ...]:
    """What else stands in a window; nothing if there is one peak, which the fit finds itself."""
    inside = tuple(
        bump for bump in bumps if low + 2 * bump.width < bump.center < high - 2 * bump.width
    )
    if len(inside) > _MOST_PEAKS:
        places = ", ".join(f"{bump.center:.3g}" for bump in inside)
        raise AnalysisError(
            f"{len(inside)} peaks stand between {low:g} and {high:g} GeV: at {places} GeV",
            why="one curve for the background of all of them describes none",
            fix="choose a window around one of them, or none: then each has its own",
        )
    return inside if len(inside) > 1 else ()


def _measured(
    spectrum: Spectrum, asked: Question, window: tuple[float, float], bumps: Sequence[Bump]
) -> PeakFit:
    """One window: fitted, with systematics, significances and names."""
    # Dozens of fits look at this window: ten million values are cut to it once.
    inside = spectrum.window(*window)
    fit = _fitted(inside, asked, window, bumps)
    fit = systematics_of(inside, fit, scale=asked.scale)
    places = () if asked.window else bumps
    peaks = (replace(one, global_significance=_global(one, fit, places)) for one in fit.peaks)
    return replace(fit, peaks=tuple(named(one, asked) for one in peaks))


def _fitted(
    spectrum: Spectrum, asked: Question, window: tuple[float, float], bumps: Sequence[Bump]
) -> PeakFit:
    shapes: dict[str, Any] = {"signal": asked.signal, "background": asked.background}
    relatives = _relatives(asked, window, bumps)
    if relatives:
        fit = fit_peaks(spectrum, *window, masses=relatives, **shapes)
        clear = sum(one.local_significance > _CLEAR for one in fit.peaks) > 1
        off = abs(fit.peaks[0].mass / relatives[0] - 1)
        if clear and off < _OFF:
            return fit
    if len(bumps) > 1:
        # Where a scan saw them is no measurement of how far they are apart.
        centers = [one.center for one in bumps]
        return fit_peaks(spectrum, *window, masses=centers, tied=False, **shapes)
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
        fit = fit_peaks(spectrum, *window, masses=masses, **{**shapes, "signal": "natural"})
        if not fit.peaks[0].width_is_limit:
            return fit
        limit = f"{fit.peaks[0].width:.2g} GeV at 95 %"
        hidden = (
            f"the resolution hides the natural width (below {limit}): {natural:.3g} GeV, that of "
            "the most likely particle, is taken",
        )
    fit = fit_peaks(spectrum, *window, masses=masses, natural_width=natural, **shapes)
    return replace(fit, remarks=(*fit.remarks, *hidden))


def _relatives(
    asked: Question, window: tuple[float, float], bumps: Sequence[Bump]
) -> tuple[float, ...]:
    """Masses of a family of which several members lie in the window, GeV."""
    if asked.charge or (asked.decay is not None and not _LEPTONS.issuperset(asked.decay)):
        return ()
    low, high = window
    for family in _FAMILIES:
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
    inside = spectrum.window(*window)
    bins = np.linspace(*window, _GLIMPSE + 1) if inside.values is not None else inside.edges
    seen = glimpse(*inside.histogram(_GLIMPSE if bins is None else bins), None)
    return seen.mass, seen.sigma, seen.events[0]


def _natural_width(asked: Question, place: float, width: float, *, most: float) -> float | None:
    """What the table says of the width of what stands there, GeV; None if that is not known."""
    if asked.decay is None:
        return None
    likely = _candidates(asked, place, width / 2, resolution=width)
    return likely[0].width if likely and 0 < likely[0].width < most else None


def _global(peak: Peak, fit: PeakFit, bumps: Sequence[Bump]) -> float:
    """Significance after all places where a peak was looked for."""
    local = peak.local_significance
    if local <= 0:
        return 0.0
    if bumps:
        nearest = min(bumps, key=lambda one: abs(one.center - peak.mass))
        # The scan's places count for the fit as they do for the scan: −2 ln p grows like z².
        places = nearest.local_significance**2 - nearest.global_significance**2
        return math.sqrt(max(local**2 - places, 0.0))
    width = max(peak.resolution, peak.width / 2 if peak.width_kind == "natural" else 0.0)
    span = fit.high - fit.low
    folds = 0.0 if fit.given_resolution else math.log(_WIDEST / NARROWEST)
    return in_window(local, span / width, folds)


def named(peak: Peak, asked: Question) -> Peak:
    """The same peak with its candidates.

    Parameters
    ----------
    peak : Peak
    asked : Question
        Charge, decay and scale are used.
    """
    shifts = [one.mass for one in peak.systematics if one.name != "scale"]
    error = math.hypot(peak.mass_error, *shifts)
    natural = peak.width if peak.width_kind == "natural" and not peak.width_is_limit else None
    likely = _candidates(asked, peak.mass, error, width=natural, resolution=peak.resolution)
    return replace(peak, candidates=likely)


def _candidates(
    asked: Question,
    mass: float,
    error: float,
    *,
    width: float | None = None,
    resolution: float | None = None,
) -> tuple[Candidate, ...]:
    return candidates(
        mass,
        error,
        width=width,
        resolution=resolution,
        charge=asked.charge,
        decay=asked.decay,
        scale_error=asked.scale,
    )

"""From a spectrum to named peaks: find them, fit each with what is known of it, and name it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hepline.errors import FitError, NothingToFit
from hepline.spectra.bumps import find_bumps
from hepline.spectra.doubts import WIDEST, doubts, half_width, is_background
from hepline.spectra.informed import informed_fit
from hepline.spectra.interior import at_the_end
from hepline.spectra.naming import candidates
from hepline.spectra.question import Question
from hepline.spectra.results import Bump, Peak, PeakFit
from hepline.spectra.rounded import in_steps
from hepline.spectra.shapes import NARROWEST
from hepline.spectra.spectrum import Spectrum
from hepline.spectra.systematics import systematics_of
from hepline.spectra.trials import in_window
from hepline.spectra.windows import peaks_inside, window_of_data, window_of_lone_peak

__all__ = ["Question", "Search", "search"]


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
    spectrum.check_spread()
    spectrum, rounded = in_steps(spectrum)
    if asked.window is not None:
        low, high, cut = window_of_data(spectrum, *asked.window)
        bumps = find_bumps(spectrum)
        fit = _measured(spectrum, asked, (low, high), peaks_inside(bumps, low, high))
        if at_the_end(fit):
            return Search((), (), (*rounded, *cut, _no_peak(fit)))
        lone = window_of_lone_peak(spectrum) is not None
        return Search((fit,), (), (*rounded, *cut, *doubts(fit, None if lone else bumps)))
    remarks = list(rounded)
    alone, (first, last) = window_of_lone_peak(spectrum), spectrum.span
    # In a sample so dense, a scan would find what was lost beside the peak.
    dense = alone is not None and alone[1] - alone[0] < last - first
    bumps = () if dense else find_bumps(spectrum)
    if alone is not None and not bumps:
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


def _no_peak(fit: PeakFit) -> str:
    (peak,) = fit.peaks
    end = fit.low if peak.mass - fit.low < fit.high - peak.mass else fit.high
    return (
        f"no peak stands inside of {fit.low:.4g} to {fit.high:.4g} GeV: a free fit runs to the end "
        f"of the window at {end:.4g} GeV, where a peak is but a part of the background. Choose a "
        "window with the peak in its middle"
    )


def _measured(
    spectrum: Spectrum, asked: Question, window: tuple[float, float], bumps: Sequence[Bump]
) -> PeakFit:
    """One window: fitted, with systematics, significances and names."""
    # Dozens of fits look at this window: ten million values are cut to it once.
    inside = spectrum.window(*window)
    fit = informed_fit(inside, asked, window, bumps)
    fit = systematics_of(inside, fit, scale=asked.scale)
    places = () if asked.window else bumps
    peaks = (replace(one, global_significance=_global(one, fit, places)) for one in fit.peaks)
    return replace(fit, peaks=tuple(_named(one, asked) for one in peaks))


def _global(peak: Peak, fit: PeakFit, bumps: Sequence[Bump]) -> float:
    """Significance after all places where a peak was looked for."""
    local = peak.local_significance
    if local <= 0:
        return 0.0
    if bumps:
        nearest = min(bumps, key=lambda one: abs(one.center - peak.mass))
        if abs(nearest.center - peak.mass) < 2 * nearest.width:
            # It was the scan that looked everywhere, with a background of its own.
            return min(nearest.global_significance, local)
        # Its places count for a neighbor, too: −2 ln p grows like z².
        places = nearest.local_significance**2 - nearest.global_significance**2
        return math.sqrt(max(local**2 - places, 0.0))
    if is_background(peak, fit):
        return 0.0
    folds = 0.0 if fit.given_resolution else math.log(WIDEST / NARROWEST)
    return in_window(local, (fit.high - fit.low) / half_width(peak), folds)


def _named(peak: Peak, asked: Question) -> Peak:
    """The same peak with its candidates."""
    shifts = [one.mass for one in peak.systematics if one.name != "scale"]
    error = math.hypot(peak.mass_error, *shifts)
    natural = peak.width if peak.width_kind == "natural" and not peak.width_is_limit else None
    likely = candidates(
        peak.mass,
        error,
        width=natural,
        resolution=peak.resolution,
        charge=asked.charge,
        decay=asked.decay,
        scale_error=asked.scale,
    )
    return replace(peak, candidates=likely)

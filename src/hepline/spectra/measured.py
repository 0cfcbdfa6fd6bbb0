"""From fitted parameters to peaks: intervals, limits and local significances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hepline.arrays import Floats
from hepline.spectra.extended import Best, Data, minimize
from hepline.spectra.mixture import Mixture
from hepline.spectra.results import Peak
from hepline.spectra.shapes import FWHM
from hepline.spectra.slopes import difference

__all__ = ["peaks_of", "significance"]

Interval = tuple[float, float]
Rival = tuple[Mixture, Floats]


def peaks_of(
    mixture: Mixture, data: Data, best: Best, rivals: Sequence[Rival] = ()
) -> tuple[tuple[Peak, ...], tuple[str, ...]]:
    """Peaks of a fit, sorted by mass.

    Parameters
    ----------
    mixture : Mixture
    data : Data
    best : Best
    rivals : sequence of (Mixture, ndarray)
        The same peaks on other backgrounds, with values to start at.

    Returns
    -------
    peaks : tuple of Peak
    remarks : tuple of str
    """
    remarks: list[str] = []
    at = dict(zip(mixture.parameters, zip(best.theta, best.errors, strict=True), strict=True))
    mass_ends = {name: _interval(best, name, remarks) for name in mixture.masses}
    width = _Width.of(mixture, best, remarks)
    peaks = []
    for k, name in enumerate(mixture.yields):
        mass = mixture.mass_of(best.theta, k)
        growth = 1.0 if width.natural else mass / mixture.mass_of(best.theta, 0)
        own = mixture.masses[min(k, len(mixture.masses) - 1)]
        moved = mass - at[own][0]
        low, high = (float(end + moved) for end in mass_ends[own])
        events, events_error = at[name]
        events_ends = _interval(best, name, remarks)
        peaks.append(
            Peak(
                mass=mass,
                mass_error=_error(best, at[own][1], (low, high)),
                width=float(width.value * growth),
                width_error=float(width.error * growth),
                mass_interval=(low, high),
                width_interval=(float(width.ends[0] * growth), float(width.ends[1] * growth)),
                events_interval=events_ends,
                width_kind="natural" if width.natural else "resolution",
                width_is_limit=width.is_limit,
                resolution=_resolution(mixture, best, k),
                events=float(events),
                events_error=_error(best, events_error, events_ends),
                background=_under(mixture, best, k),
                local_significance=significance(mixture, data, best, name, rivals),
                global_significance=float("nan"),
            )
        )
    return tuple(peaks), tuple(remarks)


def _interval(best: Best, name: str, remarks: list[str]) -> Interval:
    ends = best.interval(name)
    if ends is not None:
        return ends
    remarks.append(f"MINOS found no interval of '{name}': the symmetric one is given")
    at, error = float(best.minuit.values[name]), float(best.minuit.errors[name])
    return at - error, at + error


def _error(best: Best, parabolic: float, ends: Interval) -> float:
    # With a shape parameter held at its limit the covariance knows too little, and without a
    # curvature of all parameters it knows nothing.
    doubtful = best.limits or not best.minuit.accurate
    return float(max(parabolic, 0.5 * (ends[1] - ends[0])) if doubtful else parabolic)


@dataclass(frozen=True)
class _Width:
    """Width of the first peak and what it is: Γ, its upper limit, or the resolution."""

    value: float
    error: float
    ends: Interval
    natural: bool
    is_limit: bool

    @staticmethod
    def of(mixture: Mixture, best: Best, remarks: list[str]) -> _Width:
        natural = mixture.signal.natural
        # With Γ given, what is measured is the resolution.
        name = "resolution" if natural and best.minuit.fixed["width"] else "width"
        index = mixture.parameters.index(name)
        value, error = float(best.theta[index]), float(best.errors[index])
        natural = natural and name == "width"
        ends = _interval(best, name, remarks)
        seen = _seen(mixture, best.theta)
        value, error, ends = seen * value, seen * error, (seen * ends[0], seen * ends[1])
        if not mixture.signal.natural and len(mixture.signal.parameters) > 1:
            # Tails and second Gaussians change the width at half maximum, too.
            error = _error_of_fwhm(mixture, best)
            ends = (max(value - error, 0.0), value + error)
        hidden = natural and not (ends[0] > 0 and value > 2 * (value - ends[0]))
        if not hidden and name not in best.limits:
            return _Width(value, _error(best, error, ends), ends, natural, False)
        limit = best.interval(name, cl=0.90)
        if limit is None:
            remarks.append("no 95 % limit of the width was found: 1.645 standard errors taken")
        top = value + 1.645 * error if limit is None else seen * limit[1]
        remarks.append(
            f"the natural width ({value:.3g} ± {error:.2g} GeV) is not separable from the "
            "resolution: the 95 % upper limit is given"
            if natural
            else "the peak is too narrow for this window: the 95 % upper limit of σ is given"
        )
        return _Width(top, error, (0.0, top), natural, True)


def _error_of_fwhm(mixture: Mixture, best: Best) -> float:
    first = mixture.layout[0].start
    slopes = np.zeros(len(best.theta))
    for k in range(first, mixture.layout[0].stop):
        step = 0.1 * best.errors[k]
        if step > 0:
            # An error may be far larger than the range of what the data hardly tell.
            limits = best.minuit.limits[k]
            slopes[k] = difference(
                lambda at: _seen(mixture, at) * at[first], best.theta, k, step, limits
            )
    return float(np.sqrt(max(float(slopes @ best.covariance @ slopes), 0.0)))


def _seen(mixture: Mixture, theta: Floats) -> float:
    """Width at half maximum over the parameter, so that a resolution is one for all shapes."""
    if mixture.signal.natural:
        return 1.0
    mass, *shape = mixture.shape_of(theta, 0)
    return mixture.signal.fwhm(mass, *shape) / FWHM / shape[0]


def _resolution(mixture: Mixture, best: Best, peak: int) -> float:
    name = "resolution" if mixture.signal.natural else "width"
    shape = mixture.shape_of(best.theta, peak)[1:]
    return _seen(mixture, best.theta) * shape[mixture.signal.parameters.index(name)]


def _under(mixture: Mixture, best: Best, peak: int) -> float:
    mass, *shape = mixture.shape_of(best.theta, peak)
    reach = 2 * mixture.signal.half_width(*shape)
    ends = np.clip([mass - reach, mass + reach], mixture.low, mixture.high)
    return float(mixture.expected_background(ends, best.theta).sum())


def significance(
    mixture: Mixture, data: Data, best: Best, events: str, rivals: Sequence[Rival] = ()
) -> float:
    """Local significance of one peak: root of twice the log of the likelihood ratio.

    Wilks' theorem with one degree of freedom: the alternative without the peak keeps mass and
    shape, and fits the background and the other peaks again. A background that needs no peak must
    not lose because another describes the data better with one: the alternative takes the best
    of all, with two units of −2 ln L for each of its parameters more.

    Parameters
    ----------
    mixture : Mixture
    data : Data
    best : Best
    events : str
        Name of the peak's yield.
    rivals : sequence of (Mixture, ndarray)
        As for `peaks_of`.

    Returns
    -------
    float
        Standard deviations; negative for a dip.

    References
    ----------
    P. D. Dauncey, M. Kenzie, N. Wardle, G. J. Davies, "Handling uncertainties in background
    shapes: the discrete profiling method", JINST 10 (2015) P04015, arXiv:1408.6865.
    """
    index = mixture.parameters.index(events)
    start = best.theta.copy()
    moved = start[index]
    start[index] = 0.0
    start[mixture.parameters.index("background")] += moved
    shape = (*mixture.masses, *mixture.signal.parameters)
    without = minimize(mixture, data, start, fixed=(*shape, events), errors=False)
    gain = without.twice_nll - best.twice_nll
    under = mixture.layout[2]
    for other, near in rivals:
        theta = np.concatenate([start[: under + 1], near[under + 1 :]])
        found = minimize(other, data, theta, fixed=(*shape, events), errors=False)
        more = len(other.parameters) - len(mixture.parameters)
        if found.valid:
            gain = min(gain, found.twice_nll - best.twice_nll + 2 * more)
    return float(np.copysign(np.sqrt(max(gain, 0.0)), moved))

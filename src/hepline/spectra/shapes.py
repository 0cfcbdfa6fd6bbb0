"""Shapes of peaks: densities in the mass, with their integrals over bins.

Closed forms in NumPy: numba-stats compiles its two-sided Crystal Ball anew in each process, which
takes longer than all fits; it is the oracle of the tests instead. A shape need not be normalised,
the mixture does that in its window.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, voigt_profile

from hepline.arrays import Floats
from hepline.errors import AnalysisError, nearest
from hepline.spectra.convolution import breit_wigner, convolved_with, integrals
from hepline.spectra.tables import ENDCAPS

__all__ = ["FWHM", "NARROWEST", "SIGNALS", "Signal", "radiative", "signal_named"]

#: Full width at half maximum of a Gaussian, in standard deviations.
FWHM = float(2 * np.sqrt(2 * np.log(2)))
#: Of the window: a narrower peak is a few entries that are close by chance.
NARROWEST = 1e-3

_POWER = (1.05, 100.0)
_TAIL = (0.3, 5.0)


@dataclass(frozen=True)
class Signal:
    """A shape of peaks.

    Attributes
    ----------
    name : str
    parameters : tuple of str
        Beside the mass; the first is ``width``.
    natural : bool
        Whether `width` is the full width Γ of a Breit–Wigner; otherwise it is the detector's
        standard deviation.
    lengths : tuple of bool
        Which parameters are a resolution in GeV, and grow with the mass of tied peaks.
    density : callable
        Of (x, mass, *parameters), proportional to the density, 1/GeV.
    cumulative : callable or None
        Integral of `density` up to x, if there is a closed form.
    narrowest : float
        Smallest resolution, of the window.
    """

    name: str
    parameters: tuple[str, ...]
    natural: bool
    lengths: tuple[bool, ...]
    density: Callable[..., Floats]
    cumulative: Callable[..., Floats] | None
    narrowest: float = NARROWEST

    def start(self, sigma: float) -> tuple[float, ...]:
        """Values to start at for a peak whose standard deviation looks like `sigma`, GeV."""
        guess = {"width": 1.2 * sigma, "resolution": 0.7 * sigma} if self.natural else {}
        defaults = {"width": sigma, "core": 0.7, "ratio": 2.0, **_TAILS, **guess}
        return tuple(defaults[name] for name in self.parameters)

    def bounds(self, span: float) -> tuple[tuple[float, float], ...]:
        """Physical limits of the parameters in a window of width `span`, GeV."""
        length = (self.narrowest * span, 0.5 * span)
        limits = {
            "width": (0.0, span) if self.natural else length,
            "resolution": length,
            "core": (0.05, 0.98),
            "ratio": (1.1, 6.0),
            "tail left": _TAIL,
            "tail right": _TAIL,
            "power": _POWER,
        }
        return tuple(limits[name] for name in self.parameters)

    def half_width(self, *parameters: float) -> float:
        """What ±1 σ is to a Gaussian: half of the width at half maximum for natural shapes, GeV."""
        if not self.natural:
            return parameters[0]
        gamma, sigma = parameters[:2]
        # Olivero and Longbothum, JQSRT 17 (1977) 233: full width of a Voigt profile to 0.02 %.
        full = 0.5346 * gamma + np.sqrt(0.2166 * gamma**2 + 8 * np.log(2) * sigma**2)
        return float(full / 2)

    def fwhm(self, mass: float, *parameters: float) -> float:
        """Full width at half maximum of the curve, GeV."""
        reach = 4 * self.half_width(*parameters)
        x = np.linspace(mass - reach, mass + reach, 4001)
        heights = self.density(x, mass, *parameters)
        top = int(heights.argmax())
        left = np.interp(0.5 * heights[top], heights[: top + 1], x[: top + 1])
        right = np.interp(0.5 * heights[top], heights[top:][::-1], x[top:][::-1])
        return float(right - left)

    def in_bins(self, edges: Floats, mass: float, *parameters: float) -> Floats:
        """Integral of the density over each bin.

        Parameters
        ----------
        edges : ndarray, shape (bin + 1,)
            GeV.
        mass : float
        *parameters : float

        Returns
        -------
        ndarray, shape (bin,)
        """
        if self.cumulative is not None:
            return np.diff(self.cumulative(edges, mass, *parameters))
        scale = max(parameters[1], 0.5 * parameters[0])
        return integrals(lambda x: self.density(x, mass, *parameters), edges, scale)


_TAILS = {"tail left": 1.5, "tail right": 2.0, "power": 4.0}


def _gaussian(x: Floats, mass: float, width: float) -> Floats:
    t = (x - mass) / width
    return np.asarray(np.exp(-0.5 * t * t) / (width * np.sqrt(2 * np.pi)))


def _gaussian_integral(x: Floats, mass: float, width: float) -> Floats:
    return np.asarray(ndtr((x - mass) / width))


def _core_width(width: float, core: float, ratio: float) -> float:
    # `width` is the standard deviation of the sum: that of either Gaussian alone is ill-defined.
    return float(width / np.sqrt(core + (1 - core) * ratio**2))


def _double(x: Floats, mass: float, width: float, core: float, ratio: float) -> Floats:
    narrow = _core_width(width, core, ratio)
    wide = _gaussian(x, mass, ratio * narrow)
    return core * _gaussian(x, mass, narrow) + (1 - core) * wide


def _double_integral(x: Floats, mass: float, width: float, core: float, ratio: float) -> Floats:
    narrow = _core_width(width, core, ratio)
    wide = _gaussian_integral(x, mass, ratio * narrow)
    return core * _gaussian_integral(x, mass, narrow) + (1 - core) * wide


def _crystal_ball(
    x: Floats, mass: float, width: float, left: float, right: float, power: float
) -> Floats:
    t = (x - mass) / width
    density = np.exp(-0.5 * t * t)
    for beyond, tail in ((-t - left, left), (t - right, right)):
        far = beyond > 0
        # (1 + a y)⁻ⁿ through log1p stays exact for the large powers of nearly Gaussian tails.
        density[far] = np.exp(-0.5 * tail * tail - power * np.log1p(tail / power * beyond[far]))
    return density / width


def _tail_integral(beyond: Floats, tail: float, power: float) -> Floats:
    """Integral of a power-law tail from `beyond` to infinity, in units of the width."""
    decay = np.exp(-0.5 * tail * tail + (1 - power) * np.log1p(tail / power * beyond))
    return decay * power / (tail * (power - 1))


def _crystal_ball_integral(
    x: Floats, mass: float, width: float, left: float, right: float, power: float
) -> Floats:
    t = (x - mass) / width
    root = np.sqrt(2 * np.pi)
    start = _tail_integral(np.zeros(1), left, power)[0]
    end = start + root * (ndtr(right) - ndtr(-left)) + _tail_integral(np.zeros(1), right, power)[0]
    core = start + root * (ndtr(t) - ndtr(-left))
    below = _tail_integral(np.maximum(-t - left, 0), left, power)
    above = end - _tail_integral(np.maximum(t - right, 0), right, power)
    return np.asarray(np.where(t < -left, below, np.where(t > right, above, core)))


def _voigt(x: Floats, mass: float, width: float, resolution: float) -> Floats:
    return np.asarray(voigt_profile(x - mass, resolution, 0.5 * width))


def radiative(endcaps: float) -> Signal:
    """Breit–Wigner with photons radiated off the decay and two resolutions.

    Photons of energy k are lost as dk/k, a tail with power one. Tracks in the endcaps are measured
    `endcaps` times as badly as those in the barrel; one Gaussian would take their tails for Γ.
    """

    def density(
        x: Floats, mass: float, width: float, resolution: float, left: float, core: float
    ) -> Floats:
        narrow = _core_width(resolution, core, endcaps)

        def kernel(shift: Floats) -> Floats:
            barrel = _crystal_ball(shift, 0.0, narrow, left, np.inf, 1.0)
            return core * barrel + (1 - core) * _crystal_ball(
                shift, 0.0, endcaps * narrow, left, np.inf, 1.0
            )

        return convolved_with(kernel, x, mass, width, 10 * resolution)

    parameters = ("width", "resolution", "tail left", "core")
    lengths = (False, True, False, False)
    # What is convolved on a grid must not fall between its points.
    return Signal(
        "radiative breit-wigner", parameters, True, lengths, density, None, narrowest=4e-3
    )


SIGNALS = {
    shape.name: shape
    for shape in (
        Signal("gaussian", ("width",), False, (True,), _gaussian, _gaussian_integral),
        Signal(
            "double gaussian",
            ("width", "core", "ratio"),
            False,
            (True, False, False),
            _double,
            _double_integral,
        ),
        Signal(
            "crystal ball",
            ("width", "tail left", "tail right", "power"),
            False,
            (True, False, False, False),
            _crystal_ball,
            _crystal_ball_integral,
        ),
        Signal("voigt", ("width", "resolution"), True, (False, True), _voigt, None),
        Signal("breit-wigner", ("width", "resolution"), True, (False, True), breit_wigner, None),
        radiative(ENDCAPS),
    )
}


def signal_named(name: str) -> Signal:
    """Shape of a peak by its name.

    Parameters
    ----------
    name : str
        A key of `SIGNALS`.

    Returns
    -------
    Signal

    Raises
    ------
    AnalysisError
        If there is none of that name.
    """
    if name not in SIGNALS:
        raise AnalysisError(
            f"there is no signal shape '{name}'",
            why="peaks are fitted by shapes that hepline knows",
            fix=nearest(name, ["auto", "natural", *SIGNALS]),
        )
    return SIGNALS[name]

"""Name a peak: candidates of the PDG's table by mass, width, charge and decay."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import erfc

from hepline.errors import AnalysisError
from hepline.spectra.particles.decays import decay_table
from hepline.spectra.particles.lookup import find
from hepline.spectra.particles.properties import mass_error, natural_width
from hepline.spectra.results import Candidate
from hepline.spectra.selection_rules import Route, charge_of, known, route
from hepline.spectra.shapes import FWHM

__all__ = ["candidates"]

_DIMUON = ("mu+", "mu-")

# What each of these does is measured by bench/peak_names.py.
# Masses of muons and electrons are known to some tenths of a percent before calibration; a name
# must not be lost for that, although the pull tells how well the mass is understood.
_UNCALIBRATED = 0.003
_HOPELESS = 12.0  # logarithm of how much less plausible than the best a candidate may be
_REACH = 3.5  # standard deviations between a peak and its candidates
_FAR = 0.05  # of the mass: however large the errors, no scale is off by more
_NARROWER = 0.2  # the same of a peak that is narrower than its natural width
_WIDTH_FACTOR = 0.7  # standard deviation of the logarithm of two widths that shall agree


def candidates(
    mass: float,
    error: float,
    *,
    width: float | None = None,
    resolution: float | None = None,
    charge: int = 0,
    decay: tuple[str, ...] | None = _DIMUON,
    scale_error: float = 0.0,
    most: int = 5,
) -> tuple[Candidate, ...]:
    """Particles that a peak may be, the most plausible first.

    Parameters
    ----------
    mass, error : float
        Measured, GeV; the error without that of the momentum scale.
    width : float, optional
        Natural width (full width at half maximum), if it was measured, GeV.
    resolution : float, optional
        Standard deviation of the detector's resolution, or of the peak where natural width and
        resolution were not told apart, GeV.
    charge : int
        Of the peak; that of `decay` where it is given.
    decay : tuple of str, or None
        Names of the measured particles; None where they are not known.
    scale_error : float
        Relative uncertainty of the momentum scale.
    most : int
        How many to return.

    Returns
    -------
    tuple of Candidate
        Empty if nothing in the table is near.

    Raises
    ------
    AnalysisError
        If mass or errors make no sense, a name is unknown or charge and decay contradict.

    Notes
    -----
    The pull and its probability compare the masses with the given uncertainties alone. Which
    particles are near, and their order, allow besides for a scale that is off by 0.3 %, for the
    natural width (a wide resonance peaks off its mass) and for some of the resolution. The order
    weighs this distance with the branching fraction of the decay, as `decay_table` has it, and
    with how the widths compare.
    """
    _check(mass, error, scale_error)
    if decay is not None and charge_of(decay) != charge:
        raise AnalysisError(
            f"the peak has charge {charge}, but {' '.join(decay)} have {charge_of(decay)}",
            why="charge is conserved",
            fix="give the charge of the decay, or no decay",
        )
    measured = (mass, float(np.hypot(error, scale_error * mass)))
    if decay is not None and mass + _REACH * measured[1] < sum(_mass_of(one) for one in decay):
        # Below the masses of its products, no decay is possible.
        return ()
    ranked: list[tuple[float, float, Candidate]] = []
    for one in known():
        if one.charge != charge:
            continue
        near = _distance(one, *measured, resolution or 0.0)
        if near > _REACH or abs(mass - one.mass / 1e3) > _FAR * mass + natural_width(one):
            continue
        way, often = (Route("", suppressed=False), 1.0) if decay is None else _decays(one, decay)
        if way is None or (way.suppressed and not often):
            continue
        score = -0.5 * near**2 + _agreement(one, width, resolution)
        ranked.append((score, often, _candidate(one, *measured, _words(decay, way))))
    # What no table lists is no more frequent than the rarest that one does.
    least = min((often for _, often, _ in ranked if often), default=1.0)
    scored = [(score + float(np.log(often or least)), one) for score, often, one in ranked]
    scored.sort(key=lambda pair: -pair[0])
    return tuple(one for score, one in scored[:most] if score > scored[0][0] - _HOPELESS)


def _decays(one: Any, decay: tuple[str, ...]) -> tuple[Route | None, float]:
    """How a particle, or its antiparticle if it has no charge, decays so, and how often."""
    way = route(one, decay)
    if way is None:
        return None, 0.0
    table = decay_table(int(one.pdgid))
    often = table.fraction(*decay)
    if not one.charge and not one.is_self_conjugate:
        often = max(often, table.fraction(*(find(name).invert().name for name in decay)))
    return way, often


def _distance(one: Any, mass: float, error: float, resolution: float) -> float:
    """From mass to mass, in standard deviations of what is allowed for."""
    natural = natural_width(one) / 4
    allowed = np.linalg.norm(
        [error, mass_error(one), _UNCALIBRATED * mass, natural, resolution / 4]
    )
    return float(abs(mass - one.mass / 1e3) / allowed)


def _agreement(one: Any, width: float | None, resolution: float | None) -> float:
    """Logarithm of how well the widths fit."""
    blur = FWHM * (resolution or 0.0)
    expected = float(np.hypot(natural_width(one), blur))
    if width is not None and max(expected, width) > 0:
        ratio = np.log(np.hypot(width, blur) / max(expected, 0.01 * width))
        return float(-0.5 * (ratio / _WIDTH_FACTOR) ** 2)
    if resolution and natural_width(one) > blur:
        # Not told apart: a peak can be wider than its natural width, but not narrower.
        return float(-0.5 * (np.log(natural_width(one) / blur) / _NARROWER) ** 2)
    return 0.0


def _candidate(one: Any, mass: float, error: float, words: str) -> Candidate:
    true = one.mass / 1e3
    total = float(np.hypot(error, mass_error(one)))
    pull = (mass - true) / total
    return Candidate(
        name=one.name,
        pdgid=int(one.pdgid),
        mass=true,
        mass_error=mass_error(one),
        width=natural_width(one),
        decay=words,
        pull=pull,
        percent_difference=100 * (mass - true) / true,
        probability=float(erfc(abs(pull) / np.sqrt(2))),
    )


def _mass_of(name: str) -> float:
    return (find(name).mass or 0.0) / 1e3


def _words(decay: tuple[str, ...] | None, way: Route) -> str:
    return "" if decay is None else f"{' '.join(decay)}: {way.words}"


def _check(mass: float, error: float, scale_error: float) -> None:
    if not (np.isfinite(mass) and mass > 0):
        raise AnalysisError(
            f"a peak at {mass} GeV has no name",
            why="masses are positive",
            fix="give the mass in GeV",
        )
    if not (np.isfinite(error) and error > 0 and np.isfinite(scale_error) and scale_error >= 0):
        raise AnalysisError(
            f"the errors of the peak at {mass:g} GeV are {error} GeV and {scale_error}",
            why="a pull needs an uncertainty, larger than zero",
            fix="give the fitted error of the mass in GeV and the relative error of the scale",
        )

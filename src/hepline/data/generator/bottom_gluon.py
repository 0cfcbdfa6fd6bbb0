"""The process b g → t W, which Pythia 8 does not have.

Pythia takes new 2 → 2 processes as subclasses of ``Sigma2Process`` and brings parton
densities, phase space, Breit–Wigner masses and decays; only the squared matrix element is
ours.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

__all__ = ["bottom_gluon_process", "top_w_trace"]

_SIN2_THETA_W = 0.2312  # PDG Review 2024, "Physical constants", effective leptonic angle
_PROCESS_CODE = 10601


def top_w_trace(s: float, t: float, *, top_mass2: float, w_mass2: float) -> float:
    """Spin sum of the leading-order amplitude of g b → t W⁻, without couplings and colour.

    The sum runs over the two diagrams (s-channel b, t-channel top), all spins and
    polarisations, for a massless b and a left-handed vertex.

    Parameters
    ----------
    s : float, GeV²
        Squared mass of the pair.
    t : float, GeV²
        (gluon − top)².
    top_mass2, w_mass2 : float, GeV²

    Returns
    -------
    float, dimensionless

    Notes
    -----
    Found by fitting the 56 monomials of degree five in (s, t − m², m², M²) to numerically
    evaluated Dirac traces, where the coefficients come out as integers to 1e-12; the tests
    evaluate the traces again. Same process: T. Tait, Phys. Rev. D 61 (1999) 034001.
    """
    t1 = t - top_mass2
    sum_of_masses = 2.0 * w_mass2 + top_mass2
    difference = top_mass2 - w_mass2
    s_t1 = s * t1
    bracket = (
        2.0 * s_t1 * difference * difference
        + 2.0 * (s + t1) * s_t1 * difference
        + 2.0 * s * s * top_mass2 * difference
        + s_t1 * (s * s + t1 * t1)
    )
    numerator = -2.0 * sum_of_masses * bracket - 4.0 * top_mass2 * s_t1 * s_t1
    return numerator / (s_t1 * s_t1 * w_mass2)


def bottom_gluon_process(pythia8: ModuleType) -> Any:
    """Make the process object that ``Pythia.addSigmaPtr`` takes.

    Parameters
    ----------
    pythia8 : module
        ``pythia8mc``; passed in, because the base class lives in an optional library.

    Returns
    -------
    pythia8mc.Sigma2Process
        The caller must keep it alive as long as the Pythia object.
    """
    return type("BottomGluonToTopW", (_BottomGluonToTopW, pythia8.Sigma2Process), {})()


class _BottomGluonToTopW:
    """What Pythia asks of b g → t W, in Pythia's own names; mixed into its ``Sigma2Process``.

    Pythia sets the attributes declared here before it calls a method.

    Attributes
    ----------
    id1, id2 : int
        Incoming partons: 21 is the gluon, ±5 the bottom quark.
    sH, tH, uH : float, GeV²
        Mandelstam variables.
    s3, s4 : float, GeV²
        Squared masses of the top quark and the W of this event.
    alpS, alpEM : float
        Couplings at the scale of the event.
    """

    id1: int
    id2: int
    sH: float
    tH: float
    uH: float
    s3: float
    s4: float
    alpS: float
    alpEM: float
    addBeamA: Callable[[int], None]
    addBeamB: Callable[[int], None]
    addPair: Callable[[int, int], None]
    setId: Callable[[int, int, int, int], None]
    setColAcol: Callable[..., None]
    swapColAcol: Callable[[], None]

    def name(self) -> str:
        """As Pythia prints it."""
        return "b g -> t W"

    def code(self) -> int:
        """A number that no process of Pythia has."""
        return _PROCESS_CODE

    def inFlux(self) -> str:
        """Which incoming partons there are: a quark and a gluon."""
        return "qg"

    def initFlux(self) -> bool:
        """Allow b and g only: the default would ask for the matrix element of every quark."""
        for parton in (5, -5, 21):
            self.addBeamA(parton)
            self.addBeamB(parton)
        for bottom in (5, -5):
            self.addPair(bottom, 21)
            self.addPair(21, bottom)
        return True

    def id3Mass(self) -> int:
        """Whose mass the first outgoing particle has: the top quark's."""
        return 6

    def id4Mass(self) -> int:
        """Whose mass the second outgoing particle has: the W's."""
        return 24

    def convertM2(self) -> bool:
        """`sigmaHat` is a squared matrix element, not yet a cross-section."""
        return True

    def sigmaHat(self) -> float:
        """The squared matrix element, averaged over spins and colours of the incoming."""
        t = self.tH if self.id1 == 21 else self.uH
        trace = top_w_trace(self.sH, t, top_mass2=self.s3, w_mass2=self.s4)
        couplings = 4.0 * math.pi * self.alpS * 4.0 * math.pi * self.alpEM / _SIN2_THETA_W / 2.0
        # Average over 2 × 2 spins, colour factor 4 / (3 × 8).
        return float(couplings * trace / 24.0)

    def setIdColAcol(self) -> None:
        """Name the outgoing particles and the flow of colour: the quark's ends in the gluon."""
        gluon_first = self.id1 == 21
        sign = 1 if (self.id2 if gluon_first else self.id1) > 0 else -1
        self.setId(self.id1, self.id2, 6 * sign, -24 * sign)
        if gluon_first:
            self.setColAcol(1, 2, 2, 0, 1, 0, 0, 0)
        else:
            self.setColAcol(2, 0, 1, 2, 1, 0, 0, 0)
        if sign < 0:
            self.swapColAcol()

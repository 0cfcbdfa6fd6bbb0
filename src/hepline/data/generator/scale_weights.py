"""Weights of other renormalisation and factorisation scales of the hard process.

Exact at leading order: the cross-section is a power of the strong coupling times two parton
densities, and both are known at other scales. The shower is not reweighted: Pythia's weights for
it scatter by more than their mean (0.8 ± 1.5 for half the scale in top pairs) and triple the time.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import awkward as ak
import numpy as np

from hepline.data.generator.particles import Floats
from hepline.data.generator.process import Part

__all__ = ["FACTORS", "ScaleWeights", "coupling_power"]

# (μR, μF) in NanoAOD's order of LHEScaleWeight.
_STEPS = (0.5, 1.0, 2.0)
FACTORS = tuple((renorm, factor) for renorm in _STEPS for factor in _STEPS)
_PROTON = 2212
# Powers of the strong coupling in the leading-order cross-section, by Pythia's process flags.
_POWERS = {
    "Top:gg2ttbar": 2,
    "Top:qqbar2ttbar": 2,
    "Top:ffbar2tqbar": 0,
    "Top:qq2tq": 0,
    "WeakBosonAndParton": 1,
    "WeakSingleBoson": 0,
    "WeakDoubleBoson": 0,
    "NewGaugeBoson": 0,
    "HiggsSM:gg2H": 2,
    "HiggsSM:ff2Hff": 0,
    "HardQCD": 2,
}


def coupling_power(part: Part) -> int | None:
    """Power of the strong coupling in the cross-section of a part, None if it is not known."""
    if part.bottom_gluon:
        return 1
    (*known,) = {
        power
        for line in part.settings
        for flag, power in _POWERS.items()
        if line.startswith(flag) and line.endswith("= on")
    }
    return known[0] if len(known) == 1 else None


class ScaleWeights:
    """Ratios of the cross-section at other scales to the one used.

    Parameters
    ----------
    pythia8 : module
    pythia : pythia8mc.Pythia
        Initialised; lends its parton densities and the settings of its coupling.
    power : int
        Of the strong coupling.
    """

    def __init__(self, pythia8: ModuleType, pythia: Any, power: int) -> None:
        settings = pythia.settings
        self._coupling = pythia8.AlphaStrong()
        self._coupling.init(
            settings.parm("SigmaProcess:alphaSvalue"),
            settings.mode("SigmaProcess:alphaSorder"),
            settings.mode("StandardModel:alphaSnfmax"),
            False,
        )
        self._density = pythia.getPDFPtr(_PROTON)
        self._power = power

    def of(self, info: Any) -> Floats:
        """Weights of events.

        Parameters
        ----------
        info : awkward.Array of PythiaInfo

        Returns
        -------
        ndarray of float64, shape (event, 9)
            In the order of `FACTORS`; column 4 is 1.
        """
        by_factor = {factor: self._densities(info, factor) for factor in _STEPS}
        by_renorm = {factor: self._couplings(info, factor) for factor in _STEPS}
        return np.stack([by_renorm[renorm] * by_factor[fac] for renorm, fac in FACTORS], axis=1)

    def _densities(self, info: Any, factor: float) -> Floats:
        if factor == 1.0:
            return np.ones(len(info))
        ratio = np.ones(len(info))
        for side in ("1", "2"):
            columns = (info[f"id{side}"], info[f"x{side}"], factor**2 * info.Q2Fac)
            # One parton at a time, 1 μs each: Pythia's densities know no arrays.
            arguments = zip(*(column.to_list() for column in columns), strict=True)
            density = [self._density.xf(*parton) for parton in arguments]
            ratio *= np.maximum(density, 0.0) / ak.to_numpy(info[f"pdf{side}"])
        return ratio

    def _couplings(self, info: Any, factor: float) -> Floats:
        scale2 = ak.to_numpy(info.Q2Ren)
        if self._power == 0 or factor == 1.0:
            return np.ones(len(scale2))

        def coupling(at: Floats) -> Floats:
            return np.array([self._coupling.alphaS(value) for value in at.tolist()])

        return np.asarray((coupling(factor**2 * scale2) / coupling(scale2)) ** self._power)

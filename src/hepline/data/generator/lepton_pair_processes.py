"""Processes with lepton pairs: Z′ → μμ with its backgrounds at 13 TeV, and H → ZZ → 4ℓ at 8 TeV.

Constants were measured by ``bench/generator_ratios.py``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from hepline.data.generator.process import Leptons, Part, Process, single_part

__all__ = ["FAMILIES", "LEPTON_PAIR_PROCESSES", "Family"]

_MUONS = ("23:onMode = off", "23:onIfAny = 13")
_FOUR_LEPTONS = ("23:onMode = off", "23:onIfAny = 11 13")
# Radiation of photons by muons after this point only lowers the mass: an analysis that starts at
# 200 GeV loses nothing that matters.
_MIN_MASS = 180.0
_PAIR = Leptons(((13,), (-13,)), min_mass=_MIN_MASS)
_BOTH_TO_MUONS = ("24:onMode = off", "24:onIfAny = 13")
_TT, _TT_RATIO = 516.5, 576.1
_WW, _WW_RATIO = 64.39, 568.4
_HZZ, _QQZZ = 0.001279, 0.03741


def _dimuon(name: str, what: str, settings: tuple[str, ...], pb: float, ratio: float) -> Process:
    return Process(
        name,
        f"{what} Of these, events in which both W's decay to muons with a mass above"
        f" {_MIN_MASS:g} GeV: one stands for {ratio:.4g}.",
        (Part((*settings, *_BOTH_TO_MUONS), leptons=_PAIR),),
        ratio,
        pb,
        13.0,
    )


LEPTON_PAIR_PROCESSES = (
    _dimuon(
        "ttbar_mumu",
        "Top pairs, leading order.",
        ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on", "SpaceShower:pTdampMatch = 1"),
        _TT,
        _TT_RATIO,
    ),
    _dimuon("ww_mumu", "Pairs of W bosons.", ("WeakDoubleBoson:ffbar2WW = on",), _WW, _WW_RATIO),
    single_part(
        "ggH_4l",
        "gg → H → ZZ* → 4ℓ (e, μ), 125 GeV, leading order; electrons and muons do not interfere.",
        "HiggsSM:gg2H = on",
        "25:m0 = 125.",
        "25:onMode = off",
        "25:onIfMatch = 23 23",
        *_FOUR_LEPTONS,
        cross_section_pb=_HZZ,
        energy=8.0,
    ),
    single_part(
        "qqZZ_4l",
        "qq̄ → ZZ/γ* → 4ℓ (e, μ), each pair above 10 GeV, leading order.",
        "WeakDoubleBoson:ffbar2gmZgmZ = on",
        "23:mMin = 10.",
        *_FOUR_LEPTONS,
        cross_section_pb=_QQZZ,
        energy=8.0,
    ),
)


@dataclass(frozen=True)
class Family:
    """Processes with numbers in their names.

    Attributes
    ----------
    pattern : str
        What the names look like, for messages.
    expression : re.Pattern
        With one group per number.
    make : callable
        The process of a name and its numbers, None if these make no sense.
    example : str
        Name of a member.
    cross_section_pb : float, pb
        Of this member: Pythia's, at 13 TeV.
    """

    pattern: str
    expression: re.Pattern[str]
    make: Callable[..., Process | None]
    example: str
    cross_section_pb: float

    def member(self, name: str) -> Process | None:
        """The process of this name, None if it is not of this family."""
        match = self.expression.fullmatch(name)
        if match is None:
            return None
        return self.make(name, *(float(number) for number in match.groups() if number))


@cache
def _z_prime(name: str, mass: float) -> Process:
    return single_part(
        name,
        f"Z′ → μμ of {mass:g} GeV with the couplings of the Z, without interference with it, above"
        " 60 % of its mass. The cross-section includes the branching fraction.",
        "NewGaugeBoson:ffbar2gmZZprime = on",
        "Zprime:gmZmode = 3",
        f"32:m0 = {mass:g}",
        "32:onMode = off",
        "32:onIfAny = 13",
        f"PhaseSpace:mHatMin = {0.6 * mass:g}",
    )


@cache
def _drell_yan(name: str, low: float, high: float = math.inf) -> Process | None:
    if high <= low:
        return None
    below = (f"PhaseSpace:mHatMax = {high:g}",) if high < math.inf else ()
    upto = f" and below {high:g}" if high < math.inf else ""
    return single_part(
        name,
        f"γ*/Z → μμ above {low:g}{upto} GeV. Slices of mass add up to the whole.",
        "WeakSingleBoson:ffbar2gmZ = on",
        f"PhaseSpace:mHatMin = {low:g}",
        *below,
        *_MUONS,
    )


FAMILIES = (
    Family(
        "zprime_mumu_MASS",
        re.compile(r"zprime_mumu_([1-9]\d*)"),
        _z_prime,
        "zprime_mumu_600",
        2.836,
    ),
    Family(
        "drellyan_mumu_LOW[_HIGH]",
        re.compile(r"drellyan_mumu_([1-9]\d*)(?:_([1-9]\d*))?"),
        _drell_yan,
        "drellyan_mumu_200",
        2.319,
    ),
)

"""Events with chosen leptons and jets in the hard process; others are dropped before the shower."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from hepline.data.generator.process import Leptons, Part

__all__ = ["lepton_filter"]

_FIRST = 3  # entry 0 is the whole system, 1 and 2 are the beams
_BOTTOM, _GLUON = 5, 21
_CHARGED_LEPTONS = (11, 13, 15)


def lepton_filter(pythia8: ModuleType, part: Part) -> Any:
    """Make the object that ``Pythia.setUserHooksPtr`` takes.

    Parameters
    ----------
    pythia8 : module
        ``pythia8mc``; passed in, because the base class lives in an optional library.
    part : Part
        With leptons or fakes.

    Returns
    -------
    pythia8mc.UserHooks
        The caller must keep it alive as long as the Pythia object.
    """
    hook = type("LeptonFilter", (_LeptonFilter, pythia8.UserHooks), {})()
    hook.wanted = part.leptons or Leptons(())
    hook.partons_max_eta = math.inf if part.fakes is None else part.fakes.max_eta
    return hook


class _LeptonFilter:
    """What Pythia asks once the hard process has decayed and no shower has begun, in its names.

    Attributes
    ----------
    wanted : Leptons
    partons_max_eta : float
    """

    wanted: Leptons
    partons_max_eta: float

    def canVetoProcessLevel(self) -> bool:
        """`doVetoProcessLevel` wants to be asked."""
        return True

    def doVetoProcessLevel(self, process: Any) -> bool:
        """Whether to drop the event: Pythia goes on until one is kept."""
        entries = [process[index] for index in range(_FIRST, process.size())]
        if self.partons_max_eta < math.inf and not self._jets_are_central(entries):
            return True
        leptons = [
            entry for entry in entries if entry.idAbs() in _CHARGED_LEPTONS and self._is_seen(entry)
        ]
        firsts = []
        for group in self.wanted.groups:
            match = next((entry for entry in leptons if entry.id() in group), None)
            if match is None:
                return True
            firsts.append(match)
        return self.wanted.min_mass > 0.0 and _mass(*firsts[:2]) < self.wanted.min_mass

    def _jets_are_central(self, entries: list[Any]) -> bool:
        return all(
            abs(entry.eta()) < self.partons_max_eta
            for entry in entries
            if entry.isFinal() and (entry.idAbs() <= _BOTTOM or entry.idAbs() == _GLUON)
        )

    def _is_seen(self, lepton: Any) -> bool:
        wanted = self.wanted
        return bool(lepton.pT() > wanted.min_pt and abs(lepton.eta()) < wanted.max_eta)


def _mass(first: Any, second: Any) -> float:
    return float((first.p() + second.p()).mCalc())

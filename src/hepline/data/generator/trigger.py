"""Trigger bits: single and double leptons with a turn-on."""

from __future__ import annotations

import numpy as np
from scipy.special import erf

from hepline.data.generator.objects import Objects
from hepline.data.generator.particles import Booleans, Floats
from hepline.data.generator.randomness import Streams

__all__ = ["trigger_bits", "turn_on"]

# Plateaus of 90 % for isolated muons, 95 % for one leg of a muon pair, and resolution of the
# trigger's momentum: CMS, JINST 13 (2018) P06015 and JINST 16 (2021) P07001.
_PLATEAU_MUON = 0.90
_PLATEAU_LEG = 0.95
_PLATEAU_ELECTRON = 0.85
_RESOLUTION_MUON = 0.02
_RESOLUTION_ELECTRON = 0.05
_ISOLATED = 0.15


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
    muons: Objects, electrons: Objects, taus: Objects, events: int, streams: Streams
) -> dict[str, Booleans]:
    """Decide the trigger paths of each event.

    Parameters
    ----------
    muons, electrons, taus : Objects
        Reconstructed.
    events : int
    streams : Streams

    Returns
    -------
    dict of str to ndarray of bool, shape (event,)
        Branches ``HLT_*``. Paths that share a lepton share its random number.
    """
    pt, draw = muons["pt"], streams.uniform("muon trigger", len(muons))
    isolated = muons["tightId"] & (muons["pfRelIso04_all"] < _ISOLATED)
    near = np.abs(muons["eta"]) < 2.1

    def muon(threshold: float, plateau: float) -> Booleans:
        passes: Booleans = draw < turn_on(
            pt, threshold, plateau=plateau, resolution=_RESOLUTION_MUON
        )
        return passes

    def at_least(count: int, objects: Objects, mask: Booleans) -> Booleans:
        return np.bincount(objects.event[mask], minlength=events) >= count

    electron = electrons["cutBased"] >= 4
    electron &= streams.uniform("electron trigger", len(electrons)) < turn_on(
        electrons["pt"], 27.0, plateau=_PLATEAU_ELECTRON, resolution=_RESOLUTION_ELECTRON
    )
    one_tau = at_least(1, taus, taus["idIsoLoose"] & (taus["pt"] > 20.0))
    high_leg, low_leg = muon(17.0, _PLATEAU_LEG), muon(8.0, _PLATEAU_LEG)
    single = isolated & muon(24.0, _PLATEAU_MUON)
    return {
        "HLT_IsoMu24": at_least(1, muons, single),
        "HLT_IsoMu24_eta2p1": at_least(1, muons, single & near),
        "HLT_IsoMu17_eta2p1_LooseIsoPFTau20": one_tau
        & at_least(1, muons, isolated & near & muon(17.0, _PLATEAU_MUON)),
        "HLT_Mu17_Mu8": at_least(1, muons, high_leg) & at_least(2, muons, low_leg),
        "HLT_DoubleMu4_3_Jpsi": at_least(1, muons, muon(4.0, _PLATEAU_LEG))
        & at_least(2, muons, muon(3.0, _PLATEAU_LEG)),
        "HLT_Ele27_WPTight_Gsf": at_least(1, electrons, electron),
    }

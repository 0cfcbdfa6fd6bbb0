"""Muons as the detector sees them."""

from __future__ import annotations

import numpy as np

from hepline.data.generator.impact import impact_parameters
from hepline.data.generator.isolation import relative_isolation
from hepline.data.generator.objects import Objects, sorted_by_pt
from hepline.data.generator.particles import Floats, Particles
from hepline.data.generator.randomness import Streams

__all__ = ["MUON_MASS", "identified", "muon_resolution", "reconstructed_muons"]

MUON_MASS = 0.1056583755  # GeV, PDG Review 2024
_MAX_ETA = 2.4
_MIN_PT = 3.0  # GeV; NanoAOD keeps muons above 3 GeV
# CMS, JINST 13 (2018) P06015: reconstruction 98 %, tight identification 96 to 97 % of
# that, loose above 99 %. One random number decides, so that tight implies medium and so on.
_RECONSTRUCTED = 0.98
_LOOSE, _SOFT, _MEDIUM, _TIGHT = 0.995, 0.985, 0.98, 0.965


def muon_resolution(pt: Floats, eta: Floats) -> Floats:
    """Relative resolution of the transverse momentum.

    Parameters
    ----------
    pt : ndarray of float64, shape (muon,), GeV
    eta : ndarray of float64, shape (muon,)

    Returns
    -------
    ndarray of float64, shape (muon,)
        1 % ⊕ 1e-4 pt for |η| < 0.5, 1.5 % ⊕ 1.5e-4 pt to 1.5, 2.5 % ⊕ 3.5e-4 pt beyond.

    References
    ----------
    Delphes 3, JHEP 02 (2014) 057, CMS card, ``MuonMomentumResolution``.
    """
    far = np.abs(eta)
    constant = np.select([far < 0.5, far < 1.5], [0.010, 0.015], 0.025)
    slope = np.select([far < 0.5, far < 1.5], [1.0e-4, 1.5e-4], 3.5e-4)
    return np.asarray(np.hypot(constant, slope * pt))


def reconstructed_muons(particles: Particles, streams: Streams) -> Objects:
    """Select, smear and identify the muons of a batch.

    Parameters
    ----------
    particles : Particles
    streams : Streams

    Returns
    -------
    Objects
        NanoAOD's columns except the indices; ``source`` is the particle.
    """
    candidates = np.flatnonzero(
        particles.final
        & (particles.kind == 13)
        & (np.abs(particles.eta) < _MAX_ETA)
        & (particles.pt > 1.0)
    )
    is_reconstructed = streams.uniform("muon found", len(candidates)) < _RECONSTRUCTED
    source = candidates[is_reconstructed]
    true_pt, eta = particles.pt[source], particles.eta[source]
    width = muon_resolution(true_pt, eta)
    # The chamber measures curvature, so the tail of pt would be towards high values; at these
    # momenta a Gaussian in pt, cut at zero by a positive floor, does the same.
    pt = true_pt * np.maximum(1.0 + width * streams.normal("muon pt", len(source)), 0.05)
    muons = Objects(
        particles.event[source],
        {
            "pt": pt,
            "eta": eta,
            "phi": particles.phi[source],
            "mass": np.full(len(source), MUON_MASS),
            "charge": -np.sign(particles.id[source]),
            "pdgId": particles.id[source],
            "ptErr": pt * width,
        },
        source,
    )
    muons = impact_parameters(muons, particles, streams, stream="muon")
    muons = identified(muons, streams.uniform("muon identification", len(muons)))
    narrow, wide = relative_isolation(muons, particles, streams, stream="muon")
    muons = muons.having(pfRelIso03_all=narrow, pfRelIso04_all=wide)
    return sorted_by_pt(muons.take(muons["pt"] > _MIN_PT))


def identified(muons: Objects, draw: Floats) -> Objects:
    """Add the identification flags.

    Parameters
    ----------
    muons : Objects
        With dxy and dz.
    draw : ndarray of float64, shape (muon,)
        Between 0 and 1: one number decides, so that tight implies medium and so on.

    Returns
    -------
    Objects
    """
    # Part of the tight and soft definitions of CMS: the track points back to the collision.
    near = np.abs(muons["dxy"]) < 0.2
    return muons.having(
        looseId=draw < _LOOSE,
        softId=(draw < _SOFT) & (np.abs(muons["dxy"]) < 0.3) & (np.abs(muons["dz"]) < 20.0),
        mediumId=draw < _MEDIUM,
        tightId=(draw < _TIGHT) & near & (np.abs(muons["dz"]) < 0.5),
        isGlobal=draw < _MEDIUM,
        isPFcand=draw < _LOOSE,
        isTracker=draw < _LOOSE,
    )

"""Photons as the detector sees them."""

from __future__ import annotations

import numpy as np

from hepline.data.generator.electrons import electron_resolution
from hepline.data.generator.isolation import relative_isolation
from hepline.data.generator.objects import Objects, sorted_by_pt
from hepline.data.generator.particles import Particles
from hepline.data.generator.randomness import Streams

__all__ = ["reconstructed_photons"]

_MAX_ETA = 2.5
_MIN_PT = 10.0  # GeV
_RECONSTRUCTED = 0.95
# Loose, medium, tight: 90, 80, 70 %, CMS, JINST 16 (2021) P05014, section 9.
_WORKING_POINTS = (0.90, 0.80, 0.70)


def reconstructed_photons(particles: Particles, streams: Streams) -> Objects:
    """Select, smear and identify the photons of a batch, those from hadrons included.

    Parameters
    ----------
    particles : Particles
    streams : Streams

    Returns
    -------
    Objects
        NanoAOD's columns except the indices; ``source`` is the particle. The two photons of
        a π⁰ stay two; the calorimeter's resolution is that of electrons.
    """
    candidates = np.flatnonzero(
        particles.final
        & (particles.kind == 22)
        & (np.abs(particles.eta) < _MAX_ETA)
        & (particles.pt > 0.8 * _MIN_PT)
    )
    is_reconstructed = streams.uniform("photon found", len(candidates)) < _RECONSTRUCTED
    source = candidates[is_reconstructed]
    eta = particles.eta[source]
    width = electron_resolution(particles.energy[source], eta)
    scale = np.maximum(1.0 + width * streams.normal("photon pt", len(source)), 0.05)
    photons = Objects(
        particles.event[source],
        {
            "pt": particles.pt[source] * scale,
            "eta": eta,
            "phi": particles.phi[source],
            "mass": np.zeros(len(source)),
            "charge": np.zeros(len(source), np.int64),
            "pdgId": np.full(len(source), 22),
        },
        source,
    )
    narrow, _ = relative_isolation(photons, particles, streams, stream="photon")
    draw = streams.uniform("photon identification", len(photons))
    level = np.sum([draw < point for point in _WORKING_POINTS], axis=0)
    photons = photons.having(pfRelIso03_all=narrow, cutBased=level)
    return sorted_by_pt(photons.take(photons["pt"] > _MIN_PT))

"""Electrons as the detector sees them."""

from __future__ import annotations

import numpy as np

from hepline.data.generator.impact import impact_parameters
from hepline.data.generator.isolation import relative_isolation
from hepline.data.generator.objects import Objects, sorted_by_pt
from hepline.data.generator.particles import Booleans, Floats, Integers, Particles, ancestry
from hepline.data.generator.randomness import Streams

__all__ = ["electron_resolution", "reconstructed_electrons"]

ELECTRON_MASS = 0.00051099895  # GeV, PDG Review 2024
_MAX_ETA = 2.5
_BARREL = 1.479
_MIN_PT = 5.0  # GeV; NanoAOD keeps electrons above 5 GeV
_RECONSTRUCTED = 0.95  # CMS, JINST 16 (2021) P05014: above 95 % for pt > 20 GeV
# Identification without isolation, for veto, loose, medium, tight. With the isolation cuts
# below the working points come to about 95, 90, 80, 70 % for prompt electrons, which is
# what CMS designed them for (JINST 16 (2021) P05014, section 9). The numbers for electrons
# from hadrons are a choice: a third to a fifth of that.
_PROMPT = (0.975, 0.950, 0.880, 0.790)
_FROM_HADRON = (0.60, 0.40, 0.25, 0.15)
# Relative isolation in a cone of 0.3, barrel and endcap: the 2016 cut-based identification.
_ISOLATION = ((0.175, 0.159), (0.0994, 0.107), (0.0695, 0.0821), (0.0588, 0.0571))


def electron_resolution(energy: Floats, eta: Floats) -> Floats:
    """Relative resolution of the energy.

    Parameters
    ----------
    energy : ndarray of float64, shape (electron,), GeV
    eta : ndarray of float64, shape (electron,)

    Returns
    -------
    ndarray of float64, shape (electron,)
        2.8 % / √E ⊕ 12 % / E ⊕ 1.7 % in the barrel, 3.5 % in the endcaps.

    References
    ----------
    Stochastic and noise term: CMS Collaboration, JINST 3 (2008) S08004, section 4.
    Constant term for electrons that radiate in the tracker: JINST 10 (2015) P06005,
    resolution of 1.7 to 4.5 % for electrons from Z decays.
    """
    constant = np.where(np.abs(eta) < _BARREL, 0.017, 0.035)
    return np.asarray(np.sqrt(0.028**2 / energy + (0.12 / energy) ** 2 + constant**2))


def reconstructed_electrons(particles: Particles, streams: Streams) -> Objects:
    """Select, smear and identify the electrons of a batch.

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
        & (particles.kind == 11)
        & (np.abs(particles.eta) < _MAX_ETA)
        & (particles.pt > 3.0)
    )
    is_reconstructed = streams.uniform("electron found", len(candidates)) < _RECONSTRUCTED
    source = candidates[is_reconstructed]
    eta = particles.eta[source]
    width = electron_resolution(particles.energy[source], eta)
    scale = np.maximum(1.0 + width * streams.normal("electron pt", len(source)), 0.05)
    electrons = Objects(
        particles.event[source],
        {
            "pt": particles.pt[source] * scale,
            "eta": eta,
            "phi": particles.phi[source],
            "mass": np.full(len(source), ELECTRON_MASS),
            "charge": -np.sign(particles.id[source]),
            "pdgId": particles.id[source],
            "energyErr": particles.energy[source] * width,
        },
        source,
    )
    electrons = impact_parameters(electrons, particles, streams, stream="electron")
    narrow, _ = relative_isolation(electrons, particles, streams, stream="electron")
    electrons = electrons.having(pfRelIso03_all=narrow)
    draw = streams.uniform("electron identification", len(electrons))
    prompt = ancestry(particles, source).prompt
    electrons = electrons.having(cutBased=_working_point(electrons, draw, prompt))
    return sorted_by_pt(electrons.take(electrons["pt"] > _MIN_PT))


def _working_point(electrons: Objects, draw: Floats, prompt: Booleans) -> Integers:
    barrel = np.abs(electrons["eta"]) < _BARREL
    reached = np.zeros(len(electrons), np.int64)
    levels = zip(_PROMPT, _FROM_HADRON, _ISOLATION, strict=True)
    for level, (if_prompt, if_not, (in_barrel, in_endcap)) in enumerate(levels, start=1):
        passes = draw < np.where(prompt, if_prompt, if_not)
        passes &= electrons["pfRelIso03_all"] < np.where(barrel, in_barrel, in_endcap)
        reached = np.where(passes, level, reached)
    return reached

"""Hadronic tau decays as the detector sees them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepline.data.generator.impact import impact_parameters
from hepline.data.generator.isolation import relative_isolation
from hepline.data.generator.objects import Objects, sorted_by_pt
from hepline.data.generator.particles import Floats, Integers, Particles, has_child
from hepline.data.generator.randomness import Streams

__all__ = ["VisibleTaus", "hadronic_taus", "identified_taus", "reconstructed_taus"]

_MAX_ETA = 2.3
_MIN_PT = 18.0  # GeV; NanoAOD keeps taus above 18 GeV
# Efficiency of the decay-mode reconstruction and energy resolution: CMS, JINST 13 (2018)
# P10005, about 60 to 70 % with isolation, and 10 to 15 %.
_RECONSTRUCTED = 0.80
_RESOLUTION = 0.12
_ISOLATION = {"VLoose": 0.20, "Loose": 0.12, "Medium": 0.08, "Tight": 0.05}
_NEUTRINOS = (12, 14, 16)
_CHARGED_CHILDREN = (211, 213, 321, 323, 20213)
_NEUTRAL_CHILDREN = (111, 213, 323)


def _per_parent(particles: Particles, child: Integers, weights: Floats) -> Floats:
    size = len(particles.id)
    summed = np.bincount(particles.mother[child], weights=weights, minlength=size)
    return summed.astype(np.float64)


def _children(particles: Particles) -> Integers:
    return np.flatnonzero(particles.kind[particles.mother] == 15)


@dataclass(frozen=True)
class VisibleTaus:
    """Hadronic tau decays without their neutrinos.

    Attributes
    ----------
    source : ndarray of int64, shape (tau,)
        Position of the tau that decays.
    px, py, pz, energy, pt : ndarray of float64, shape (tau,), GeV
    eta : ndarray of float64, shape (tau,)
    """

    source: Integers
    px: Floats
    py: Floats
    pz: Floats
    energy: Floats
    pt: Floats
    eta: Floats


def hadronic_taus(particles: Particles) -> VisibleTaus:
    """Find the hadronic tau decays.

    Parameters
    ----------
    particles : Particles

    Returns
    -------
    VisibleTaus
    """
    is_tau = particles.kind == 15
    leptonic = has_child(particles, (particles.kind == 11) | (particles.kind == 13))
    source = np.flatnonzero(is_tau & ~has_child(particles, is_tau) & ~leptonic & ~particles.final)
    children = _children(particles)
    lost = children[np.isin(particles.kind[children], _NEUTRINOS)]

    def visible(momentum: Floats) -> Floats:
        return (momentum - _per_parent(particles, lost, momentum[lost]))[source]

    px, py, pz = visible(particles.px), visible(particles.py), visible(particles.pz)
    pt = np.hypot(px, py)
    eta = np.arcsinh(pz / np.maximum(pt, 1e-3))
    return VisibleTaus(source, px, py, pz, visible(particles.energy), pt, eta)


def reconstructed_taus(particles: Particles, streams: Streams) -> Objects:
    """Select and smear the visible part of hadronic tau decays; jets never fake one.

    Parameters
    ----------
    particles : Particles
    streams : Streams

    Returns
    -------
    Objects
        The columns of the CMS 2012 open-data samples except the indices; ``source`` is the
        particle.
    """
    visible = hadronic_taus(particles)
    is_reconstructed = streams.uniform("tau found", len(visible.source)) < _RECONSTRUCTED
    source = visible.source[is_reconstructed]
    pz, energy, pt = (
        momentum[is_reconstructed] for momentum in (visible.pz, visible.energy, visible.pt)
    )
    scale = np.maximum(1.0 + _RESOLUTION * streams.normal("tau pt", len(source)), 0.1)
    mass = np.sqrt(np.maximum(energy**2 - pt**2 - pz**2, 0.0))
    objects = Objects(
        particles.event[source],
        {
            "pt": np.maximum(pt, 1e-3) * scale,
            "eta": visible.eta[is_reconstructed],
            "phi": np.arctan2(visible.py, visible.px)[is_reconstructed],
            "mass": mass,
            "charge": -np.sign(particles.id[source]),
            "decayMode": _decay_mode(particles)[source],
        },
        source,
    )
    objects = objects.take(np.abs(objects["eta"]) < _MAX_ETA)
    objects = sorted_by_pt(objects.take(objects["pt"] > _MIN_PT))
    return _isolated(objects, particles, streams)


def _decay_mode(particles: Particles) -> Integers:
    """CMS numbering: 5 (charged − 1) + neutral pions, shape (particle,)."""
    children = _children(particles)
    kind = particles.kind[children]
    charged = _per_parent(particles, children, np.isin(kind, _CHARGED_CHILDREN).astype(float))
    neutral = _per_parent(particles, children, np.isin(kind, _NEUTRAL_CHILDREN).astype(float))
    mode = 5 * np.maximum(charged - 1, 0) + np.minimum(neutral, 2)
    return mode.astype(np.int64)


def _isolated(taus: Objects, particles: Particles, streams: Streams) -> Objects:
    # The tau's own hadrons fill the cone: what is left after taking them away.
    _, wide = relative_isolation(taus, particles, streams, stream="tau")
    taus = impact_parameters(taus, particles, streams, stream="tau")
    return identified_taus(taus, np.maximum(wide - 1.0, 0.0))


def identified_taus(taus: Objects, isolation: Floats) -> Objects:
    """Add the isolation and all flags.

    Parameters
    ----------
    taus : Objects
    isolation : ndarray of float64, shape (tau,)
        Relative.

    Returns
    -------
    Objects
    """
    sure = np.ones(len(taus), dtype=bool)
    flags = {f"idIso{name}": isolation < cut for name, cut in _ISOLATION.items()}
    against = {
        f"idAnti{lepton}{level}": sure
        for lepton in ("Ele", "Mu")
        for level in ("Loose", "Medium", "Tight")
    }
    return taus.having(
        relIso_all=isolation,
        idIsoRaw=isolation * taus["pt"],
        idDecayMode=np.isin(taus["decayMode"], (0, 1, 2, 10, 11)),
        **flags,
        **against,
    )

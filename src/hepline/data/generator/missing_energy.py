"""Missing transverse momentum: what balances the jets, the leptons and the noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hepline.data.generator.objects import Objects
from hepline.data.generator.particles import Floats, Particles
from hepline.data.generator.randomness import Streams

__all__ = ["missing_energy", "noise_width"]

_NEUTRINOS = (12, 14, 16)
_MAX_ETA = 5.0


def noise_width(vertices: NDArray[np.int64], soft_sum: Floats) -> Floats:
    """Resolution of each component of the momentum outside jets.

    Parameters
    ----------
    vertices : ndarray of int64, shape (event,)
        Reconstructed vertices.
    soft_sum : ndarray of float64, shape (event,), GeV
        Scalar transverse energy outside jets.

    Returns
    -------
    ndarray of float64, shape (event,), GeV
        √(3.5² n + 0.6² ΣEt).

    References
    ----------
    CMS Collaboration, JINST 14 (2019) P07004: each vertex adds 3 to 4 GeV in quadrature;
    stochastic term about 0.6 √GeV.
    """
    return np.sqrt(3.5**2 * vertices + 0.6**2 * soft_sum)


def missing_energy(
    particles: Particles,
    gen_jets: Objects,
    jets: Objects,
    vertices: NDArray[np.int64],
    streams: Streams,
) -> dict[str, Floats]:
    """Missing momentum of each event, generated and measured.

    Parameters
    ----------
    particles : Particles
    gen_jets, jets : Objects
        ``jets.source`` is the generator jet.
    vertices : ndarray of int64, shape (event,)
    streams : Streams

    Returns
    -------
    dict of str to ndarray of float64, shape (event,)
        Branches ``MET_*`` and ``GenMET_*``: pt and sumEt in GeV, phi, the covariance in
        GeV² and the significance, which is χ² of the hypothesis of no missing momentum.
    """
    events = particles.events

    def per_event(objects: NDArray[np.int64], weights: Floats) -> Floats:
        return np.bincount(objects, weights=weights, minlength=events).astype(np.float64)

    lost = particles.final & np.isin(particles.kind, _NEUTRINOS)
    visible_particles = particles.final & ~lost & (np.abs(particles.eta) < _MAX_ETA)
    true_x = per_event(particles.event[lost], particles.px[lost])
    true_y = per_event(particles.event[lost], particles.py[lost])
    visible = per_event(particles.event[visible_particles], particles.pt[visible_particles])
    in_jets = per_event(gen_jets.event, gen_jets["pt"])

    true_pt, true_phi = gen_jets["pt"][jets.source], gen_jets["phi"][jets.source]
    excess_x = jets["pt"] * np.cos(jets["phi"]) - true_pt * np.cos(true_phi)
    excess_y = jets["pt"] * np.sin(jets["phi"]) - true_pt * np.sin(true_phi)
    width = noise_width(vertices, np.maximum(visible - in_jets, 0.0))
    x = true_x - per_event(jets.event, excess_x) + width * streams.normal("met x", events)
    y = true_y - per_event(jets.event, excess_y) + width * streams.normal("met y", events)

    # Jets smear the balance too: about 10 % of each.
    variance = width**2 + per_event(jets.event, (0.1 * jets["pt"]) ** 2) / 2.0
    return {
        "MET_pt": np.hypot(x, y),
        "MET_phi": np.arctan2(y, x),
        "MET_sumEt": visible + per_event(jets.event, jets["pt"] - true_pt),
        "MET_significance": (x**2 + y**2) / variance,
        "MET_covXX": variance,
        "MET_covXY": np.zeros(events),
        "MET_covYY": variance,
        "GenMET_pt": np.hypot(true_x, true_y),
        "GenMET_phi": np.arctan2(true_y, true_x),
    }

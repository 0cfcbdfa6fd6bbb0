"""Generator jets: anti-kt with R = 0.4 over everything visible, with flavour by ghosts.

Heavy hadrons take part in the clustering with a vanishing momentum ("ghosts"): they change
no jet, and the jet they end up in has their flavour. This is how CMS defines ``hadronFlavour``.
"""

from __future__ import annotations

from dataclasses import dataclass

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from hepline.data.generator.objects import Objects, close_pairs
from hepline.data.generator.particles import Particles, last_hadrons
from hepline.data.generator.pythia import import_fastjet

__all__ = ["JetContent", "cluster"]

RADIUS = 0.4
GEN_JET_MIN_PT = 10.0  # GeV; NanoAOD keeps generator jets above 10 GeV
_MAX_ETA = 5.0  # end of the forward calorimeter, CMS, JINST 3 (2008) S08004
_GHOST = 1e-18
_NEUTRINOS = (12, 14, 16)


@dataclass(frozen=True)
class JetContent:
    """What the generator jets are made of.

    Attributes
    ----------
    jet, particle : ndarray of int64, shape (constituent,)
        Position of the jet and of the particle; ghosts left out.
    """

    jet: NDArray[np.int64]
    particle: NDArray[np.int64]


def _visible(particles: Particles) -> NDArray[np.bool_]:
    return (
        particles.final & ~np.isin(particles.kind, _NEUTRINOS) & (np.abs(particles.eta) < _MAX_ETA)
    )


def cluster(particles: Particles) -> tuple[Objects, JetContent]:
    """Cluster the visible particles of each event.

    Parameters
    ----------
    particles : Particles

    Returns
    -------
    jets : Objects
        pt, eta, phi, mass (GeV), hadronFlavour (0, 4, 5), partonFlavour (PDG code of the
        hardest parton of the hard process within ΔR < 0.4, else 0).
    content : JetContent

    References
    ----------
    M. Cacciari, G. P. Salam, G. Soyez, Eur. Phys. J. C 72 (2012) 1896, arXiv:1111.6097;
    JHEP 04 (2008) 063, arXiv:0802.1189 (anti-kt).
    """
    fastjet = import_fastjet()
    charm, bottom = last_hadrons(particles, 4), last_hadrons(particles, 5)
    ghost = (charm | bottom) & ~particles.final
    inputs = np.flatnonzero(_visible(particles) | ghost)
    scale = np.where(ghost[inputs], _GHOST, 1.0)
    counts = np.bincount(particles.event[inputs], minlength=particles.events)
    momenta = ak.zip(
        {
            "px": particles.px[inputs] * scale,
            "py": particles.py[inputs] * scale,
            "pz": particles.pz[inputs] * scale,
            "E": particles.energy[inputs] * scale,
        },
        with_name="Momentum4D",
    )
    definition = fastjet.JetDefinition(fastjet.antikt_algorithm, RADIUS)
    clustering = fastjet.ClusterSequence(ak.unflatten(momenta, counts), definition)
    jets_of_events = clustering.inclusive_jets(min_pt=GEN_JET_MIN_PT)
    members = clustering.constituent_index(min_pt=GEN_JET_MIN_PT)

    first = np.cumsum(counts) - counts
    per_event = ak.to_numpy(ak.num(jets_of_events))
    event = np.repeat(np.arange(particles.events), per_event)
    per_jet = ak.to_numpy(ak.num(ak.flatten(members, axis=1), axis=1))
    jet = np.repeat(np.arange(len(event)), per_jet)
    inside = ak.to_numpy(ak.flatten(members, axis=None)).astype(np.int64)
    particle = inputs[inside + first[event][jet]]

    flavour = np.zeros(len(event), np.int64)
    flavour[jet[charm[particle]]] = 4
    flavour[jet[bottom[particle]]] = 5
    jets = _kinematics(event, ak.flatten(jets_of_events))
    jets = jets.having(hadronFlavour=flavour, partonFlavour=_parton_flavour(jets, particles))
    real = ~ghost[particle]
    return jets, JetContent(jet[real], particle[real])


def _kinematics(event: NDArray[np.int64], momenta: ak.Array) -> Objects:
    px, py, pz, energy = (
        ak.to_numpy(momenta[name]).astype(np.float64) for name in ("px", "py", "pz", "E")
    )
    pt = np.hypot(px, py)
    mass2 = energy**2 - pt**2 - pz**2
    return Objects(
        event,
        {
            "pt": pt,
            "eta": np.arcsinh(pz / pt),
            "phi": np.arctan2(py, px),
            "mass": np.sqrt(np.maximum(mass2, 0.0)),
        },
        np.arange(len(event)),
    )


def _parton_flavour(jets: Objects, particles: Particles) -> NDArray[np.int64]:
    from_hard = (np.abs(particles.status) == 23) & ((particles.kind <= 5) | (particles.kind == 21))
    partons = np.flatnonzero(from_hard)
    pair_jet, pair_parton = _nearby(jets, particles, partons)
    # The hardest parton is written last, so it stays.
    order = np.argsort(particles.pt[partons][pair_parton], kind="stable")
    flavour = np.zeros(len(jets), np.int64)
    flavour[pair_jet[order]] = particles.id[partons][pair_parton[order]]
    return flavour


def _nearby(
    jets: Objects, particles: Particles, partons: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    pair_jet, pair_parton, _ = close_pairs(
        jets.event,
        jets["eta"],
        jets["phi"],
        other_event=particles.event[partons],
        other_eta=particles.eta[partons],
        other_phi=particles.phi[partons],
        events=particles.events,
        radius=RADIUS,
    )
    return pair_jet, pair_parton

"""The pruned generator record: hard process, resonances, heavy hadrons, leptons."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hepline.data.generator.objects import Objects
from hepline.data.generator.particles import (
    Booleans,
    Integers,
    Particles,
    ancestry,
    has_child,
    last_hadrons,
)

__all__ = ["gen_particles", "index_in_event"]

_RESONANCES = (6, 15, 23, 24, 25)
_NEUTRINOS = (12, 14, 16)
_MIN_PT_LEPTON = 0.5  # GeV
_MIN_PT_PHOTON = 5.0  # GeV: no reconstructed photon comes from less
# Bits of NanoAOD's statusFlags (CMS, DataFormats/HepMCCandidate, GenStatusFlags).
_PROMPT, _TAU_PRODUCT, _PROMPT_TAU_PRODUCT = 1 << 0, 1 << 2, 1 << 3
_HARD, _FROM_HARD, _FIRST_COPY, _LAST_COPY = 1 << 7, 1 << 8, 1 << 12, 1 << 13


def _last_copies(particles: Particles) -> Booleans:
    same = particles.id == particles.id[particles.mother]
    return ~has_child(particles, same)


def _indices_to_keep(particles: Particles, last: Booleans) -> Integers:
    kind, final = particles.kind, particles.final
    charged_lepton = np.isin(kind, (11, 13)) & (particles.pt > _MIN_PT_LEPTON)
    photon = (kind == 22) & (particles.pt > _MIN_PT_PHOTON)
    keep = particles.hard | (last & np.isin(kind, _RESONANCES))
    keep |= final & (charged_lepton | photon | np.isin(kind, _NEUTRINOS))
    keep |= last_hadrons(particles, 4) | last_hadrons(particles, 5)
    return np.flatnonzero(keep)


def _nearest_kept_mother(particles: Particles, source: Integers) -> Integers:
    """Position among the chosen of the closest chosen ancestor, or −1."""
    rank = np.full(len(particles.id), -1)
    rank[source] = np.arange(len(source))
    ancestor = particles.mother[source]
    while True:
        # "The system" (code 90) is its own mother: nothing above it.
        open_ends = (rank[ancestor] < 0) & (particles.id[ancestor] != 90)
        if not open_ends.any():
            return rank[ancestor]
        ancestor = np.where(open_ends, particles.mother[ancestor], ancestor)


def _status(particles: Particles, source: Integers) -> Integers:
    """HepMC's: 1 final, 2 decayed hadron or tau, else Pythia's own code."""
    kind = particles.kind[source]
    decayed = (kind > 100) | (kind == 15)
    pythia = np.abs(particles.status[source])
    code = np.where(decayed & ~particles.hard[source], 2, pythia)
    return np.where(particles.final[source], 1, code)


def gen_particles(particles: Particles) -> Objects:
    """Choose what the file keeps of the generator's record.

    Parameters
    ----------
    particles : Particles

    Returns
    -------
    Objects
        Columns of NanoAOD's ``GenPart``; ``source`` is the particle. Mothers are the nearest
        ancestor that was kept, −1 where there is none.
    """
    last = _last_copies(particles)
    source = _indices_to_keep(particles, last)
    event = particles.event[source]
    start = np.searchsorted(event, event)
    mother = _nearest_kept_mother(particles, source)
    origin = ancestry(particles, source)
    hard = particles.hard[source]
    first = particles.id[particles.mother[source]] != particles.id[source]
    flags = (
        _PROMPT * origin.prompt
        + _TAU_PRODUCT * origin.tau
        + _PROMPT_TAU_PRODUCT * (origin.tau & origin.prompt)
        + _HARD * hard
        + _FROM_HARD * (hard | origin.hard)
        + _FIRST_COPY * first
        + _LAST_COPY * last[source]
    )
    return Objects(
        event,
        {
            "pt": particles.pt[source],
            "eta": particles.eta[source],
            "phi": particles.phi[source],
            "mass": particles.mass[source],
            "pdgId": particles.id[source],
            "status": _status(particles, source),
            "statusFlags": flags,
            "genPartIdxMother": np.where(mother < 0, -1, mother - start),
        },
        source,
    )


def index_in_event(sources: Integers, objects: Objects, events: int) -> NDArray[np.int64]:
    """Where sources stand in a collection, as NanoAOD's index columns count.

    Parameters
    ----------
    sources : ndarray of int64, shape (object,)
        Sources to look for.
    objects : Objects
        The collection that is pointed to.
    events : int

    Returns
    -------
    ndarray of int64, shape (object,)
        Position within the event, −1 where it is not in the collection.
    """
    size = int(max(sources.max(initial=-1), objects.source.max(initial=-1))) + 1
    position = np.full(size, -1)
    position[objects.source] = objects.local_index(events)
    return position[sources]

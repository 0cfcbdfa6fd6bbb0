"""The generator's event record as flat arrays, with questions about ancestry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Ancestry",
    "Particles",
    "ancestry",
    "has_child",
    "is_hadron_with",
    "last_hadrons",
    "particles_from_batch",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

_DEEPEST_CHAIN = 500


@dataclass(frozen=True)
class Particles:
    """All particles of a batch of events, one after the other.

    Attributes
    ----------
    events : int
        Number of events.
    event : ndarray of int64, shape (particle,)
        Which event of the batch a particle belongs to, ascending.
    id, status : ndarray of int64, shape (particle,)
        PDG code and Pythia's status (positive: final).
    mother : ndarray of int64, shape (particle,)
        First mother as a position in these arrays; entry 0 of each event, "the system",
        stands for none.
    px, py, pz, energy, mass : ndarray of float64, shape (particle,), GeV
    vx, vy, vz : ndarray of float64, shape (particle,), mm
        Where the particle was born, relative to the collision.
    pt, eta, phi : ndarray of float64, shape (particle,)
        GeV; pseudorapidity clipped to ±10.
    generator : mapping of str to ndarray, each of shape (event,)
        NanoAOD's ``Generator_*``: incoming partons, their momentum fractions, the scale.
    """

    events: int
    event: Integers
    id: Integers
    status: Integers
    mother: Integers
    px: Floats
    py: Floats
    pz: Floats
    energy: Floats
    mass: Floats
    vx: Floats
    vy: Floats
    vz: Floats
    pt: Floats
    eta: Floats
    phi: Floats
    generator: Mapping[str, NDArray[Any]]

    @property
    def kind(self) -> Integers:
        """Absolute PDG code, shape (particle,)."""
        return np.abs(self.id)

    @property
    def final(self) -> Booleans:
        """Whether the particle reaches the detector, shape (particle,)."""
        return self.status > 0

    @property
    def hard(self) -> Booleans:
        """Whether the particle is part of the hard process or a resonance decay."""
        return np.asarray(np.abs(self.status) // 10 == 2)


def particles_from_batch(batch: Any) -> Particles:
    """Flatten what ``Pythia.nextBatch`` returns.

    Parameters
    ----------
    batch : awkward.Array of PythiaEvent

    Returns
    -------
    Particles
    """
    record = batch.prt
    counts = ak.to_numpy(ak.num(record))
    flat = ak.flatten(record)
    event = np.repeat(np.arange(len(counts)), counts)
    start = np.repeat(np.cumsum(counts) - counts, counts)
    momentum, vertex = flat.p, flat.vProd

    def column(values: Any) -> Floats:
        return np.asarray(ak.to_numpy(ak.fill_none(values, 0.0)), dtype=np.float64)

    def position(values: Any) -> Integers:
        return np.asarray(ak.to_numpy(values) + start, dtype=np.int64)

    px, py, pz = column(momentum.px), column(momentum.py), column(momentum.pz)
    pt = np.hypot(px, py)
    return Particles(
        events=len(counts),
        event=event,
        id=ak.to_numpy(flat.id).astype(np.int64),
        status=ak.to_numpy(flat.status).astype(np.int64),
        mother=position(flat.mother1),
        px=px,
        py=py,
        pz=pz,
        energy=column(momentum.e),
        mass=column(flat.m),
        vx=column(vertex.px),
        vy=column(vertex.py),
        vz=column(vertex.pz),
        pt=pt,
        eta=np.clip(np.arcsinh(pz / np.maximum(pt, 1e-6)), -10.0, 10.0),
        phi=np.arctan2(py, px),
        generator=_generator_columns(batch.info),
    )


def _generator_columns(info: Any) -> dict[str, NDArray[Any]]:
    return {
        "Generator_id1": ak.to_numpy(info.id1),
        "Generator_id2": ak.to_numpy(info.id2),
        "Generator_x1": ak.to_numpy(info.x1),
        "Generator_x2": ak.to_numpy(info.x2),
        "Generator_scalePDF": np.sqrt(ak.to_numpy(info.Q2Fac)),
    }


def is_hadron_with(quark: int, kind: Integers) -> Booleans:
    """Whether a PDG code is a hadron whose heaviest quark is `quark`.

    Parameters
    ----------
    quark : int
        4 for charm, 5 for bottom.
    kind : ndarray of int64, shape (particle,)
        Absolute PDG codes.

    Returns
    -------
    ndarray of bool, shape (particle,)

    References
    ----------
    PDG Review 2024, "Monte Carlo particle numbering scheme": the heaviest quark is the
    thousands digit of a baryon and the hundreds digit of a meson.
    """
    hadron = (kind > 100) & (kind < 1_000_000)
    heaviest = np.maximum(kind // 1000 % 10, kind // 100 % 10)
    return np.asarray(hadron & (heaviest == quark))


def has_child(particles: Particles, child: Booleans) -> Booleans:
    """Whether a particle has a child among the marked ones.

    Parameters
    ----------
    particles : Particles
    child : ndarray of bool, shape (particle,)

    Returns
    -------
    ndarray of bool, shape (particle,)
    """
    marked = np.zeros(len(child), dtype=bool)
    marked[particles.mother[child]] = True
    return marked


def last_hadrons(particles: Particles, quark: int) -> Booleans:
    """Hadrons of one heavy flavour that do not decay to another of the same flavour."""
    hadron = is_hadron_with(quark, particles.kind)
    return hadron & ~has_child(particles, hadron)


@dataclass(frozen=True)
class Ancestry:
    """Where chosen particles come from.

    Attributes
    ----------
    prompt : ndarray of bool, shape (chosen,)
        No hadron among the ancestors until the beam or the hard process.
    hard : ndarray of bool, shape (chosen,)
        Prompt, with an ancestor in the hard process (Pythia's status 21 to 29).
    bottom, charm, tau : ndarray of bool, shape (chosen,)
        Some ancestor is a bottom hadron, a charm hadron, a tau.
    """

    prompt: Booleans
    hard: Booleans
    bottom: Booleans
    charm: Booleans
    tau: Booleans


def ancestry(particles: Particles, source: Integers) -> Ancestry:
    """Follow first mothers upwards from chosen particles.

    Parameters
    ----------
    particles : Particles
    source : ndarray of int64, shape (chosen,)
        Positions in `particles`.

    Returns
    -------
    Ancestry
    """
    kind = particles.kind
    hadron, hard, bottom, charm, tau = (np.zeros(len(source), dtype=bool) for _ in range(5))
    ancestor = particles.mother[source]
    for _ in range(_DEEPEST_CHAIN):
        of_ancestor = kind[ancestor]
        # Protons are the beam; a chain that passes a quark or gluon has left the decays.
        decaying = (of_ancestor > 10) & (of_ancestor != 21) & (of_ancestor != 90)
        decaying &= particles.mother[ancestor] != ancestor
        decaying &= particles.status[ancestor] != -12
        if not decaying.any():
            break
        hadron |= decaying & (of_ancestor > 100)
        hard |= decaying & particles.hard[ancestor]
        bottom |= decaying & is_hadron_with(5, of_ancestor)
        charm |= decaying & is_hadron_with(4, of_ancestor)
        tau |= decaying & (of_ancestor == 15)
        ancestor = np.where(decaying, particles.mother[ancestor], ancestor)
    return Ancestry(~hadron, hard & ~hadron, bottom, charm, tau)

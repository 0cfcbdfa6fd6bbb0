"""From generated particles to the columns of a NanoAOD event.

The detector is CMS-like and parametrised: each effect is one module with its numbers and
their source. Missing on purpose: pile-up jets, muons from decays in flight, the dependence of
b-tagging on momentum. Jets fake leptons or taus only in the processes that ask for it (`fakes`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from hepline.data.generator.electrons import reconstructed_electrons
from hepline.data.generator.fakes import fake_leptons
from hepline.data.generator.gen_record import gen_particles, index_in_event
from hepline.data.generator.jet_response import reconstructed_jets
from hepline.data.generator.jets import JetContent, cluster
from hepline.data.generator.missing_energy import missing_energy
from hepline.data.generator.muons import reconstructed_muons
from hepline.data.generator.objects import Objects, close_pairs, joined, sorted_by_pt
from hepline.data.generator.particles import Particles
from hepline.data.generator.photons import reconstructed_photons
from hepline.data.generator.pile_up import pile_up
from hepline.data.generator.process import Fakes
from hepline.data.generator.randomness import Streams
from hepline.data.generator.taus import reconstructed_taus
from hepline.data.generator.trigger import Path, trigger_bits

__all__ = ["Columns", "View", "observe"]

Columns = Mapping[str, Any]

_MEAN_VERTICES = 15.0  # pile-up of the 2015 and early 2016 running
# Luminous region: CMS, JINST 9 (2014) P10009, about 15 μm across and 4 cm along the beam.
_BEAM_WIDTH, _BEAM_LENGTH = 0.0015, 4.0  # cm
_NARROW_INTEGERS = {"nConstituents": np.uint8, "hadronFlavour": np.int32}


@dataclass(frozen=True)
class View:
    """How the detector looks at events.

    Attributes
    ----------
    paths : tuple of Path
        The trigger menu.
    interactions : float, optional
        Mean number of interactions per crossing.
    fakes : Fakes, optional
        What jets are taken for.
    """

    paths: tuple[Path, ...]
    interactions: float | None = None
    fakes: Fakes | None = None


def _vertex(view: View, events: int, streams: Streams) -> dict[str, NDArray[Any]]:
    mean = view.interactions
    return {
        **(
            {"PV_npvs": 1 + streams.poisson("vertices", _MEAN_VERTICES, events)}
            if mean is None
            else pile_up(mean, events, streams)
        ),
        "PV_x": _BEAM_WIDTH * streams.normal("vertex x", events),
        "PV_y": _BEAM_WIDTH * streams.normal("vertex y", events),
        "PV_z": _BEAM_LENGTH * streams.normal("vertex z", events),
    }


def _jet_of_particle(jets: Objects, content: JetContent, particles: Particles) -> NDArray[Any]:
    """Index within the event of the reconstructed jet a particle is in, −1 for none."""
    of_gen_jet = np.full(int(content.jet.max(initial=-1)) + 1, -1)
    # A generator jet without constituents does not exist: every source is in range.
    of_gen_jet[jets.source] = jets.local_index(particles.events)
    of_particle = np.full(len(particles.id), -1)
    of_particle[content.particle] = of_gen_jet[content.jet]
    return of_particle


def _nearest_jet(taus: Objects, jets: Objects, events: int) -> NDArray[np.int64]:
    first, second, distance = close_pairs(
        taus.event,
        taus["eta"],
        taus["phi"],
        other_event=jets.event,
        other_eta=jets["eta"],
        other_phi=jets["phi"],
        events=events,
        radius=0.4,
    )
    farthest_first = np.argsort(-distance, kind="stable")
    nearest = np.full(len(taus), -1)
    nearest[first[farthest_first]] = jets.local_index(events)[second[farthest_first]]
    return nearest


def observe(particles: Particles, streams: Streams, view: View) -> Columns:
    """Let the detector look at a batch of events.

    Parameters
    ----------
    particles : Particles
    streams : Streams
        Random numbers of the block; each batch goes on where the last one stopped.
    view : View

    Returns
    -------
    mapping of str to array of length event
        Branches and collections of NanoAOD in its units (GeV, cm) and types.
    """
    events = particles.events
    vertex = _vertex(view, events, streams)
    clustered, content = cluster(particles)
    gen_jets = sorted_by_pt(clustered)
    jets = reconstructed_jets(clustered, content, particles, streams)
    muons = reconstructed_muons(particles, streams)
    electrons = reconstructed_electrons(particles, streams)
    taus = reconstructed_taus(particles, streams)
    record = gen_particles(particles)
    in_jet = _jet_of_particle(jets, content, particles)

    def linked(objects: Objects, jet_index: NDArray[np.int64] | None = None) -> Objects:
        return objects.having(
            jetIdx=in_jet[objects.source] if jet_index is None else jet_index,
            genPartIdx=index_in_event(objects.source, record, events),
        )

    muons, taus = linked(muons), linked(taus, _nearest_jet(taus, jets, events))
    if view.fakes is not None:
        fakes = fake_leptons(view.fakes, particles, jets, streams)
        muons, taus = joined(muons, fakes.muons), joined(taus, fakes.taus)
    fired = trigger_bits(muons, electrons, taus, events=events, paths=view.paths, streams=streams)
    scalars = {
        **particles.generator,
        **dict.fromkeys(("genWeight", "Generator_weight"), np.ones(events)),
        **vertex,
        **missing_energy(particles, clustered, jets, vertex["PV_npvs"], streams),
        **fired,
    }
    collections = {
        "Muon": muons,
        "Electron": linked(electrons),
        "Photon": linked(reconstructed_photons(particles, streams)),
        "Tau": taus,
        "Jet": jets.having(genJetIdx=index_in_event(jets.source, gen_jets, events)),
        "GenJet": gen_jets,
        "GenPart": record,
    }
    narrow = {name: _narrow(name, values) for name, values in scalars.items()}
    return narrow | {name: _nested(objects, events) for name, objects in collections.items()}


def _narrow(name: str, values: NDArray[Any]) -> Any:
    """Convert to the type NanoAOD has: float32, int32, bool."""
    if values.ndim == 2:
        return ak.from_regular(ak.from_numpy(values.astype(np.float32)))
    if name in _NARROW_INTEGERS:
        return values.astype(_NARROW_INTEGERS[name])
    kind = values.dtype.kind
    return values.astype({"f": np.float32, "i": np.int32}.get(kind, values.dtype))


def _nested(objects: Objects, events: int) -> ak.Array:
    flat = {name: _narrow(name, column) for name, column in objects.columns.items()}
    return ak.unflatten(ak.zip(flat), objects.counts(events))

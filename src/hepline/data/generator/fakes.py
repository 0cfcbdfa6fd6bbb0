"""Jets that are taken for taus, and muons that are not prompt: parametrised.

Nothing of it comes from a simulation of the detector. The shapes are smooth, and factorise on
purpose: the isolation of the muon, that of the tau and the two charges know nothing of each
other, so that a background estimate from a side-band has a known right answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepline.data.generator.impact import longitudinal_resolution, transverse_resolution
from hepline.data.generator.muons import MUON_MASS, identified, muon_resolution
from hepline.data.generator.objects import Objects, close_pairs
from hepline.data.generator.particles import Booleans, Floats, Integers, Particles
from hepline.data.generator.process import Fakes
from hepline.data.generator.randomness import Streams
from hepline.data.generator.taus import identified_taus

__all__ = ["FakeLeptons", "fake_leptons", "hard_partons"]

_GLUON = 21
_OUTGOING = 23
_RADIUS = 0.6  # the recoil of the initial state turns a parton on its way to a jet
# A tau's visible momentum is that of the narrow core of the jet.
_TAU_SHARE, _TAU_SPREAD = 0.80, 0.08
_TAU_MIN_PT, _TAU_MAX_ETA = 18.0, 2.3
# Relative isolation falls exponentially: 28 % of these taus pass tight, 55 % loose. With the
# probability of a process's table (2 %) a jet passes tight in 0.6 % of all cases: CMS, JINST 13
# (2018) P10005, figure 9.
_TAU_ISOLATION = 0.15
_DECAY_MODES = ((0, 0.25), (1, 0.50), (10, 0.25))
_KEEPS_CHARGE = 0.70  # how often a tau has the sign of the quark's charge
_MUON_SHARE = (0.6, 1.0)
_MUON_MIN_PT, _MUON_MAX_ETA = 10.0, 2.4
_MUON_ISOLATION = 0.20
_NARROW_CONE = 0.8  # isolation in a cone of 0.3 over that in 0.4
_FLIGHT = 0.01  # cm, mean impact parameter of a muon from a heavy hadron


@dataclass(frozen=True)
class FakeLeptons:
    """What jets are taken for in a batch of events.

    Attributes
    ----------
    muons, taus : Objects
        With all columns of reconstructed ones, ``jetIdx`` included; ``source`` is −1.
    """

    muons: Objects
    taus: Objects


def hard_partons(particles: Particles) -> Integers:
    """Positions of the quarks and gluons that leave the hard process."""
    coloured = (particles.kind <= 5) | (particles.kind == _GLUON)
    return np.flatnonzero((np.abs(particles.status) == _OUTGOING) & coloured)


def fake_leptons(
    fakes: Fakes, particles: Particles, jets: Objects, streams: Streams
) -> FakeLeptons:
    """Take jets of the hard process for leptons.

    Parameters
    ----------
    fakes : Fakes
    particles : Particles
    jets : Objects
        Reconstructed.
    streams : Streams

    Returns
    -------
    FakeLeptons
        None in an event in which the jets are missing or too far forward.
    """
    events = particles.events
    partons = hard_partons(particles)
    count = np.bincount(particles.event[partons], minlength=events)
    start = np.cumsum(count) - count
    rank = np.minimum((streams.uniform("fake parton", events) * count).astype(int), count - 1)
    other = (rank + 1) % np.maximum(count, 1)
    tau_jet = _jet_of(partons, start + rank, count > 0, particles, jets)
    muon_jet = _jet_of(partons, start + other, (count > 1) & fakes.muon, particles, jets)
    if fakes.muon:
        # Two partons that share a jet are not two jets.
        tau_jet = np.where((muon_jet < 0) | (muon_jet == tau_jet), -1, tau_jet)
        muon_jet = np.where(tau_jet < 0, -1, muon_jet)
    muon_charge = np.where(streams.uniform("fake muon charge", events) < 0.5, 1, -1)
    draw = streams.uniform("fake tau charge", events)
    if fakes.opposite_to_same > 0.0:
        opposite = fakes.opposite_to_same / (1.0 + fakes.opposite_to_same)
        tau_charge = np.where(draw < opposite, -muon_charge, muon_charge)
    else:
        parton = partons[np.minimum(start + rank, max(len(partons) - 1, 0))]
        tau_charge = _charge_like(particles.id[parton], draw)
    return FakeLeptons(
        _muons(muon_jet, muon_charge, jets, streams), _taus(tau_jet, tau_charge, jets, streams)
    )


def _jet_of(
    partons: Integers, at: Integers, valid: Booleans, particles: Particles, jets: Objects
) -> Integers:
    """Position of the jet nearest to one parton of each event, −1 for none."""
    events = np.flatnonzero(valid)
    parton = partons[at[events]]
    first, second, distance = close_pairs(
        events,
        particles.eta[parton],
        particles.phi[parton],
        other_event=jets.event,
        other_eta=jets["eta"],
        other_phi=jets["phi"],
        events=particles.events,
        radius=_RADIUS,
    )
    farthest_first = np.argsort(-distance, kind="stable")
    nearest = np.full(particles.events, -1)
    nearest[events[first[farthest_first]]] = second[farthest_first]
    return nearest


def _charge_like(parton: Integers, draw: Floats) -> Integers:
    up_type = np.abs(parton) % 2 == 0
    quark = np.sign(parton) * np.where(up_type, 1, -1)
    keeps = np.where(parton == _GLUON, 0.5, _KEEPS_CHARGE)
    return np.where(draw < keeps, quark, -quark)


def _at_jets(jet: Integers, jets: Objects) -> tuple[Integers, Integers, Objects]:
    """Events with a jet, their jets' positions, and the direction of those."""
    events = np.flatnonzero(jet >= 0)
    at = jet[events]
    none = np.full(len(events), -1)
    direction = Objects(events, {name: jets[name][at] for name in ("pt", "eta", "phi")}, none)
    return events, at, direction


def _local(at: Integers, jets: Objects) -> Integers:
    # Events without jets do not matter for the position within an event.
    return jets.local_index(int(jets.event.max(initial=-1)) + 1)[at]


def _taus(jet: Integers, charge: Integers, jets: Objects, streams: Streams) -> Objects:
    events, at, taus = _at_jets(jet, jets)
    # Drawn for every event, so that a batch's jets do not shift the numbers of the next event.
    size = len(jet)
    share = _TAU_SHARE + _TAU_SPREAD * streams.normal("fake tau pt", size)[events]
    modes, shares = zip(*_DECAY_MODES, strict=True)
    mode = np.searchsorted(np.cumsum(shares)[:-1], streams.uniform("fake tau mode", size), "right")
    isolation = -_TAU_ISOLATION * np.log1p(-streams.uniform("fake tau isolation", size))
    taus = taus.having(
        pt=taus["pt"] * np.clip(share, 0.3, 1.1),
        mass=0.3 + 1.0 * streams.uniform("fake tau mass", size)[events],
        charge=charge[events],
        decayMode=np.array(modes)[mode[events]],
    )
    taus = _prompt_impact(taus, events, size, streams, stream="fake tau", flight=0.0)
    taus = identified_taus(taus, isolation[events])
    taus = taus.having(jetIdx=_local(at, jets), genPartIdx=np.full(len(taus), -1))
    return taus.take((taus["pt"] > _TAU_MIN_PT) & (np.abs(taus["eta"]) < _TAU_MAX_ETA))


def _muons(jet: Integers, charge: Integers, jets: Objects, streams: Streams) -> Objects:
    events, at, muons = _at_jets(jet, jets)
    size = len(jet)
    low, high = _MUON_SHARE
    share = low + (high - low) * streams.uniform("fake muon pt", size)[events]
    isolation = -_MUON_ISOLATION * np.log1p(-streams.uniform("fake muon isolation", size))[events]
    pt = muons["pt"] * share
    muons = muons.having(
        pt=pt,
        mass=np.full(len(muons), MUON_MASS),
        charge=charge[events],
        pdgId=-13 * charge[events],
        ptErr=pt * muon_resolution(pt, muons["eta"]),
    )
    muons = _prompt_impact(muons, events, size, streams, stream="fake muon", flight=_FLIGHT)
    muons = identified(muons, streams.uniform("fake muon identification", size)[events])
    muons = muons.having(
        pfRelIso03_all=_NARROW_CONE * isolation,
        pfRelIso04_all=isolation,
        jetIdx=_local(at, jets),
        genPartIdx=np.full(len(muons), -1),
    )
    return muons.take((muons["pt"] > _MUON_MIN_PT) & (np.abs(muons["eta"]) < _MUON_MAX_ETA))


def _prompt_impact(
    tracks: Objects, events: Integers, size: int, streams: Streams, *, stream: str, flight: float
) -> Objects:
    """Impact parameters, with an exponential flight in either direction."""
    pt, eta = tracks["pt"], tracks["eta"]
    sigma_xy, sigma_z = transverse_resolution(pt, eta), longitudinal_resolution(pt, eta)
    away = flight * (
        streams.normal(f"{stream} flight", size) * streams.normal(f"{stream} decay", size)
    )
    dxy = away[events] + sigma_xy * streams.normal(f"{stream} dxy", size)[events]
    dz = away[events] + sigma_z * streams.normal(f"{stream} dz", size)[events]
    return tracks.having(
        dxy=dxy,
        dxyErr=sigma_xy,
        dz=dz,
        dzErr=sigma_z,
        ip3d=np.hypot(dxy, dz),
        sip3d=np.hypot(dxy / sigma_xy, dz / sigma_z),
    )

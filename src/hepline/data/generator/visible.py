"""Events of which the detector can see a muon and a hadronic tau; the others are not looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.data.generator.particles import Booleans, Integers, Particles
from hepline.data.generator.process import Part
from hepline.data.generator.taus import hadronic_taus

__all__ = ["only_events", "visible_events"]

# The analysis of 2012 cuts at 17 GeV for the muon (resolution 2 %) and at 20 GeV for the tau
# (12 %), |η| < 2.1 and 2.3. Of 60 000 Z → ττ → μτ without these cuts 2607 were selected there, and
# none of them lay below.
_MUON_MIN_PT, _MUON_MAX_ETA = 15.0, 2.2
_TAU_MIN_PT, _TAU_MAX_ETA = 14.0, 2.4


def visible_events(particles: Particles, part: Part) -> Booleans:
    """Whether each event has what a muon and a tau can be reconstructed from.

    Parameters
    ----------
    particles : Particles
    part : Part
        Where jets give the muon or the tau, these need not be there.

    Returns
    -------
    ndarray of bool, shape (event,)
    """

    def per_event(events: Integers) -> Booleans:
        return np.bincount(events, minlength=particles.events) > 0

    near = np.abs(particles.eta)
    muons = particles.final & (particles.kind == 13) & (particles.pt > _MUON_MIN_PT)
    muons &= near < _MUON_MAX_ETA
    if part.fakes is not None:
        # The jet that is taken for a tau is there: the hard process made sure of it.
        return per_event(particles.event[muons]) | part.fakes.muon
    taus = hadronic_taus(particles)
    seen = (taus.pt > _TAU_MIN_PT) & (np.abs(taus.eta) < _TAU_MAX_ETA)
    return per_event(particles.event[muons]) & per_event(particles.event[taus.source[seen]])


def only_events(particles: Particles, kept: Booleans) -> Particles:
    """The same record with some of its events.

    Parameters
    ----------
    particles : Particles
    kept : ndarray of bool, shape (event,)

    Returns
    -------
    Particles
    """
    of_particle = kept[particles.event]
    position = np.cumsum(of_particle) - 1

    def taken(values: NDArray[Any]) -> NDArray[Any]:
        return values[of_particle]

    columns: dict[str, Any] = {
        name: taken(getattr(particles, name))
        for name in (
            *("id", "status", "px", "py", "pz", "energy", "mass"),
            *("vx", "vy", "vz", "pt", "eta", "phi"),
        )
    }
    return replace(
        particles,
        events=int(np.count_nonzero(kept)),
        event=(np.cumsum(kept) - 1)[particles.event[of_particle]],
        mother=position[particles.mother[of_particle]],
        generator={name: values[kept] for name, values in particles.generator.items()},
        **columns,
    )

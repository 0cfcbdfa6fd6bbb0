"""Jets as the detector sees them: generator jets with smeared momentum and an identity."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.data.generator.isolation import is_charged_hadron
from hepline.data.generator.jets import JetContent
from hepline.data.generator.objects import Objects, sorted_by_pt
from hepline.data.generator.particles import Booleans, Floats, Integers, Particles
from hepline.data.generator.randomness import Streams
from hepline.data.generator.tagging import discriminant, quark_likelihood

__all__ = ["jet_resolution", "reconstructed_jets"]

_MIN_PT = 15.0  # GeV; NanoAOD keeps jets above 15 GeV
_CENTRAL = 2.4
_TIGHT, _TIGHT_LEPTON_VETO = 2, 6  # NanoAOD: bit 1 tight, bit 2 tight and no lepton


def jet_resolution(pt: Floats, eta: Floats) -> Floats:
    """Relative resolution of the transverse momentum of a jet.

    Parameters
    ----------
    pt : ndarray of float64, shape (jet,), GeV
        Of the generator jet.
    eta : ndarray of float64, shape (jet,)

    Returns
    -------
    ndarray of float64, shape (jet,)
        √(N²/pt² + S²/pt + C²) with N = 3 GeV, S = 0.8 √GeV, C = 4 %; a quarter more for
        |η| > 2.5.

    References
    ----------
    CMS Collaboration, JINST 12 (2017) P02014, section 8: the form, and about 15 to 20 % at
    30 GeV and 10 % at 100 GeV with the pile-up of those years.
    """
    central = np.sqrt((3.0 / pt) ** 2 + 0.8**2 / pt + 0.04**2)
    return np.where(np.abs(eta) < 2.5, central, 1.25 * central)


def reconstructed_jets(
    gen_jets: Objects, content: JetContent, particles: Particles, streams: Streams
) -> Objects:
    """Smear the generator jets, identify and tag them.

    Parameters
    ----------
    gen_jets : Objects
    content : JetContent
    particles : Particles
    streams : Streams

    Returns
    -------
    Objects
        ``source`` is the generator jet. Every jet has one: there are no pile-up jets.
    """
    size = len(gen_jets)
    true_pt = gen_jets["pt"]
    composition = _composition(size, content, particles)
    # Leptons are measured far better than hadrons: only the rest of the jet is smeared.
    hadronic = 1.0 - composition["muEF"] - composition["chEmEF"]
    width = jet_resolution(true_pt, gen_jets["eta"]) * hadronic
    scale = np.maximum(1.0 + width * streams.normal("jet pt", size), 0.1)
    # Directions: about 0.02 at 30 GeV and 0.01 above 100 GeV, CMS PAS PFT-09-001.
    tilt = np.hypot(0.008, 0.5 / true_pt)
    phi = gen_jets["phi"] + tilt * streams.normal("jet phi", size)
    jets = gen_jets.having(
        pt=true_pt * scale,
        eta=gen_jets["eta"] + tilt * streams.normal("jet eta", size),
        phi=np.arctan2(np.sin(phi), np.cos(phi)),
        mass=gen_jets["mass"] * scale,
        **composition,
    )
    tag = discriminant(jets, streams)
    jets = jets.having(
        jetId=_identity(jets),
        puId=np.full(size, 7),
        btagCSVV2=tag,
        btag=tag,
        qgl=quark_likelihood(jets, streams),
        rawFactor=np.zeros(size),
        area=np.full(size, np.pi * 0.4**2),
    )
    return sorted_by_pt(jets.take(jets["pt"] > _MIN_PT))


def _composition(size: int, content: JetContent, particles: Particles) -> dict[str, NDArray[Any]]:
    at = content.particle
    kind, energy = particles.kind[at], particles.energy[at]
    electron, muon, photon = kind == 11, kind == 13, kind == 22
    charged = is_charged_hadron(particles)[at]
    neutral = ~(electron | muon | photon | charged)
    total = np.bincount(content.jet, weights=energy, minlength=size)

    def fraction(mask: Booleans) -> Floats:
        of_jet = np.bincount(content.jet, weights=np.where(mask, energy, 0.0), minlength=size)
        return of_jet / total

    return {
        "chHEF": fraction(charged),
        "neHEF": fraction(neutral),
        "chEmEF": fraction(electron),
        "neEmEF": fraction(photon),
        "muEF": fraction(muon),
        "nConstituents": np.bincount(content.jet, minlength=size),
    }


def _identity(jets: Objects) -> Integers:
    """Tight identification of CMS (2017): a jet that is one particle is hardly a jet."""
    central = np.abs(jets["eta"]) < _CENTRAL
    tight = (jets["neHEF"] < 0.9) & (jets["neEmEF"] < 0.9) & (jets["nConstituents"] > 1)
    # In the tracker at least some of the energy has to be charged.
    tight &= ~central | (jets["chHEF"] + jets["chEmEF"] + jets["muEF"] > 0)
    no_lepton = (jets["muEF"] < 0.8) & (jets["chEmEF"] < 0.8)
    return np.where(tight, np.where(no_lepton, _TIGHT_LEPTON_VETO, _TIGHT), 0)

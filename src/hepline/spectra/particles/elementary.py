"""Decays of what EvtGen's tables leave out: the heaviest particles, and the longest-lived.

Generators decay W, Z, H and t themselves; muons, charged pions and kaons and neutrons usually
reach the detector, and of the neutral kaons one table names wrong neutrinos. Fractions of the
measured modes are the averages of the PDG, each rounded by itself: they need not add up to one.
Those of the Higgs boson and the top quark, most of which are not measured well, are the predictions
of the standard model.

References
----------
PDG, *Review of Particle Physics* (2024), summary tables, doi:10.1103/PhysRevD.110.030001; for the
Higgs boson at 125 GeV: LHC Higgs Cross Section Working Group, CERN-2017-002-M, arXiv:1610.07922.
"""

from __future__ import annotations

__all__ = ["ELEMENTARY", "SOURCE"]

SOURCE = "averages of the PDG (2024); of H and t, predictions of the standard model"

ELEMENTARY: dict[int, tuple[tuple[float, tuple[str, ...]], ...]] = {
    # |Vtb|² of a unitary matrix. The PDG's 0.957 is a ratio, Wb to Wb, Ws and Wd, ± 0.034.
    6: ((0.998, ("W+", "b")),),
    13: ((1.0, ("e-", "anti-nu_e", "nu_mu")),),
    23: (
        (0.69911, ("hadrons",)),
        (0.20000, ("neutrinos",)),
        (0.033632, ("e+", "e-")),
        (0.033662, ("mu+", "mu-")),
        (0.033696, ("tau+", "tau-")),
    ),
    24: (
        (0.6741, ("hadrons",)),
        (0.1071, ("e+", "nu_e")),
        (0.1063, ("mu+", "nu_mu")),
        (0.1138, ("tau+", "nu_tau")),
    ),
    25: (
        (0.5824, ("b", "anti-b")),
        (0.2137, ("W+", "W-")),
        (0.0819, ("g", "g")),
        (0.0627, ("tau+", "tau-")),
        (0.0289, ("c", "anti-c")),
        (0.0262, ("Z0", "Z0")),
        (0.00227, ("gamma", "gamma")),
        (0.00153, ("Z0", "gamma")),
        (0.000218, ("mu+", "mu-")),
    ),
    130: (
        (0.20275, ("pi+", "e-", "anti-nu_e")),
        (0.20275, ("pi-", "e+", "nu_e")),
        (0.1952, ("pi0", "pi0", "pi0")),
        (0.1352, ("pi+", "mu-", "anti-nu_mu")),
        (0.1352, ("pi-", "mu+", "nu_mu")),
        (0.1254, ("pi+", "pi-", "pi0")),
        (0.001967, ("pi+", "pi-")),
        (0.000864, ("pi0", "pi0")),
        (0.000547, ("gamma", "gamma")),
    ),
    211: (
        (0.9998770, ("mu+", "nu_mu")),
        (0.0001230, ("e+", "nu_e")),
    ),
    310: (
        (0.6920, ("pi+", "pi-")),
        (0.3069, ("pi0", "pi0")),
        (0.000352, ("pi+", "e-", "anti-nu_e")),
        (0.000352, ("pi-", "e+", "nu_e")),
    ),
    321: (
        (0.6356, ("mu+", "nu_mu")),
        (0.2067, ("pi+", "pi0")),
        (0.05583, ("pi+", "pi+", "pi-")),
        (0.0507, ("pi0", "e+", "nu_e")),
        (0.03352, ("pi0", "mu+", "nu_mu")),
        (0.01760, ("pi+", "pi0", "pi0")),
    ),
    2112: ((1.0, ("p+", "e-", "anti-nu_e")),),
}
"""By PDG identifier of the particle: fraction and products, in EvtGen's names."""

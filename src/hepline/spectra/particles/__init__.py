"""What is known of a particle? The PDG's table, decays, and how far particles fly.

Start reading at `properties.py` (one particle), which `lookup` finds by any of its names; then
`decays` (from EvtGen's tables, and `elementary` for what those leave out), `flight` (mean
distances) and `branching` (fractions from yields). May import physics, leaves, `spectra.tables`,
particle and decaylanguage.
"""

from hepline.spectra.particles.branching import BranchingFraction, Quantity, branching_fraction
from hepline.spectra.particles.decays import DecayMode, DecayTable, decay_table
from hepline.spectra.particles.flight import Flight, flight_table
from hepline.spectra.particles.properties import ParticleProperties, particle, table_edition

__all__ = [
    "BranchingFraction",
    "DecayMode",
    "DecayTable",
    "Flight",
    "ParticleProperties",
    "Quantity",
    "branching_fraction",
    "decay_table",
    "flight_table",
    "particle",
    "table_edition",
]

"""Leaf formulas of particle physics, alike for floats, NumPy, awkward and expressions.

Read `fourvectors` first, then `angles`, `boosts` and `motion` (energy, flight). May import leaves
only: `errors`, `arrays`, `units`.
"""

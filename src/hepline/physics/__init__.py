"""Leaf formulas of particle physics, alike for floats, NumPy, awkward and expressions.

Read `fourvectors` first, then `angles`, `boosts`, `motion` (energy, flight) and `dalitz`;
`phasespace` draws random decays. May import `errors` and `units` only.
"""

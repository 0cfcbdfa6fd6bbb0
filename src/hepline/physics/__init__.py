"""Leaf formulas of particle physics, alike for floats, NumPy, awkward and expressions.

Read `fourvectors` first, then `angles`. May import `errors` and `units` only.
"""

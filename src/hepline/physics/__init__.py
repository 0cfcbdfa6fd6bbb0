"""Leaf formulas of particle physics; start with `fourvectors`. May import `errors`, `units`."""

"""Rewrite rules of the plan, one idea per module; each states its invariant.

Read `fold` first. A rule is a function from a node, whose inputs are already rewritten, to its
replacement or itself. May import `columns` and below.
"""

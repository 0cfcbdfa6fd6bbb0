"""Rewrite rules of the plan, one idea per module; each states what it keeps true.

Read `fold` first. A rule is a function from a node, whose inputs are rewritten already, to its
replacement or itself. May import `columns` and below.
"""

"""Rewrite rules of the plan, one idea per module; each states what it keeps true."""

"""Kinds of models, one file each, behind one small protocol.

Read `protocol` first; `registry` has the names that `hl.train(model=…)` takes.
"""

"""What a fitted likelihood says: intervals, impacts, scans, limits, significances, toys, posterior.

Start reading at `results.py`, the frozen numbers that come out; one module for each question. Every
function takes a `HistFactory` first and finds its minima with `hepline.stats.minimum`. May import
the modules of `hepline.stats` below `model`; nothing here draws or writes files.
"""

"""What is measured: samples, regions, weights, variations; templates, cutflow, coverage.

Start reading at `definition.py` (what a user writes), then `run.py` (how it is filled). May import
engine, data, columns and below. Filled bins become `hist.Hist` here and nowhere else.
"""

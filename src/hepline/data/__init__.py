"""Where do events come from? Files, and the generator.

Read `open` first (find files, check them, hand out events), then `tree` (ROOT files with a TTree,
the one module that touches uproot) and `generate` (Pythia 8, FastJet and a parametrised detector
in `generator`). Every source implements `columns.source.Source`.

May import `columns` and below; never `engine`.
"""

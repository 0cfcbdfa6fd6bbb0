"""From question to answer: an analysis that runs, and the likelihood of its result.

Start reading at `analysis.py` (`hl.Analysis`) and `result.py` (`hl.Result`); `channels` makes a
pyhf workspace of templates, `splitting` divides a variation into normalization and shape. `grid`
takes one of several signals, `scanning` asks about all of them, `patchset` writes them for pyhf,
`closure` compares an estimate from data with simulation. This room joins an analysis with its
statistics. May import analysis, stats and below.
"""

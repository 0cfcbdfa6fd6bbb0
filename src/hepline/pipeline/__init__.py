"""From a question to its answer: an analysis that runs, and the likelihood of what it gave.

Start reading at `analysis.py` (`hl.Analysis`) and `result.py` (`hl.Result`); `channels` makes a
pyhf workspace of templates, `splitting` divides a variation into normalization and shape. This room
alone knows both an analysis and its statistics. May import analysis, stats and below.
"""

"""Is this workspace fit to be fitted? Checks that run before every fit, and repairs.

Start reading at `check.py`, which lists all rules. Each rule is a function with a code, in
`bins`, `effects` and `noise` (what variations do), `simulation` (statistical errors and weights),
`bookkeeping` (what is missing or copied), `parameters` or `observation` (the data). They look at a
`subject`. `pruning` and `smoothing` change a workspace; `inspection` is the whole of
``hepline lint``. May import what the statistics room may; nothing in that room imports it.
"""

from hepline.stats.preflight.check import RULES, preflight
from hepline.stats.preflight.findings import Finding, Summary, summaries
from hepline.stats.preflight.inspection import Inspection, inspect_workspace
from hepline.stats.preflight.pruning import Pruned, prune
from hepline.stats.preflight.smoothing import Smoothed, smooth

__all__ = [
    "RULES",
    "Finding",
    "Inspection",
    "Pruned",
    "Smoothed",
    "Summary",
    "inspect_workspace",
    "preflight",
    "prune",
    "smooth",
    "summaries",
]

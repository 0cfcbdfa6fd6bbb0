"""How do I look at it? Figures and the pages that hold them, drawn from finished numbers.

There are three pages: of a measurement (start reading at `report.py`), of a fit
(`inference_page.py`) and of peaks (`peaks_page.py`). Each has its content (`content.py`,
`inference.py`, `peaks_content.py`), draws its figures (one ``draw_*`` function per kind), fills its
template (`templates/`) and puts all files in place at once (`publish.py`). Nothing here computes
physics. May import the result dataclasses of spectra, stats and analysis, and below.
"""

from hepline.show.breakdown import draw_breakdown
from hepline.show.content import (
    RegionInfo,
    ReportContent,
    SampleInfo,
    TemplateVariation,
    Yield,
)
from hepline.show.correlation import draw_correlation
from hepline.show.inference import InferenceContent
from hepline.show.inference_page import write_inference
from hepline.show.limit_curves import draw_limits
from hepline.show.limits import draw_limit
from hepline.show.posterior import draw_corner, draw_marginal, draw_traces
from hepline.show.pulls import draw_bin_factors, draw_pulls
from hepline.show.ranking import draw_ranking
from hepline.show.regions import draw_region
from hepline.show.report import write_report
from hepline.show.scans import draw_scan, draw_surface
from hepline.show.stamps import Stamp
from hepline.show.tables import Cell, Table
from hepline.show.toys import draw_goodness, draw_toy_pulls
from hepline.show.variations import draw_variations
from hepline.show.yields import selection_table, yield_table

__all__ = [
    "Cell",
    "InferenceContent",
    "RegionInfo",
    "ReportContent",
    "SampleInfo",
    "Stamp",
    "Table",
    "TemplateVariation",
    "Yield",
    "draw_bin_factors",
    "draw_breakdown",
    "draw_corner",
    "draw_correlation",
    "draw_goodness",
    "draw_limit",
    "draw_limits",
    "draw_marginal",
    "draw_pulls",
    "draw_ranking",
    "draw_region",
    "draw_scan",
    "draw_surface",
    "draw_toy_pulls",
    "draw_traces",
    "draw_variations",
    "selection_table",
    "write_inference",
    "write_report",
    "yield_table",
]

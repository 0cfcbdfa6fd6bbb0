"""How do I look at it? Figures and the pages that hold them, drawn from finished numbers.

There are pages of a measurement (start reading at `report.py`), of a fit (`inference_page.py`), of
peaks (`peaks_page.py`), and of files and samples (`survey_pages.py`). Each has its content
(`content.py`, `inference.py`, `peaks_content.py`), draws its figures (one ``draw_*`` function per
kind), fills its template (`templates/`) and puts all files in place at once (`publish.py`). Nothing
here computes physics. May import the result dataclasses of spectra, survey, stats and analysis, and
below.
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
from hepline.show.exclusions import draw_exclusion
from hepline.show.grid_content import (
    ExclusionContent,
    ExclusionPoint,
    GridContent,
    LimitCurve,
    LimitPoint,
    SignificanceCurve,
    SignificancePoint,
    Theory,
)
from hepline.show.inference import InferenceContent
from hepline.show.inference_page import write_inference
from hepline.show.limit_curves import draw_limit_curve, draw_limits
from hepline.show.limits import draw_limit
from hepline.show.planes import draw_plane
from hepline.show.plot_content import (
    PlaneContent,
    ProfileContent,
    ProfileSeries,
    SystematicContent,
)
from hepline.show.posterior import draw_corner, draw_marginal, draw_traces
from hepline.show.profiles import draw_profile
from hepline.show.pulls import draw_bin_factors, draw_pulls
from hepline.show.ranking import draw_ranking
from hepline.show.regions import draw_region
from hepline.show.report import write_report
from hepline.show.scans import draw_scan, draw_surface
from hepline.show.significances import draw_significances
from hepline.show.stack_content import Cut, StackContent, StackLook, StackSample
from hepline.show.stacks import draw_stack
from hepline.show.stamps import Stamp
from hepline.show.systematics import draw_systematic
from hepline.show.tables import Cell, Table
from hepline.show.toys import draw_goodness, draw_toy_pulls
from hepline.show.variations import draw_variations
from hepline.show.yields import selection_table, yield_table

__all__ = [
    "Cell",
    "Cut",
    "ExclusionContent",
    "ExclusionPoint",
    "GridContent",
    "InferenceContent",
    "LimitCurve",
    "LimitPoint",
    "PlaneContent",
    "ProfileContent",
    "ProfileSeries",
    "RegionInfo",
    "ReportContent",
    "SampleInfo",
    "SignificanceCurve",
    "SignificancePoint",
    "StackContent",
    "StackLook",
    "StackSample",
    "Stamp",
    "SystematicContent",
    "Table",
    "TemplateVariation",
    "Theory",
    "Yield",
    "draw_bin_factors",
    "draw_breakdown",
    "draw_corner",
    "draw_correlation",
    "draw_exclusion",
    "draw_goodness",
    "draw_limit",
    "draw_limit_curve",
    "draw_limits",
    "draw_marginal",
    "draw_plane",
    "draw_profile",
    "draw_pulls",
    "draw_ranking",
    "draw_region",
    "draw_scan",
    "draw_significances",
    "draw_stack",
    "draw_surface",
    "draw_systematic",
    "draw_toy_pulls",
    "draw_traces",
    "draw_variations",
    "selection_table",
    "write_inference",
    "write_report",
    "yield_table",
]

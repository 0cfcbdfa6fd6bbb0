"""How do I look at it? Figures and the report page, drawn from finished numbers.

Start reading at `report.py`: `write_report` takes a `ReportContent` (`content.py`), has every
figure drawn (`figures.py`, which calls one ``draw_*`` function per kind), fills the page
(`page.py`, `templates/`) and puts all files in place at once (`publish.py`). Nothing here
computes physics. May import the result dataclasses of stats and analysis, and below.
"""

from hepline.show.content import (
    RegionInfo,
    ReportContent,
    SampleInfo,
    TemplateVariation,
    Yield,
)
from hepline.show.correlation import draw_correlation
from hepline.show.pulls import draw_bin_factors, draw_pulls
from hepline.show.regions import draw_region
from hepline.show.report import write_report
from hepline.show.style import Stamp
from hepline.show.variations import draw_variations

__all__ = [
    "RegionInfo",
    "ReportContent",
    "SampleInfo",
    "Stamp",
    "TemplateVariation",
    "Yield",
    "draw_bin_factors",
    "draw_correlation",
    "draw_pulls",
    "draw_region",
    "draw_variations",
    "write_report",
]

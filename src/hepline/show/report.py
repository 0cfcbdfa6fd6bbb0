"""The report of a measurement: one page, and its figures for talks."""

from __future__ import annotations

from pathlib import Path

from hepline.show.content import ReportContent
from hepline.show.encoding import figure_files, figure_patterns
from hepline.show.figures import FIGURE_FAMILIES, draw_figures
from hepline.show.page import render_page
from hepline.show.publish import publish

__all__ = ["write_report"]


def write_report(out: Path, content: ReportContent) -> Path:
    """Write ``index.html``, which needs nothing else, and ``figures/`` as PDF and PNG.

    Parameters
    ----------
    out : Path
        Folder of the report; made where it is missing. Figures of an earlier report in it are
        replaced, and removed where this one has no counterpart.
    content : ReportContent

    Returns
    -------
    Path
        The page.

    Raises
    ------
    OutputError
        If the content contradicts itself or the folder cannot be written to; an earlier report
        is then still in place.
    """
    figures = draw_figures(content)
    page = render_page(content, figures)
    files = figure_files(figures)
    files["index.html"] = page.encode()
    publish(Path(out), files, replaces=figure_patterns(FIGURE_FAMILIES))
    return Path(out) / "index.html"

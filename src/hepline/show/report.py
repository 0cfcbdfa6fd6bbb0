"""The report of a measurement: one page, and its figures for talks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hepline.show.content import ReportContent
from hepline.show.encoding import EncodedFigure
from hepline.show.figure_files import figure_files, figure_patterns
from hepline.show.figures import FIGURE_FAMILIES, draw_figures
from hepline.show.page import render_page
from hepline.show.publish import publish
from hepline.show.report_tables import table_files, table_patterns

__all__ = ["write_report"]


def write_report(
    out: Path, content: ReportContent, figures: Mapping[str, EncodedFigure] | None = None
) -> Path:
    """Write ``index.html``, which needs nothing else, its figures and its tables beside it.

    Parameters
    ----------
    out : Path
        Folder of the report; made where it is missing. Figures of an earlier report in it are
        replaced, and removed where this one has no counterpart.
    content : ReportContent
    figures : mapping of str to EncodedFigure, optional
        As returned by `draw_figures`, which is called if they are not given.

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
    encoded = draw_figures(content) if figures is None else figures
    page = render_page(content, encoded)
    files = {**figure_files(encoded), **table_files(content)}
    files["index.html"] = page.encode()
    publish(Path(out), files, replaces=(*figure_patterns(FIGURE_FAMILIES), *table_patterns()))
    return Path(out) / "index.html"

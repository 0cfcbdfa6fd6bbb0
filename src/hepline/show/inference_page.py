"""The page of a fit: every result that was asked for, and its figures for talks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hepline.show.encoding import EncodedFigure, figure_name
from hepline.show.figure_files import figure_files, figure_patterns
from hepline.show.inference import InferenceContent
from hepline.show.inference_figures import INFERENCE_FAMILIES, draw_inference
from hepline.show.page import environment
from hepline.show.publish import publish
from hepline.show.yields import yield_table

__all__ = ["render_inference", "write_inference"]


def write_inference(
    out: Path, content: InferenceContent, figures: Mapping[str, EncodedFigure] | None = None
) -> Path:
    """Write ``index.html``, which needs nothing else, and its figures into ``figures/``.

    Parameters
    ----------
    out : Path
        Folder; made where it is missing. Figures of an earlier page in it are replaced, and
        removed where this one has no counterpart.
    content : InferenceContent
    figures : mapping of str to EncodedFigure, optional
        As returned by `draw_inference`, which is called if they are not given.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    OutputError
        If results do not belong together or the folder cannot be written to; an earlier page is
        then still in place.
    """
    drawn = draw_inference(content) if figures is None else figures
    files = figure_files(drawn)
    files["index.html"] = render_inference(content, drawn).encode()
    publish(Path(out), files, replaces=figure_patterns(INFERENCE_FAMILIES))
    return Path(out) / "index.html"


def render_inference(content: InferenceContent, figures: Mapping[str, EncodedFigure]) -> str:
    """Render the whole page as HTML, with nothing to fetch from anywhere.

    Parameters
    ----------
    content : InferenceContent
    figures : mapping of str to EncodedFigure
        As returned by `draw_inference`.

    Returns
    -------
    str
    """
    return (
        environment()
        .get_template("inference.html.j2")
        .render(
            content=content,
            answers=content.answers,
            fit=content.fit,
            figures=figures,
            figure_name=figure_name,
            yields=yield_table(
                content.prefit, content.postfit, regions=content.regions, samples=content.samples
            ),
            colors={},
            columns=(),
        )
    )

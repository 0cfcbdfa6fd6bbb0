"""Drawing of figures, in worker processes if useful, and only of those that have changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import as_completed
from dataclasses import dataclass
from pathlib import Path

from hepline.errors import OutputError, nearest
from hepline.processes import interrupts_held, worker_processes
from hepline.show.digest import digest_of
from hepline.show.encoding import FORMATS, Drawing, EncodedFigure, encode
from hepline.show.figure_files import Kept, kept_figures

__all__ = ["DRAWING", "Studio", "draw_all"]

DRAWING = "drawing figures"
"""Name under which progress is told."""

_ENOUGH = 12  # figures that take longer than processes take to start


@dataclass(frozen=True)
class Studio:
    """How figures are drawn.

    Attributes
    ----------
    formats : str
        ``both`` (PDF and PNG), ``pdf``, ``png`` or ``none``; and what the page itself shows.
    workers : int
        Processes; with 1 all is drawn in this one. A script that asks for more keeps its top level
        under ``if __name__ == "__main__"``.
    earlier : Path or None
        Folder of an earlier report, from which unchanged figures are reused.
    progress : callable or None
        ``progress(DRAWING, done, all)``.
    """

    formats: str = "both"
    workers: int = 1
    earlier: Path | None = None
    progress: Callable[[str, int, int], None] | None = None

    def __post_init__(self) -> None:
        if self.formats not in FORMATS:
            raise OutputError(
                f"figures cannot be saved as '{self.formats}'.",
                why=f"known are {', '.join(FORMATS)}.",
                fix=nearest(self.formats, FORMATS),
            )


def draw_all(drawings: Iterable[Drawing], studio: Studio) -> dict[str, EncodedFigure]:
    """Draw figures, or take them from an earlier report if they show the same.

    A figure is identified by all arguments of its function, so an earlier one can never replace one
    that must show less, such as blinded data.

    Parameters
    ----------
    drawings : iterable of Drawing
    studio : Studio

    Returns
    -------
    dict of str to EncodedFigure
        By name, in the order given.

    Raises
    ------
    OutputError
        If numbers and regions do not belong together, a colour is none, or a process died.
    """
    if studio.formats == "none":
        return {}
    by_name = {drawing.name: drawing for drawing in drawings}
    digests = {name: digest_of(drawing.draw) for name, drawing in by_name.items()}
    earlier = kept_figures(studio.earlier) if studio.earlier is not None else Kept()
    reusable = {
        name: earlier.figure(drawing, digests[name], studio.formats)
        for name, drawing in by_name.items()
    }
    missing = [by_name[name] for name, figure in reusable.items() if figure is None]
    new_figures = {figure.name: figure for figure in _reported(missing, len(by_name), studio)}
    return {name: reusable[name] or new_figures[name].called(digests[name]) for name in by_name}


def _reported(missing: list[Drawing], total: int, studio: Studio) -> Iterator[EncodedFigure]:
    tell = studio.progress or (lambda *_: None)
    finished = total - len(missing)
    tell(DRAWING, finished, total)
    for figure in _draw(missing, studio):
        finished += 1
        tell(DRAWING, finished, total)
        yield figure


def _draw(drawings: list[Drawing], studio: Studio) -> Iterator[EncodedFigure]:
    workers = min(studio.workers, len(drawings))
    if workers <= 1 or len(drawings) < _ENOUGH:
        for drawing in drawings:
            yield encode(drawing, studio.formats)
        return
    with worker_processes(workers, error=OutputError) as pool:
        with interrupts_held():
            futures = [pool.submit(encode, drawing, studio.formats) for drawing in drawings]
        for future in as_completed(futures):
            yield future.result()

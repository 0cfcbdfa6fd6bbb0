"""The files of figures: their paths, and reuse of those of an earlier report."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hepline.show.encoding import Drawing, EncodedFigure, figure_path, formats_of

__all__ = ["Kept", "figure_files", "figure_patterns", "kept_figures"]

# Lists for each figure the digest of what it shows, and the checksums of its files.
_INDEX = "figures/drawn.json"
_KINDS = ("pdf", "png", "svg", "json")


@dataclass(frozen=True)
class Kept:
    """An earlier report's figures.

    Attributes
    ----------
    folder : Path
    entries : mapping of str to Any
        By name of the figure, as read and not yet checked.
    """

    folder: Path = Path()
    entries: Mapping[str, Any] = field(default_factory=dict)

    def figure(self, drawing: Drawing, digest: str, formats: str) -> EncodedFigure | None:
        """Reuse the figure if it shows the same and its files are intact.

        Returns
        -------
        EncodedFigure or None
            None if it has to be drawn.
        """
        shown, kinds = formats_of(drawing.shown, formats)
        if drawing.numbers is not None:
            kinds = (*kinds, "json")
        # Any problem with an earlier file only means that the figure is drawn again.
        with suppress(OSError, LookupError, TypeError, ValueError):
            entry = self.entries[drawing.name]
            if entry["shows"] != digest:
                return None
            width, height = (int(pixels) for pixels in entry["size"])
            encoded = []
            for kind in kinds:
                content = (self.folder / figure_path(drawing.name, kind)).read_bytes()
                if hashlib.sha256(content).hexdigest() != entry["sha256"][kind]:
                    return None
                encoded.append((kind, content))
            size = (width, height)
            return EncodedFigure(drawing.name, drawing.alt, shown, size, tuple(encoded), digest)
        return None


def kept_figures(folder: Path) -> Kept:
    """Read the list of figures of an earlier report; empty without one."""
    with suppress(OSError, ValueError):
        entries = json.loads((folder / _INDEX).read_text("utf-8"))
        if isinstance(entries, dict):
            return Kept(folder, entries)
    return Kept()


def figure_files(figures: Mapping[str, EncodedFigure]) -> dict[str, bytes]:
    """Content of the files in ``figures/``, by path inside of the report's folder."""
    if not figures:
        return {}
    entries = {
        name: {
            "shows": figure.shows,
            "size": figure.size,
            "sha256": {
                kind: hashlib.sha256(content).hexdigest() for kind, content in figure.encoded
            },
        }
        for name, figure in figures.items()
    }
    files = {
        figure_path(name, kind): content
        for name, figure in figures.items()
        for kind, content in figure.encoded
    }
    return {**files, _INDEX: (json.dumps(entries, indent=1) + "\n").encode()}


def figure_patterns(families: Sequence[str]) -> tuple[str, ...]:
    """Glob patterns of all files in ``figures/`` that figures of these families may have."""
    figures = (
        figure_path(f"{family}{rest}", kind)
        for family in families
        for rest in ("", "_*")
        for kind in _KINDS
    )
    return (*figures, _INDEX)

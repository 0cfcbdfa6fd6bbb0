"""Finished chunks of a long skim, kept aside until all of it is written.

A skim that was killed reads them back, and goes on with the next chunk.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hepline.data.writing.pieces import packed, unpacked
from hepline.data.writing.rows import Rows
from hepline.files import replacing

__all__ = ["Journal", "Piece"]


@dataclass(frozen=True)
class Piece:
    """The result of one chunk.

    Attributes
    ----------
    events : int
        That were kept.
    passed : tuple of int
        Events that pass each step.
    rows : mapping of str to Rows
    """

    events: int
    passed: tuple[int, ...]
    rows: Mapping[str, Rows]


class Journal:
    """The pieces of one skim, in a hidden folder beside its file.

    Parameters
    ----------
    out : Path
        The file of the skim.
    key : str
        Digest of all that determines its content: pieces of another skim are never taken.
    """

    def __init__(self, out: Path, key: str) -> None:
        self._out = out
        self._folder = out.parent / f".{out.name}.skim-{key[:16]}"

    def count(self) -> int:
        """How many pieces there are."""
        return len(list(self._folder.glob("*.piece"))) if self._folder.is_dir() else 0

    def load(self, number: int) -> Piece | None:
        """The piece of a chunk; None if there is none, or it is not what was stored."""
        path = self._path(number)
        stored = unpacked(path.read_bytes()) if path.is_file() else None
        if stored is None:
            return None
        rows, facts = stored
        return Piece(facts["events"], tuple(facts["passed"]), rows)

    def store(self, number: int, piece: Piece) -> None:
        """Keep the piece of a chunk."""
        content = packed(piece.rows, {"events": piece.events, "passed": piece.passed})
        with replacing(self._path(number)) as partial:
            partial.write_bytes(content)

    def remove(self) -> None:
        """Remove all pieces, and those of earlier skims into the same file."""
        # A process that was killed leaves the half-written file (`hepline.files.replacing`), too.
        for left in ("skim-*", *(("*.partial",) if self.count() else ())):
            for folder in self._out.parent.glob(f".{self._out.name}.{left}"):
                shutil.rmtree(folder, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06d}.piece"

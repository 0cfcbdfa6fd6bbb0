"""Pieces of a file that two chunks share, unpacked once by the first thread."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Claim", "Shared"]

T = TypeVar("T")

# Most pieces per column; chunks that threads read at the same time share few.
_MOST = 3


@dataclass(frozen=True)
class Claim(Generic[T]):
    """A piece that some thread unpacks.

    Attributes
    ----------
    result : Future
        The unpacked piece.
    mine : bool
        Whether the caller must unpack it. A thread must finish its own pieces before it waits for
        others; else two threads could wait for each other.
    """

    result: Future[T]
    mine: bool


class Shared(Generic[T]):
    """Unpacked pieces, kept until all elements are taken or newer pieces replace them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pieces: dict[Hashable, dict[int, tuple[Future[T], int]]] = {}

    def claim(self, column: Hashable, piece: int, count: int, elements: int) -> Claim[T]:
        """Claim a piece of a column.

        Parameters
        ----------
        column, piece
            Keys of the piece.
        count, elements : int
            Number of elements that the caller takes, and that the piece has.
        """
        with self._lock:
            pieces = self._pieces.setdefault(column, {})
            entry = pieces.pop(piece, None)
            result, remaining = (Future(), elements) if entry is None else entry
            if remaining > count:
                pieces[piece] = result, remaining - count
            if len(pieces) > _MOST:
                del pieces[next(iter(pieces))]
        return Claim(result, entry is None)

    @contextmanager
    def keeping(self, claims: Iterable[Claim[T]]) -> Iterator[None]:
        """After an error inside, release these claims, so that the pieces are tried again."""
        try:
            yield
        except BaseException as error:
            with self._lock:
                for claim in claims:
                    if claim.mine and not claim.result.done():
                        claim.result.set_exception(error)
                for column, pieces in self._pieces.items():
                    sound = {
                        piece: (result, left)
                        for piece, (result, left) in pieces.items()
                        if not (result.done() and result.exception())
                    }
                    self._pieces[column] = sound
            raise

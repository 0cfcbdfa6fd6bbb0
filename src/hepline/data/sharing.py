"""Pieces of a file that two chunks meet in: unpacked once, whichever thread comes first."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Claim", "Shared"]

T = TypeVar("T")

# Of each column; chunks that threads read at the same time meet in few.
_MOST = 3


@dataclass(frozen=True)
class Claim(Generic[T]):
    """A piece that somebody unpacks.

    Attributes
    ----------
    result : Future
        Of the unpacked piece.
    mine : bool
        Whether the caller is to unpack it. Who waits for others must have finished its own
        before, or two threads would wait for each other.
    """

    result: Future[T]
    mine: bool


class Shared(Generic[T]):
    """Unpacked pieces that are kept until every element was taken, or newer ones come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pieces: dict[Hashable, dict[int, tuple[Future[T], int]]] = {}

    def claim(self, column: Hashable, piece: int, count: int, elements: int) -> Claim[T]:
        """Ask for a piece of a column.

        Parameters
        ----------
        column, piece
            What it is.
        count, elements : int
            How many elements the caller takes, and how many the piece has.
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
        """Whatever goes wrong inside, nobody waits for these claims, and they are tried again."""
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

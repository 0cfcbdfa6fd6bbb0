"""Pieces of a file that several chunks share, unpacked once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Claim", "Kept", "Shared"]

T = TypeVar("T")

# Most pieces per column.
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


class Kept(Generic[T]):
    """Pieces, kept until all elements are taken or newer pieces replace them; thread-safe.

    Parameters
    ----------
    most : int
        Pieces per column; chunks that threads read at the same time share few.
    is_broken : callable
        Whether a piece failed: later callers make it again.
    """

    def __init__(self, most: int, is_broken: Callable[[T], bool]) -> None:
        self._most = most
        self._is_broken = is_broken
        self._lock = threading.Lock()
        self._pieces: dict[Hashable, dict[int, tuple[T, int]]] = {}

    def take(
        self, column: Hashable, piece: int, count: int, elements: int, make: Callable[[], T]
    ) -> T:
        """Take elements of a piece.

        Parameters
        ----------
        column, piece
            Keys of the piece.
        count, elements : int
            Number of elements that the caller takes, and that the piece has.
        make : callable
            Makes a new piece.
        """
        with self._lock:
            pieces = self._pieces.setdefault(column, {})
            entry = pieces.pop(piece, None)
            if entry is None or self._is_broken(entry[0]):
                entry = make(), elements
            content, remaining = entry
            if remaining > count:
                pieces[piece] = content, remaining - count
            if len(pieces) > self._most:
                del pieces[next(iter(pieces))]
        return content

    def forget(self) -> None:
        """Drop all pieces: their users keep them, later callers start again."""
        with self._lock:
            self._pieces.clear()


class Shared(Generic[T]):
    """Pieces that the first thread unpacks, for which the others wait."""

    def __init__(self) -> None:
        self._kept: Kept[Future[T]] = Kept(_MOST, _failed)

    def claim(self, column: Hashable, piece: int, count: int, elements: int) -> Claim[T]:
        """Claim a piece of a column; see `Kept.take`."""
        new: Future[T] = Future()
        result = self._kept.take(column, piece, count, elements, lambda: new)
        return Claim(result, result is new)

    @contextmanager
    def keeping(self, claims: Iterable[Claim[T]]) -> Iterator[None]:
        """After an error inside, release these claims, so that the pieces are tried again."""
        try:
            yield
        except BaseException as error:
            # Ctrl-C, too: other threads wait for the pieces.
            for claim in claims:
                if claim.mine and not claim.result.done():
                    claim.result.set_exception(error)
            raise


def _failed(result: Future[T]) -> bool:
    return result.done() and result.exception() is not None

"""Disjoint sets of tokens (union-find)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import Generic, TypeVar

__all__ = ["Sets"]

T = TypeVar("T", bound=Hashable)


class Sets(Generic[T]):
    """Sets that begin with one token each."""

    def __init__(self) -> None:
        self._parents: dict[T, T] = {}

    def first(self, token: T) -> T:
        """The representative of a token's set."""
        parent = self._parents.setdefault(token, token)
        while parent != token:
            # Path halving keeps later walks short.
            self._parents[token] = self._parents[parent]
            token, parent = parent, self._parents[parent]
        return token

    def join(self, tokens: Iterable[T]) -> None:
        """Join the sets of several tokens."""
        firsts = [self.first(token) for token in tokens]
        for other in firsts[1:]:
            self._parents[self.first(other)] = self.first(firsts[0])

    def __iter__(self) -> Iterator[T]:
        return iter(tuple(self._parents))

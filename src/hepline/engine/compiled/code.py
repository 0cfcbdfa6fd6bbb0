"""The lines of a kernel while it is written: nested blocks, and what is known inside each.

A value is written into the outermost block where it means the same: what does not change along
a loop stands before the loop. A block joins its parent only when it is closed, so that what is
lifted out of it stands above it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from hepline.columns.nodes import Node
from hepline.engine.compiled.values import Value

__all__ = ["Block", "Code", "remark", "stem"]

# Names that a kernel has for itself; a column may be called anything.
_TAKEN = re.compile(r"\d|(made|most|of|in|c|begin|(sin|cos)h?_of)_")


def stem(name: str) -> str:
    """The part of a column's name that a variable can have."""
    letters = re.sub(r"\W", "_", name, flags=re.ASCII)
    return f"x_{letters}" if _TAKEN.match(letters) else letters


def remark(node: Node) -> str:
    """What a line is about, for a comment: one line, whatever columns are called."""
    return " ".join(node.brief().split())


@dataclass(eq=False)
class Block:
    """Lines under a common opening (``for i in range(n):``).

    Attributes
    ----------
    opening : str
        Empty for the body of the event loop.
    variable : str or None
        What the opening counts, if it is a loop.
    parent : Block or None
    guards_loop : bool
        Whether it is a condition under which there is anything to go over.
    lines : list of str or Block
    values : dict
        Values that are computed once this block is entered.
    """

    opening: str
    variable: str | None
    parent: Block | None
    guards_loop: bool = False
    lines: list[str | Block] = field(default_factory=list)
    values: dict[Hashable, Value] = field(default_factory=dict)

    def find(self, key: Hashable) -> Value | None:
        """A value that is known here."""
        block: Block | None = self
        while block is not None:
            if key in block.values:
                return block.values[key]
            block = block.parent
        return None

    def drop(self, idle: set[str]) -> None:
        """Leave out lines that do nothing but keep idle names, and blocks of nothing else."""
        for line in self.lines:
            if isinstance(line, Block):
                line.drop(idle)
        self.lines = [
            line
            for line in self.lines
            if (line.lines if isinstance(line, Block) else line.split(" ")[0] not in idle)
        ]

    def render(self, depth: int = 0) -> Iterator[str]:
        """The source, line by line."""
        if self.opening:
            yield "    " * depth + self.opening
            depth += 1
        for line in self.lines:
            if isinstance(line, Block):
                yield from line.render(depth)
            else:
                yield "    " * depth + line


class Code:
    """Where lines are being written, and fresh names."""

    def __init__(self) -> None:
        self.root = Block("", None, None)
        self.block = self.root
        self._names: dict[str, int] = {}
        self._counters: list[str] = []

    def share_names(self, other: Code) -> None:
        """Give no name that another part of the kernel has: each stands for one type."""
        self._names = other._names

    def counter(self, deps: frozenset[str] = frozenset()) -> str:
        """A name that begins at zero before the loops around, and is dropped if nobody asks.

        Parameters
        ----------
        deps : frozenset of str
            Loop variables with which the count begins anew.
        """
        name, block = self.name("k"), self.place(deps)
        while block.guards_loop and block.parent is not None:
            block = block.parent
        block.lines.append(f"{name} = 0")
        self._counters.append(name)
        return name

    def drop_idle(self) -> None:
        """Leave out counters that nobody looks at."""
        # Set to zero, and counted up.
        occurrences = Counter(re.findall(r"\bk_\d+\b", "\n".join(self.root.render())))
        self.root.drop({name for name in self._counters if occurrences[name] == 2})

    def name(self, stem: str) -> str:
        """A name that is not in use."""
        number = self._names.get(stem, 0)
        self._names[stem] = number + 1
        return f"{stem}_{number}"

    def line(self, text: str) -> None:
        """Write one line into the current block."""
        self.block.lines.append(text)

    def place(self, deps: frozenset[str]) -> Block:
        """The outermost block, from here, where a value of these loop variables is complete."""
        best = block = self.block
        while block.parent is not None and block.variable not in deps:
            if block.variable is not None:
                best = block.parent
            block = block.parent
        return best

    @contextmanager
    def at(self, block: Block) -> Iterator[Block]:
        """Write into another block for a while."""
        before, self.block = self.block, block
        try:
            yield block
        finally:
            self.block = before

    @contextmanager
    def inside(
        self, opening: str, variable: str | None = None, *, guards_loop: bool = False
    ) -> Iterator[Block]:
        """Write a nested block; it joins the current one when it is complete."""
        parent = self.block
        block = Block(opening, variable, parent, guards_loop)
        with self.at(block):
            yield block
        if block.lines:
            parent.lines.append(block)

    def either(self, condition: str) -> _Branches:
        """Two blocks, one of which is run."""
        return _Branches(
            Block(f"if {condition}:", None, self.block), Block("else:", None, self.block)
        )

    def join(self, branches: _Branches) -> None:
        """Write both branches into the current block."""
        self.block.lines += branches


class _Branches(NamedTuple):
    true: Block
    false: Block

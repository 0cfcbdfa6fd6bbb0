"""The lines of a kernel under construction: nested blocks, with the values known in each.

A value is written into the outermost block where it has the same meaning: loop invariants precede
their loop. A block joins its parent only when it is closed, so that code lifted out of it comes
first.
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

# Names that kernels use; a column may have any name.
_TAKEN = re.compile(r"\d|(made|most|of|in|c|begin|(sin|cos)h?_of)_")


def stem(name: str) -> str:
    """The part of a column's name that is valid in a variable."""
    letters = re.sub(r"\W", "_", name, flags=re.ASCII)
    return f"x_{letters}" if _TAKEN.match(letters) else letters


def remark(node: Node) -> str:
    """A comment about a line: always a single line, whatever the names of columns."""
    return " ".join(node.brief().split())


@dataclass(eq=False)
class Block:
    """Lines under a common opening (``for i in range(n):``).

    Attributes
    ----------
    opening : str
        Empty for the body of the event loop.
    variable : str or None
        The loop variable, if the opening is a loop.
    parent : Block or None
    guards_loop : bool
        Whether the opening is a condition that a loop has any elements.
    lines : list of str or Block
    values : dict
        Values that are available inside this block.
    """

    opening: str
    variable: str | None
    parent: Block | None
    guards_loop: bool = False
    lines: list[str | Block] = field(default_factory=list)
    values: dict[Hashable, Value] = field(default_factory=dict)

    def find(self, key: Hashable) -> Value | None:
        """A value that is available here; None if it is not."""
        block: Block | None = self
        while block is not None:
            if key in block.values:
                return block.values[key]
            block = block.parent
        return None

    def drop(self, idle: set[str]) -> None:
        """Drop lines that only update idle names, and blocks without other lines."""
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
    """The current block, and fresh names."""

    def __init__(self) -> None:
        self.root = Block("", None, None)
        self.block = self.root
        self._names: dict[str, int] = {}
        self._counters: list[str] = []

    def share_names(self, other: Code) -> None:
        """Avoid the names of another part of the kernel, since each name has one type."""
        self._names = other._names

    def counter(self, deps: frozenset[str] = frozenset()) -> str:
        """A counter that starts at zero before the surrounding loops; dropped if unused.

        Parameters
        ----------
        deps : frozenset of str
            Loop variables that reset the count.
        """
        name, block = self.name("k"), self.place(deps)
        while block.guards_loop and block.parent is not None:
            block = block.parent
        block.lines.append(f"{name} = 0")
        self._counters.append(name)
        return name

    def drop_idle(self) -> None:
        """Drop counters that nothing reads."""
        # Two occurrences: set to zero, and incremented.
        occurrences = Counter(re.findall(r"\bk_\d+\b", "\n".join(self.root.render())))
        self.root.drop({name for name in self._counters if occurrences[name] == 2})

    def name(self, stem: str) -> str:
        """A fresh name."""
        number = self._names.get(stem, 0)
        self._names[stem] = number + 1
        return f"{stem}_{number}"

    def line(self, text: str) -> None:
        """Write one line into the current block."""
        self.block.lines.append(text)

    def place(self, deps: frozenset[str]) -> Block:
        """The outermost block around here in which all of these loop variables are set."""
        best = block = self.block
        while block.parent is not None and block.variable not in deps:
            if block.variable is not None:
                best = block.parent
            block = block.parent
        return best

    @contextmanager
    def at(self, block: Block) -> Iterator[Block]:
        """Write into another block inside the context."""
        before, self.block = self.block, block
        try:
            yield block
        finally:
            self.block = before

    @contextmanager
    def inside(
        self, opening: str, variable: str | None = None, *, guards_loop: bool = False
    ) -> Iterator[Block]:
        """Write a nested block, which joins the current one at the end of the context."""
        parent = self.block
        block = Block(opening, variable, parent, guards_loop)
        with self.at(block):
            yield block
        if block.lines:
            parent.lines.append(block)

    def either(self, condition: str) -> _Branches:
        """The two branches of a condition."""
        return _Branches(
            Block(f"if {condition}:", None, self.block), Block("else:", None, self.block)
        )

    def join(self, branches: _Branches) -> None:
        """Write both branches into the current block."""
        self.block.lines += branches


class _Branches(NamedTuple):
    true: Block
    false: Block

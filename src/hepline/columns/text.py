"""Columns of text, represented by a 64-bit code for each text.

The code depends on the text alone: no list of all texts is needed, and neither chunks nor workers
make a difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import numpy as np

from hepline.columns.elementwise import Masked
from hepline.columns.expression import Expr, Origin, common_origin
from hepline.columns.inner import Inner, inner_of
from hepline.columns.leaves import Column, Constant
from hepline.columns.lifting import build
from hepline.columns.lists import Concat, Flatten, Take, TakeInside
from hepline.columns.nodes import Node
from hepline.columns.preview import table
from hepline.columns.reducing import reduced
from hepline.columns.tables import IsIn
from hepline.columns.types import TEXT
from hepline.columns.unread import Unread
from hepline.errors import ColumnNotFound, TypeMismatch

__all__ = ["FNV_OFFSET", "FNV_PRIME", "Text", "code_of", "column_of", "is_text", "texts_in"]

FNV_OFFSET, FNV_PRIME = 0xCBF29CE484222325, 0x100000001B3
"""Of the hash FNV-1a of Fowler, Noll and Vo, with 64 bits."""


def code_of(text: str | bytes) -> int:
    """The code of a text: FNV-1a of its bytes in UTF-8, with 64 bits.

    Two of a million different texts have the same code with a probability of 3e-8.
    """
    code = FNV_OFFSET
    for byte in text.encode() if isinstance(text, str) else text:
        code = (code ^ byte) * FNV_PRIME % 2**64
    return code


def is_text(node: Node) -> bool:
    """Whether a node holds codes from a column of text."""
    return bool(texts_in(node))


def texts_in(node: Node) -> tuple[str, ...]:
    """Names of the text columns behind a node; empty if it is not text."""
    match node:
        case Column():
            return (node.name,) if node.dtype == TEXT else ()
        case Take() | TakeInside() | Flatten():
            return texts_in(node.values)
        case Masked():
            return texts_in(node.value)
        case Concat():
            first, second = texts_in(node.first), texts_in(node.second)
            return tuple(dict.fromkeys((*first, *second))) if first and second else ()
    return ()


def column_of(node: Node, origin: Origin | None) -> Expr | Text:
    """Wrap a column for the user: `Text` or `Expr`."""
    column = Expr(node, origin)
    return Text(column) if is_text(node) else column


@dataclass(frozen=True, eq=False)
class Text(Unread):
    """A column of text: one, or a list of them, per event.

    It can be compared, chosen from and computed; there are no other operations on text.

    Attributes
    ----------
    codes : Expr of uint64
        A number for each text, for uses that need numbers: ``trk.unique(by=trk.name.codes)``.
    """

    codes: Expr

    instead: ClassVar[str] = "compare it first: name == 'a', hl.isin(name, ['a', 'b'])."
    # Makes NumPy's strings leave the comparison to this class.
    __array_ufunc__ = None

    @property
    def origin(self) -> Origin | None:
        """The origin of the codes."""
        return self.codes.origin

    def __repr__(self) -> str:
        return f"<{self.codes.node.brief(160)}  type='{self.codes.type.called(TEXT)}'>"

    def _repr_html_(self) -> str:
        node = self.codes.node
        return table(self.codes.type.called(TEXT), [node.brief()], [node], self.origin)

    if not TYPE_CHECKING:  # Hidden from type checkers, which would accept any name.

        def __getattr__(self, name: str) -> NoReturn:
            # Python and its libraries probe for these names.
            if name.startswith("_"):
                raise AttributeError(name)
            raise ColumnNotFound(
                f"no '{name}' of {self!r}.",
                why="a column of text is compared, chosen from, counted and computed.",
                fix=self.instead,
            )

    def __getitem__(self, key: object) -> Text:
        return Text(self.codes[key])

    @property
    def inner(self) -> Inner[Text]:
        """The innermost lists: ``x.inner[0]`` is the first text of each of them."""
        return inner_of(self)

    @property
    def axes(self) -> tuple[Node, ...]:
        """The lists that hold the texts."""
        return self.codes.axes

    def chosen_inside(self, key: object, level: int, origin: Origin | None) -> Text:
        """Choose texts of the lists at a level."""
        return Text(self.codes.chosen_inside(key, level, origin))

    def count(self, *, axis: int | None = -1) -> Expr:
        """Number of texts in each innermost list."""
        return reduced("count", self.codes, axis)

    def is_missing(self) -> Expr:
        """True where there is no text."""
        return self.codes.is_missing()

    def isin(self, values: Iterable[str]) -> Expr:
        """Whether each text is among some others."""
        is_one = isinstance(values, str | bytes)
        texts = [] if is_one else list(values)
        if is_one or not all(isinstance(text, str | bytes) for text in texts):
            raise TypeMismatch(
                f"isin({self!r}, {values!r:.60}).",
                why="a text is looked for among several others, which are known now.",
                fix="give a list, hl.isin(name, ['a', 'b']); with one text compare: name == 'a'.",
            )
        codes, node = tuple(sorted({code_of(text) for text in texts})), self.codes.node
        # Without texts: false, and missing where the text is.
        result = IsIn(node, codes) if codes else build("less", (node, node))
        return Expr(result, self.origin)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any
    ) -> object:
        """Support ``np.isin``, the only array function for text."""
        if function is np.isin and len(args) == 2 and args[0] is self and not kwargs:
            return self.isin(np.asarray(args[1]).ravel().tolist())
        return super().__array_function__(function, types, args, kwargs)

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> Expr:  # type: ignore[override]
        return self._compared("equal", other)

    def __ne__(self, other: object) -> Expr:  # type: ignore[override]
        return self._compared("not_equal", other)

    def _compared(self, operation: str, other: object) -> Expr:
        if isinstance(other, Text):
            node = build(operation, (self.codes.node, other.codes.node))
            return Expr(node, common_origin(self, other))
        if isinstance(other, str | bytes):
            code = Constant(code_of(other), "uint64")
            return Expr(build(operation, (self.codes.node, code)), self.origin)
        raise TypeMismatch(
            f"{self!r} was compared with {other!r:.60}.",
            why="a text equals another text or none, and no number.",
            fix="compare with a text: name == 'a'; with several: hl.isin(name, ['a', 'b']).",
        )

    def _refused(self, other: object = None) -> NoReturn:
        raise TypeMismatch(
            f"{self!r} was computed with, beside {other!r:.60}.",
            why="text has no order and no sum here: it equals another text or does not.",
            fix=self.instead,
        )

    __lt__ = __le__ = __gt__ = __ge__ = _refused
    __add__ = __radd__ = __mul__ = __rmul__ = __sub__ = __rsub__ = __mod__ = _refused

"""Expressions, the columns users compute with: recipes, read by `hl.compute` only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from hepline.columns.arrays import ARRAY_FUNCTIONS, UFUNCS_BY_OTHERS
from hepline.columns.choosing import choose_elements, level_of
from hepline.columns.elementwise import UFUNCS, FillMissing, IsMissing
from hepline.columns.inner import Inner, inner_of
from hepline.columns.lifting import Number, build, cast, constant
from hepline.columns.methods import Methods
from hepline.columns.nodes import Node
from hepline.columns.origin import Origin, common_origin
from hepline.columns.preview import table
from hepline.columns.types import Type, named_dtype
from hepline.columns.unread import Factored, Unread, no_method
from hepline.columns.unsigned import exactly
from hepline.columns.vary import Nuisance, Vary, checked_nuisance
from hepline.errors import LanguageError, TypeMismatch, checked_keywords

__all__ = ["Expr", "Origin", "apply", "common_origin", "node_of", "vary_node"]


@dataclass(frozen=True, eq=False)
class Expr(Methods):
    """A column that can be computed: one value, or a list of values, per event.

    Attributes
    ----------
    node : Node
        The recipe.
    origin : Origin or None
    """

    node: Node
    origin: Origin | None

    @property
    def type(self) -> Type:
        """The type, known as soon as the expression is written."""
        return self.node.type

    def __repr__(self) -> str:
        return f"<{self.node.brief(160)}  type='{self.type}'>"

    def _repr_html_(self) -> str:
        return table(str(self.type), [self.node.brief()], [self.node], self.origin)

    def __format__(self, specification: str) -> str:
        if specification:
            raise LanguageError(
                f"{self!r} cannot be formatted as a number ('{specification}').",
                why="it differs from event to event, and nothing has been read.",
                fix="format the values: hl.compute(…) gives an array of them.",
            )
        return repr(self)

    if not TYPE_CHECKING:  # Hidden from type checkers, which would accept any name.

        def __getattr__(self, name: str) -> NoReturn:
            # Python and its libraries probe for these names.
            if name.startswith("_"):
                raise AttributeError(name)
            raise no_method(name, repr(self))

    def astype(self, dtype: str | np.dtype) -> Expr:
        """Convert the elements to another NumPy dtype.

        Floats that become integers are truncated towards zero; those out of range become the
        nearest integer of the dtype, NaN becomes zero.

        Raises
        ------
        TypeMismatch
            If the dtype is not numeric.
        """
        target = named_dtype(dtype)
        if target.kind not in "biuf":
            raise TypeMismatch(
                f"astype({dtype!r}).",
                why="an element is a number, true or false.",
                fix="use 'float64', 'float32', 'int64', 'int32', 'uint8' or 'bool'.",
            )
        return Expr(cast(self.node, target), self.origin)

    def is_missing(self) -> Expr:
        """True where a value is missing (the third jet of an event with two, say)."""
        return Expr(IsMissing(self.node), self.origin)

    def fill_missing(self, value: Number) -> Expr:
        """Replace missing values by a number."""
        number = constant(value, self.type.dtype)
        replacement = cast(number, self.type.dtype)
        if self.type.dtype.kind in "biu" and cast(replacement, number.type.dtype) is not number:
            raise TypeMismatch(
                f"fill_missing({value!r}) of {self.type}.",
                why=f"{self.type.dtype.name} cannot hold this number.",
                fix="convert first: jet[0].charge.astype('float64').fill_missing(…).",
            )
        return Expr(FillMissing(self.node, replacement), self.origin)

    @checked_keywords
    def vary(self, nuisance: Nuisance, *, up: object, down: object = None) -> Expr:
        """Give the column other values under a systematic variation.

        Parameters
        ----------
        nuisance : Nuisance
        up, down : Expr or number
            The varied values; `down` is left out for a one-sided nuisance.

        Raises
        ------
        LanguageError
            If a list gets a single number, which was probably meant as a factor.
        """
        for varied in (up, down):
            if self.type.depth and isinstance(varied, int | float | np.number):
                raise LanguageError(
                    f"a list is varied into the number {varied}.",
                    why="a variation gives each element its new value, not a factor.",
                    fix=f"write the value, such as up={varied} * jet.pt.",
                )
        node = vary_node(nuisance, self.node, node_of(up), None if down is None else node_of(down))
        return Expr(node, common_origin(self, up, down))

    def __getitem__(self, key: object) -> Expr:
        if not self.type.depth:
            raise TypeMismatch(
                f"brackets on {self.type}.",
                why="this is one value per event, not a list.",
                fix="give conditions on events as where=, or choose among them with hl.where().",
            )
        plain = key.node if isinstance(key, Expr) else key
        level = level_of(plain, self.type.depth)
        return self.chosen_inside(plain, level, common_origin(self, key))

    @property
    def inner(self) -> Inner[Expr]:
        """The innermost of lists of lists: ``x.inner[0]`` is the first element of each of them."""
        return inner_of(self)

    @property
    def axes(self) -> tuple[Node, ...]:
        """The lists that its elements stand in."""
        return self.type.axes

    def chosen_inside(self, key: object, level: int, origin: Origin | None) -> Expr:
        """Choose elements of the lists at a level."""
        return Expr(choose_elements(self.node, key, level), origin)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Expr:
        other = UFUNCS_BY_OTHERS.get(ufunc)
        if other is not None and method == "__call__" and not options:
            return Expr(other(*map(node_of, inputs)), common_origin(*inputs))
        name = UFUNCS.get(ufunc)
        if name is None or method != "__call__" or options:
            raise TypeMismatch(
                f"numpy.{ufunc.__name__} on an expression.",
                why="it has no meaning in the language of columns, or was given extra arguments.",
                fix="use one of: " + ", ".join(sorted(set(UFUNCS.values()))) + ".",
            )
        return apply(name, *inputs)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any
    ) -> object:
        """Support NumPy's array functions that act on each list separately."""
        meaning = ARRAY_FUNCTIONS.get(function)
        if meaning is None:
            return super().__array_function__(function, types, args, kwargs)
        arguments = [*args, *kwargs.values()]
        parts = [
            part
            for argument in arguments
            for part in (argument if isinstance(argument, list) else [argument])
        ]
        try:
            node = meaning(*map(_lowered, args), **{k: _lowered(v) for k, v in kwargs.items()})
        except TypeError:
            # An unsupported argument, such as an axis across events.
            return super().__array_function__(function, types, args, kwargs)
        return Expr(node, common_origin(*parts))

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> Expr:  # type: ignore[override]
        return apply("equal", self, other)

    def __ne__(self, other: object) -> Expr:  # type: ignore[override]
        return apply("not_equal", self, other)

    def __lt__(self, other: object) -> Expr:
        return apply("less", self, other)

    def __le__(self, other: object) -> Expr:
        return apply("less_equal", self, other)

    def __gt__(self, other: object) -> Expr:
        return apply("greater", self, other)

    def __ge__(self, other: object) -> Expr:
        return apply("greater_equal", self, other)

    def __add__(self, other: object) -> Expr:
        return apply("add", self, other)

    def __radd__(self, other: object) -> Expr:
        return apply("add", other, self)

    def __sub__(self, other: object) -> Expr:
        return apply("subtract", self, other)

    def __rsub__(self, other: object) -> Expr:
        return apply("subtract", other, self)

    def __mul__(self, other: object) -> Expr:
        if isinstance(other, Factored):
            return NotImplemented
        return apply("multiply", self, other)

    def __rmul__(self, other: object) -> Expr:
        return apply("multiply", other, self)

    def __truediv__(self, other: object) -> Expr:
        return apply("true_divide", self, other)

    def __rtruediv__(self, other: object) -> Expr:
        return apply("true_divide", other, self)

    def __floordiv__(self, other: object) -> Expr:
        return apply("floor_divide", self, other)

    def __rfloordiv__(self, other: object) -> Expr:
        return apply("floor_divide", other, self)

    def __mod__(self, other: object) -> Expr:
        return apply("remainder", self, other)

    def __rmod__(self, other: object) -> Expr:
        return apply("remainder", other, self)

    def __pow__(self, other: object) -> Expr:
        return apply("power", self, other)

    def __rpow__(self, other: object) -> Expr:
        return apply("power", other, self)

    def __and__(self, other: object) -> Expr:
        return apply("bitwise_and", self, other)

    __rand__ = __and__

    def __or__(self, other: object) -> Expr:
        return apply("bitwise_or", self, other)

    __ror__ = __or__

    def __xor__(self, other: object) -> Expr:
        return apply("bitwise_xor", self, other)

    __rxor__ = __xor__

    def __lshift__(self, other: object) -> Expr:
        return apply("left_shift", self, other)

    def __rlshift__(self, other: object) -> Expr:
        return apply("left_shift", other, self)

    def __rshift__(self, other: object) -> Expr:
        return apply("right_shift", self, other)

    def __invert__(self) -> Expr:
        return apply("invert", self)

    def __neg__(self) -> Expr:
        return apply("negative", self)

    def __pos__(self) -> Expr:
        return self

    def __abs__(self) -> Expr:
        return apply("absolute", self)


def _lowered(value: object) -> object:
    """Replace expressions by their nodes, also inside lists."""
    if isinstance(value, list):
        return [_lowered(part) for part in value]
    return value.node if isinstance(value, Expr) else value


def node_of(value: object) -> Node:
    """The node of an expression or a number."""
    if isinstance(value, Expr):
        return value.node
    if isinstance(value, bool | int | float | np.bool_ | np.number):
        return constant(value)
    raise TypeMismatch(
        f"{type(value).__name__} {value!r:.60} in an expression.",
        why="expressions are made of columns and numbers.",
        fix=getattr(value, "instead", Unread.instead),
    )


def apply(name: str, *operands: object) -> Expr:
    """Apply an elementwise operation to expressions and numbers."""
    # NumPy wraps its own scalars before it passes them on: np.float32(3) > met.pt.
    plain = tuple(
        operand[()] if isinstance(operand, np.ndarray) and not operand.ndim else operand
        for operand in operands
    )
    nodes = tuple(
        operand
        if isinstance(operand, bool | int | float | np.bool_ | np.number)
        else node_of(operand)
        for operand in plain
    )
    return Expr(build(name, nodes), common_origin(*operands))


def vary_node(nuisance: Nuisance, nominal: Node, up: Node, down: Node | None) -> Node:
    """Make a `Vary` node whose variations have the nominal dtype.

    Raises
    ------
    LanguageError
        If the directions differ from those that the nuisance declares.
    """
    checked_nuisance(nuisance)
    if nuisance.one_sided != (down is None):
        raise LanguageError(
            f"'{nuisance.name}' is {'one-sided' if nuisance.one_sided else 'two-sided'}, "
            f"but down= is {'given' if down is not None else 'missing'}.",
            why="the fit mirrors a one-sided variation and takes both sides of the other kind.",
            fix="give both up= and down=, or declare hl.nuisance(…, one_sided=True) and give up=.",
        )
    if nuisance.combine:
        raise LanguageError(
            f"'{nuisance.name}' combines members, and varies a value up and down.",
            why=f"combine='{nuisance.combine}' takes an array of weights.",
            fix="vary a weight, hl.weight(…).vary(pdf, members=ev.LHEPdfWeight, count=…), or leave "
            "combine= out.",
        )
    dtype = nominal.type.dtype
    for varied in (up, down):
        if varied is not None and dtype.kind != "f" and varied.type.dtype.kind != dtype.kind:
            if {dtype.kind, varied.type.dtype.kind} <= {"i", "u"}:
                continue
            raise TypeMismatch(
                f"'{nuisance.name}' varies {dtype.name} into {varied.type.dtype.name}.",
                why="a variation keeps the type of the column, so that fractions would be cut off.",
                fix="convert first: jet.charge.astype('float64').vary(…).",
            )
    return Vary(nuisance, nominal, _like(up, dtype), None if down is None else _like(down, dtype))


def _like(varied: Node, dtype: np.dtype) -> Node:
    whole = varied.type.dtype.kind in "iu" and dtype.kind in "iu"
    return exactly(varied, dtype) if whole else cast(varied, dtype)

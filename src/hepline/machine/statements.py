"""Translation of Python statements to blocks of instructions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hepline.machine.arithmetic import binary, cast, compared
from hepline.machine.builder import Builder, Operand, constant
from hepline.machine.expressions import Expressions, Functions
from hepline.machine.places import Manner
from hepline.machine.types import (
    INT64,
    Array,
    Nothing,
    Result,
    Scalar,
    Tuple,
    Untranslated,
    common,
    wider,
)

__all__ = ["NO_MEMORY", "OVERFLOW", "Body"]

# What stands at a kernel's `failed` when something went wrong.
OVERFLOW, NO_MEMORY = 1, 2


class Body:
    """Writer of a function's statements.

    A variable has one type, which holds all values assigned to it. If a later statement needs a
    wider one, the function is written again (`changed`).

    Parameters
    ----------
    names : mapping of str to object
        Global names of the function.
    functions : Functions
    types : dict of str to Scalar
        Types of its variables so far.
    returned : Result, optional
        Type of its result so far.
    manner : Manner
        How indices are checked.
    """

    def __init__(
        self,
        names: Mapping[str, Any],
        functions: Functions,
        types: dict[str, Scalar],
        returned: Result | None,
        manner: Manner,
    ) -> None:
        self.builder = Builder()
        self.types, self.returned, self.changed = types, returned, False
        self._places: dict[str, str] = {}
        self._arrays: dict[str, Operand] = {}
        self._memory: list[str] = []
        self._own: set[str] = set()
        self._made: set[str] = set()
        self._loops: list[tuple[str, str]] = []
        self._manner = manner
        self._expressions = Expressions(
            self.builder, names, functions, self._read, self._allocate, manner
        )

    def given(self, name: str, value: Operand) -> None:
        """Set a parameter."""
        self._set(name, value)

    def write(self, statements: Sequence[ast.stmt]) -> None:
        """Write statements in order."""
        for statement in statements:
            rule = _RULES.get(type(statement))
            if rule is None:
                raise Untranslated(ast.unparse(statement))
            rule(self, statement)

    def finish(self) -> None:
        """Return, if nothing has yet."""
        if not self.builder.ended:
            if self.returned is not None:
                raise Untranslated("a function that may end without a result")
            self._leave("void")

    # --- variables -------------------------------------------------------------------------------

    def _read(self, name: str) -> Operand | None:
        if name in self._places:
            return self.builder.load(self.types[name], self._places[name])
        return self._arrays.get(name)

    def _set(self, name: str, value: Operand) -> None:
        if isinstance(value.type, Array | Nothing):
            if name in self._arrays or name in self._places:
                raise Untranslated(f"{name} is set twice")
            self._arrays[name] = value
            if isinstance(value.type, Array) and value.parts[0] in self._made:
                self._own.add(name)
            return
        type_ = self.types.setdefault(name, value.scalar)
        wider = common(type_, value.scalar)
        if wider != type_:
            self.types[name], self.changed = wider, True
        if name not in self._places:
            # Users may set a variable in some branches only: it needs a value in the others.
            self._places[name] = self.builder.slot(type_.code, name, "zeroinitializer")
        self.builder.store(cast(self.builder, value, type_), self._places[name])

    def _allocate(self, size: Operand, element: Scalar, filling: Operand | None) -> Operand:
        builder = self.builder
        if self._loops:
            raise Untranslated("new memory inside of a loop")
        count = cast(builder, size, INT64).text
        size_ = builder.value(f"mul i64 {count}, {max(element.bits // 8, 1)}")
        memory = builder.value(f"call noalias ptr @malloc(i64 {size_})")
        slot = builder.slot("ptr", "memory", "null")
        builder.line(f"store ptr {memory}, ptr {slot}")
        self._memory.append(slot)
        self._made.add(memory)
        there, gone = builder.fresh("there"), builder.fresh("gone")
        builder.branch(builder.value(f"icmp ne ptr {memory}, null"), there, gone)
        builder.label(gone)
        self._fail(NO_MEMORY)
        builder.label(there)
        array = Operand(Array(element), (memory, count))
        if filling is not None:
            value = cast(builder, filling, element)
            self._counted(
                (constant(0, INT64), Operand(INT64, (count,)), constant(1, INT64)),
                lambda place: builder.set_element(array, place.text, value),
            )
        return array

    # --- leaving ---------------------------------------------------------------------------------

    def _leave(self, text: str) -> None:
        for slot in self._memory:
            memory = self.builder.value(f"load ptr, ptr {slot}")
            self.builder.line(f"call void @free(ptr {memory})")
        self.builder.leave(text)

    def _fail(self, reason: int) -> None:
        self.builder.line(f"store i8 {reason}, ptr %failed")
        nothing = "void" if self.returned is None else f"{self.returned.code} zeroinitializer"
        self._leave(nothing)

    # --- one rule for each kind of statement -----------------------------------------------------

    def _assign(self, node: ast.Assign) -> None:
        value = self._expressions.of(node.value)
        for target in node.targets:
            self._put(target, value)

    def _put(self, target: ast.expr, value: Operand) -> None:
        match target:
            case ast.Name():
                self._set(target.id, value)
            case ast.Tuple():
                for number, item in enumerate(target.elts):
                    self._put(item, self.builder.item(value, number))
            case ast.Subscript():
                if self._manner.is_users and self._is_given(target.value):
                    raise Untranslated("a list that is written to")
                array, place = self._expressions.place(target)
                if isinstance(array.type, Array):
                    value = cast(self.builder, value, array.type.element)
                self.builder.set_element(array, place, value)
            case _:
                raise Untranslated(ast.unparse(target))

    def _is_given(self, row: ast.expr) -> bool:
        """Whether an array is a parameter, not made in the function."""
        return not (isinstance(row, ast.Name) and row.id in self._own)

    def _augment(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Subscript):
            if self._manner.is_users and self._is_given(node.target.value):
                raise Untranslated("a list that is written to")
            array, place = self._expressions.place(node.target)
            before = self.builder.element(array, place)
            after = binary(self.builder, node.op, before, self._expressions.of(node.value))
            self.builder.set_element(array, place, cast(self.builder, after, before.scalar))
            return
        target = ast.Name(node.target.id) if isinstance(node.target, ast.Name) else node.target
        before = self._expressions.of(target)
        self._put(target, binary(self.builder, node.op, before, self._expressions.of(node.value)))

    def _expression(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self._expressions.of(node.value)

    def _return(self, node: ast.Return) -> None:
        if node.value is None:
            self._leave("void")
            return
        value = self._expressions.of(node.value)
        result = wider(self.returned or value.type, value.type)
        if result != self.returned:
            self.returned, self.changed = result, True
        if isinstance(result, Tuple):
            items = [
                cast(self.builder, self.builder.item(value, number), item)
                for number, item in enumerate(result.items)
            ]
            text = self.builder.packed(result, items)
        else:
            text = cast(self.builder, value, result).text
        self._leave(f"{result.code} {text}")

    def _raise(self, node: ast.Raise) -> None:
        name = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        if not (isinstance(name, ast.Name) and name.id == OverflowError.__name__):
            raise Untranslated(ast.unparse(node))
        self._fail(OVERFLOW)

    def _if(self, node: ast.If) -> None:
        test = self._expressions.truth(node.test)
        if test.known is not None:
            self.write(node.body if test.known else node.orelse)
            return
        builder = self.builder
        true, false, end = (builder.fresh(stem) for stem in ("if", "else", "end"))
        builder.branch(test.text, true, false)
        for label, statements in ((true, node.body), (false, node.orelse)):
            builder.label(label)
            self.write(statements)
            builder.jump(end)
        builder.label(end)

    def _while(self, node: ast.While) -> None:
        if node.orelse:
            raise Untranslated(ast.unparse(node.orelse[0]))
        builder = self.builder
        head, body, end = (builder.fresh(stem) for stem in ("while", "body", "end"))
        builder.label(head)
        builder.branch(self._expressions.truth(node.test).text, body, end)
        builder.label(body)
        self._loops.append((head, end))
        self.write(node.body)
        self._loops.pop()
        builder.jump(head)
        builder.label(end)

    def _for(self, node: ast.For) -> None:
        call, target = node.iter, node.target
        if node.orelse:
            raise Untranslated(ast.unparse(node.orelse[0]))
        if isinstance(target, ast.Name) and isinstance(call, ast.Name):
            self._each(target.id, call, node.body)
            return
        is_range = isinstance(call, ast.Call) and getattr(call.func, "id", "") == "range"
        if not is_range or not isinstance(call, ast.Call) or not isinstance(target, ast.Name):
            raise Untranslated(ast.unparse(node.iter))
        bounds = [cast(self.builder, self._expressions.of(part), INT64) for part in call.args]
        if len(bounds) == 1:
            bounds.insert(0, constant(0, INT64))
        if len(bounds) == 2:
            bounds.append(constant(1, INT64))
        if self._manner.is_users and not bounds[2].known:
            raise Untranslated(ast.unparse(node.iter))  # the direction of the loop is unknown
        name = target.id

        def body(place: Operand) -> None:
            self._set(name, place)
            self.write(node.body)

        self._counted((bounds[0], bounds[1], bounds[2]), body)

    def _each(self, name: str, row: ast.Name, statements: Sequence[ast.stmt]) -> None:
        """A loop over the elements of an array."""
        array = self._expressions.of(row)
        if not isinstance(array.type, Array) or array.type.dimensions != 1:
            raise Untranslated(ast.unparse(row))

        def body(place: Operand) -> None:
            self._set(name, self.builder.element(array, place.text))
            self.write(statements)

        step = constant(1, INT64)
        self._counted((constant(0, INT64), Operand(INT64, (array.parts[1],)), step), body)

    def _counted(
        self, bounds: tuple[Operand, Operand, Operand], body: Callable[[Operand], None]
    ) -> None:
        builder, (start, stop, step) = self.builder, bounds
        counter = builder.slot("i64", "counter")
        builder.store(start, counter)
        head, inside, further, end = (
            builder.fresh(stem) for stem in ("for", "body", "further", "end")
        )
        builder.label(head)
        place = builder.load(INT64, counter)
        below = ast.Gt() if step.known is not None and step.known < 0 else ast.Lt()
        builder.branch(compared(builder, below, place, stop).text, inside, end)
        builder.label(inside)
        self._loops.append((further, end))
        body(place)
        self._loops.pop()
        builder.label(further)
        after = builder.value(f"add nsw i64 {place.text}, {step.text}")
        builder.store(Operand(INT64, (after,)), counter)
        builder.jump(head)
        builder.label(end)

    def _break(self, _node: ast.Break) -> None:
        self.builder.jump(self._loops[-1][1])

    def _continue(self, _node: ast.Continue) -> None:
        self.builder.jump(self._loops[-1][0])

    def _pass(self, _node: ast.Pass) -> None:
        """Write nothing."""


_RULES: Mapping[type[ast.stmt], Callable[[Body, Any], None]] = {
    ast.Assign: Body._assign,
    ast.AugAssign: Body._augment,
    ast.Expr: Body._expression,
    ast.Return: Body._return,
    ast.Raise: Body._raise,
    ast.If: Body._if,
    ast.While: Body._while,
    ast.For: Body._for,
    ast.Break: Body._break,
    ast.Continue: Body._continue,
    ast.Pass: Body._pass,
}

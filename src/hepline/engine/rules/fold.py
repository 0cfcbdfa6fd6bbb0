"""Evaluate constants and drop operations without effect."""

from __future__ import annotations

import numpy as np

from hepline.columns.elementwise import OPERATIONS, Cast, Elementwise, FillMissing
from hepline.columns.leaves import Collection, Constant
from hepline.columns.lifting import cast
from hepline.columns.lists import Position
from hepline.columns.nodes import Node

__all__ = ["fold"]


def fold(node: Node) -> Node:
    """Rewrite operations on constants, and operations that change nothing.

    Keeps type and values of every node bit for bit.
    """
    if isinstance(node, Elementwise):
        return _elementwise(node)
    if isinstance(node, Cast):
        if node.value.type.dtype == node.type.dtype:
            return node.value
        if isinstance(node.value, Constant):
            return cast(node.value, node.type.dtype)
    if isinstance(node, FillMissing) and not node.value.type.optional:
        return node.value
    if isinstance(node, Position) and isinstance(node.of, Collection):
        return node.of
    return node


def _elementwise(node: Elementwise) -> Node:
    operands = node.operands
    if all(isinstance(operand, Constant) for operand in operands):
        values = [
            part.type.dtype.type(part.value) for part in operands if isinstance(part, Constant)
        ]
        with np.errstate(all="ignore"):
            result = OPERATIONS[node.operation].function(*values)
        return Constant(node.type.dtype.type(result).item(), node.type.dtype.name)
    if node.operation == "multiply":
        # x * 1 is x for every x, NaN and infinities included; x * 0 is not 0.
        for unit, other in (operands, operands[::-1]):
            neutral = isinstance(unit, Constant) and unit.value == 1
            if neutral and other.type.dtype == node.type.dtype:
                return other
    return node

"""Order commutative operands, so that equal nodes become one."""

from __future__ import annotations

from hepline.columns.elementwise import Elementwise
from hepline.columns.nodes import Node

__all__ = ["share"]

# Exactly commutative in floating point too; addition of three terms is not associative.
_COMMUTATIVE = {"add", "multiply", "bitwise_and", "bitwise_or", "bitwise_xor", "equal", "not_equal"}


def share(node: Node) -> Node:
    """Order the operands of commutative operations, so that a + b and b + a are one node.

    Keeps values bit for bit. Other repeated recipes are already one node.
    """
    if isinstance(node, Elementwise) and node.operation in _COMMUTATIVE:
        first, second = node.operands
        if second.key < first.key:
            return Elementwise(node.operation, (second, first))
    return node

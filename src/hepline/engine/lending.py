"""Read-only views of lists, for user functions compiled by numba."""

# Types are numba's to infer.
# mypy: disable-error-code="no-untyped-def, misc"

from __future__ import annotations

from numba.core.imputils import impl_ret_borrowed
from numba.extending import intrinsic

__all__ = ["lent"]


@intrinsic
def lent(_context, array):
    """The array with a read-only type, whose elements numba refuses to set."""

    def generate(context, builder, signature, arguments):
        return impl_ret_borrowed(context, builder, signature.return_type, arguments[0])

    return array.copy(readonly=True)(array), generate

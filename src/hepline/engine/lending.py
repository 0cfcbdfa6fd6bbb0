"""Lists that a user's compiled function reads where they lie, and cannot write to."""

# Types are numba's to infer.
# mypy: disable-error-code="no-untyped-def, misc"

from __future__ import annotations

from numba.core.imputils import impl_ret_borrowed
from numba.extending import intrinsic

__all__ = ["lent"]


@intrinsic
def lent(_context, array):
    """The same array, of a type whose elements numba lets nobody set."""

    def generate(context, builder, signature, arguments):
        return impl_ret_borrowed(context, builder, signature.return_type, arguments[0])

    return array.copy(readonly=True)(array), generate

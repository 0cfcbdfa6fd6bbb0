"""Columns as tensors: flat, padded with a mask, or ragged."""

from __future__ import annotations

from typing import Any, NamedTuple

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from hepline.data.writing.rows import rows_of
from hepline.errors import LanguageError
from hepline.exchange.packages import needed
from hepline.exchange.request import Columns

__all__ = ["Padded", "Ragged", "as_torch"]


class Padded(NamedTuple):
    """Lists of one length.

    Attributes
    ----------
    values : Tensor, shape (event, pad) or, of objects, (event, pad, field)
    mask : Tensor of bool, shape (event, pad)
        True where there is an element.
    """

    values: Any
    mask: Any


class Ragged(NamedTuple):
    """Lists one after the other.

    Attributes
    ----------
    values : Tensor, shape (element,) or, of objects, (element, field)
    offsets : Tensor of int64, shape (event + 1,)
        List `n` has the elements ``offsets[n]`` to ``offsets[n + 1]``; for PyTorch's own ragged
        tensors ``torch.nested.nested_tensor_from_jagged(values, offsets)``.
    """

    values: Any
    offsets: Any


def as_torch(
    columns: Columns,
    *,
    alone: bool = False,
    pad: int | None = None,
    fill: float = 0.0,
    dtype: str | None = "float32",
) -> Any:
    """A tensor for each column, in a dictionary; a single column alone.

    Parameters
    ----------
    columns : mapping of str to awkward.Array
    alone : bool
    pad : int, optional
        Length of all lists: shorter ones are filled up, longer ones are cut. Without it they are
        ragged.
    fill : float
        In place of elements that are not there.
    dtype : str or None
        Of all values; None leaves them as they are.

    Raises
    ------
    LanguageError
        For text, lists of lists, missing integers, and integers that floats would merge.
    """
    if pad is not None and pad < 0:
        raise LanguageError(
            f"pad={pad}.",
            why="lists are filled up, or cut, to this length.",
            fix="say a length, such as pad=4, or leave it out for ragged tensors.",
        )
    torch = needed("torch")
    tensors = {name: _tensor(name, a, torch, pad, fill, dtype) for name, a in columns.items()}
    if alone:
        (tensor,) = tensors.values()
        return tensor
    return tensors


def _tensor(
    name: str, array: ak.Array, torch: Any, pad: int | None, fill: float, dtype: str | None
) -> Any:
    fields = [(f"{name}.{field}", array[field]) for field in array.fields] or [(name, array)]
    rows = [_numbers(called, part, dtype) for called, part in fields]
    values = rows[0][0] if not array.fields else np.stack([row for row, _ in rows], axis=-1)
    offsets = rows[0][1]
    if offsets is None:
        return torch.from_numpy(values)
    if pad is None:
        return Ragged(torch.from_numpy(values), torch.from_numpy(offsets))
    # Elements of the padded tensor are taken from their places in the row.
    places = offsets[:-1, None] + np.arange(pad)
    mask = places < offsets[1:, None]
    padded = np.full((*places.shape, *values.shape[1:]), fill, values.dtype)
    padded[mask] = values[places[mask]]
    return Padded(torch.from_numpy(padded), torch.from_numpy(mask))


def _numbers(
    name: str, array: ak.Array, dtype: str | None
) -> tuple[NDArray[Any], NDArray[np.int64] | None]:
    """The numbers of a column, on the same memory if the dtype allows, and offsets of its lists."""
    if array.layout.parameter("__array__") == "string" or array.ndim > 2 or array.fields:
        raise LanguageError(
            f"the column '{name}' is {array.type.content} for each event.",
            why="a tensor holds numbers, or lists of numbers.",
            fix="choose numbers from it; for text, name.codes.",
        )
    rows = rows_of(array)
    wanted = rows.values.dtype if dtype is None else np.dtype(dtype)
    _check_exact(name, rows.values if rows.there is None else rows.values[rows.there], wanted)
    values = rows.values.astype(wanted, copy=False)
    if rows.there is not None and not rows.there.all():
        if wanted.kind != "f":
            raise LanguageError(
                f"values of the column '{name}' are missing.",
                why=f"a tensor of {wanted.name} has no number for that.",
                fix="say what stands for them, x.fill_missing(-1), or take floats, which get NaN.",
            )
        values = np.where(rows.there, values, np.array(np.nan, wanted))
    values = np.ascontiguousarray(values)
    if not values.flags.writeable:
        values = values.copy()
    return values, rows.lists[0] if rows.lists else None


def _check_exact(name: str, values: NDArray[Any], wanted: np.dtype[Any]) -> None:
    """Refuse integers that floats would merge, such as numbers of events."""
    if values.dtype.kind not in "iu" or wanted.kind != "f" or not len(values):
        return
    limit = 2 ** (np.finfo(wanted).nmant + 1)
    low, high = int(values.min()), int(values.max())
    if -limit <= low and high <= limit:
        return
    raise LanguageError(
        f"integers of the column '{name}' are up to {max(high, -low)}.",
        why=f"above {limit}, {wanted.name} cannot tell them from their neighbors.",
        fix="say dtype=None, which leaves each column as it is; if precision does not matter, "
        f"x.astype('{wanted.name}').",
    )

"""Run a kernel over a chunk of events, and turn its output into histograms and columns."""

from __future__ import annotations

from operator import itemgetter

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from hepline.arrays import empty
from hepline.columns.fill import Fill
from hepline.columns.leaves import Constant
from hepline.columns.mapping import Map
from hepline.columns.nodes import Node, walk
from hepline.columns.source import Chunk
from hepline.engine.compiled.compiler import Kernel
from hepline.engine.compiled.lists import most
from hepline.engine.compiled.lowering import Lowered
from hepline.engine.compiled.outputs import is_counted
from hepline.engine.compiled.sizes import most_elements
from hepline.engine.exact import ExactSums
from hepline.engine.filled import Filled, all_places
from hepline.engine.handover import Kept, Rows
from hepline.engine.jagged import Jagged, Level
from hepline.engine.missing import bad_weight, missing_weight
from hepline.engine.overflow import exact_casts, overflow
from hepline.engine.usercode import failed, wrong_length

__all__ = ["evaluate"]

Integers = NDArray[np.int64]

# Digits of 32 bits from 2**-178 to 2**110 hold usual weights and their squares. Other float64
# values need a second pass over the chunk.
_USUAL = (28, 9)
_ALL = (0, 68)
_LOWEST = -1074


def evaluate(kernel: Kernel, chunk: Chunk) -> tuple[list[Filled], list[ak.Array], dict[Kept, Rows]]:
    """Fill histograms, compute columns and keep values of one chunk.

    Parameters
    ----------
    kernel : Kernel
    chunk : Chunk

    Returns
    -------
    filled : list of Filled
    arrays : list of awkward.Array
    kept : dict of Kept to Rows

    Raises
    ------
    UselessWeight
        If a weight is missing, infinite or not a number where an event passes.
    IntegerOverflow
        If an unsigned integer is too large for the computation.
    """
    fills = kernel.lowered.fills
    columns = [_Output(node, chunk) for node in kernel.lowered.arrays]
    kept = [_Kept(node, chunk) for node in kernel.lowered.kept]
    contents = [_row(chunk.contents[name]) for name in kernel.lowered.columns]
    offsets = [_row(chunk.offsets[name]) for name in kernel.lowered.collections]
    memory = [part for output in (*columns, *kept) for part in output.memory]
    for low, digits in (_USUAL, _ALL):
        layout, size = _layout(kernel.lowered, low, digits)
        out = np.zeros(size, np.int64)
        trouble = np.zeros((max(len(fills), 1), 3), np.int64)
        try:
            kernel.function(chunk.events, *contents, *offsets, out, layout, trouble, *memory)
        except OverflowError as error:
            raise overflow(exact_casts((*fills, *kernel.lowered.arrays))) from error
        except Exception as error:
            raise _mapped_error(kernel, error) from error
        if not trouble[:, 2].any():
            break
    filled = []
    for fill, number in zip(fills, kernel.lowered.numbers, strict=True):
        (first, bins), (missing, bad, _) = layout[number].tolist(), trouble[number].tolist()
        entries = out[first : first + bins]
        if missing:
            raise missing_weight(fill, missing)
        if bad:
            raise bad_weight(fill.weight, bad, int(entries.sum()))
        filled.append(_filled(fill, entries, out[first + bins :], low, digits))
    arrays = [output.array(chunk.events) for output in columns]
    return filled, arrays, {output.kept: output.rows() for output in kept}


def _mapped_error(kernel: Kernel, error: Exception) -> Exception:
    """The error of a user's function, the only other source of exceptions in a kernel."""
    roots = (*kernel.lowered.fills, *kernel.lowered.arrays, *kernel.lowered.kept)
    mapped = [node for node in walk(roots) if isinstance(node, Map)]
    if not mapped:
        return error
    if type(error) is LookupError:
        return wrong_length(next(node for node in mapped if node.along is not None).function)
    return failed(mapped[0].function, error)


def _row(values: NDArray[np.generic]) -> NDArray[np.generic]:
    """The array, contiguous and writable, as the kernel was compiled for."""
    return np.require(values, requirements=["C", "W"])


def _layout(lowered: Lowered, low: int, digits: int) -> tuple[Integers, int]:
    """Start and number of places of each histogram; in the last row, the range of digits."""
    fills = dict(zip(lowered.numbers, lowered.fills, strict=True))
    layout, size = np.zeros((len(fills) + 1, 2), np.int64), 0
    for number, fill in sorted(fills.items(), key=itemgetter(0)):
        bins = all_places(fill.axes)
        layout[number] = size, bins
        size += bins if is_counted(fill) else bins * (1 + 2 * digits)
    layout[-1] = low, digits
    return layout, size


def _filled(fill: Fill, entries: Integers, sums: Integers, low: int, digits: int) -> Filled:
    histogram = Filled.empty(fill)
    weight = fill.weight
    if weight is None or isinstance(weight, Constant):
        constant = None if weight is None else float(weight.value)
        histogram.add_counted(entries, constant, weight)
        return histogram
    histogram.counts += entries
    bins = len(entries)
    for place, total in enumerate((histogram.weights, histogram.squares)):
        if total is None:
            raise TypeError("a weighted histogram has sums of weights")
        bin_digits = sums[place * bins * digits : (place + 1) * bins * digits].reshape(bins, digits)
        _add(total, bin_digits, low)
    return histogram


def _add(total: ExactSums, digits: Integers, low: int) -> None:
    for place in np.flatnonzero(digits.any(axis=0)).tolist():
        total.add_digits(digits[:, place], 32 * (place + low) + _LOWEST)


class _Output:
    """The memory for a column, and the column in it."""

    def __init__(self, node: Node, chunk: Chunk) -> None:
        self._node = node
        sizes = [most_elements(axis, most, chunk) for axis in node.type.axes]
        elements = sizes[-1] if sizes else chunk.events
        self._content = empty(elements, node.type.dtype)
        self._there = empty(elements if node.type.optional else 0, np.bool_)
        lists = [chunk.events, *sizes][: len(sizes)]
        self._offsets = [np.zeros(count + 1, np.int64) for count in lists]

    @property
    def memory(self) -> tuple[NDArray[np.generic], ...]:
        """The arrays to pass to the kernel."""
        return (self._content, self._there, *self._offsets)

    def array(self, events: int) -> ak.Array:
        """The column that the kernel has written."""
        return self._values(events).array(self._node.type, events)

    def _values(self, events: int, mask: NDArray[np.bool_] | None = None) -> Jagged:
        """The values that the kernel has written for all events, or those of a mask."""
        size, levels = events, list[Level]()
        for offsets in self._offsets:
            bounds = offsets[: size + 1]
            if mask is not None and not levels:
                # The kernel writes bounds for kept events only.
                bounds = np.concatenate(([0], offsets[1:][mask]))
            levels.append(Level(bounds))
            size = int(bounds[-1])
        there = self._there[:size] if self._node.type.optional else None
        return Jagged(self._content[:size], tuple(levels), there)


class _Kept(_Output):
    """The memory for the values of some events, and these values."""

    def __init__(self, kept: Kept, chunk: Chunk) -> None:
        super().__init__(kept.values, chunk)
        self.kept = kept
        self._mask = np.zeros(chunk.events, np.bool_)

    @property
    def memory(self) -> tuple[NDArray[np.generic], ...]:
        """The arrays to pass to the kernel."""
        return (*super().memory, self._mask)

    def rows(self) -> Rows:
        """The values that the kernel has written, with their events."""
        mask = None if self._mask.all() else self._mask
        events = int(np.count_nonzero(self._mask))
        return Rows(self._values(events, mask), events, mask)

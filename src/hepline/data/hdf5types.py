"""Types of HDF5 datasets: numbers, lists of numbers, structures, and others."""

from __future__ import annotations

from typing import Any

import numpy as np

from hepline.columns.types import TEXT

__all__ = [
    "described",
    "holds_lists",
    "is_dataset",
    "is_table",
    "is_text",
    "item_of",
    "kind_of_dataset",
    "number_of",
    "unfit",
]


def is_dataset(item: Any) -> bool:
    """Whether an item is a dataset, not a group."""
    import h5py

    return isinstance(item, h5py.Dataset)


def kind_of_dataset(dataset: Any) -> np.dtype[Any] | None:
    """The type of a dataset; None if NumPy has no equivalent (times, for example)."""
    try:
        kind: np.dtype[Any] = dataset.dtype
    except TypeError:
        return None
    return kind


def is_table(dataset: Any) -> bool:
    """Whether a dataset holds structures."""
    kind = kind_of_dataset(dataset)
    return kind is not None and kind.fields is not None


def holds_lists(dataset: Any) -> bool:
    """Whether a dataset holds lists, or other objects of variable length."""
    kind = kind_of_dataset(dataset)
    return kind is not None and kind.kind == "O" and not is_text(kind)


def is_text(kind: np.dtype[Any]) -> bool:
    """Whether a type is text, of fixed or variable length."""
    import h5py

    return kind.kind == "S" or h5py.check_string_dtype(kind) is not None


def unfit(dataset: Any) -> str:
    """Why a dataset cannot be a column; empty if it can."""
    if kind_of_dataset(dataset) is None:
        return "NumPy has no numbers of its type."
    if not dataset.shape:
        return "it holds one value for the whole file, not one per event."
    import h5py

    packing = dataset.id.get_create_plist()
    for number in range(packing.get_nfilters()):
        code, _, _, called = packing.get_filter(number)
        if not h5py.h5z.filter_avail(code):
            named = called.decode(errors="replace") or "unknown"
            return f"it is packed by the filter '{named}' ({code}), which h5py does not have here."
    return ""


def described(kind: np.dtype[Any]) -> str:
    """Describe a type other than a number, for messages."""
    return {"c": "complex numbers", "V": "structures"}.get(kind.kind, f"values of the type {kind}")


def item_of(kind: np.dtype[Any]) -> np.dtype[Any] | None:
    """The element type of lists of variable length; None for other types."""
    import h5py

    item = None if is_text(kind) else h5py.check_vlen_dtype(kind)
    return None if item is None else np.dtype(item)


def number_of(kind: np.dtype[Any]) -> str | None:
    """The dtype of a column of numbers or text; None for other types."""
    if is_text(kind):
        return TEXT
    if kind.kind not in "iufb" or kind.itemsize > 8:
        return None
    return "float32" if kind == np.float16 else kind.newbyteorder("=").name

"""What HDF5 datasets hold: numbers, lists of numbers, structures, or something else."""

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
    """Whether this is a dataset, and not a group."""
    import h5py

    return isinstance(item, h5py.Dataset)


def kind_of_dataset(dataset: Any) -> np.dtype[Any] | None:
    """The type of a dataset; None if NumPy has none like it (times, for example)."""
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
    """Whether a type is that of text, of fixed or variable length."""
    import h5py

    return kind.kind == "S" or h5py.check_string_dtype(kind) is not None


def unfit(dataset: Any) -> str:
    """Why no column can be made of a dataset."""
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
    """What a type that is not a number holds, for messages."""
    return {"c": "complex numbers", "V": "structures"}.get(kind.kind, f"values of the type {kind}")


def item_of(kind: np.dtype[Any]) -> np.dtype[Any] | None:
    """What lists of variable length hold; None if these are none."""
    import h5py

    item = None if is_text(kind) else h5py.check_vlen_dtype(kind)
    return None if item is None else np.dtype(item)


def number_of(kind: np.dtype[Any]) -> str | None:
    """The type of a column of such numbers, or of text; None if they are neither."""
    if is_text(kind):
        return TEXT
    if kind.kind not in "iufb" or kind.itemsize > 8:
        return None
    return "float32" if kind == np.float16 else kind.newbyteorder("=").name

"""The file of numbers beside a figure, for those who draw it their own way."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["numbers_file"]


def numbers_file(numbers: Mapping[str, object]) -> bytes:
    """Write what a figure shows as JSON.

    Parameters
    ----------
    numbers : mapping of str to object
        Numbers, texts, arrays and what is made of them.

    Returns
    -------
    bytes
        What is hidden, or not finite, is ``null``: JSON has no word for it.
    """
    return (json.dumps(_plain(numbers), indent=1, ensure_ascii=False) + "\n").encode()


def _plain(value: Any) -> Any:
    match value:
        case np.ndarray() | np.generic():
            return _plain(value.tolist())
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case tuple() | list():
            return [_plain(item) for item in value]
        case _:
            return value

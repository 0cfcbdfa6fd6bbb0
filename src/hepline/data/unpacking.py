"""Unpack pages into memory that is there: fresh memory costs more than unpacking."""

from __future__ import annotations

import cramjam
import numpy as np
from numpy.typing import NDArray

from hepline.data.compression import Bytes, unpacked

__all__ = ["unpacked_into"]

_HEADER = 9


def unpacked_into(room: NDArray[np.uint8], block: memoryview) -> Bytes:
    """What `unpacked` gives, mostly in memory that is there.

    Parameters
    ----------
    room : ndarray of uint8
        As many bytes as are unpacked; overwritten.
    block : memoryview of bytes

    Raises
    ------
    ValueError, or another of `hepline.data.compression.FAILURES`
    """
    size = len(room)
    head = bytes(block[:_HEADER])
    packed = len(block) - _HEADER == int.from_bytes(head[3:6], "little")
    whole = int.from_bytes(head[6:9], "little")
    # Other methods are rare in RNTuples, and so are pages of several blocks (from 16 MiB on).
    if len(block) == size or head[:2] != b"ZS" or not packed or whole != size:
        return unpacked(block, size)
    count = cramjam.zstd.decompress_into(block[_HEADER:], room.data)
    if count != size:
        raise ValueError(f"a block of {size} bytes gave {count}")
    return room.data

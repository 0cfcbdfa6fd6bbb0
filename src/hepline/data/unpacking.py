"""Unpack pages into memory that is used again: fresh memory costs more than unpacking."""

from __future__ import annotations

import threading

import cramjam
import numpy as np
from numpy.typing import NDArray

from hepline.arrays import empty, poison
from hepline.data.compression import Bytes, unpacked

__all__ = ["unpacked_for_now"]

_HEADER = 9
_of_thread = threading.local()


def unpacked_for_now(block: memoryview, size: int) -> Bytes:
    """What `unpacked` gives, in memory that the thread's next call may overwrite.

    Parameters
    ----------
    block : memoryview of bytes
    size : int

    Raises
    ------
    ValueError, or another of `hepline.data.compression.FAILURES`
    """
    head = bytes(block[:_HEADER])
    packed = len(block) - _HEADER == int.from_bytes(head[3:6], "little")
    whole = int.from_bytes(head[6:9], "little")
    # Other methods are rare in RNTuples, and so are pages of several blocks (from 16 MiB on).
    if len(block) == size or head[:2] != b"ZS" or not packed or whole != size:
        return unpacked(block, size)
    room = _room(size)
    written = cramjam.zstd.decompress_into(block[_HEADER:], room.data)
    if written != size:
        raise ValueError(f"a block of {size} bytes gave {written}")
    return room.data


def _room(size: int) -> NDArray[np.uint8]:
    room: NDArray[np.uint8] | None = getattr(_of_thread, "room", None)
    if room is None or len(room) < size:
        room = _of_thread.room = empty(size, np.uint8)
    return poison(room[:size])

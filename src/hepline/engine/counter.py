"""Counter-based random numbers: Philox4x32-10, vectorised.

References
----------
J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
SC'11 (2011), doi:10.1145/2063384.2063405. Constants from table 2 and section 4.4.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

__all__ = ["philox", "stream_key", "uniform"]

_ROUNDS = 10
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = 0x9E3779B9, 0xBB67AE85
_LOW32 = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)

Words = NDArray[np.uint64]


def philox(
    counter: tuple[Words, Words, Words, Words], key: tuple[Words, Words]
) -> tuple[Words, ...]:
    """Ten rounds of Philox4x32.

    Parameters
    ----------
    counter : four ndarrays of uint64 below 2**32, shape (number,)
    key : two ndarrays of uint64 below 2**32, shape (number,)

    Returns
    -------
    four ndarrays of uint64 below 2**32, shape (number,)
    """
    x0, x1, x2, x3 = counter
    k0, k1 = key
    for round_number in range(_ROUNDS):
        bump0 = np.uint64(_W0 * round_number & 0xFFFFFFFF)
        bump1 = np.uint64(_W1 * round_number & 0xFFFFFFFF)
        product0, product1 = _M0 * x0, _M1 * x2
        x0, x1, x2, x3 = (
            (product1 >> _SHIFT) ^ x1 ^ ((k0 + bump0) & _LOW32),
            product1 & _LOW32,
            (product0 >> _SHIFT) ^ x3 ^ ((k1 + bump1) & _LOW32),
            product0 & _LOW32,
        )
    return x0, x1, x2, x3


def stream_key(stream: str) -> int:
    """A 32-bit key for the name of a stream."""
    return int.from_bytes(hashlib.sha256(stream.encode()).digest()[:4], "little")


def uniform(
    stream: str,
    draw: int,
    run: NDArray[np.int64],
    luminosity_block: NDArray[np.int64],
    event: NDArray[np.int64],
    position: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Numbers in (0, 1) with 52 random bits, one per event or object.

    Parameters
    ----------
    stream : str
    draw : int
        0 or 1: which half of the 128 bits.
    run, luminosity_block, event, position : ndarray of int64, shape (number,)
        The counter of each number; `position` is the object's place in its list.
    """
    wide = event.astype(np.uint64)
    counter = (
        wide & _LOW32,
        wide >> _SHIFT,
        run.astype(np.uint64) & _LOW32,
        luminosity_block.astype(np.uint64) & _LOW32,
    )
    name = np.full(len(wide), stream_key(stream), np.uint64)
    words = philox(counter, (name, position.astype(np.uint64) & _LOW32))
    high, low = words[2 * draw], words[2 * draw + 1]
    bits = (high << np.uint64(20)) | (low >> np.uint64(12))
    # The middle of one of 2**52 intervals: never 0 or 1, so that its logarithm is finite.
    return (bits.astype(np.float64) + 0.5) * 2.0**-52

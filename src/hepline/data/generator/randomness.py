"""Random numbers of the detector: one counter-based stream per effect and block of events.

Each stream is a Philox generator keyed by (seed, process, block, name). Objects are drawn in
event order, so that a block comes out the same whatever batches it is worked through in.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

__all__ = ["Streams", "derived_seed", "pythia_seed", "sample_number"]

_PYTHIA_SEEDS = 900_000_000  # Pythia 8 manual, "Random-Number Seed": 1 … 900 000 000


def _digest(*parts: object) -> bytes:
    return hashlib.sha256("|".join(str(part) for part in parts).encode()).digest()


def pythia_seed(seed: int, process: str, block: int, part: int) -> int:
    """Seed of Pythia for one part of one block, between 1 and 900 000 000."""
    digest = _digest("pythia", seed, process, block, part)
    return int.from_bytes(digest[:8], "little") % _PYTHIA_SEEDS + 1


def sample_number(seed: int, process: str) -> int:
    """Derive a 24-bit number that differs between samples, for the upper bits of ``event``."""
    return int.from_bytes(_digest("sample", seed, process)[:3], "little")


def derived_seed(*parts: object) -> int:
    """Seed of a component of a mixture: 62 bits, which no user types by chance."""
    return int.from_bytes(_digest("mixture", *parts)[:8], "little") >> 2


class Streams:
    """The named random streams of one block.

    Parameters
    ----------
    seed : int
        The user's seed.
    process : str
    block : int
        Number of the block within the sample.
    """

    def __init__(self, seed: int, process: str, block: int) -> None:
        self._key = (seed, process, block)
        self._generators: dict[str, np.random.Generator] = {}

    def _generator(self, name: str) -> np.random.Generator:
        if name not in self._generators:
            key = np.frombuffer(_digest("detector", *self._key, name)[:16], np.uint64)
            self._generators[name] = np.random.Generator(np.random.Philox(key=key))
        return self._generators[name]

    def uniform(self, name: str, size: int) -> NDArray[np.float64]:
        """Numbers in [0, 1)."""
        return self._generator(name).random(size)

    def normal(self, name: str, size: int) -> NDArray[np.float64]:
        """Numbers of mean 0 and width 1."""
        return self._generator(name).standard_normal(size)

    def poisson(self, name: str, mean: float | NDArray[np.float64], size: int) -> NDArray[np.int64]:
        """Draw counts around one mean, or a mean for each."""
        return self._generator(name).poisson(mean, size)

    def permutation(self, name: str, size: int) -> NDArray[np.int64]:
        """Draw an order of `size` things."""
        return self._generator(name).permutation(size)

"""Pile-up: how many interactions share a crossing, and how many vertices are seen of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from hepline.data.generator.particles import Floats
from hepline.data.generator.randomness import Streams

__all__ = ["pile_up", "profile"]

_WIDTH = 0.3  # of the mean: as broad as the profiles of CMS, JINST 15 (2020) P09018, figure 1
_SEEN = 0.7  # vertices per interaction: CMS, JINST 9 (2014) P10009, section 6
_LEAST = 1.0


def pile_up(mean: float, events: int, streams: Streams) -> dict[str, NDArray[Any]]:
    """Draw the pile-up of each event.

    Parameters
    ----------
    mean : float
        Of the number of interactions.
    events : int
    streams : Streams

    Returns
    -------
    dict of str to ndarray, shape (event,)
        ``Pileup_nTrueInt``, the expected number of interactions of the crossing, and
        ``PV_npvs``, the vertices that are seen.
    """
    spread = 1.0 + _WIDTH * streams.normal("interactions", events)
    interactions = np.maximum(mean * spread, _LEAST)
    return {
        "Pileup_nTrueInt": interactions,
        "PV_npvs": 1 + streams.poisson("vertices", _SEEN * interactions, events),
    }


def profile(mean: float, edges: Floats) -> Floats:
    """Expected share of events in bins of the number of interactions.

    Parameters
    ----------
    mean : float
    edges : ndarray of float64, shape (bin + 1,)

    Returns
    -------
    ndarray of float64, shape (bin,)
    """
    below = norm.cdf(edges, mean, _WIDTH * mean)
    # What would lie below the least number of interactions lies there.
    return np.diff(np.where(edges > _LEAST, below, 0.0))

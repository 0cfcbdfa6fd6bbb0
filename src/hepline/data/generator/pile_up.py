"""Pile-up: how many interactions share a crossing, and how many vertices are seen of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from hepline.data.generator.particles import Floats
from hepline.data.generator.randomness import Streams

__all__ = ["pile_up", "pile_up_correction", "profile"]

_WIDTH = 0.3  # of the mean: as broad as the profiles of CMS, JINST 15 (2020) P09018, figure 1
_SEEN = 0.7  # vertices per interaction: CMS, JINST 9 (2014) P10009, section 6
_LEAST = 1.0
_UNCERTAINTY = 0.046  # of the inelastic cross-section: CMS, JHEP 07 (2018) 161
_EDGES = np.arange(0.0, 101.0)


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


def pile_up_correction(simulated: float, recorded: float) -> dict[str, Any]:
    """Weights that give simulation the pile-up of data, in the layout of correctionlib.

    Parameters
    ----------
    simulated, recorded : float
        Mean number of interactions.

    Returns
    -------
    dict
        A set with one correction, ``pileup``, of ``NumTrueInteractions`` and ``weights``
        (``nominal``, ``up``, ``down``), as CMS publishes them.
    """
    expected = profile(simulated, _EDGES)
    factors = {"nominal": 1.0, "up": 1.0 + _UNCERTAINTY, "down": 1.0 - _UNCERTAINTY}

    def binned(factor: float) -> dict[str, Any]:
        weights = np.divide(
            profile(factor * recorded, _EDGES),
            expected,
            out=np.ones_like(expected),
            where=expected > 0,
        )
        return {
            "nodetype": "binning",
            "input": "NumTrueInteractions",
            "edges": _EDGES.tolist(),
            "content": weights.tolist(),
            "flow": "clamp",
        }

    correction = {
        "name": "pileup",
        "version": 1,
        "inputs": [
            {"name": "NumTrueInteractions", "type": "real"},
            {"name": "weights", "type": "string"},
        ],
        "output": {"name": "weight", "type": "real"},
        "data": {
            "nodetype": "category",
            "input": "weights",
            "content": [{"key": key, "value": binned(value)} for key, value in factors.items()],
        },
    }
    return {"schema_version": 2, "corrections": [correction]}

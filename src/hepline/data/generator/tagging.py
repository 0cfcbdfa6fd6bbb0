"""Discriminants of flavour, drawn for each jet from its true one: b-tag, quark or gluon.

That of b-tagging is piecewise flat between the knots of a survival function that goes through the
three published working points of CMS's CSVv2.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from hepline.data.generator.objects import Objects
from hepline.data.generator.particles import Floats
from hepline.data.generator.randomness import Streams

__all__ = [
    "TAG_KNOTS",
    "TAG_SURVIVAL",
    "discriminant",
    "quark_likelihood",
    "tagging_efficiency",
]

_MAX_ETA = 2.4  # the tracker's end: jets beyond have no tag and get 0
# Loose, medium and tight working points of CSVv2 and the fractions of b, c and light jets
# above them: CMS Collaboration, JINST 13 (2018) P05011, arXiv:1712.07158, table 2. The knot
# at 0.2 only shapes the bulk of the light jets and is a choice.
TAG_KNOTS = (0.0, 0.2, 0.5426, 0.8484, 0.9535, 1.0)
TAG_SURVIVAL: Mapping[int, tuple[float, ...]] = MappingProxyType(
    {
        5: (1.0, 0.93, 0.81, 0.63, 0.41, 0.0),
        4: (1.0, 0.72, 0.37, 0.12, 0.022, 0.0),
        0: (1.0, 0.40, 0.089, 0.009, 0.001, 0.0),
    }
)


def tagging_efficiency(flavour: int, cut: float) -> float:
    """Fraction of central jets of a flavour with a discriminant above a cut.

    Parameters
    ----------
    flavour : int
        5 (b), 4 (c) or 0 (light and gluon).
    cut : float, 0 to 1

    Returns
    -------
    float
    """
    return float(np.interp(cut, TAG_KNOTS, TAG_SURVIVAL[flavour]))


def discriminant(jets: Objects, streams: Streams) -> Floats:
    """Draw the discriminant of each jet.

    Parameters
    ----------
    jets : Objects
        With eta and hadronFlavour.
    streams : Streams

    Returns
    -------
    ndarray of float64, shape (jet,), between 0 and 1
        0 for jets outside the tracker.
    """
    draw = streams.uniform("b tag", len(jets))
    tag = np.zeros(len(jets))
    for flavour, survival in TAG_SURVIVAL.items():
        mine = jets["hadronFlavour"] == flavour
        # np.interp wants rising abscissae: the survival function read backwards.
        tag[mine] = np.interp(draw[mine], survival[::-1], TAG_KNOTS[::-1])
    return np.where(np.abs(jets["eta"]) < _MAX_ETA, tag, 0.0)


def quark_likelihood(jets: Objects, streams: Streams) -> Floats:
    """Draw the likelihood of each jet to come from a quark rather than from a gluon.

    Parameters
    ----------
    jets : Objects
        With eta, partonFlavour and nConstituents.
    streams : Streams

    Returns
    -------
    ndarray of float64, shape (jet,), between 0 and 1
        -1 for jets outside the tracker or of fewer than three particles, as in NanoAOD. Of a
        likelihood x, quarks are x / (1 − x) times as frequent as gluons: with densities 2x and
        2 (1 − x), a random quark is above a random gluon in 5 of 6 cases, close to CMS's 0.8
        (CMS-PAS-JME-13-002). Jets without a parton of the hard process count as gluons.
    """
    draw = streams.uniform("quark or gluon", len(jets))
    flavour = np.abs(jets["partonFlavour"])
    is_quark = (flavour >= 1) & (flavour <= 5)
    likelihood = np.where(is_quark, np.sqrt(draw), 1.0 - np.sqrt(draw))
    known = (np.abs(jets["eta"]) < _MAX_ETA) & (jets["nConstituents"] > 2)
    return np.where(known, likelihood, -1.0)

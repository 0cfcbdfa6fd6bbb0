"""The weight that gives simulated top quarks the momenta that are measured."""

from __future__ import annotations

import numpy as np

from hepline.columns.expression import Expr, apply
from hepline.columns.records import Records
from hepline.errors import TypeMismatch, checked_keywords

__all__ = ["top_pt_weight"]

_TOP = 6  # of the Particle Data Group


@checked_keywords
def top_pt_weight(particles: Records, *, intercept: float = 0.0615, slope: float = -0.0005) -> Expr:
    """Weight of a top-quark pair: √(f(pt of t) f(pt of t̄)), f = exp(intercept + slope · pt).

    Parameters
    ----------
    particles : Records
        The generator record, ``ev.GenPart``; the last copy of each quark counts.
    intercept, slope : float
        By default those of CMS for POWHEG with Pythia 8 at 13 TeV; the slope per GeV.

    Returns
    -------
    Expr of float64
        One per event; 1 where there is no pair.

    References
    ----------
    CMS Collaboration, "Measurement of differential cross sections for top quark pair production
    using the lepton+jets final state in proton-proton collisions at 13 TeV", Phys. Rev. D 95 (2017)
    092001, doi:10.1103/PhysRevD.95.092001, shows the softer spectrum; the fit to it is published on
    the page TopPtReweighting of CMS.

    Examples
    --------
    >>> import hepline as hl
    >>> ev = hl.events("nanoaod")
    >>> weight = hl.weight(ev.genWeight) * hl.top_pt_weight(ev.GenPart)
    """
    if not isinstance(particles, Records) or not particles.axes:
        raise TypeMismatch(
            f"top_pt_weight({particles!r:.60}).",
            why="it looks for top quarks in the generator record.",
            fix="give the particles: hl.top_pt_weight(ev.GenPart).",
        )
    last = particles.field("isLastCopy")
    kind = particles.field("pdgId")
    quarks = [particles.choose((kind == sign * _TOP) & last) for sign in (1, -1)]
    momenta = [quark.choose(0).field("pt").astype("float64").fill_missing(0.0) for quark in quarks]
    mean = 0.5 * (momenta[0] + momenta[1])
    weight: Expr = np.exp(intercept + slope * mean)
    pair = (quarks[0].count() >= 1) & (quarks[1].count() >= 1)
    return apply("where", pair, weight, 1.0)

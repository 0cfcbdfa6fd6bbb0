"""Combinations of weights with many members: errors of PDFs, and envelopes of scales.

Each member fills a histogram; they are combined bin by bin, after filling.

References
----------
.. [1] G. Watt, "Parton distribution function dependence of benchmark Standard Model total cross
   sections at the 7 TeV LHC", JHEP 09 (2011) 069, arXiv:1106.5788.
.. [2] A. Buckley et al., "LHAPDF6: parton density access in the LHC precision era", Eur. Phys. J. C
   75 (2015) 132, arXiv:1412.7420, section 5; ``PDFSet::uncertainty`` of the library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import hist
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from hepline.analysis.templates import TemplateKey
from hepline.arrays import Floats
from hepline.columns.vary import MEMBERS, ONE_SIGMA, Nuisance, Variation
from hepline.engine.filled import Filled

__all__ = ["changes", "combined", "envelope", "errors", "scale_envelope"]

Sides = tuple[Floats, Floats]

# NanoAOD orders the weights by (μ_R, μ_F) = (½, ½), (½, 1), (½, 2), (1, ½), (1, 1), (1, 2), (2, ½),
# (2, 1), (2, 2), in 8 weights without (1, 1). Those that move both apart by 4 do not count.
_PHYSICAL = {9: (0, 1, 3, 5, 7, 8), 8: (0, 1, 3, 4, 6, 7)}


def errors(kind: str, members: Floats, level: float = ONE_SIGMA) -> Sides:
    """Errors of one standard deviation from the members of a set of PDFs, as in LHAPDF.

    Parameters
    ----------
    kind : str
        ``hessian``, ``symmhessian``, ``replicas`` or ``quantiles``; ``+as`` once for each pair of
        members at the end that varies a parameter.
    members : ndarray, shape (member, bin…)
        The first is the central member.
    level : float
        Confidence level of the errors of Hessian members.

    Returns
    -------
    (ndarray, ndarray), shape (bin…)
        Upward and downward, both positive. With respect to the central member or, for
        ``quantiles``, to the median.
    """
    name, *parameters = kind.split("+")
    count = len(members) - 2 * len(parameters)
    scale = 1.0 if level == ONE_SIGMA else float(1.0 / ndtri(0.5 * (1.0 + level)))
    plus, minus = (scale * side for side in _SETS[name](members[:count]))
    if not parameters:
        return plus, minus
    pairs = members[count::2] - members[count + 1 :: 2]
    squares = np.sum((0.5 * scale * pairs) ** 2, axis=0)
    return np.sqrt(plus**2 + squares), np.sqrt(minus**2 + squares)


def _hessian(members: Floats) -> Sides:
    """Eqs. (2.1) and (2.2) of [1]_: the larger of both shifts along each eigenvector."""
    shifts = members[1:] - members[0]
    first, second = shifts[::2], shifts[1::2]
    up = np.maximum(np.maximum(first, second), 0.0)
    down = np.maximum(np.maximum(-first, -second), 0.0)
    return np.sqrt(np.sum(up**2, axis=0)), np.sqrt(np.sum(down**2, axis=0))


def _symmetric_hessian(members: Floats) -> Sides:
    """One member for each eigenvector: the root of the sum of squared shifts."""
    size = np.sqrt(np.sum((members[1:] - members[0]) ** 2, axis=0))
    return size, size


def _replicas(members: Floats) -> Sides:
    """Eq. (2.4) of [1]_: the standard deviation of the replicas, without the central member."""
    size = np.std(members[1:], axis=0, ddof=1)
    return size, size


def _quantiles(members: Floats) -> Sides:
    """The central 68 % of the replicas about their median, section 5.2 of [2]_."""
    replicas = np.sort(members[1:], axis=0)
    count = len(replicas)
    # LHAPDF rounds halves up, and counts replicas from 1.
    upper = int(np.floor(0.5 * (1.0 + ONE_SIGMA) * count + 0.5))
    lower = 1 + int(np.floor(0.5 * (1.0 - ONE_SIGMA) * count + 0.5))
    median = np.median(replicas, axis=0)
    return replicas[upper - 1] - median, median - replicas[lower - 1]


_SETS: dict[str, Callable[[Floats], Sides]] = {
    "hessian": _hessian,
    "symmhessian": _symmetric_hessian,
    "replicas": _replicas,
    "quantiles": _quantiles,
}


def envelope(nominal: Floats, members: Floats) -> Sides:
    """How far the largest and the smallest member lie above and below the nominal value.

    Parameters
    ----------
    nominal : ndarray, shape (bin…)
    members : ndarray, shape (member, bin…)
    """
    high = np.maximum(members.max(axis=0), nominal) - nominal
    low = nominal - np.minimum(members.min(axis=0), nominal)
    return high, low


def scale_envelope(nominal: Floats, members: Floats) -> Sides:
    """The envelope of the six variations that move μ_R and μ_F apart by at most a factor 2.

    Parameters
    ----------
    nominal : ndarray, shape (bin…)
    members : ndarray, shape (8 or 9, bin…)
        In the order of ``LHEScaleWeight``.
    """
    return envelope(nominal, members[[*_PHYSICAL[len(members)]]])


def combined(
    histograms: Mapping[TemplateKey, hist.Hist], nuisances: Iterable[Nuisance]
) -> dict[TemplateKey, hist.Hist]:
    """Replace the histograms of members by the upward and downward variations they give.

    Parameters
    ----------
    histograms : mapping of TemplateKey to hist.Hist
        With the nominal ones. Add up those of the parts of a sample before, because a member acts
        on all of them alike.
    nuisances : iterable of Nuisance

    Returns
    -------
    dict of TemplateKey to hist.Hist
        In the same order; variances are those of the nominal histogram.
    """
    sources = {Variation(n, MEMBERS).key: n for n in nuisances if n.combine}
    results: dict[TemplateKey, hist.Hist] = {}
    for key, histogram in histograms.items():
        nuisance = sources.get(key.variation)
        if nuisance is None:
            results[key] = histogram
            continue
        nominal = histograms[key._replace(variation="")]
        plus, minus = _sides(nuisance, nominal, histogram)
        for direction, shift in (("up", plus), ("down", -minus)):
            name = key._replace(variation=Variation(nuisance, direction).key)
            results[name] = _shifted(nominal, shift)
    return results


def _sides(nuisance: Nuisance, nominal: hist.Hist, histogram: hist.Hist) -> Sides:
    values = np.asarray(nominal.values(flow=True), np.float64)
    # The first and last place of the last axis are its underflow and overflow, which are empty.
    members = np.moveaxis(histogram.values(flow=True)[..., 1:-1], -1, 0)
    if nuisance.combine == "envelope":
        return envelope(values, members)
    if nuisance.combine == "scale":
        return scale_envelope(values, members)
    if histogram.axes[-1].edges[0] > 0:
        # The central member is not among the weights: it is the nominal one.
        members = np.concatenate([values[np.newaxis], members])
    return errors(nuisance.combine, members, nuisance.confidence_level)


def _shifted(nominal: hist.Hist, shift: Floats) -> hist.Hist:
    shifted = nominal.copy()
    view = shifted.view(flow=True)
    if view.dtype.names:
        view["value"] += shift
    else:
        view[...] += shift
    return shifted


def changes(varied: Filled, nominal: Filled) -> bool:
    """Whether a variation, or any member of one, differs from the nominal histogram."""
    sums, reference = varied.sums(), nominal.sums()
    if len(varied.axes) == len(nominal.axes):
        return not np.array_equal(sums, reference)
    # The last two places count what lies in no bin.
    members: NDArray[np.float64] = varied.contents()[..., 1:-1]
    return bool((members != nominal.contents()[..., np.newaxis]).any())

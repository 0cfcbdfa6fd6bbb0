"""Split of a template's variation into normalization and shape."""

from __future__ import annotations

from dataclasses import dataclass

from hepline.arrays import Floats
from hepline.errors import ModelError

__all__ = ["Split", "split"]


@dataclass(frozen=True)
class Split:
    """A variation, split into normalization and shape.

    Attributes
    ----------
    high, low : float
        Yield ratios to nominal.
    shape_up, shape_down : ndarray, shape (bin,)
        Varied templates, scaled to the nominal yield.
    """

    high: float
    low: float
    shape_up: Floats
    shape_down: Floats


def split(nominal: Floats, up: Floats, down: Floats | None, *, what: str = "template") -> Split:
    """Divide a variation into normalization and shape; mirror it if one side is missing.

    Parameters
    ----------
    nominal, up : ndarray, shape (bin,)
    down : ndarray, shape (bin,), or None
        None mirrors: the ratio r becomes 2 − r, the shape 2 × nominal − up / r. A ratio stops at
        zero; then the shape is the nominal one.
    what : str
        For the message.

    Raises
    ------
    ModelError
        If the nominal yield is not positive.

    References
    ----------
    cabinetry, "method 1" of https://github.com/scikit-hep/cabinetry/issues/26.
    """
    total = float(nominal.sum())
    if not total > 0:
        raise ModelError(
            f"{what} has {total:.3g} nominal events in the fitted bins.",
            why="a normalization is a ratio to a positive yield; negative event weights won.",
            fix="give more events to the sample, widen the fit bins, or leave the sample out.",
        )
    high = max(0.0, float(up.sum()) / total)
    shape_up = up / high if high > 0 else nominal
    if down is None:
        return Split(high, max(0.0, 2.0 - high), shape_up, 2.0 * nominal - shape_up)
    low = max(0.0, float(down.sum()) / total)
    return Split(high, low, shape_up, down / low if low > 0 else nominal)

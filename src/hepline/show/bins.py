"""The bins of a histogram as a figure shows them: flow beside them, contents by their width."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from hepline.arrays import Floats
from hepline.errors import OutputError
from hepline.show.labels import unit_of

__all__ = ["Bins", "drawn_bins", "events_axis_label"]

_PER = re.compile(r"\s*(\d+(?:\.\d+)?)?\s*(\S.*?)\s*")


@dataclass(frozen=True, eq=False)
class Bins:
    """Where bins are drawn, and what their contents are multiplied by.

    Attributes
    ----------
    edges : ndarray, shape (bin + 1,)
        With those of the flow.
    factor : ndarray, shape (bin,)
        One, or the inverse width where events are counted per unit.
    events_label : str
        Of the vertical axis: ``Events / 40 GeV``.
    underflow, overflow : bool
        Whether the first, last bin is flow.
    """

    edges: Floats
    factor: Floats
    events_label: str
    underflow: bool = False
    overflow: bool = False

    @property
    def equal(self) -> bool:
        """Whether all bins have the same width."""
        widths = np.diff(self.edges)
        return len(widths) > 0 and bool(np.allclose(widths, widths[0]))

    @property
    def finite(self) -> tuple[float, float]:
        """Both ends of the axis, without flow."""
        edges = self.edges[self.underflow : len(self.edges) - self.overflow]
        return float(edges[0]), float(edges[-1])

    @property
    def centers(self) -> Floats:
        """The middle of each bin."""
        return np.asarray((self.edges[1:] + self.edges[:-1]) / 2)


def drawn_bins(
    edges: Floats,
    axis_label: str,
    *,
    per: str = "",
    underflow: bool = False,
    overflow: bool = False,
    log_x: bool = False,
) -> Bins:
    """Place the bins, each flow in a bin as wide as its neighbor.

    With events per unit, flow is divided by that width, so that areas stay comparable.

    Parameters
    ----------
    edges : ndarray, shape (bin + 1,)
    axis_label : str
        With the unit in square brackets.
    per : str
        ``GeV``, ``10 GeV``, or empty for events per bin.
    underflow, overflow : bool
    log_x : bool
        Neighbors are as wide on a logarithmic axis.

    Returns
    -------
    Bins

    Raises
    ------
    OutputError
        If `per` is not in the unit of the axis.
    """
    drawn = list(np.asarray(edges, float))
    if log_x and drawn[0] <= 0:
        raise OutputError(
            f"bins from {drawn[0]:g} cannot be drawn on a logarithmic axis.",
            why="it has no place for zero or less.",
            fix="draw it with log_x=False, or begin above zero.",
        )
    if overflow:
        drawn.append(drawn[-1] * drawn[-1] / drawn[-2] if log_x else 2 * drawn[-1] - drawn[-2])
    if underflow:
        drawn.insert(0, drawn[0] * drawn[0] / drawn[1] if log_x else 2 * drawn[0] - drawn[1])
    places = np.array(drawn)
    if not per:
        label = events_axis_label(np.asarray(edges), axis_label)
        return Bins(places, np.ones(len(places) - 1), label, underflow, overflow)
    number = _number_of(per, axis_label)
    unit = unit_of(axis_label)
    label = f"Events / {unit}" if number == 1 else f"Events / {number:g} {unit}"
    return Bins(places, number / np.diff(places), label, underflow, overflow)


def events_axis_label(edges: Floats, axis_label: str) -> str:
    """``Events / 40 GeV`` where all bins are equally wide, else ``Events / bin``."""
    widths = np.diff(edges)
    if not len(widths) or not np.allclose(widths, widths[0]):
        return "Events / bin"
    unit = unit_of(axis_label)
    width = f"{widths[0]:.4g}"
    if not unit:
        return "Events / bin" if width == "1" else f"Events / {width}"
    return f"Events / {width} {unit}"


def _number_of(per: str, axis_label: str) -> float:
    match = _PER.fullmatch(per)
    unit = unit_of(axis_label)
    if match and match[2] == unit:
        return float(match[1] or 1)
    raise OutputError(
        f"events cannot be counted per '{per}' along '{axis_label}'.",
        why=f"the unit of this axis is '{unit}'." if unit else "this axis has no unit.",
        fix=f"say per='{unit}', or per='10 {unit}'."
        if unit
        else "write the unit into the label: 'mass [GeV]'.",
    )

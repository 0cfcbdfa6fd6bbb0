"""What systematic uncertainties do to yields, and limits of a grid, as tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hepline.arrays import Floats
from hepline.show.content import SampleInfo, TemplateVariation
from hepline.show.grid_content import LimitCurve
from hepline.show.tables import Cell, Table

__all__ = ["limits_table", "systematics_table"]


def systematics_table(
    variations: Sequence[TemplateVariation], *, samples: Sequence[SampleInfo] = ()
) -> Table:
    """Change of the yield at ±1 standard deviation, in percent, of one region.

    Parameters
    ----------
    variations : sequence of TemplateVariation
        Of one region.
    samples : sequence of SampleInfo
        Labels and order.

    Returns
    -------
    Table
        A row for each nuisance parameter, two columns for each sample; a one-sided variation has
        nothing in the second.
    """
    met = dict.fromkeys(variation.sample for variation in variations)
    known = {sample.name: sample.label for sample in samples if sample.name in met}
    named = {**known, **{name: name for name in met if name not in known}}
    by_key = {(variation.nuisance, variation.sample): variation for variation in variations}
    rows = []
    for nuisance in dict.fromkeys(variation.nuisance for variation in variations):
        cells: list[Cell | None] = []
        for name in named:
            cells += _changes(by_key.get((nuisance, name)))
        rows.append((nuisance, tuple(cells)))
    columns = tuple((label, side) for label in named.values() for side in ("+1σ [%]", "−1σ [%]"))
    return Table(columns, tuple(rows), first="Nuisance parameter")


def _changes(variation: TemplateVariation | None) -> list[Cell | None]:
    if variation is None:
        return [None, None]
    return [_change(varied, variation.nominal) for varied in (variation.up, variation.down)]


def _change(varied: Floats | None, nominal: Floats) -> Cell | None:
    total = float(nominal.sum())
    if varied is None or total == 0:
        return None
    return Cell(100 * (float(varied.sum()) / total - 1), kind="change")


def limits_table(curve: LimitCurve) -> Table:
    """Upper limits at each point of a grid, with the theory there.

    Parameters
    ----------
    curve : LimitCurve

    Returns
    -------
    Table
        Beyond the points of the theory there is nothing in its column.
    """
    heads = ("observed", "−2σ", "−1σ", "median", "+1σ", "+2σ")
    columns = [("Observed", ""), *(("Expected", head) for head in heads[1:])]
    theory = curve.theory
    if theory is not None:
        columns.append((theory.label, ""))
    rows = []
    for point in curve.ordered:
        cells: list[Cell | None] = [
            Cell(value, kind="number") for value in (point.observed, *point.expected)
        ]
        if theory is not None:
            cells.append(_predicted(point.at, theory.at, theory.values))
        rows.append((f"{point.at:g}", tuple(cells)))
    return Table(tuple(columns), tuple(rows), first=curve.axis_label)


def _predicted(at: float, places: Floats, values: Floats) -> Cell | None:
    if not places[0] <= at <= places[-1]:
        return None
    return Cell(float(np.exp(np.interp(at, places, np.log(values)))), kind="number")

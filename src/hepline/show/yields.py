"""Tables of expected and seen events: before and after the fit, and as they were selected."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hepline.show.content import RegionInfo, SampleInfo, Yield
from hepline.show.tables import Cell, Table
from hepline.stats.results import ChannelPrediction

__all__ = ["selection_table", "yield_table"]


def yield_table(
    prefit: Sequence[ChannelPrediction] = (),
    postfit: Sequence[ChannelPrediction] = (),
    *,
    regions: Sequence[RegionInfo] = (),
    samples: Sequence[SampleInfo] = (),
) -> Table:
    """Arrange sums over bins in a table: samples, their total with its error, and the data.

    Parameters
    ----------
    prefit, postfit : sequence of ChannelPrediction
        One of them may be missing.
    regions, samples : sequence of RegionInfo, of SampleInfo
        Labels and order; names stand for what is not listed.

    Returns
    -------
    Table
        One column for each region and stage.
    """
    labels = {region.name: region.label for region in regions}
    channels = dict.fromkeys([*labels, *(prediction.channel for prediction in (*prefit, *postfit))])
    columns = [
        (labels.get(channel, channel), stage, prediction)
        for channel in channels
        for stage, predictions in (("pre-fit", prefit), ("post-fit", postfit))
        for prediction in predictions
        if prediction.channel == channel
    ]
    names = {sample.name: sample.label for sample in samples}
    met = dict.fromkeys(name for *_, prediction in columns for name, _ in prediction.samples)
    order = [*(name for name in names if name in met), *(name for name in met if name not in names)]
    rows = [
        (names.get(name, name), tuple(_of_sample(prediction, name) for *_, prediction in columns))
        for name in order
    ]
    totals = tuple(
        Cell(float(prediction.total.sum()), prediction.yield_uncertainty)
        for *_, prediction in columns
    )
    data = tuple(Cell(float(prediction.data.sum())) for *_, prediction in columns)
    rows += [("Total", totals), ("Data", data)]
    columns_named = tuple((label, stage) for label, stage, _ in columns)
    return Table(columns_named, tuple(rows), rules=(len(rows) - 2,), first="Sample")


def _of_sample(prediction: ChannelPrediction, name: str) -> Cell | None:
    for sample, events in prediction.samples:
        if sample == name:
            return Cell(float(events.sum()))
    return None


def selection_table(
    yields: Sequence[Yield],
    *,
    regions: Sequence[RegionInfo] = (),
    samples: Sequence[SampleInfo] = (),
    data: Sequence[str] = ("data",),
) -> Table:
    """Arrange selected events in a table: samples by regions, their total, and the data.

    Parameters
    ----------
    yields : sequence of Yield
        With statistical errors.
    regions, samples : sequence of RegionInfo, of SampleInfo
        Labels and order; names stand for what is not listed.
    data : sequence of str
        Samples that are data: below the total, and without an error.

    Returns
    -------
    Table
    """
    labels = {region.name: region.label for region in regions}
    columns = [*dict.fromkeys([*labels, *(entry.region for entry in yields)])]
    columns = [name for name in columns if any(entry.region == name for entry in yields)]
    named = {sample.name: sample.label for sample in samples}
    met = dict.fromkeys(entry.sample for entry in yields)
    order = [*(name for name in named if name in met), *(name for name in met if name not in named)]
    cells = {(entry.region, entry.sample): entry for entry in yields}
    rows: list[tuple[str, tuple[Cell | None, ...]]] = []
    for name in order:
        if name not in data:
            here = tuple(_selected(cells.get((region, name))) for region in columns)
            rows.append((named.get(name, name), here))
    simulated = [name for name in order if name not in data]
    rules = [len(rows)]
    rows.append(("Total", tuple(_sum(cells, region, simulated) for region in columns)))
    for name in order:
        if name in data:
            seen = [cells.get((region, name)) for region in columns]
            counted = tuple(None if entry is None else Cell(entry.events) for entry in seen)
            rows.append((named.get(name, name), counted))
    names = tuple((labels.get(name, name), "") for name in columns)
    return Table(names, tuple(rows), rules=tuple(rules), first="Sample")


def _selected(entry: Yield | None) -> Cell | None:
    return None if entry is None else Cell(entry.events, entry.error)


def _sum(cells: dict[tuple[str, str], Yield], region: str, samples: Sequence[str]) -> Cell | None:
    """Samples are simulated apart from each other: their errors add up in quadrature."""
    parts = [cells[region, name] for name in samples if (region, name) in cells]
    if not parts:
        return None
    error = math.sqrt(sum(part.error**2 for part in parts))
    return Cell(sum(part.events for part in parts), error)

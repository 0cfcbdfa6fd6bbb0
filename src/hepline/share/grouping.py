"""Predictions by sample and estimate: the parts of an estimate are shown as one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hepline.analysis.definition import Definition
from hepline.analysis.expected import processes_of
from hepline.arrays import Floats
from hepline.stats.results import ChannelPrediction

__all__ = ["grouped"]


def grouped(
    analysis: Definition, predictions: Iterable[ChannelPrediction]
) -> tuple[ChannelPrediction, ...]:
    """Join the parts of estimates: data, and simulation that is subtracted from them.

    Parameters
    ----------
    analysis : Definition
    predictions : iterable of ChannelPrediction
        By process.
    """
    joined = []
    for prediction in predictions:
        processes = processes_of(analysis, analysis.regions[prediction.channel])
        groups = {process.name: process.group for process in processes}
        sums: dict[str, Floats] = {}
        for name, events in prediction.samples:
            group = groups.get(name, name)
            sums[group] = sums[group] + events if group in sums else events
        joined.append(replace(prediction, samples=tuple(sums.items())))
    return tuple(joined)

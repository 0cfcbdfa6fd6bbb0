"""Rules about bins that are empty or negative."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hepline.stats.preflight.rule import Mark, rule
from hepline.stats.preflight.subject import Subject

__all__ = ["BIN_RULES"]


@rule(
    "HL101",
    "error",
    "data where nothing is expected",
    why="the probability of the data is zero there: the likelihood has no value to start from.",
    fix="merge the bin with a neighbor, or add the background that is missing.",
)
def impossible_bins(subject: Subject) -> Iterator[Mark]:
    """Events were observed where the expectation is not positive."""
    model, expected = subject.model, subject.expected
    for channel, part in zip(model.channels, model.channel_slices, strict=True):
        for at in np.flatnonzero((expected[part] <= 0) & (channel.observed > 0)).tolist():
            yield Mark(
                f"{channel.observed[at]:g} observed, {expected[part][at]:g} expected",
                channel=channel.name,
                bin=at,
            )


@rule(
    "HL102",
    "warning",
    "negative bins",
    why="a Poisson rate is never negative; large negative weights left too few events.",
    fix="merge bins, simulate more, or set the bin to zero with an uncertainty.",
)
def negative_bins(subject: Subject) -> Iterator[Mark]:
    """The nominal template of a sample is negative.

    A sample that is nowhere positive is subtracted from others: it may not outweigh them.
    """
    for channel in subject.model.channels:
        total = np.sum([sample.data for sample in channel.samples], axis=0)
        for sample in channel.samples:
            negative = sample.data < 0
            if not (sample.data > 0).any():
                negative &= total <= 0
            for at in np.flatnonzero(negative).tolist():
                yield Mark(
                    f"{sample.data[at]:.4g} events; {total[at]:.4g} with all samples",
                    channel=channel.name,
                    sample=sample.name,
                    bin=at,
                )


@rule(
    "HL103",
    "note",
    "negative at one standard deviation",
    why="a fit that pulls the parameter runs into negative rates and stops there.",
    fix="look for a variation above 100 %, a wrong template, or too few simulated events.",
)
def negative_when_varied(subject: Subject) -> Iterator[Mark]:
    """A template is negative at ±1σ where the nominal one is not."""
    for each in subject.variations:
        for sign, varied in (("+", each.up), ("−", each.down)):
            negative = (varied < 0) & (each.nominal >= 0)
            for row in np.flatnonzero(negative.any(axis=1)).tolist():
                total = each.total + varied[row] - each.nominal[row]
                at = int(np.argmin(np.where(negative[row], total, np.inf)))
                yield Mark(
                    f"{varied[row, at]:.4g} events at {sign}1σ (nominal "
                    f"{each.nominal[row, at]:.4g}); {total[at]:.4g} with all samples",
                    channel=each.channel,
                    sample=each.samples[row],
                    modifier=each.modifiers[row],
                    bin=at,
                    severity="warning" if total[at] <= 0 else None,
                )


@rule(
    "HL104",
    "warning",
    "empty samples",
    why="a sample without events cannot vary either; usually its histogram was not found.",
    fix="check the selection and the name of the histogram, or leave the sample out.",
)
def empty_samples(subject: Subject) -> Iterator[Mark]:
    """A sample has no events in any bin of a channel."""
    for channel in subject.model.channels:
        for sample in channel.samples:
            if not np.any(sample.data):
                yield Mark(
                    f"zero in all {len(sample.data)} bins",
                    channel=channel.name,
                    sample=sample.name,
                )


@rule(
    "HL105",
    "note",
    "bins without data and without expectation",
    why="they say nothing, and hide that one event there would make the fit impossible.",
    fix="shorten the axis, or merge the bin with a neighbor.",
)
def idle_bins(subject: Subject) -> Iterator[Mark]:
    """Nothing is expected, and nothing was observed."""
    model, expected = subject.model, subject.expected
    for channel, part in zip(model.channels, model.channel_slices, strict=True):
        for at in np.flatnonzero((expected[part] == 0) & (channel.observed == 0)).tolist():
            yield Mark("0 expected, 0 observed", channel=channel.name, bin=at)


@rule(
    "HL106",
    "warning",
    "the same tiny content in several bins",
    why="it looks like a constant that was added to avoid empty bins: it hides them, and gives "
    "them events without a statistical error.",
    fix="remove the offset and merge the bins that are then empty.",
)
def offset_bins(subject: Subject) -> Iterator[Mark]:
    """Bins hold one and the same positive number, far below one event and below the others."""
    for channel in subject.model.channels:
        for sample in channel.samples:
            smallest = sample.data[sample.data > 0].min(initial=np.inf)
            alike = np.flatnonzero(np.isclose(sample.data, smallest, rtol=1e-9, atol=0))
            if len(alike) > 1 and smallest < 1e-4 * max(1.0, sample.data.max()):
                yield Mark(
                    f"{smallest:.4g} events in {len(alike)} bins; the fullest has "
                    f"{sample.data.max():.4g}",
                    channel=channel.name,
                    sample=sample.name,
                    bin=int(alike[0]),
                )


BIN_RULES = (
    impossible_bins,
    negative_bins,
    negative_when_varied,
    empty_samples,
    idle_bins,
    offset_bins,
)

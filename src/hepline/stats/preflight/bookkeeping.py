"""Rules about templates that are missing, or that stand where others belong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator

import numpy as np

from hepline.arrays import Floats
from hepline.stats.preflight.findings import Severity
from hepline.stats.preflight.rule import Mark, rule
from hepline.stats.preflight.subject import Subject

__all__ = ["BOOKKEEPING_RULES"]

_SHARED = {"normsys", "histosys", "lumi", "normfactor"}


def _acts(subject: Subject) -> dict[tuple[str, str], set[str]]:
    """Channels in which a modifier acts on a sample, by names of modifier and sample."""
    acts: dict[tuple[str, str], set[str]] = defaultdict(set)
    for channel in subject.model.channels:
        for sample in channel.samples:
            for modifier in sample.modifiers:
                if modifier.kind in _SHARED:
                    acts[modifier.name, sample.name].add(channel.name)
    return acts


def _sizes(subject: Subject) -> dict[tuple[str, str], float]:
    """Largest relative change of a bin or yield by names of modifier and sample."""
    sizes: dict[tuple[str, str], float] = defaultdict(float)
    for each in subject.variations:
        bins = np.abs(each.relative).max(axis=(0, 2), initial=0.0)
        for key, size in zip(
            zip(each.modifiers, each.samples, strict=True), bins.tolist(), strict=True
        ):
            sizes[key] = max(sizes[key], size)
    return sizes


@rule(
    "HL401",
    "warning",
    "missing variations",
    why="the systematic is correlated between regions only where it is present; where it is "
    "forgotten, the region looks more precise than it is.",
    fix="add the template, or leave it if it was pruned on purpose.",
)
def missing_variations(subject: Subject) -> Iterator[Mark]:
    """A parameter acts on a sample in one channel, but not in another one.

    Only where the parameter acts on other samples of that other channel, or in most channels, so
    that one made for a single region is not missed in the others.
    """
    acts, sizes = _acts(subject), _sizes(subject)
    where: dict[str, set[str]] = defaultdict(set)
    for (name, _), channels in acts.items():
        where[name] |= channels
    most = max(1, len(subject.model.channels) // 2)
    for channel in subject.model.channels:
        present = {sample.name for sample in channel.samples if np.any(sample.data)}
        for (name, sample_name), channels in acts.items():
            if sample_name not in present or channel.name in channels:
                continue
            if channel.name not in where[name] and len(where[name]) <= most:
                continue
            size = sizes.get((name, sample_name), np.nan)
            small: Severity | None = "note" if size < 0.01 else None
            effect = f", by up to {size:.2%} of a bin" if np.isfinite(size) else ""
            yield Mark(
                f"acts on this sample in {', '.join(sorted(channels))}{effect}, but not here",
                channel=channel.name,
                sample=sample_name,
                modifier=name,
                severity=small,
            )


@rule(
    "HL402",
    "note",
    "samples missing in a channel",
    why="a process that is in most regions is rarely absent from one.",
    fix="check the name of its histogram there; nothing to do if it has no events.",
)
def missing_samples(subject: Subject) -> Iterator[Mark]:
    """A sample stands in at least two channels, and in most of them, but not in this one."""
    channels = subject.model.channels
    holds = {channel.name: {sample.name for sample in channel.samples} for channel in channels}
    for name in sorted(set().union(*holds.values())):
        having = [channel for channel, samples in holds.items() if name in samples]
        if len(having) > 1 and 2 * len(having) > len(channels):
            for channel, samples in holds.items():
                if name not in samples:
                    yield Mark(
                        f"present in {len(having)} of {len(channels)} channels",
                        channel=channel,
                        sample=name,
                    )


@rule(
    "HL403",
    "warning",
    "two samples with one shape",
    why="equal in all bins up to a factor: both were filled from one file, or one is a copy.",
    fix="check the list of files of both samples.",
)
def copied_samples(subject: Subject) -> Iterator[Mark]:
    """Two samples are proportional to each other, in a channel or in all of them."""
    everywhere: dict[str, list[Floats]] = defaultdict(list)
    places: dict[str, list[str]] = defaultdict(list)
    for channel in subject.model.channels:
        for sample in channel.samples:
            everywhere[sample.name].append(sample.data)
            places[sample.name].append(channel.name)
        templates = [(sample.name, sample.data, ()) for sample in channel.samples]
        for name, message in _proportional(templates):
            yield Mark(message, channel=channel.name, sample=name)
    # Channels of one or two bins say nothing by themselves, but together they do.
    joined = [
        (name, np.concatenate(parts), tuple(places[name]))
        for name, parts in everywhere.items()
        if not any(_telling(part) for part in parts)
    ]
    for name, message in _proportional(joined):
        yield Mark(message, sample=name)


def _proportional(
    templates: Iterable[tuple[str, Floats, tuple[str, ...]]],
) -> Iterator[tuple[str, str]]:
    """Names of templates that are multiples of an earlier one at the same place, and of which."""
    seen: dict[Hashable, tuple[str, float]] = {}
    for name, data, place in templates:
        events = float(data.sum())
        if not _telling(data) or events <= 0:
            continue
        key = (place, (np.round(data / events, 10) + 0.0).tobytes())
        other, others_events = seen.setdefault(key, (name, events))
        if other != name:
            yield name, f"is {events / others_events:.6g} times '{other}' in all {len(data)} bins"


@rule(
    "HL404",
    "warning",
    "two systematics with one template",
    why="the fit cannot tell them apart; one of them was read from the files of the other.",
    fix="check the names of the varied histograms of both.",
)
def copied_variations(subject: Subject) -> Iterator[Mark]:
    """The up, or down, template of a systematic equals that of another one of the sample."""
    for each in subject.variations:
        seen: dict[Hashable, str] = {}
        rounded = np.round(each.relative, 10) + 0.0  # no negative zeros
        bent = np.ptp(rounded, axis=2) > 0
        for row in np.flatnonzero(each.shaped & bent.any(axis=0)).tolist():
            for at, side in enumerate(("up", "down")):
                if not bent[at, row]:
                    continue
                # One that is mirrored repeats the same copy on its other side.
                key = (each.samples[row], side, rounded[at, row].tobytes())
                other = seen.setdefault(key, each.modifiers[row])
                if other != each.modifiers[row]:
                    yield Mark(
                        f"its {side} template is that of '{other}'",
                        channel=each.channel,
                        sample=each.samples[row],
                        modifier=each.modifiers[row],
                    )
                    break


@rule(
    "HL405",
    "warning",
    "one template in two channels",
    why="two selections do not give the same contents bin by bin: one region was read twice.",
    fix="check region and name of the histograms of both channels.",
)
def copied_channels(subject: Subject) -> Iterator[Mark]:
    """A sample has the contents that a sample has in another channel."""
    seen: dict[bytes, tuple[str, str]] = {}
    for channel in subject.model.channels:
        templates = [(sample.name, sample.data) for sample in channel.samples]
        for name, data in (*templates, ("data", channel.observed)):
            if not _telling(data):
                continue
            other_channel, other = seen.setdefault(data.tobytes(), (channel.name, name))
            if other_channel != channel.name:
                yield Mark(
                    f"equals '{other}' of '{other_channel}' in all {len(data)} bins",
                    channel=channel.name,
                    sample=name,
                )


def _telling(data: Floats) -> bool:
    """Whether it can hardly be by chance that two templates agree."""
    return len(np.unique(data[data != 0])) >= 3


@rule(
    "HL406",
    "warning",
    "settings and data of nothing",
    why="they are ignored, as in pyhf: a name that is spelt wrong leaves the parameter with its "
    "default bounds and the channel without these data.",
    fix="correct the name, or remove the entry.",
)
def unused_entries(subject: Subject) -> Iterator[Mark]:
    """The measurement sets a parameter, or an observation names a channel, that is not there."""
    for name in subject.model.unused_settings:
        yield Mark("no sample has this parameter, which the measurement sets", modifier=name)
    for name in subject.model.unused_observations:
        yield Mark("there is an observation, and no such channel", channel=name)


BOOKKEEPING_RULES = (
    missing_variations,
    missing_samples,
    copied_samples,
    copied_variations,
    copied_channels,
    unused_entries,
)

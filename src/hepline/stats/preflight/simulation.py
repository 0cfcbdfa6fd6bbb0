"""Rules about how much the simulation knows: statistical errors and weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hepline.arrays import Floats
from hepline.stats.preflight.rule import Mark, rule
from hepline.stats.preflight.subject import Subject
from hepline.stats.preflight.variations import statistical_error
from hepline.stats.workspace import Channel, Sample

__all__ = ["SIMULATION_RULES"]


@rule(
    "HL301",
    "warning",
    "few simulated events in a bin",
    why="above 20 % the normal constraint of a staterror is a poor picture of what is known, and "
    "the expectation is easily zero within its errors.",
    fix="merge bins, or simulate more.",
)
def uncertain_bins(subject: Subject) -> Iterator[Mark]:
    """The statistical error of all samples together is above 20 %."""
    for channel in subject.model.channels:
        known = [(s.data, e) for s in channel.samples if (e := statistical_error(s)) is not None]
        if not known:
            continue
        total = np.sum([sample.data for sample in channel.samples], axis=0)
        error = np.sqrt(np.sum([np.square(e) for _, e in known], axis=0))
        relative = np.where(total > 0, error / np.where(total > 0, total, 1.0), 0.0)
        for at in np.flatnonzero(relative > 0.2).tolist():
            yield Mark(
                f"{total[at]:.4g} ± {error[at]:.3g} events ({relative[at]:.0%})",
                channel=channel.name,
                bin=at,
            )


@rule(
    "HL302",
    "note",
    "few effective entries",
    why="a bin of a few simulated events is a guess, and its variations are migrations of single "
    "events.",
    fix="merge bins, simulate more, or take the shape from a looser selection.",
)
def few_entries(subject: Subject) -> Iterator[Mark]:
    """Fewer than ten effective entries make a tenth of a bin or more."""
    for channel in subject.model.channels:
        total = np.sum([sample.data for sample in channel.samples], axis=0)
        for sample in channel.samples:
            error = statistical_error(sample)
            if error is None:
                continue
            entries = np.square(sample.data / np.where(error > 0, error, np.inf))
            few = (error > 0) & (entries < 9.5) & (sample.data > 0.1 * total)
            for at in np.flatnonzero(few).tolist():
                yield Mark(
                    f"{sample.data[at]:.4g} ± {error[at]:.3g} events: {entries[at]:.2g} effective "
                    f"entries, {sample.data[at] / total[at]:.0%} of the bin",
                    channel=channel.name,
                    sample=sample.name,
                    bin=at,
                )


@rule(
    "HL303",
    "warning",
    "heavy simulated events",
    why="one simulated event stands for many in data, so that the simulation, not the data, "
    "limits the measurement.",
    fix="simulate more, or check the normalization (cross-section, luminosity, sum of weights).",
)
def heavy_events(subject: Subject) -> Iterator[Mark]:
    """Events weigh more than ten, and their error is above half of that of the data."""
    for channel in subject.model.channels:
        total = np.sum([sample.data for sample in channel.samples], axis=0)
        for sample in channel.samples:
            error = statistical_error(sample)
            if error is None or sample.data.sum() <= 0:
                continue
            weight = float(np.square(error).sum() / sample.data.sum())
            ratio = error / np.sqrt(np.maximum(total, 1.0))
            if weight > 10 and ratio.max() > 0.5:
                at = int(np.argmax(ratio))
                yield Mark(
                    f"one simulated event stands for {weight:.3g}; in bin {at} the error of the "
                    f"simulation is {ratio[at]:.2g} times that of the data",
                    channel=channel.name,
                    sample=sample.name,
                )


@rule(
    "HL304",
    "warning",
    "weights far above those of other bins",
    why="a single event with a huge weight makes this bin.",
    fix="look for that event: a wrong generator weight, or slices of the simulation that overlap.",
)
def outlying_weights(subject: Subject) -> Iterator[Mark]:
    """The mean weight of a bin is ten times the median of the sample."""
    for channel in subject.model.channels:
        for sample in channel.samples:
            error = statistical_error(sample)
            if error is None:
                continue
            filled = (sample.data > 0) & (error > 0)
            weight = np.where(filled, np.square(error) / np.where(filled, sample.data, 1.0), 0.0)
            if filled.sum() < 3:
                continue
            usual = float(np.median(weight[filled]))
            for at in np.flatnonzero(weight > 10 * usual).tolist():
                yield Mark(
                    f"mean weight {weight[at]:.3g}, elsewhere {usual:.3g}; "
                    f"{sample.data[at]:.4g} ± {error[at]:.3g} events",
                    channel=channel.name,
                    sample=sample.name,
                    bin=at,
                )


_OWN_ERRORS = {"shapesys", "shapefactor"}  # other ways to let bins of a sample move


@rule(
    "HL305",
    "note",
    "no statistical error of the simulation",
    why="the fit takes these templates as exactly known; its errors come out too small.",
    fix="add a staterror, unless the sample comes from data or has negligible errors.",
)
def without_staterror(subject: Subject) -> Iterator[Mark]:
    """A channel or, next to samples that have one, a sample is without staterror."""
    for channel in subject.model.channels:
        kinds = [{modifier.kind for modifier in sample.modifiers} for sample in channel.samples]
        if not any(found & {"staterror", *_OWN_ERRORS} for found in kinds):
            yield Mark("no sample has a staterror", channel=channel.name)
        elif any("staterror" in found for found in kinds):
            for sample, found in zip(channel.samples, kinds, strict=True):
                if not found & {"staterror", *_OWN_ERRORS} and np.any(sample.data):
                    yield Mark(
                        f"{sample.data.sum():.4g} events; other samples here have a staterror",
                        channel=channel.name,
                        sample=sample.name,
                    )


@rule(
    "HL306",
    "warning",
    "statistical errors that are frozen",
    why="the error of a bin is relative to its nominal events: where these are zero or negative, "
    "pyhf and hepline hold its factor at one, and the error that was given is lost.",
    fix="merge the bin with a neighbor, or give its error as a histosys, which is absolute.",
)
def frozen_errors(subject: Subject) -> Iterator[Mark]:
    """A staterror or shapesys is given where the nominal template is zero or negative."""
    for channel in subject.model.channels:
        for name, kind, owners in _errors_of_bins(channel):
            nominal = np.sum([sample.data for sample, _ in owners], axis=0)
            error = np.sqrt(np.sum([np.square(data) for _, data in owners], axis=0))
            for at in np.flatnonzero((error > 0) & (nominal <= 0)).tolist():
                yield Mark(
                    f"{nominal[at]:.4g} ± {error[at]:.3g} events: this {kind} is held",
                    channel=channel.name,
                    sample=owners[0][0].name if len(owners) == 1 else "",
                    modifier=name,
                    bin=at,
                )


def _errors_of_bins(
    channel: Channel,
) -> Iterator[tuple[str, str, list[tuple[Sample, Floats]]]]:
    """Name and kind of each error of bins, with the samples that share it and their errors."""
    owners: dict[tuple[str, str], list[tuple[Sample, Floats]]] = {}
    for sample in channel.samples:
        for modifier in sample.modifiers:
            if modifier.kind in {"staterror", "shapesys"}:
                data = np.asarray(modifier.data, dtype=np.float64)
                owners.setdefault((modifier.name, modifier.kind), []).append((sample, data))
    for (name, kind), members in owners.items():
        yield name, kind, members


SIMULATION_RULES = (
    uncertain_bins,
    few_entries,
    heavy_events,
    outlying_weights,
    without_staterror,
    frozen_errors,
)

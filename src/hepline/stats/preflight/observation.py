"""Rules about the data."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hepline.arrays import Floats
from hepline.stats.predict import prefit
from hepline.stats.preflight.rule import Mark, rule
from hepline.stats.preflight.subject import Subject

__all__ = ["OBSERVATION_RULES"]


@rule(
    "HL601",
    "note",
    "data equal to the expectation",
    why="this is the Asimov data set: it shows expected errors, and the fit cannot fail to agree.",
    fix="nothing, if that was asked for.",
)
def asimov_data(subject: Subject) -> Iterator[Mark]:
    """The observation equals the expectation at the initial values in every bin."""
    if np.allclose(subject.model.data, subject.expected, rtol=1e-9, atol=1e-12):
        yield Mark(f"all {len(subject.expected)} bins agree to the last digit")


@rule(
    "HL602",
    "note",
    "data that are not counts",
    why="real data are whole numbers; goodness of fit and p-values assume that they fluctuate.",
    fix="nothing, if these are pseudo-data.",
)
def fractional_data(subject: Subject) -> Iterator[Mark]:
    """Observations are not whole numbers."""
    for channel in subject.model.channels:
        broken = np.flatnonzero(np.abs(channel.observed - np.round(channel.observed)) > 1e-6)
        if broken.size:
            first = int(broken[0])
            yield Mark(
                f"{broken.size} of {len(channel.observed)} bins; here {channel.observed[first]:g}",
                channel=channel.name,
                bin=first,
            )


@rule(
    "HL603",
    "warning",
    "data far from the expectation",
    why="more than five standard deviations before the fit, with all uncertainties and free "
    "normalizations at 0 to 2 times nominal: a unit, a luminosity or a sample is wrong.",
    fix="compare the yields by sample; check luminosity, cross-sections and weights.",
)
def far_data(subject: Subject) -> Iterator[Mark]:
    """The yield of a channel, or else a bin, is off by more than five standard deviations."""
    model, free = subject.model, _free_shifts(subject)
    predictions = prefit(model)
    for each, part in zip(predictions, model.channel_slices, strict=True):
        expected, observed = float(each.total.sum()), float(each.data.sum())
        shift = free[:, part].sum(axis=1)
        spread = np.sqrt(max(expected, 1.0) + each.yield_uncertainty**2 + np.sum(shift**2))
        if abs(observed - expected) > 5 * spread:
            yield Mark(
                f"{observed:.6g} observed, {expected:.6g} ± {spread:.3g} expected: "
                f"{(observed - expected) / spread:+.1f} σ",
                channel=each.channel,
            )
            continue
        error = np.sqrt(
            np.maximum(each.total, 1.0) + each.uncertainty**2 + np.sum(free[:, part] ** 2, axis=0)
        )
        pull = (each.data - each.total) / error
        at = int(np.argmax(np.abs(pull)))
        if abs(pull[at]) > 5:
            yield Mark(
                f"{each.data[at]:.6g} observed, {each.total[at]:.6g} ± {error[at]:.3g} expected: "
                f"{pull[at]:+.1f} σ",
                channel=each.channel,
                bin=at,
            )


def _free_shifts(subject: Subject) -> Floats:
    """Events by which each unconstrained parameter may move the bins, shape (parameter, bin)."""
    model = subject.model
    rows = []
    for at in np.flatnonzero(~model.fixed & np.isnan(model.prior_width)).tolist():
        theta = model.initial.copy()
        theta[at] += 1.0
        rows.append(model.expected(theta) - subject.expected)
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(subject.expected))


OBSERVATION_RULES = (asimov_data, fractional_data, far_data)

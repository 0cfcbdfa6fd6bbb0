"""Rules about what a variation does to a template.

A variation that moves no bin and no yield by a tenth of the statistical error of the data is at
most worth a note.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hepline.arrays import Floats
from hepline.stats.preflight.findings import Severity
from hepline.stats.preflight.rule import Mark, rule
from hepline.stats.preflight.subject import Subject
from hepline.stats.preflight.variations import MATTERS, Variations

__all__ = ["EFFECT_RULES"]


def _mark(each: Variations, row: int, message: str, at: int | None = None) -> Mark:
    severity: Severity | None = None if each.importance[row] > MATTERS else "note"
    return Mark(
        message,
        channel=each.channel,
        sample=each.samples[row],
        modifier=each.modifiers[row],
        bin=at,
        severity=severity,
    )


def _rows(mask: NDArray[np.bool_]) -> list[int]:
    return [int(row) for row in np.flatnonzero(mask)]


def _yields(each: Variations, row: int) -> str:
    up, down = each.of_yield[:, row]
    return f"the yield moves by {up:+.2%} (up) and {down:+.2%} (down)"


@rule(
    "HL201",
    "warning",
    "templates identical to nominal",
    why="the systematic does nothing here: it was not propagated, or the nominal file was read.",
    fix="check that the varied template is filled from the variation; drop it if it is without "
    "effect by construction.",
)
def identical_templates(subject: Subject) -> Iterator[Mark]:
    """Neither up nor down differs from nominal in any bin."""
    for each in subject.variations:
        still = np.asarray(~each.shifts.any(axis=(0, 2)) & each.nominal.any(axis=1))
        for row in _rows(still):
            squares = float(np.square(each.error[row]).sum())
            entries = f" ({each.nominal[row].sum() ** 2 / squares:.0f} effective entries)"
            yield Mark(
                f"up and down equal nominal in every bin{entries if squares > 0 else ''}",
                channel=each.channel,
                sample=each.samples[row],
                modifier=each.modifiers[row],
            )


@rule(
    "HL202",
    "warning",
    "one-sided variations",
    why="the other side has no effect: pulls to that side cost nothing but the constraint, and "
    "the likelihood has a kink at zero.",
    fix="mirror the side that exists, or find the template that is missing.",
)
def one_sided(subject: Subject) -> Iterator[Mark]:
    """Only one of up and down differs from nominal."""
    for each in subject.variations:
        moves = np.asarray(each.shifts.any(axis=2))
        for row in _rows(moves[0] != moves[1]):
            side, other = ("up", "down") if moves[0, row] else ("down", "up")
            size = np.abs(each.relative[0 if side == "up" else 1, row]).max()
            yield _mark(
                each, row, f"only {side} moves, by up to {size:.2%} of a bin; {other} is nominal"
            )


@rule(
    "HL203",
    "warning",
    "up and down to the same side",
    why="the parameter can only raise, or only lower, the prediction: its pull has two "
    "solutions, and its constraint is not what it seems.",
    fix="check the signs and the nominal template; if it is meant, keep the larger side and "
    "mirror it.",
)
def same_side(subject: Subject) -> Iterator[Mark]:
    """Up and down move the yield, or most bins, in the same direction."""
    for each in subject.variations:
        # A fluctuation of nominal moves both sides away from it together.
        error = np.nan_to_num(each.error)
        events = np.maximum(each.nominal.sum(axis=1), 1e-9)
        of_sum = 2 * np.sqrt(np.sum(error**2, axis=1)) / events
        of_bin = 2 * error / np.maximum(each.nominal, 1e-9)
        of_yield = _alike(each.of_yield, least=np.maximum(of_sum, 0.005))
        bins = _alike(each.relative, least=np.maximum(of_bin, 0.01))
        moved = (np.abs(each.relative) >= 0.01).any(axis=0)
        many = (bins.sum(axis=1) > 0.5 * moved.sum(axis=1)) & (bins.sum(axis=1) > 1)
        for row in _rows(of_yield | many):
            if of_yield[row]:
                yield _mark(each, row, _yields(each, row))
            else:
                worst = int(np.argmax(np.where(bins[row], np.abs(each.relative[:, row]).min(0), 0)))
                up, down = each.relative[:, row, worst]
                yield _mark(
                    each,
                    row,
                    f"{bins[row].sum()} of {len(each.total)} bins; here {up:+.2%} (up) and "
                    f"{down:+.2%} (down)",
                    worst,
                )


def _alike(shift: Floats, *, least: Floats) -> NDArray[np.bool_]:
    """Whether up and down go to the same side, both by an amount that counts."""
    size = np.abs(shift)
    low, high = size.min(axis=0), size.max(axis=0)
    return np.asarray((shift[0] * shift[1] > 0) & (low >= least) & (low > 0.1 * high))


@rule(
    "HL204",
    "warning",
    "huge variations",
    why="above 100 % one side is negative or mirrored to it, and no interpolation is meant for it.",
    fix="look at the templates: a wrong normalization, a wrong file, or a bin with few events.",
)
def huge(subject: Subject) -> Iterator[Mark]:
    """The yield or a bin changes by more than 100 %."""
    for each in subject.variations:
        of_yield = np.abs(each.of_yield).max(axis=0) > 1
        bins = np.abs(each.relative).max(axis=0)
        for row in _rows(of_yield | (bins > 1).any(axis=1)):
            if of_yield[row]:
                yield _mark(each, row, _yields(each, row))
                continue
            at = int(np.argmax(bins[row]))
            up, down = each.relative[:, row, at]
            yield _mark(
                each,
                row,
                f"{up:+.0%} (up) and {down:+.0%} (down) of {each.nominal[row, at]:.4g} events",
                at,
            )


@rule(
    "HL205",
    "warning",
    "up and down of different size",
    why="a factor of ten between the sides is rarely physics; often one side is another "
    "systematic, or was normalized twice.",
    fix="compare both templates with nominal; mirror the trusted side if there is a reason.",
)
def asymmetric(subject: Subject) -> Iterator[Mark]:
    """One side moves ten times as many events as the other."""
    for each in subject.variations:
        moved = np.abs(each.shifts).sum(axis=2)
        low, high = moved.min(axis=0), moved.max(axis=0)
        events = np.abs(each.nominal).sum(axis=1)
        for row in _rows((low > 0) & (high > 10 * low) & (high > 0.01 * events)):
            up, down = moved[:, row]
            yield _mark(each, row, f"up moves {up:.4g} events, down moves {down:.4g}")


EFFECT_RULES = (identical_templates, one_sided, same_side, huge, asymmetric)

"""What is suspicious about columns, and why: rules with few false alarms."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

import numpy as np

from hepline.columns.conventions.convention import Convention
from hepline.columns.schema import Schema
from hepline.columns.types import TEXT
from hepline.survey.description import ColumnFacts, Finding
from hepline.survey.identity import Duplicates

__all__ = ["KINDS", "SERIOUS", "findings_of", "is_angle", "is_momentum", "number"]

KINDS = {
    "duplicates": "events that occur more than once",
    "nan": "values that are not a number",
    "inf": "infinite values",
    "sentinels": "numbers that stand for 'there is none'",
    "units": "suspicious units",
    "missing": "missing values",
    "unread": "columns that cannot be computed with",
    "spikes": "values far more frequent than their neighbors",
    "constant": "columns with a single value",
    "empty": "columns without entries",
}
"""What is looked for, the most serious first."""

SERIOUS = ("duplicates", "nan", "inf", "sentinels", "units")
"""What makes results wrong if nobody acts; the others are worth knowing."""

_MANY = 50  # different values of a column in which a spike is surprising
_SPIKE_SHARE, _SPIKE_TIMES, _AROUND = 0.01, 10.0, 8
_MOMENTUM = re.compile(r"(?:p|[eE]|m)\d*|(?:.*_)?(?:p[tT]|P[TE]|[eE][tT]|energy|mass)\d*(?:_.*)?")
_ANGLE = re.compile(r"(?:.*_)?phi\d*", re.IGNORECASE)
_TOO_HEAVY = 2000.0  # GeV: half of all momenta beyond this come from no collider yet
_TURN = 2 * math.pi + 0.01


def findings_of(
    schema: Schema, columns: Mapping[str, ColumnFacts], duplicates: Duplicates
) -> tuple[Finding, ...]:
    """Everything that a user should know, in the order of `KINDS`.

    Parameters
    ----------
    schema : Schema
    columns : mapping of str to ColumnFacts
    duplicates : Duplicates
    """
    findings = [*_of_events(duplicates)]
    findings += [Finding("unread", name, why) for name, why in schema.obstacles.items()]
    for facts in columns.values():
        findings += _of_values(facts)
        findings += _of_shape(facts)
        findings += _of_units(facts, schema.convention)
    order = list(KINDS)
    return tuple(sorted(findings, key=lambda finding: order.index(finding.kind)))


def _of_events(duplicates: Duplicates) -> Iterator[Finding]:
    if not duplicates.count:
        return
    by = ", ".join(duplicates.columns) or "all columns"
    example = ""
    if duplicates.examples:
        key, files = duplicates.examples[0]
        where = " and ".join(dict.fromkeys(files))
        example = f"; {', '.join(str(part) for part in key)} is in {where}"
    extra = "event is" if duplicates.count == 1 else "events are"
    text = f"{duplicates.count} {extra} there already, by {by}{example}"
    yield Finding("duplicates", "", text)


def _of_values(facts: ColumnFacts) -> Iterator[Finding]:
    name = facts.spec.name
    if facts.nan:
        yield Finding("nan", name, _share(facts.nan, facts.entries))
    if facts.inf:
        yield Finding("inf", name, _share(facts.inf, facts.entries))
    if facts.missing:
        yield Finding("missing", name, _share(facts.missing, facts.entries))
    if facts.sentinels:
        values = ", ".join(
            f"{number(value)} in {_share(count, facts.entries)}"
            for value, count in facts.sentinels.items()
        )
        mean, clean = facts.whole.mean, facts.clean.mean
        moved = ""
        if mean is not None and clean is not None:
            moved = f"; the mean is {number(clean)} without, {number(mean)} with"
        yield Finding("sentinels", name, values + moved)


def _of_shape(facts: ColumnFacts) -> Iterator[Finding]:
    name = facts.spec.name
    if not facts.entries:
        yield Finding("empty", name, "no entries")
    elif facts.constant:
        value = facts.whole.min
        alike = "the same text" if facts.spec.dtype == TEXT else "NaN"
        yield Finding("constant", name, alike if value is None else number(value))
    else:
        spike = _spike(facts)
        if spike is not None:
            value, count = spike
            yield Finding("spikes", name, f"{number(value)} in {_share(count, facts.entries)}")


def _spike(facts: ColumnFacts) -> tuple[float, int] | None:
    """The value that is most frequent, if those around it are not nearly so."""
    frequencies = facts.cleaned.frequencies
    if frequencies is None or facts.spec.dtype == TEXT or len(frequencies.keys) < _MANY:
        return None
    counts = frequencies.counts
    place = int(np.argmax(counts))
    count = int(counts[place])
    around = np.delete(counts[max(place - _AROUND, 0) : place + 1 + _AROUND], min(place, _AROUND))
    if count < _SPIKE_SHARE * facts.entries or count < _SPIKE_TIMES * max(around.mean(), 1.0):
        return None
    return float(frequencies.nearest[place]), count


def _of_units(facts: ColumnFacts, convention: Convention) -> Iterator[Finding]:
    name, clean = facts.spec.name, facts.clean
    if facts.spec.dtype not in ("float32", "float64") or clean.max is None or clean.min is None:
        return
    group, field = convention.places({name: facts.spec}).get(name, ("", name))
    if is_angle(field) and _TURN < max(clean.max, -clean.min) <= 360.0:
        reach = f"{number(clean.min)} to {number(clean.max)}"
        yield Finding("units", name, f"{reach}: degrees? hepline takes radians")
    divisor = convention.divisor(group, field)
    median = facts.quantiles.get(0.5, 0.0) / divisor
    if (is_momentum(field) or is_momentum(name)) and clean.min >= 0 and median > _TOO_HEAVY:
        unit = "GeV" if divisor == 1.0 else "MeV"
        text = f"half are beyond {number(facts.quantiles[0.5])} {unit}"
        yield Finding("units", name, f"{text}: MeV?" if divisor == 1.0 else text)


def is_angle(name: str) -> bool:
    """Whether a name is that of an azimuthal angle."""
    return _ANGLE.fullmatch(name) is not None


def is_momentum(name: str) -> bool:
    """Whether a name is that of a momentum, an energy or a mass."""
    return _MOMENTUM.fullmatch(name) is not None


def _share(count: int, entries: int) -> str:
    percent = 100 * count / entries
    if count == entries:
        return f"all {count}"
    return f"{count} of {entries} ({percent:.{2 if percent < 99.5 else 4}g} %)"


def number(value: float, digits: int = 5) -> str:
    """Write a whole number in full, others with some digits, with a proper minus."""
    is_whole = float(value).is_integer() and abs(value) < 1e7
    written = str(int(value)) if is_whole else f"{value:.{digits}g}"
    return written.replace("-", "−")

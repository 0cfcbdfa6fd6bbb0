"""How much of the files was read, and what it is normalized to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from hepline.analysis.definition import Definition
from hepline.analysis.filling import Filling
from hepline.analysis.requests import Purpose
from hepline.analysis.results import Coverage, Notice
from hepline.engine.rules.bind import columns_of
from hepline.errors import AnalysisError, DataError

__all__ = [
    "check_generated",
    "coverage_notices",
    "coverage_of",
    "generator_weights",
    "normalization_notices",
]

_UNKNOWN = "not known"


def check_generated(analysis: Definition, filling: Filling) -> None:
    """Refuse a file that holds more events than were generated for it.

    With generator weights, ``nevts`` may be their sum: `normalization_notices` reports that.

    Raises
    ------
    DataError
        If ``nevts`` of a simulated file is below its entries.
    """
    if (
        not filling.requests.scaled
        or filling.files.sums_of_weights
        or generator_weights(analysis, filling)
    ):
        return
    generated = filling.generated
    for part in filling.job.source.parts:
        expected = generated.get(part.path)
        if expected is not None and expected < part.entries:
            raise DataError(
                f"{part.path} of sample '{filling.name}' has {part.entries} events, but nevts "
                f"is {expected}.",
                why="a file cannot hold more events than were generated; yields would come out "
                f"{part.entries / expected:.3g} times too large.",
                fix=f"correct nevts ({part.entries} if nothing was filtered), or leave it out.",
            )


def coverage_of(filling: Filling) -> Coverage:
    """How much of a file set was read; call it after the run."""
    result = filling.result
    if result is None:
        raise TypeError("coverage is known after the run")
    generated = filling.generated
    lost = [generated.get(path) for path, _ in filling.job.source.unreadable]
    opened = sum(part.entries for part in filling.job.source.parts)
    # With one file of unknown length the total is unknown: a lower bound would look complete.
    expected = None if None in lost else opened + sum(count or 0 for count in lost)
    return Coverage(
        filling.part,
        filling.variation,
        len(result.parts),
        result.events,
        expected,
        filling.normalized_to if filling.requests.scaled else 0.0,
        tuple(result.unreadable),
        tuple(Counter(part.checked or _UNKNOWN for part in result.parts).items()),
        tuple((part.path, notice) for part in result.parts for notice in part.notices),
        filling.era,
    )


def coverage_notices(coverage: Iterable[Coverage]) -> list[Notice]:
    """Name every file that was not read, and what is odd about the others."""
    notices = []
    for part in coverage:
        if part.files and not part.events_read:
            text = (
                f"the files of {part.name} ({part.variation}) hold no events: its templates are "
                "zero."
            )
            notices.append(Notice("no events", text))
        for path, reason in part.unreadable:
            text = f"{path} of {part.name} ({part.variation}) was not read: {reason}"
            notices.append(Notice("coverage", text))
        for path, remark in part.remarks:
            text = f"{path} of {part.name} ({part.variation}): {remark}"
            notices.append(Notice("file", text))
        if part.events_expected is None:
            text = (
                f"how many events of {part.name} ({part.variation}) are missing is not known: "
                "nevts is not given for a file that was not read."
            )
            notices.append(Notice("coverage", text))
    return notices


def normalization_notices(analysis: Definition, fillings: Sequence[Filling]) -> list[Notice]:
    """Note where the cross-section is divided by something other than the events read."""
    divisors: list[tuple[str, str, int]] = []
    notices: list[Notice] = []
    for filling in fillings:
        if filling.result is None or not filling.requests.scaled:
            continue
        name, to = f"{filling.name} ({filling.variation})", filling.normalized_to
        stored = filling.result.events
        if filling.files.sums_of_weights:
            divisors.append((name, f"a sum of generator weights of {to:g}", stored))
            continue
        if to and to != stored:
            divisors.append((name, f"{to:.0f} generated events", stored))
        weights = generator_weights(analysis, filling)
        if weights:
            notices += _unweighted(filling, name, weights[0])
    return [*_normalized(divisors), *notices]


def _normalized(divisors: Sequence[tuple[str, str, int]]) -> list[Notice]:
    """One line for all file sets: name, what it is normalized to, and how many events it holds."""
    if not divisors:
        return []
    if len(divisors) == 1:
        ((name, to, stored),) = divisors
        text = f"{name} is normalized to {to}; {stored} were stored in the files."
    else:
        parts = ", ".join(f"{name} to {to} ({stored} stored)" for name, to, stored in divisors)
        text = f"{len(divisors)} sets of files stand for other numbers than they store: {parts}."
    return [Notice("normalization", text)]


def generator_weights(analysis: Definition, filling: Filling) -> list[str]:
    """Columns of the weight that are generator weights in the convention of the files.

    Raises
    ------
    AnalysisError
        If one of the samples that share the files has them in its weight, and another has not.
    """
    known = filling.job.source.schema.convention.weights
    names: dict[str, list[str]] = {}
    for request in filling.requests.requests:
        if request.component is not None and request.component.sample not in names:
            sample = analysis.samples[request.component.sample]
            weights = [weight for weight in (analysis.weight, sample.weight) if weight is not None]
            columns = columns_of([weight.expression.node for weight in weights])
            names[sample.name] = [name for name in columns if name in known]
    weighted = [sample for sample, columns in names.items() if columns]
    others = [sample for sample, columns in names.items() if not columns]
    if weighted and others:
        raise AnalysisError(
            f"the samples '{weighted[0]}' and '{others[0]}' share the files of '{filling.name}'; "
            f"only '{weighted[0]}' is weighted by {names[weighted[0]][0]}.",
            why="the files are normalized to one number: a sum of weights, or a number of events.",
            fix="put the generator weight into the weight of the analysis.",
        )
    return names[weighted[0]] if weighted else []


def _unweighted(filling: Filling, name: str, weight: str) -> list[Notice]:
    """Note a sample with generator weights that is divided by a number of events."""
    sums = [
        float(histogram.sums().sum())
        for request, histogram in filling.nominal_histograms()
        if request.purpose is Purpose.STEP and request.step == 0
    ]
    comparison = f"; the sum of weights is {sums[0]:g}" if sums else ""
    if sums and sums[0] == filling.normalized_to:
        return []
    stored = filling.job.source.schema.convention.sums
    where = (
        f" The tree '{stored.tree}' of each file holds it as '{stored.column}'." if stored else ""
    )
    text = (
        f"{name} is weighted by {weight}, but normalized to "
        f"{filling.normalized_to:.0f} events{comparison}. Give sumw for each file.{where}"
    )
    return [Notice("normalization", text)]

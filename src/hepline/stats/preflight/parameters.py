"""Rules about what can be learned of the parameters."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hepline.stats.preflight.rule import Mark, rule
from hepline.stats.preflight.subject import Subject

__all__ = ["PARAMETER_RULES"]

_SYSTEMATICS = {"normsys", "histosys", "normsys+histosys", "lumi"}


@rule(
    "HL501",
    "warning",
    "parameters that change nothing",
    why="no expected number of events depends on them: the constraint decides their value or, "
    "where there is none, the fit holds them at the initial value.",
    fix="remove them, fix them, or give their samples and templates some events.",
)
def dead_parameters(subject: Subject) -> Iterator[Mark]:
    """The expectation does not depend on a parameter."""
    model = subject.model
    for at in np.flatnonzero(subject.dead).tolist():
        name = model.parameter_names[at]
        if name == model.poi:
            continue
        free = bool(np.isnan(model.prior_width[at]))
        yield Mark(
            f"this {model.kinds[at]} changes no bin"
            f"{', and has no constraint' if free else '; only its constraint holds it'}",
            modifier=name,
        )


@rule(
    "HL502",
    "error",
    "a parameter of interest without effect",
    why="the data cannot say anything about it.",
    fix="check that the signal has events and the modifier of that name.",
)
def dead_poi(subject: Subject) -> Iterator[Mark]:
    """No expectation depends on the parameter of interest."""
    model = subject.model
    if model.poi and subject.dead[model.parameter_names.index(model.poi)]:
        yield Mark("changes no bin of any channel", modifier=model.poi)


@rule(
    "HL503",
    "warning",
    "directions that the data leave open",
    why="the likelihood is flat along a combination of parameters: their values are one choice "
    "of many, and they have no errors. All other parameters are as good as ever.",
    fix="fix or constrain one of them, or remove a modifier that repeats another.",
)
def open_directions(subject: Subject) -> Iterator[Mark]:
    """The Hessian at the Asimov data has no inverse; an error if it says nothing of the POI."""
    model, seen = subject.model, subject.asimov
    if seen.refusal:
        lost = bool(model.poi) and bool(np.isnan(seen.error[model.indices(model.poi)]).any())
        yield Mark(seen.refusal, severity="error" if lost else None)


@rule(
    "HL504",
    "warning",
    "over-constraint",
    why="the data will shrink this uncertainty to less than half of what was put in: either they "
    "really measure it, or one parameter stands for several effects, or its template is too large.",
    fix="be sure that one parameter is enough (split it by region or source), and that the prior "
    "uncertainty is what was meant.",
)
def over_constraint(subject: Subject) -> Iterator[Mark]:
    """A systematic's error in the fit to Asimov data is below half of its prior."""
    model = subject.model
    with np.errstate(invalid="ignore"):
        constraint = subject.asimov.error / model.prior_width
        narrow = ~model.fixed & ~subject.dead & (constraint < 0.5)
    for at in np.flatnonzero(narrow).tolist():
        if model.kinds[at] in _SYSTEMATICS:
            yield Mark(
                f"expected error after the fit: {constraint[at]:.3f} of the prior",
                modifier=model.parameter_names[at],
            )


PARAMETER_RULES = (dead_parameters, dead_poi, open_directions, over_constraint)

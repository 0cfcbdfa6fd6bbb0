"""Combination: one workspace out of several, with stated correlations.

The likelihood of a combination is the product of those of its parts, in which a shared parameter
keeps a single constraint term.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from hepline.errors import ModelError, nearest
from hepline.stats.parameters import ParameterSet, parameter_sets
from hepline.stats.workspace import Modifier, Specification, read_workspace

__all__ = ["combine"]

# They describe the templates of one workspace, so that equal names are a coincidence.
_NEVER_SHARED = {"shapesys", "staterror"}
# What must agree, as a setting of the measurement calls it.
_SETTINGS = {
    "inits": "initial",
    "lower bounds": "lower",
    "upper bounds": "upper",
    "fixed": "fixed",
    "auxdata": "auxdata",
    "sigmas": "width",
    "factors": "factor",
}
_COMPATIBLE = {"normsys", "histosys", "normsys+histosys"}


@dataclass(frozen=True)
class _Part:
    """One of the workspaces: its label, content, parameters, and what these will be called."""

    label: str
    specification: Specification
    sets: Mapping[str, ParameterSet]
    renamed: Mapping[str, str]


def combine(
    workspaces: Sequence[Mapping[str, Any] | str | Path],
    *,
    names: Sequence[str] | None = None,
    correlate: Mapping[str, Sequence[str]] | Literal["all"] | None = "all",
    decorrelate: Sequence[str] = (),
    poi: str | None = None,
    measurement: str | None = None,
) -> dict[str, Any]:
    """Combine workspaces into one.

    Parameters
    ----------
    workspaces : sequence of mapping, str or Path
        pyhf workspaces, or the JSON files that hold them.
    names : sequence of str, optional
        Of the workspaces: endings for what has to be told apart, as in ``JES_CMS``. Numbers from
        1 by default; then channels of equal names are refused, as they could be the same
        data.
    correlate : "all", mapping of str to sequence of str, or None
        ``"all"`` makes parameters of equal names one parameter, as pyhf does. A mapping makes one
        parameter, called by its key, of the names listed for it, and nothing else is shared but
        the parameter of interest; None shares nothing but that. The statistical errors of
        templates (staterror, shapesys) are never shared.
    decorrelate : sequence of str
        Names not to be shared; ``*`` stands for anything.
    poi : str, optional
        Parameter of interest of the combination; not needed if the workspaces agree on it.
    measurement : str, optional
        Name of the measurement to take from each; the first of each by default.

    Returns
    -------
    dict
        A pyhf workspace with one measurement, called ``combination``.

    Raises
    ------
    FileUnreadable
        If a file is missing or not JSON.
    ModelError
        If a workspace is none; if names clash or are unknown; if settings of a shared parameter
        disagree.
    """
    labels = _labels(len(workspaces), names)
    parts = [
        _read(label, source, measurement) for label, source in zip(labels, workspaces, strict=True)
    ]
    parts = _rename(parts, correlate, decorrelate)
    for one_name in sorted({name for part in parts for name in part.renamed.values()}):
        _check_agreement(one_name, parts)
    clashing = _clashing_channels(parts, named=names is not None)
    channels, observations = [], []
    for part in parts:
        for channel in part.specification.channels:
            ending = f"_{part.label}" if channel.name in clashing else ""
            samples = [
                {
                    "name": sample.name,
                    "data": sample.data.tolist(),
                    "modifiers": [_modifier(each, part) for each in sample.modifiers],
                }
                for sample in channel.samples
            ]
            channels.append({"name": channel.name + ending, "samples": samples})
            observed = channel.observed.tolist()
            observations.append({"name": channel.name + ending, "data": observed})
    config = {"poi": _interest(parts, poi), "parameters": _settings(parts)}
    combined = {
        "channels": channels,
        "observations": observations,
        "measurements": [{"name": "combination", "config": config}],
        "version": "1.0.0",
    }
    read_workspace(combined)  # what comes out is as good as what may go in
    return combined


def _labels(number: int, names: Sequence[str] | None) -> list[str]:
    labels = [str(i + 1) for i in range(number)] if names is None else list(names)
    if number < 1 or len(labels) != number or len(set(labels)) < number or not all(labels):
        raise ModelError(
            f"cannot combine {number} workspaces named {labels}.",
            why="each workspace needs a name of its own, to tell apart what is not shared.",
            fix=f"give {number} different names (names=[...])." if number else "give workspaces.",
        )
    return labels


def _read(label: str, source: Mapping[str, Any] | str | Path, measurement: str | None) -> _Part:
    specification = read_workspace(source, measurement=measurement)
    sets = {each.name: each for each in parameter_sets(specification)}
    return _Part(label, specification, sets, {})


def _rename(
    parts: Sequence[_Part],
    correlate: Mapping[str, Sequence[str]] | Literal["all"] | None,
    decorrelate: Sequence[str],
) -> list[_Part]:
    """Decide what each parameter is called in the combination."""
    everywhere = Counter(name for part in parts for name in part.sets)
    shared_as = _shared_as(correlate, everywhere)
    separate = _matching(decorrelate, everywhere)
    pois = {part.specification.poi for part in parts}
    renamed = []
    for part in parts:
        new = {}
        for name, each in part.sets.items():
            keep = correlate == "all" or name in pois
            if name in shared_as and name not in separate:
                _check_shareable(each, part.label)
                new[name] = shared_as[name]
            elif everywhere[name] == 1 or (
                keep and name not in separate and each.kind not in _NEVER_SHARED
            ):
                new[name] = name
            else:
                new[name] = f"{name}_{part.label}"
        renamed.append(replace(part, renamed=new))
    _check_names(renamed, shared_as)
    return renamed


def _check_shareable(each: ParameterSet, label: str) -> None:
    if each.kind in _NEVER_SHARED:
        raise ModelError(
            f"cannot correlate the {each.kind} '{each.name}' of '{label}'.",
            why="its parameters are those of the bins of one template.",
            fix="leave it out; it is kept apart by itself.",
        )


def _shared_as(
    correlate: Mapping[str, Sequence[str]] | Literal["all"] | None, known: Mapping[str, int]
) -> dict[str, str]:
    """Names in the workspaces to the names that they share."""
    found: dict[str, str] = {}
    for shared, members in correlate.items() if isinstance(correlate, Mapping) else ():
        for name in members:
            if name not in known or name in found:
                raise ModelError(
                    f"cannot correlate '{name}' as '{shared}'.",
                    why=f"it is already part of '{found[name]}'."
                    if name in found
                    else "no workspace has a parameter of this name.",
                    fix=f"name it once; {nearest(name, known)}",
                )
            found[name] = shared
    return found


def _matching(patterns: Sequence[str], known: Mapping[str, int]) -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        expression = re.escape(pattern).replace(r"\*", ".*")
        matching = {name for name in known if re.fullmatch(expression, name)}
        if not matching:
            raise ModelError(
                f"cannot decorrelate '{pattern}'.",
                why="no workspace has a parameter of this name.",
                fix=nearest(pattern, known),
            )
        found |= matching
    return found


def _check_names(parts: Sequence[_Part], shared_as: Mapping[str, str]) -> None:
    """Refuse names that would share by accident, or that pyhf does not allow."""
    origins: dict[str, set[str]] = {}
    for part in parts:
        for old, new in part.renamed.items():
            on_purpose = old == new or shared_as.get(old) == new
            origin = "one that is shared" if new == shared_as.get(old) else f"'{old}'"
            origins.setdefault(new, set()).add(
                origin if on_purpose else f"'{old}' of '{part.label}'"
            )
            if part.sets[old].kind == "lumi" and new != "lumi":
                raise ModelError(
                    f"the luminosity of '{part.label}' cannot be called '{new}'.",
                    why="pyhf knows one lumi modifier, always called 'lumi'.",
                    fix="describe the luminosity by a normsys, whose name is free.",
                )
        doubled = [new for new, times in Counter(part.renamed.values()).items() if times > 1]
        if doubled:
            raise ModelError(
                f"two parameters of '{part.label}' would be called '{doubled[0]}'.",
                why="a workspace can give one parameter, and no more, to a shared one.",
                fix="correlate one of them, or rename the other.",
            )
    for new, names in origins.items():
        if len(names) > 1:
            raise ModelError(
                f"the name '{new}' would stand for {' and '.join(sorted(names))}.",
                why="they are not correlated, but would share a name.",
                fix="choose other names for the workspaces or for the shared parameter.",
            )


def _check_agreement(name: str, parts: Sequence[_Part]) -> None:
    """Refuse a shared parameter that the workspaces describe differently."""
    found = [
        (part.label, part.sets[old])
        for part in parts
        for old, new in part.renamed.items()
        if new == name
    ]
    first_label, first = found[0]
    for label, other in found[1:]:
        values = [("kind", first.kind, other.kind)]
        if {first.kind, other.kind} <= _COMPATIBLE:
            values = []
        values += [
            (setting, getattr(first, field).tolist(), getattr(other, field).tolist())
            for setting, field in _SETTINGS.items()
        ]
        for setting, one, another in values:
            if one != another:
                raise ModelError(
                    f"'{name}' has {setting} {one} in '{first_label}' and {another} in '{label}'.",
                    why="a shared parameter has one description.",
                    fix=f"make them equal, or keep them apart (decorrelate=['{name}']).",
                )


def _clashing_channels(parts: Sequence[_Part], *, named: bool) -> set[str]:
    times = Counter(channel.name for part in parts for channel in part.specification.channels)
    clashing = {name for name, count in times.items() if count > 1}
    taken = {f"{name}_{part.label}" for name in clashing for part in parts} & set(times)
    if taken or (clashing and not named):
        listed = ", ".join(f"'{name}'" for name in sorted(taken or clashing))
        raise ModelError(
            f"channels of several workspaces are called {listed}.",
            why="events that were counted twice would be taken for independent ones.",
            fix="if the events differ, name the workspaces (names=[...]): the channels get these "
            "endings.",
        )
    return clashing


def _modifier(modifier: Modifier, part: _Part) -> dict[str, Any]:
    data = modifier.data.tolist() if isinstance(modifier.data, np.ndarray) else modifier.data
    return {"name": part.renamed[modifier.name], "type": modifier.kind, "data": data}


def _interest(parts: Sequence[_Part], poi: str | None) -> str:
    known = {name for part in parts for name in part.renamed.values()}
    if poi is not None:
        if poi and poi not in known:
            raise ModelError(
                f"the parameter of interest '{poi}' is not in the combination.",
                why="no parameter has this name after the renaming.",
                fix=nearest(poi, known),
            )
        return poi
    found = sorted(
        {part.renamed[part.specification.poi] for part in parts if part.specification.poi}
    )
    if len(found) > 1:
        raise ModelError(
            f"the workspaces have the parameters of interest {', '.join(found)}.",
            why="a combination has one.",
            fix=f"choose (poi='{found[0]}'), or make them one (correlate={{'{found[0]}': [...]}}).",
        )
    return found[0] if found else ""


def _settings(parts: Sequence[_Part]) -> list[dict[str, Any]]:
    """Join what the measurements say of the parameters; those shared agree by now."""
    joined: dict[str, dict[str, Any]] = {}
    for part in parts:
        for name, setting in part.specification.settings.items():
            if name in part.renamed:
                new = part.renamed[name]
                joined[new] = {**joined.get(new, {}), **setting, "name": new}
    return list(joined.values())

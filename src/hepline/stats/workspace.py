"""A pyhf workspace, read from JSON and checked before any number is computed with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hepline.arrays import Floats
from hepline.errors import ModelError, nearest
from hepline.stats.patches import Patches, patched, read_json
from hepline.stats.schema import first_error

__all__ = ["Channel", "Modifier", "Sample", "Specification", "read_workspace"]

_LONGEST = 210  # letters of a message of the schema, which may quote a whole workspace


@dataclass(frozen=True)
class Modifier:
    """One effect of a parameter on a sample; `data` as in the JSON file."""

    name: str
    kind: str
    data: Any


@dataclass(frozen=True)
class Sample:
    """Expected events of one process in one channel.

    Attributes
    ----------
    name : str
    data : ndarray, shape (bin,)
    modifiers : tuple of Modifier
        Sorted by name, then kind, which is the order of pyhf.
    """

    name: str
    data: Floats
    modifiers: tuple[Modifier, ...]


@dataclass(frozen=True)
class Channel:
    """One region of the analysis: samples sorted by name, and what was observed."""

    name: str
    samples: tuple[Sample, ...]
    observed: Floats


@dataclass(frozen=True)
class Specification:
    """The content of a workspace for one measurement.

    Attributes
    ----------
    channels : tuple of Channel
        Sorted by name, which is the order of pyhf.
    settings : mapping of str to mapping
        What the measurement says of a parameter: inits, bounds, fixed, auxdata, sigmas, factors.
    poi : str
        Empty for a workspace without a parameter of interest.
    measurement : str
    unused_observations : tuple of str
        Names of observations that no channel has.
    """

    channels: tuple[Channel, ...]
    settings: Mapping[str, Mapping[str, Any]]
    poi: str
    measurement: str
    unused_observations: tuple[str, ...] = ()


def read_workspace(
    source: Mapping[str, Any] | str | Path,
    *,
    measurement: str | None = None,
    patches: Patches = (),
    poi: str | None = None,
    exclude: Collection[str] = (),
) -> Specification:
    """Read a workspace, apply JSON patches to it, validate it with pyhf's schema.

    Parameters
    ----------
    source : mapping, str or Path
        The workspace itself, or the file that holds it.
    measurement : str, optional
        The first one by default.
    patches : JSON patches (RFC 6902)
        Applied in order to the whole workspace; see `hepline.stats.patches.patched`.
    poi : str, optional
        Parameter of interest, in place of the measurement's; empty for none.
    exclude : collection of str
        Channels to leave out.

    Returns
    -------
    Specification

    Raises
    ------
    FileUnreadable
        If there is no such file, or if it is not JSON.
    ModelError
        If the content is not a workspace, or if its numbers cannot make a likelihood.

    References
    ----------
    Schema 1.0.0 of pyhf, https://pyhf.readthedocs.io/en/stable/likelihood.html
    """
    content = source if isinstance(source, Mapping) else read_json(Path(source), "pyhf workspace")
    _check_kind(content)
    content = patched(content, patches)
    _validate(content)
    chosen = _measurement(content["measurements"], measurement)
    channels = _without(_channels(content), exclude)
    known = {channel.name for channel in channels}
    observed = (entry["name"] for entry in content["observations"])
    specification = Specification(
        channels=channels,
        settings=_settings(chosen["config"]["parameters"]),
        poi=chosen["config"]["poi"] if poi is None else poi,
        measurement=chosen["name"],
        unused_observations=tuple(
            name for name in observed if name not in known and name not in exclude
        ),
    )
    for channel in specification.channels:
        _check_channel(channel)
    return specification


def _check_kind(content: Any) -> None:
    """Refuse what is recognized as something else."""
    is_patch = isinstance(content, Mapping) and ("patches" in content or "patch" in content)
    if is_patch or (isinstance(content, list) and content and "op" in content[0]):
        raise ModelError(
            "this is a JSON patch, not a workspace.",
            why="a patch only says what to change in a workspace, such as the signal to add.",
            fix="give the workspace, and the patch beside it: "
            "patches='FILE' or patches='FILE:NAME'.",
        )


def _validate(content: Any) -> None:
    said = first_error(_outline(content))
    if said:
        said = said if len(said) <= _LONGEST else f"{said[:100]} … {said[-100:]}"
        raise ModelError(
            f"this is not a pyhf workspace: {said}",
            why="pyhf's schema 1.0.0 asks for another type, or for a key that is not there.",
            fix="compare with https://pyhf.readthedocs.io/en/stable/likelihood.html",
        )


def _outline(content: Any) -> Any:
    """What the schema has to see: one number of each list, one modifier of each kind of a sample.

    A large workspace has millions of numbers, which the schema would look at one by one for
    minutes. Their lengths and values are checked here, without it.
    """
    if isinstance(content, Mapping):
        return {key: _outline(value) for key, value in content.items()}
    if not isinstance(content, list):
        return content
    if content and all(type(each) in {int, float} for each in content):
        return content[:1]
    parts = [_outline(each) for each in content]
    if parts and all(_is_modifier(each) for each in parts):
        return list({_kind_of(each): each for each in parts}.values())
    return parts


def _is_modifier(part: Any) -> bool:
    return isinstance(part, Mapping) and set(part) == {"name", "type", "data"}


def _kind_of(modifier: Mapping[str, Any]) -> str:
    """Everything but the name of a modifier: where names are text, any of them will do."""
    name = "" if isinstance(modifier["name"], str) else modifier["name"]
    return repr((name, modifier["type"], _types(modifier["data"])))


def _types(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {key: _types(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_types(each) for each in data]
    return type(data).__name__


def _measurement(measurements: Sequence[Any], name: str | None) -> Any:
    if name is None:
        return measurements[0]
    for measurement in measurements:
        if measurement["name"] == name:
            return measurement
    names = [measurement["name"] for measurement in measurements]
    raise ModelError(
        f"no measurement '{name}' in this workspace.",
        why=f"it has {len(names)}: {', '.join(names)}.",
        fix=nearest(name, names),
    )


def _settings(parameters: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    _check_unique("parameter setting", "the measurement", (entry["name"] for entry in parameters))
    return {entry["name"]: entry for entry in parameters}


def _channels(content: Mapping[str, Any]) -> tuple[Channel, ...]:
    _check_unique("channel", "the workspace", (entry["name"] for entry in content["channels"]))
    _check_unique(
        "observation", "the workspace", (entry["name"] for entry in content["observations"])
    )
    observed = {entry["name"]: entry["data"] for entry in content["observations"]}
    channels = []
    for entry in sorted(content["channels"], key=_name):
        if entry["name"] not in observed:
            raise ModelError(
                f"channel '{entry['name']}' has no observation.",
                why="the likelihood compares each channel with data.",
                fix=f"add it to 'observations'; {nearest(entry['name'], observed)}",
            )
        data = np.asarray(observed[entry["name"]], dtype=np.float64)
        channels.append(Channel(entry["name"], _samples(entry), data))
    return tuple(channels)


def _without(channels: tuple[Channel, ...], names: Collection[str]) -> tuple[Channel, ...]:
    known = [channel.name for channel in channels]
    for name in names:
        if name not in known:
            raise ModelError(
                f"there is no channel '{name}' to exclude.",
                why=f"the workspace has {', '.join(known)}.",
                fix=nearest(name, known),
            )
    left = tuple(channel for channel in channels if channel.name not in names)
    if not left:
        raise ModelError(
            "all channels are excluded.",
            why="a likelihood compares at least one channel with data.",
            fix=f"keep one of {', '.join(known)}.",
        )
    return left


def _name(entry: Mapping[str, Any]) -> str:
    return str(entry["name"])


def _samples(channel: Mapping[str, Any]) -> tuple[Sample, ...]:
    where = f"channel '{channel['name']}'"
    _check_unique("sample", where, (entry["name"] for entry in channel["samples"]))
    samples = []
    for entry in sorted(channel["samples"], key=_name):
        modifiers = sorted(
            (Modifier(each["name"], each["type"], each["data"]) for each in entry["modifiers"]),
            key=lambda modifier: (modifier.name, modifier.kind),
        )
        _check_unique(
            "modifier",
            f"sample '{entry['name']}' of {where}",
            (f"{modifier.kind}/{modifier.name}" for modifier in modifiers),
        )
        data = np.asarray(entry["data"], dtype=np.float64)
        samples.append(Sample(entry["name"], data, tuple(modifiers)))
    return tuple(samples)


def _check_unique(what: str, where: str, names: Iterable[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise ModelError(
                f"{what} '{name}' occurs {times} times in {where}.",
                why="pyhf would keep the last one and drop the others in silence.",
                fix="rename or remove all but one.",
            )


def _check_channel(channel: Channel) -> None:
    where = f"channel '{channel.name}'"
    bins = len(channel.samples[0].data)
    _check_numbers(f"the observation of {where}", channel.observed, bins)
    negative = np.flatnonzero(channel.observed < 0)
    if negative.size:
        first = negative[0]
        raise ModelError(
            f"the observation of {where} is {channel.observed[first]:g} in bin {first}.",
            why="a Poisson distribution gives no probability to negative counts.",
            fix="store what was counted; subtract backgrounds with samples, not from the data.",
        )
    for sample in channel.samples:
        inside = f"sample '{sample.name}' of {where}"
        _check_numbers(inside, sample.data, bins)
        for modifier in sample.modifiers:
            for key, numbers in _numbers(modifier):
                wanted = 1 if modifier.kind == "normsys" else bins
                _check_numbers(
                    f"{modifier.kind} '{modifier.name}'{key} of {inside}", numbers, wanted
                )


def _numbers(modifier: Modifier) -> list[tuple[str, Floats]]:
    """List the arrays of a modifier, each with the suffix that names it in a message."""
    if modifier.data is None:
        return []
    if isinstance(modifier.data, Mapping):
        return [
            (f" ({key})", np.atleast_1d(np.asarray(value, dtype=np.float64)))
            for key, value in modifier.data.items()
        ]
    return [("", np.asarray(modifier.data, dtype=np.float64))]


def _check_numbers(what: str, numbers: Floats, bins: int) -> None:
    if len(numbers) != bins:
        raise ModelError(
            f"{what} has {len(numbers)} bins.",
            why=f"the channel has {bins}.",
            fix="write all templates of a channel with one binning.",
        )
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if wrong.size:
        raise ModelError(
            f"{what} is {numbers[wrong[0]]} in bin {wrong[0]}.",
            why="a likelihood of numbers that are not finite is not a number.",
            fix="a division by an empty bin is the usual cause; merge bins or set a value there.",
        )

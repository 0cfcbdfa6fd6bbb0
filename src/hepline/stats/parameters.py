"""Which parameters a workspace has, in pyhf's order, with their constraint terms."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hepline.arrays import Floats
from hepline.errors import ModelError, nearest
from hepline.stats.workspace import Channel, Modifier, Sample, Specification

__all__ = ["ParameterSet", "Place", "parameter_sets", "places"]

# pyhf visits the kinds in this order; parameter vectors of published likelihoods follow it.
_KINDS = ("histosys", "lumi", "normfactor", "normsys", "shapefactor", "shapesys", "staterror")
_SHARING = {"histosys", "normsys"}


@dataclass(frozen=True)
class ParameterSet:
    """All parameters of one name: one for a scalar, one for each bin otherwise.

    Attributes
    ----------
    name : str
    kind : str
        Kind of modifier; ``normsys+histosys`` where both bear the name.
    scalar : bool
        A scalar has no index in its name.
    initial, lower, upper : ndarray, shape (size,)
    fixed : ndarray of bool, shape (size,)
    constraint : str
        ``normal``, ``poisson`` or empty.
    auxdata : ndarray, shape (size,)
        What the auxiliary measurement found; empty where there is no constraint.
    width : ndarray, shape (size,)
        Standard deviation of a normal constraint.
    factor : ndarray, shape (size,)
        Events of the auxiliary Poisson measurement for a parameter of one.
    """

    name: str
    kind: str
    scalar: bool
    initial: Floats
    lower: Floats
    upper: Floats
    fixed: np.ndarray[Any, np.dtype[np.bool_]]
    constraint: str = ""
    auxdata: Floats = field(default_factory=lambda: np.zeros(0))
    width: Floats = field(default_factory=lambda: np.zeros(0))
    factor: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def size(self) -> int:
        """Number of parameters."""
        return len(self.initial)

    @property
    def names(self) -> tuple[str, ...]:
        """Names with an index for the elements of a vector, as in pyhf."""
        if self.scalar:
            return (self.name,)
        return tuple(f"{self.name}[{index}]" for index in range(self.size))

    @property
    def center(self) -> Floats:
        """Where the constraint is largest; not a number where there is none. Shape (size,)."""
        if self.constraint == "poisson":
            return np.asarray(self.auxdata / self.factor)
        return self.auxdata if self.constraint else np.full(self.size, np.nan)

    @property
    def prior_width(self) -> Floats:
        """Width of the constraint; not a number where there is none. Shape (size,)."""
        if self.constraint == "poisson":
            return np.asarray(1 / np.sqrt(self.factor))
        return self.width if self.constraint else np.full(self.size, np.nan)


@dataclass(frozen=True)
class Place:
    """One modifier with the sample and the channel that it acts on."""

    channel: Channel
    sample: Sample
    modifier: Modifier

    def __str__(self) -> str:
        """As error messages name it."""
        return (
            f"{self.modifier.kind} '{self.modifier.name}' of sample '{self.sample.name}' "
            f"in channel '{self.channel.name}'"
        )


def places(specification: Specification) -> Iterator[Place]:
    """All modifiers in pyhf's order: channels, samples, then modifiers, each sorted by name."""
    for channel in specification.channels:
        for sample in channel.samples:
            for modifier in sample.modifiers:
                yield Place(channel, sample, modifier)


def parameter_sets(specification: Specification) -> tuple[ParameterSet, ...]:
    """List the parameters of a workspace in the order of pyhf.

    Raises
    ------
    ModelError
        If two modifiers want different parameters of one name, if a setting of the measurement
        does not fit its parameter, or if there is no parameter at all.
    """
    groups: dict[str, dict[str, list[Place]]] = {kind: {} for kind in _KINDS}
    for place in places(specification):
        groups[place.modifier.kind].setdefault(place.modifier.name, []).append(place)
    # The statistical errors alone are ordered by their own name, not by where they first occur.
    groups["staterror"] = dict(sorted(groups["staterror"].items()))
    sets: dict[str, ParameterSet] = {}
    for kind in _KINDS:
        for name, group in groups[kind].items():
            sets[name] = _joined(sets.get(name), _REQUIRED[kind](group), name, kind)
    if not sets:
        raise ModelError(
            "the workspace has no parameters.",
            why="none of its samples has a modifier, so that there is nothing to fit.",
            fix="add at least a normfactor to one sample.",
        )
    found = tuple(
        _configured(each, specification.settings.get(each.name, {})) for each in sets.values()
    )
    _check_poi(specification.poi, found)
    return found


def _joined(known: ParameterSet | None, new: ParameterSet, name: str, kind: str) -> ParameterSet:
    if known is None:
        return new
    if {known.kind, kind} == _SHARING:
        return replace(known, kind="normsys+histosys")
    raise ModelError(
        f"'{name}' is the name of a {known.kind} and of a {kind}.",
        why="their parameters have different constraints or sizes, so that they cannot be shared.",
        fix="rename one of them; only normsys and histosys may share a parameter.",
    )


def _vector(kind: str, name: str, size: int, upper: float, lower: float) -> ParameterSet:
    return ParameterSet(
        name=name,
        kind=kind,
        scalar=False,
        initial=np.ones(size),
        lower=np.full(size, lower),
        upper=np.full(size, upper),
        fixed=np.zeros(size, dtype=bool),
    )


def _standard_normal(group: list[Place]) -> ParameterSet:
    first = group[0].modifier
    scalar = replace(_vector(first.kind, first.name, 1, 5.0, -5.0), scalar=True)
    return replace(
        scalar, initial=np.zeros(1), constraint="normal", auxdata=np.zeros(1), width=np.ones(1)
    )


def _normfactor(group: list[Place]) -> ParameterSet:
    return replace(_vector("normfactor", group[0].modifier.name, 1, 10.0, 0.0), scalar=True)


def _lumi(group: list[Place]) -> ParameterSet:
    # The measurement has to say all of it: the values here only hold the places.
    unknown = np.full(1, np.nan)
    scalar = replace(_vector("lumi", group[0].modifier.name, 1, np.nan, 0.0), scalar=True)
    return replace(scalar, initial=unknown, constraint="normal", auxdata=unknown, width=unknown)


def _shapefactor(group: list[Place]) -> ParameterSet:
    size = len(group[0].sample.data)
    for place in group:
        if len(place.sample.data) != size:
            raise ModelError(
                f"{place} has {len(place.sample.data)} bins.",
                why=f"elsewhere the same shapefactor has {size}; its parameters are one per bin.",
                fix="give the shapefactors of channels with different binnings different names.",
            )
    return _vector("shapefactor", group[0].modifier.name, size, 10.0, 0.0)


def _shapesys(group: list[Place]) -> ParameterSet:
    if len(group) > 1:
        raise ModelError(
            f"shapesys '{group[0].modifier.name}' acts on {len(group)} samples.",
            why="its constraint is that of one sample; pyhf does not share it either.",
            fix="use one name per sample, or a staterror, which is made to be shared.",
        )
    nominal = group[0].sample.data
    uncertainty = np.asarray(group[0].modifier.data, dtype=np.float64)
    valid = (nominal > 0) & (uncertainty > 0)
    factor = np.ones(len(nominal))
    factor[valid] = (nominal[valid] / uncertainty[valid]) ** 2
    shape = _vector("shapesys", group[0].modifier.name, len(nominal), 10.0, 1e-10)
    return replace(shape, fixed=~valid, constraint="poisson", auxdata=factor, factor=factor)


def _staterror(group: list[Place]) -> ParameterSet:
    """Relative widths: root of the summed squares of all samples over their summed contents."""
    name = group[0].modifier.name
    by_channel: dict[str, list[Place]] = {}
    samples: dict[str, set[str]] = {}
    for place in group:
        by_channel.setdefault(place.channel.name, []).append(place)
        samples.setdefault(place.sample.name, set()).add(place.channel.name)
    if any(channels != set(by_channel) for channels in samples.values()):
        raise ModelError(
            f"staterror '{name}' acts on different channels for different samples.",
            why="its parameters belong to bins, and all its samples must have the same bins.",
            fix="name the staterror after its channel, as in 'staterror_SR'.",
        )
    widths = []
    for members in by_channel.values():
        nominal = np.sum([place.sample.data for place in members], axis=0)
        squares = np.sum([np.square(place.modifier.data) for place in members], axis=0)
        filled = nominal > 0
        width = np.zeros(len(nominal))
        width[filled] = np.sqrt(squares[filled]) / nominal[filled]
        widths.append(width)
    width = np.concatenate(widths)
    certain = width == 0
    shape = _vector("staterror", name, len(width), 10.0, 1e-10)
    # pyhf holds the parameters of bins without uncertainty, and gives them a width of one.
    width = np.where(certain, 1.0, width)
    ones = np.ones(len(width))
    return replace(shape, fixed=certain, constraint="normal", auxdata=ones, width=width)


_REQUIRED = {
    "histosys": _standard_normal,
    "lumi": _lumi,
    "normfactor": _normfactor,
    "normsys": _standard_normal,
    "shapefactor": _shapefactor,
    "shapesys": _shapesys,
    "staterror": _staterror,
}


def _configured(required: ParameterSet, setting: Mapping[str, Any]) -> ParameterSet:
    """Apply to a parameter set what the measurement says of it."""
    usable = {"inits": "initial"}
    if required.constraint:
        usable["auxdata"] = "auxdata"
    if required.kind in {"lumi", "staterror"}:
        usable["sigmas"] = "width"
    if required.constraint == "poisson":
        usable["factors"] = "factor"
    changes: dict[str, Any] = {}
    for key, value in setting.items():
        if key == "bounds":
            bounds = _numbers(required, key, value, (required.size, 2))
            changes["lower"], changes["upper"] = bounds.T.copy()
        elif key == "fixed":
            changes["fixed"] = np.full(required.size, value)
        elif key in usable:
            changes[usable[key]] = _numbers(required, key, value, (required.size,))
        elif key != "name":
            raise ModelError(
                f"the measurement sets '{key}' of parameter '{required.name}'.",
                why=f"a {required.kind} has no such setting.",
                fix=nearest(key, [*usable, "bounds", "fixed"]),
            )
    return _checked(_completed(replace(required, **changes)))


def _numbers(required: ParameterSet, key: str, value: Any, shape: tuple[int, ...]) -> Floats:
    """Numbers of a setting, if they have the right shape and make sense."""
    positive = key in {"sigmas", "factors"}
    counted = key == "auxdata" and required.constraint == "poisson"
    try:
        numbers = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        numbers = np.full(1, np.nan)  # lists of different lengths, or words
    right = numbers.shape == shape and bool(np.all(np.isfinite(numbers)))
    if right and not (positive and np.any(numbers <= 0)) and not (counted and np.any(numbers < 0)):
        return numbers
    kind = "finite, positive " if positive else "finite "
    raise ModelError(
        f"the measurement sets '{key}' of parameter '{required.name}' to {value}.",
        why=f"that takes {'counts: zero or positive ' if counted else kind}numbers of shape "
        f"{shape}.",
        fix="correct the setting in 'measurements', or leave it out.",
    )


def _completed(configured: ParameterSet) -> ParameterSet:
    """Fill in what only the luminosity may leave open: start at the auxiliary value."""
    if configured.kind != "lumi":
        return configured
    if np.isnan(configured.auxdata).any() or np.isnan(configured.width).any():
        raise ModelError(
            "the measurement does not say what the luminosity is.",
            why="a lumi modifier takes 'auxdata' and 'sigmas' from the parameters' settings.",
            fix='add {"name": "lumi", "auxdata": [1.0], "sigmas": [0.02]} to the measurement.',
        )
    initial = np.where(np.isnan(configured.initial), configured.auxdata, configured.initial)
    upper = np.where(np.isnan(configured.upper), 10 * configured.auxdata, configured.upper)
    return replace(configured, initial=initial, upper=upper)


def _checked(configured: ParameterSet) -> ParameterSet:
    """Return the set, if its start values lie within bounds that enclose something."""
    inside = (configured.lower <= configured.initial) & (configured.initial <= configured.upper)
    free = ~configured.fixed
    wrong = np.flatnonzero(free & ~(inside & (configured.lower < configured.upper)))
    if wrong.size:
        at = wrong[0]
        raise ModelError(
            f"parameter '{configured.names[at]}' starts at {configured.initial[at]:g}.",
            why=f"its bounds are {configured.lower[at]:g} and {configured.upper[at]:g}.",
            fix="set 'inits' inside of 'bounds' in the measurement.",
        )
    return configured


def _check_poi(poi: str, sets: tuple[ParameterSet, ...]) -> None:
    singles = [name for each in sets for name in each.names]
    if not poi or poi in singles:
        return
    vector = next((each for each in sets if each.name == poi), None)
    if vector is not None:
        raise ModelError(
            f"the parameter of interest '{poi}' is a vector: a {vector.kind} with one parameter "
            f"for each of {vector.size} bins.",
            why="a limit or a significance is a statement about a single number.",
            fix="scale the sample with a normfactor, or take one element: "
            f"poi='{vector.names[0]}'.",
        )
    known = ", ".join(difflib.get_close_matches(poi, singles, n=3, cutoff=0.8))
    raise ModelError(
        f"no modifier of this workspace bears the name of the parameter of interest, '{poi}'.",
        why="a workspace of the background alone waits for the patch that adds its signal; else "
        "the name is misspelt.",
        fix="apply the patch (patches='FILE:NAME'), name another parameter of interest"
        f"{f' such as {known}' if known else ''} (poi='…'), or fit the background alone (poi='').",
    )

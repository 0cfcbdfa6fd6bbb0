"""A workspace compiled for inference: parameters, data and arrays, without any algorithm."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hepline.arrays import Floats
from hepline.errors import FitError, ModelError, checked_keywords, nearest
from hepline.stats import schur
from hepline.stats.constraints import constraints
from hepline.stats.expectation import expected
from hepline.stats.likelihood import Likelihood
from hepline.stats.newton import Region
from hepline.stats.parameters import ParameterSet, parameter_sets
from hepline.stats.patches import Patches
from hepline.stats.tables import compile_tables, local, touched
from hepline.stats.valleys import same_sided, uneven
from hepline.stats.workspace import Channel, read_workspace

__all__ = ["HistFactory"]

_VARIATIONS = {"normsys", "histosys"}  # up and down of zero, so that both may move bins alike

_READ_BY = {
    "settings": {"initial", "lower", "upper", "center", "prior_width"},
    "two_sided": {"initial", "fixed"},
    "same_sided": {"initial", "fixed"},
    "region": {"lower", "upper", "fixed", "prior_width"},
    "misplaced": {"initial", "lower", "upper", "fixed", "prior_width"},
    "_observed": {"data", "auxdata"},
}
"""What is computed once, and from which arrays; the rest is computed from tables alone."""


class HistFactory:
    """A HistFactory model of a pyhf workspace, with its data.

    Parameters
    ----------
    workspace : mapping, str or Path
        A pyhf workspace, or the JSON file that holds it.
    measurement : str, optional
        Name of the measurement; the first by default.
    patches : JSON patches
        Applied in order to the workspace: lists of operations, paths of files, ``FILE:NAME`` for
        one patch of a set; see `hepline.stats.patches.patched`.
    poi : str, optional
        Parameter of interest, in place of the measurement's; empty for none.
    exclude : collection of str
        Channels to leave out.
    normsys_code : str
        ``code4`` (default of pyhf and ROOT) or ``code1``.
    histosys_code : str
        ``code4p`` (default of pyhf and ROOT), ``code2`` or ``code0``.
    clip_sample_data, clip_bin_data : float or None
        Least number of events that a sample can have in a bin, and that a bin can have; None for
        no limit. Bins end at zero unless asked otherwise, as counts do; pyhf's own default is None
        for both.

    Attributes
    ----------
    poi : str
        Name of the parameter of interest; empty if the workspace has none.
    channels : tuple of Channel
        Sorted by name, as in pyhf.
    data : ndarray, shape (bin,)
        What was observed, channel after channel.
    auxdata : ndarray, shape (auxdata,)
        What the auxiliary measurements found.
    parameter_names : tuple of str
        In pyhf's order; elements of vectors carry an index: ``staterror_SR[3]``.
    kinds : tuple of str, one for each parameter
    initial, lower, upper : ndarray, shape (parameter,)
    fixed : ndarray of bool, shape (parameter,)
        Held by the measurement, or without effect (staterror without uncertainty, `idle`).
    idle : tuple of str
        Free parameters without a constraint that no expectation depends on, because their samples
        are empty; no fit could find a value for them.
    center, prior_width : ndarray, shape (parameter,)
        Of the constraint terms; not a number for unconstrained parameters.
    unused_settings, unused_observations : tuple of str
        Parameters that the measurement sets and no sample has; observations of no channel.

    Raises
    ------
    FileUnreadable
        If the file is missing or not JSON.
    ModelError
        If no likelihood can be built from the content.
    """

    @checked_keywords
    def __init__(
        self,
        workspace: Mapping[str, Any] | str | Path,
        *,
        measurement: str | None = None,
        patches: Patches = (),
        poi: str | None = None,
        exclude: Collection[str] = (),
        normsys_code: str = "code4",
        histosys_code: str = "code4p",
        clip_sample_data: float | None = None,
        clip_bin_data: float | None = 0.0,
    ) -> None:
        specification = read_workspace(
            workspace, measurement=measurement, patches=patches, poi=poi, exclude=exclude
        )
        self.parameter_sets: tuple[ParameterSet, ...] = parameter_sets(specification)
        self.tables = compile_tables(
            specification,
            self.parameter_sets,
            normsys_code=normsys_code,
            histosys_code=histosys_code,
            clip_sample_data=clip_sample_data,
            clip_bin_data=clip_bin_data,
        )
        self.constraints = constraints(self.parameter_sets)
        self.measurement = specification.measurement
        self.poi = specification.poi
        self.channels: tuple[Channel, ...] = specification.channels
        self.data = np.concatenate([channel.observed for channel in self.channels])
        self.auxdata = self.constraints.data
        sets = self.parameter_sets
        known = {each.name for each in sets}
        self.unused_settings = tuple(one for one in specification.settings if one not in known)
        self.unused_observations = specification.unused_observations
        self.parameter_names = tuple(name for each in sets for name in each.names)
        self.kinds = tuple(each.kind for each in sets for _ in each.names)
        self.initial: Floats = np.concatenate([each.initial for each in sets])
        self.lower: Floats = np.concatenate([each.lower for each in sets])
        self.upper: Floats = np.concatenate([each.upper for each in sets])
        self.fixed: NDArray[np.bool_] = np.concatenate([each.fixed for each in sets])
        unconstrained = np.concatenate([np.isnan(each.center) for each in sets])
        idle = ~self.fixed & unconstrained & ~touched(self.tables)
        self.idle = tuple(np.array(self.parameter_names)[idle].tolist())
        self.fixed |= idle
        varied = np.array([bool(_VARIATIONS.intersection(kind.split("+"))) for kind in self.kinds])
        self._varied = varied & (self.lower < 0) & (self.upper > 0)
        self.center: Floats = np.concatenate([each.center for each in sets])
        self.prior_width: Floats = np.concatenate([each.prior_width for each in sets])

    def __repr__(self) -> str:
        names = ", ".join(channel.name for channel in self.channels)
        return (
            f"<{type(self).__name__} '{self.measurement}': {len(self.data)} bins in {names}; "
            f"{len(self.parameter_names)} parameters; poi '{self.poi}'>"
        )

    def holding(self, values: Mapping[str, float]) -> Self:
        """Copy the model with parameters held, in every question.

        Parameters
        ----------
        values : mapping of str to float
            The name of a vector holds all its elements.

        Raises
        ------
        FitError
            If there is no such parameter.
        """
        initial, fixed = self.initial.copy(), self.fixed.copy()
        for name, value in values.items():
            initial[self.indices(name)] = value
            fixed[self.indices(name)] = True
        return self.replacing(initial=initial, fixed=fixed)

    def replacing(self, **arrays: NDArray[Any]) -> Self:
        """Copy the model with other arrays; what was computed from them is computed again.

        Parameters
        ----------
        **arrays
            Attributes such as ``lower`` and ``upper``.
        """
        model = copy.copy(self)
        for cached, read in _READ_BY.items():
            if read & arrays.keys():
                vars(model).pop(cached, None)
        vars(model).update(arrays)
        return model

    def observing(self, data: ArrayLike) -> Self:
        """Copy the model with other data, such as `asimov` data, in place of the observed.

        Parameters
        ----------
        data : array_like, shape (bin,) or (bin + auxdata,)

        Raises
        ------
        ModelError
            If the data have another length, or negative or non-finite counts.
        """
        likelihood = self.likelihood(data)
        model = self.replacing(data=likelihood.observed, auxdata=likelihood.auxdata)
        model.channels = tuple(
            replace(channel, observed=model.data[part])
            for channel, part in zip(self.channels, self.channel_slices, strict=True)
        )
        return model

    @property
    def channel_slices(self) -> tuple[slice, ...]:
        """Where the bins of each channel stand among all bins."""
        ends = np.cumsum([len(channel.observed) for channel in self.channels]).tolist()
        return tuple(slice(*edge) for edge in zip([0, *ends[:-1]], ends, strict=True))

    @cached_property
    def settings(self) -> tuple[list[Any], ...]:
        """Initial value, center, width of the constraint and bounds of each parameter, in lists.

        None stands for the center and the width of parameters without a constraint.
        """
        return (
            self.initial.tolist(),
            _or_none(self.center),
            _or_none(self.prior_width),
            list(zip(self.lower.tolist(), self.upper.tolist(), strict=True)),
        )

    @cached_property
    def same_sided(self) -> tuple[int, ...]:
        """Positions of parameters that may have a second minimum; see `hepline.stats.valleys`."""
        movable = np.zeros(len(self.initial), dtype=bool)
        movable[list(self.two_sided)] = True
        return same_sided(self.tables, self.initial, movable)

    @cached_property
    def local(self) -> NDArray[np.bool_]:
        """Parameters that act on one bin each, no two on the same; shape (parameter,)."""
        return local(self.tables)

    @cached_property
    def _place(self) -> NDArray[np.int64]:
        """Where the Hessian stores each parameter; see `hepline.stats.secondorder.Parts`."""
        single = self.local
        place = np.arange(len(single))
        if single.sum() >= schur.MANY:
            place[~single] = np.arange(int((~single).sum()))
            place[single] = -1 - np.arange(int(single.sum()))
        return place

    @cached_property
    def two_sided(self) -> tuple[int, ...]:
        """Positions of variations whose two sides do not cancel; see `hepline.stats.valleys`."""
        return uneven(self.tables, self.initial, self._varied & ~self.fixed)

    @cached_property
    def region(self) -> Region:
        """Where fits that hold no more than the measurement look for a minimum.

        The longest step of a parameter is the width of its constraint.
        """
        reach = np.where(np.isnan(self.prior_width), np.inf, self.prior_width)
        return Region(self.lower, self.upper, ~self.fixed, reach)

    @cached_property
    def misplaced(self) -> tuple[int, ...]:
        """Positions of parameters whose initial values lie outside of their bounds."""
        return self.region.misplaced(self.initial)

    @property
    def nominal(self) -> Floats:
        """Parameters before the data are seen, shape (parameter,).

        Those of the auxiliary measurements; the initial values of parameters that are held or
        have no constraint.
        """
        return np.where(self.fixed | np.isnan(self.center), self.initial, self.center)

    def expected(self, values: ArrayLike | None = None) -> Floats:
        """Compute the expected events for given, else initial parameters; shape (bin,)."""
        theta = self.initial if values is None else np.asarray(values, dtype=np.float64)
        return expected(self.tables, theta)

    def expected_auxdata(self, theta: Floats) -> Floats:
        """Compute the auxiliary data that given parameters lead to, shape (auxdata,)."""
        terms = self.constraints
        return theta[terms.parameter] * np.where(terms.is_normal, 1.0, terms.scale)

    def likelihood(self, data: ArrayLike | None = None) -> Likelihood:
        """Join the model with data.

        Parameters
        ----------
        data : array_like, shape (bin,) or (bin + auxdata,), optional
            The observed data by default. Auxiliary data follow in pyhf's order.

        Raises
        ------
        ModelError
            If the data have another length, or negative or non-finite counts.
        """
        if data is None:
            return self._observed
        numbers = np.asarray(data, dtype=np.float64)
        bins = len(self.data)
        if numbers.shape not in {(bins,), (bins + len(self.auxdata),)}:
            raise ModelError(
                f"these data have the shape {numbers.shape}.",
                why=f"the model has {bins} bins and {len(self.auxdata)} auxiliary data.",
                fix=f"give {bins} numbers, or {bins + len(self.auxdata)} with auxiliary data.",
            )
        observed = numbers[:bins]
        auxiliary = numbers[bins:] if len(numbers) > bins else self.auxdata
        _check_counts(observed, auxiliary, auxiliary[~self.constraints.is_normal])
        return Likelihood(self.tables, self.constraints, observed, auxiliary, self._place)

    @cached_property
    def _observed(self) -> Likelihood:
        """Join the model with what was observed: once for all questions."""
        return Likelihood(self.tables, self.constraints, self.data, self.auxdata, self._place)

    def bin_name(self, index: int) -> str:
        """Name a bin as messages do: ``bin 3 of channel 'SR'``."""
        for channel, part in zip(self.channels, self.channel_slices, strict=True):
            if part.start <= index < part.stop:
                return f"bin {index - part.start} of channel '{channel.name}'"
        raise IndexError(index)

    def indices(self, name: str) -> list[int]:
        """Find the positions of a parameter: one, or one per bin for the name of a vector.

        Raises
        ------
        FitError
            If there is no such parameter.
        """
        if name in self.parameter_names:
            return [self.parameter_names.index(name)]
        first = 0
        for each in self.parameter_sets:
            if each.name == name:
                return list(range(first, first + each.size))
            first += each.size
        known: Iterable[str] = (*self.parameter_names, *(each.name for each in self.parameter_sets))
        raise FitError(
            f"there is no parameter '{name}' in this model.",
            why=f"it has {len(self.parameter_names)} parameters, and none of this name.",
            fix=nearest(name, known),
        )


def _check_counts(observed: Floats, auxiliary: Floats, counted: Floats) -> None:
    wrong = np.flatnonzero(~np.isfinite(observed) | (observed < 0))
    if wrong.size or not np.all(np.isfinite(auxiliary)) or np.any(counted < 0):
        raise ModelError(
            f"these data are {observed[wrong[0]]:g} in bin {wrong[0]}."
            if wrong.size
            else "these auxiliary data are not finite, or negative counts.",
            why="a Poisson distribution gives no probability to such counts.",
            fix="give counts that are zero or positive.",
        )


def _or_none(numbers: Floats) -> list[float | None]:
    return [None if number != number else number for number in numbers.tolist()]

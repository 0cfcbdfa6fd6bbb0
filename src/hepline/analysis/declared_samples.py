"""What an analysis declares about samples: simulation, signals by the grid, recorded data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hepline.analysis.abcd import FourRegions
from hepline.analysis.estimates import Estimate, part_name
from hepline.analysis.grid import points_of
from hepline.analysis.processes import Alternative, Part, Sample, Side, check_sides, parts_of
from hepline.analysis.pseudo import PseudoData
from hepline.analysis.rates import Rate, RateUncertainty, checked_bounds, checked_uncertainty
from hepline.analysis.regions import Region, condition_of
from hepline.columns.expression import Expr
from hepline.columns.weight import Weight, weight
from hepline.errors import AnalysisError, checked_keywords

__all__ = ["DeclaredSamples", "two_kinds_of_data"]


class DeclaredSamples:
    """The samples that an analysis declares; `Declared` adds what is made of them."""

    def __init__(self) -> None:
        self.samples: dict[str, Sample] = {}
        self.estimates: dict[str, Estimate] = {}
        self.four_regions: dict[str, FourRegions] = {}
        self.rates: list[Rate] = []
        self.regions: dict[str, Region] = {}
        self.pseudo: PseudoData | None = None
        self.grid_labels: dict[str, str] = {}

    @property
    def simulated(self) -> tuple[Sample, ...]:
        """The simulated samples, in the order of declaration."""
        return tuple(sample for sample in self.samples.values() if not sample.recorded)

    @property
    def modelled(self) -> tuple[Sample, ...]:
        """The simulated samples that are expected in the data."""
        return tuple(sample for sample in self.simulated if sample.fit)

    @property
    def groups(self) -> dict[str, str]:
        """Names and labels of what figures show as expected: samples, then estimates from data."""
        kinds = (self.modelled, self.estimates.values(), self.four_regions.values())
        return {group.name: group.label for groups in kinds for group in groups}

    @property
    def recorded(self) -> tuple[Sample, ...]:
        """The recorded data."""
        return tuple(sample for sample in self.samples.values() if sample.recorded)

    @checked_keywords
    def sample(
        self,
        name: str,
        *,
        cross_section: float | None = None,
        files: str | Sequence[str] | Mapping[str, Part] | None = None,
        where: Expr | None = None,
        weight: Weight | Expr | float | None = None,
        uncertainty: RateUncertainty | Mapping[str, RateUncertainty] | None = None,
        variations: Mapping[str, Alternative | Side] | None = None,
        normalization: str | None = None,
        bounds: tuple[float, float] = (0.0, 10.0),
        label: str = "",
        fit: bool = True,
    ) -> None:
        """Add a simulated process.

        Parameters
        ----------
        name : str
            As in histogram names, and in the list of files unless `files` says otherwise.
        cross_section : float, optional
            In pb; by default that of the list of files.
        files : str, sequence of str, or mapping of str to Part, optional
            Entries of the list of files. Several samples may share one, if `where` divides it. A
            list adds separate processes; ``{"WJets": hl.part(…), "W4Jets": hl.part(where=…, …)}``
            stitches an inclusive entry and slices of it together.
        where : Expr, optional
            The events of these files that belong to the sample: a condition on the truth.
        weight : Weight, Expr or number, optional
            A factor on the weight of the analysis, with its own variations.
        uncertainty : float, (float, float), or mapping of str to them, optional
            Of its rate, relative. A mapping names the parameters of the fit, which samples can
            share; otherwise it is ``{name} rate``.
        variations : mapping of str to Alternative or Side, optional
            Alternative file set to the uncertainty it carries.
        normalization : str, optional
            Name of a free parameter that scales this process.
        bounds : (float, float)
            Of that parameter.
        label : str, optional
            For figures.
        fit : bool
            False: it is filled and counted, and no part of the model, such as simulated fakes that
            an estimate from data is compared with.
        """
        self._new("sample", name, self.samples)
        parts = parts_of(name, files, cross_section)
        sides = check_sides(name, variations or {})
        if sides and len(parts) > 1:
            raise AnalysisError(
                f"the sample '{name}' has alternative simulations and {len(parts)} entries in the "
                "list of files.",
                why="it does not say which entry an alternative replaces.",
                fix="declare the entries as samples of their own.",
            )
        limits = checked_bounds(f"sample '{name}'", bounds)
        self._check_bounds(name, normalization, limits)
        self.samples[name] = Sample(
            name,
            label or name,
            parts=parts,
            where=condition_of(where),
            weight=None if weight is None else _weight(weight),
            variations=sides,
            normalization=normalization,
            bounds=limits,
            fit=fit,
        )
        self._add_rates(name, uncertainty)

    def signal(
        self,
        name: str,
        *,
        files: str | None = None,
        cross_section: float | Mapping[object, float] | None = None,
        normalization: str = "mu",
        bounds: tuple[float, float] = (0.0, 10.0),
        label: str = "",
        axis: str | Mapping[str, str] = "",
        **points: Sequence[float],
    ) -> None:
        """Add a signal at every point of a grid; each point has a likelihood of its own.

        Parameters
        ----------
        name : str
            The sample of a point is ``{name}_{value}``.
        files : str, optional
            Entry of the list of files with the parameters in braces: ``"Zprime_{mass}"``; by
            default the name of the sample.
        cross_section : float, or mapping of parameter to float, optional
            In pb; by default that of the list of files.
        normalization : str
            Name of the free parameter that scales the signal.
        bounds : (float, float)
            Of that parameter.
        label : str, optional
            For figures, with the parameters in braces.
        axis : str, or mapping of parameter to str, optional
            For figures against the parameter: ``"$m$(Z') [GeV]"``.
        **points : sequence of float
            Name of a parameter and its values: ``mass=[600, 800]``. Several parameters have as many
            values each, one for every point.

        Examples
        --------
        >>> analysis.signal("Zprime", mass=[600, 800], label="Z' ({mass} GeV)")  # doctest: +SKIP
        """
        labels = dict.fromkeys(points, axis) if isinstance(axis, str) else axis
        self.grid_labels.update({name: text for name, text in labels.items() if text})
        for point in points_of(name, points):
            self.sample(
                point.sample,
                files=point.spelled(files) if files else None,
                cross_section=point.of(cross_section),
                normalization=normalization,
                bounds=bounds,
                label=point.spelled(label) or point.sample,
            )
            declared = self.samples[point.sample]
            self.samples[point.sample] = replace(declared, point=point.values)

    @checked_keywords
    def data(
        self,
        name: str = "data",
        *,
        files: str | Sequence[str] | Mapping[str, Part] | None = None,
        where: Expr | None = None,
        label: str = "",
    ) -> None:
        """Add recorded data: not scaled, not weighted.

        Parameters
        ----------
        name : str
        files : str, sequence of str, or mapping of str to Part, optional
            Entries of the list of files. ``{"SingleMuon": hl.part(where=trigger), …}`` counts an
            event in the first primary dataset whose trigger fired.
        where : Expr, optional
            Such as ``hl.good_luminosity("golden.json")(ev)``.
        label : str, optional
            For figures.

        Raises
        ------
        AnalysisError
            If the analysis has pseudo-data.
        """
        self._new("sample", name, self.samples)
        if self.pseudo is not None:
            raise two_kinds_of_data(name)
        self.samples[name] = Sample(
            name,
            label or name,
            recorded=True,
            parts=parts_of(name, files),
            where=condition_of(where),
        )

    @property
    def normalizations(self) -> tuple[str, ...]:
        """Names of the free normalizations, in the order of declaration."""
        free = [sample.normalization for sample in self.samples.values() if sample.fit]
        free += [estimate.normalization for estimate in self.estimates.values()]
        free += [rate.name for rate in self.rates if rate.is_free and not rate.per_bin]
        return tuple(dict.fromkeys(name for name in free if name))

    def sources(self) -> dict[str, tuple[str, str]]:
        """Sample and variation behind each possible term of pseudo-data, by the term's name."""
        nominal = {s.name: (s.name, "") for s in self.simulated}
        varied = {
            f"{s.name}_{key}": (s.name, key) for s in self.simulated for key, _ in s.variations
        }
        return nominal | varied

    def _add_rates(
        self, name: str, uncertainty: RateUncertainty | Mapping[str, RateUncertainty] | None
    ) -> None:
        if uncertainty is None:
            return
        named = uncertainty if isinstance(uncertainty, Mapping) else {f"{name} rate": uncertainty}
        for parameter, relative in named.items():
            high, low = checked_uncertainty(f"'{name}'", relative)
            self.rates.append(Rate(parameter, high, low, samples=(name,)))

    def _check_bounds(
        self, name: str, normalization: str | None, bounds: tuple[float, float]
    ) -> None:
        others: list[Sample | Estimate] = [*self.samples.values(), *self.estimates.values()]
        for other in others:
            if normalization and other.normalization == normalization and other.bounds != bounds:
                raise AnalysisError(
                    f"'{normalization}' is bounded by {bounds} in sample '{name}' and by "
                    f"{other.bounds} in '{other.name}'.",
                    why="it is one parameter of the fit, with one pair of bounds.",
                    fix="give the same bounds to both samples.",
                )

    def _new(self, kind: str, name: str, declared: Mapping[str, object]) -> None:
        parts = [part_name(e.name, s) for e in self.estimates.values() for s in e.parts]
        parts += self.four_regions
        if name in declared or (kind != "region" and name in parts):
            raise AnalysisError(
                f"the {kind} '{name}' is declared twice.",
                why="histograms of the two would have the same name.",
                fix="give the second another name, or remove it.",
            )
        if not name or not all(letter.isalnum() or letter == "_" for letter in name):
            raise AnalysisError(
                f"a {kind} named '{name}'.",
                why="the name becomes part of histogram names.",
                fix="use letters, digits and _.",
            )


def two_kinds_of_data(name: str) -> AnalysisError:
    """The error of an analysis with recorded data and pseudo-data."""
    return AnalysisError(
        f"the analysis has recorded data ('{name}') and pseudo-data.",
        why="one of the two is fitted: pseudo-data stand in for data that are not there.",
        fix="remove .data(…) or .pseudodata(…).",
    )


def _weight(value: Weight | Expr | float) -> Weight:
    return weight(value)

"""The declaration of an analysis: samples, regions, weight, pseudo-data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hepline.analysis.regions import Region, cuts_of, merge_matrix
from hepline.analysis.samples import Alternative, Sample, Side, check_sides
from hepline.analysis.settings import check_luminosity, checked_phrase, is_finite
from hepline.columns.expression import Expr, common_origin
from hepline.columns.functions import BoundAxis
from hepline.columns.nodes import Node
from hepline.columns.vary import Nuisance, Variation, variations_of
from hepline.columns.weight import Weight, weight
from hepline.errors import AnalysisError, TypeMismatch, checked_keywords, nearest

__all__ = ["PSEUDODATA", "Definition", "PseudoData", "Systematic"]

PSEUDODATA = "pseudodata"  # the name of their templates


@dataclass(frozen=True)
class PseudoData:
    """A sum of templates that stands in for recorded data.

    Attributes
    ----------
    terms : tuple of (str, float)
        ``{sample}`` or ``{sample}_{alternative}`` with its factor.
    truth : tuple of (str, float)
        Parameters with the values that a fit should find.
    blind : bool
        Whether to hide them like recorded data.
    """

    terms: tuple[tuple[str, float], ...]
    truth: tuple[tuple[str, float], ...]
    blind: bool = False


@dataclass(frozen=True)
class Systematic:
    """A nuisance parameter, with the templates that carry it.

    Attributes
    ----------
    name : str
    up : str
        Suffix of the upward templates.
    down : str or None
        Suffix of the downward templates; None if the fit mirrors the upward ones.
    samples : tuple of str
    simulated : bool
        Whether the templates come from alternative simulations. If so, a missing template means
        missing files; otherwise, that the variation changes nothing.
    """

    name: str
    up: str
    down: str | None
    samples: tuple[str, ...]
    simulated: bool = False


class Definition:
    """What an analysis measures. Nothing is read before `run`.

    Parameters
    ----------
    name : str
    luminosity : float
        In 1/pb: ``3378 / hl.units.pb``.
    luminosity_uncertainty : float, optional
        Relative: 0.03 for 3 %.
    luminosity_modifier : str
        ``lumi`` (one Gaussian parameter for all samples) or ``normsys`` (as in the Analysis Grand
        Challenge).
    weight : Weight, Expr or number, optional
        Of simulated events: ``hl.weight(…)`` with its variations, or ``ev.genWeight``.
    title : str, optional
        For the report.
    energy : str
        For figures: ``13 TeV``.
    poi : str, optional
        The parameter of interest, where several normalizations are free.
    blind : str, optional
        Any phrase: until a run unblinds it, the parameter of interest is shown with a secret shift
        that the phrase decides, and data that would reveal it are hidden.

    Examples
    --------
    >>> analysis = Definition("ttbar", luminosity=3378.0)
    >>> analysis.sample("ttbar", cross_section=729.84, normalization="ttbar_norm")
    """

    @checked_keywords
    def __init__(
        self,
        name: str,
        *,
        luminosity: float,
        luminosity_uncertainty: float = 0.0,
        luminosity_modifier: str = "lumi",
        weight: Weight | Expr | float | None = None,
        title: str = "",
        energy: str = "",
        poi: str | None = None,
        blind: str | None = None,
    ) -> None:
        check_luminosity(luminosity, luminosity_uncertainty, luminosity_modifier)
        self.name = name
        self.title = title or name
        self.energy = energy
        self.luminosity = float(luminosity)
        self.luminosity_uncertainty = float(luminosity_uncertainty)
        self.luminosity_modifier = luminosity_modifier
        self.weight = _weight(weight)
        self.chosen_poi = poi or ""
        self.blind = checked_phrase(blind)
        self.samples: dict[str, Sample] = {}
        self.regions: dict[str, Region] = {}
        self.pseudo: PseudoData | None = None

    @checked_keywords
    def sample(
        self,
        name: str,
        *,
        cross_section: float,
        variations: Mapping[str, Alternative | Side] | None = None,
        normalization: str | None = None,
        bounds: tuple[float, float] = (0.0, 10.0),
        label: str = "",
    ) -> None:
        """Add a simulated process.

        Parameters
        ----------
        name : str
            As in the list of files and in histogram names.
        cross_section : float
            In pb.
        variations : mapping of str to Alternative or Side, optional
            Alternative file set to the uncertainty it carries.
        normalization : str, optional
            Name of a free parameter that scales this process.
        bounds : (float, float)
            Of that parameter.
        label : str, optional
            For figures.
        """
        self._new("sample", name, self.samples)
        if not (is_finite(cross_section) and cross_section > 0):
            raise AnalysisError(
                f"cross_section={cross_section!r} of sample '{name}'.",
                why="a process that happens has a positive cross-section.",
                fix="give it in pb: cross_section=729.84 * hl.units.pb.",
            )
        sides = check_sides(name, variations or {})
        self._check_bounds(name, normalization, bounds)
        limits = (float(bounds[0]), float(bounds[1]))
        self.samples[name] = Sample(
            name, label or name, float(cross_section), sides, normalization, limits
        )

    def _check_bounds(
        self, name: str, normalization: str | None, bounds: tuple[float, float]
    ) -> None:
        sound = len(bounds) == 2 and all(map(is_finite, bounds))
        if not (sound and bounds[0] < bounds[1] and bounds[0] <= 1 <= bounds[1]):
            raise AnalysisError(
                f"bounds={bounds!r} of sample '{name}'.",
                why="a normalization starts at 1, where the prediction stands.",
                fix="give a lower and an upper bound around 1: bounds=(0, 10).",
            )
        for other in self.samples.values():
            if normalization and other.normalization == normalization and other.bounds != bounds:
                raise AnalysisError(
                    f"'{normalization}' is bounded by {bounds} in sample '{name}' and by "
                    f"{other.bounds} in '{other.name}'.",
                    why="it is one parameter of the fit, with one pair of bounds.",
                    fix="give the same bounds to both samples.",
                )

    @checked_keywords
    def data(self, name: str = "data", *, label: str = "") -> None:
        """Add recorded data: not scaled, not weighted.

        Raises
        ------
        AnalysisError
            If the analysis has pseudo-data.
        """
        self._new("sample", name, self.samples)
        if self.pseudo is not None:
            raise _two_kinds_of_data(name)
        self.samples[name] = Sample(name, label or name, None, (), None, (0.0, 0.0))

    @checked_keywords
    def region(
        self,
        name: str,
        *,
        where: Expr | Mapping[str, Expr] | Iterable[Expr] = (),
        observable: BoundAxis,
        fit_bins: Sequence[float] | np.ndarray | None = None,
        label: str = "",
        blind: bool | None = None,
    ) -> None:
        """Add a region: a channel of the likelihood.

        Parameters
        ----------
        name : str
        where : Expr, mapping of label to Expr, or iterable of Expr, optional
            The selection; its parts become steps of the cutflow, after those of `hl.filter` that
            chose the events.
        observable : BoundAxis
            ``hl.axis(quantity, 25, 50, 550, "m [GeV]")``.
        fit_bins : sequence of float, optional
            Edges of the fitted bins, chosen among those of the axis; all bins by default.
            Underflow and overflow are not fitted.
        label : str, optional
            For figures.
        blind : bool, optional
            True: its recorded data are not even read until a run unblinds them, and the expected
            events replace them in the fit. False: its data are shown although they reveal a hidden
            parameter of interest.
        """
        self._new("region", name, self.regions)
        if not isinstance(observable, BoundAxis):
            raise TypeMismatch(
                f"the observable of region '{name}' is {observable!r:.60}.",
                why="the templates need bins.",
                fix='use hl.axis(quantity, 25, 50, 550, "m [GeV]").',
            )
        if not isinstance(where, Expr | Mapping):
            where = [*where]
        conditions = [*where.values()] if isinstance(where, Mapping) else where
        parts = [conditions] if isinstance(conditions, Expr) else conditions
        origin = common_origin(observable.values, *parts, self.weight)
        steps = () if origin is None else origin.selection
        cuts = tuple(dict.fromkeys((*steps, *cuts_of(where))))
        edges = observable.axis.edges
        fit_edges = edges if fit_bins is None else np.asarray(fit_bins, np.float64)
        merge_matrix(edges, fit_edges, region=name)
        self.regions[name] = Region(name, label or name, cuts, observable, fit_edges, origin, blind)

    @checked_keywords
    def pseudodata(
        self,
        terms: Mapping[str, float],
        *,
        truth: Mapping[str, float] | None = None,
        blind: bool = False,
    ) -> None:
        """Replace recorded data by a sum of templates.

        Parameters
        ----------
        terms : mapping of str to float
            ``{"ttbar_ME_var": 0.5, "wjets": 1}``: template (sample, or sample and alternative) to
            factor.
        truth : mapping of str to float, optional
            The parameter values that a fit should find, for the report: free normalizations.
        blind : bool
            Hide them like recorded data, for a rehearsal; by default they are shown.

        Raises
        ------
        AnalysisError
            For terms or parameters that are not declared, and beside recorded data.
        """
        if not terms:
            raise AnalysisError(
                "pseudo-data with no terms.",
                why="they would be empty in every region.",
                fix="give at least one sample: pseudodata({'ttbar': 1}).",
            )
        simulated = [s for s in self.samples.values() if s.cross_section is not None]
        available = self.sources()
        for term in terms:
            if term not in available:
                raise AnalysisError(
                    f"pseudo-data contain '{term}'.",
                    why="no simulated sample, and no alternative of one, of this name has been "
                    "declared before.",
                    fix=f"choose among {', '.join(available)}.",
                )
        for name in set(self.samples) - {s.name for s in simulated}:
            raise _two_kinds_of_data(name)
        free = [s.normalization for s in simulated if s.normalization]
        for name in truth or {}:
            if name not in free:
                raise AnalysisError(
                    f"the truth of pseudo-data gives '{name}'.",
                    why=f"the free normalizations so far are: {', '.join(free) or 'none'}.",
                    fix=nearest(name, free),
                )
        self.pseudo = PseudoData(tuple(terms.items()), tuple((truth or {}).items()), blind)

    @property
    def normalizations(self) -> tuple[str, ...]:
        """Names of the free normalizations, in the order of declaration."""
        free = (sample.normalization for sample in self.samples.values())
        return tuple(dict.fromkeys(name for name in free if name))

    @property
    def poi(self) -> str:
        """The parameter of interest: ``poi=``, or the only free normalization.

        Empty if there is none, or several without ``poi=``.
        """
        free = self.normalizations
        return self.chosen_poi or (free[0] if len(free) == 1 else "")

    def recipes(self) -> list[Node]:
        """Selections and observables of all regions, and the weight."""
        roots = [
            part
            for region in self.regions.values()
            for part in (*(node for _, node in region.cuts), region.observable.values.node)
        ]
        return [*roots, self.weight.expression.node]

    def nuisances(self) -> tuple[Nuisance, ...]:
        """Nuisances that the weight, selections and observables depend on, in order of use."""
        variations = variations_of(self.recipes())
        return tuple(dict.fromkeys(v.nuisance for v in variations if v.nuisance is not None))

    def systematics(self) -> tuple[Systematic, ...]:
        """Nuisance parameters with the templates that carry them."""
        simulated = [sample for sample in self.samples.values() if sample.cross_section is not None]
        systematics: list[Systematic] = []
        alternatives = dict.fromkeys(
            side.alternative for sample in simulated for _, side in sample.variations
        )
        for alternative in alternatives:
            for sample in simulated:
                keys = {
                    side.direction: key
                    for key, side in sample.variations
                    if side.alternative == alternative
                }
                if keys:
                    systematics.append(
                        Systematic(
                            alternative.name, keys["up"], keys.get("down"), (sample.name,), True
                        )
                    )
        for nuisance in self.nuisances():
            samples = tuple(
                sample.name
                for sample in simulated
                if nuisance.samples is None or sample.name in nuisance.samples
            )
            down = None if nuisance.one_sided else Variation(nuisance, "down").key
            systematics.append(
                Systematic(nuisance.name, Variation(nuisance, "up").key, down, samples)
            )
        return tuple(systematics)

    def sources(self) -> dict[str, tuple[str, str]]:
        """Sample and variation behind each possible term of pseudo-data, by the term's name."""
        simulated = [s for s in self.samples.values() if s.cross_section is not None]
        nominal = {s.name: (s.name, "") for s in simulated}
        varied = {f"{s.name}_{key}": (s.name, key) for s in simulated for key, _ in s.variations}
        return nominal | varied

    def _new(self, kind: str, name: str, declared: Mapping[str, object]) -> None:
        if name in declared:
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


def _two_kinds_of_data(name: str) -> AnalysisError:
    return AnalysisError(
        f"the analysis has recorded data ('{name}') and pseudo-data.",
        why="one of the two is fitted: pseudo-data stand in for data that are not there.",
        fix="remove .data(…) or .pseudodata(…).",
    )


def _weight(value: Weight | Expr | float | None) -> Weight:
    return weight(1.0 if value is None else value)

"""The declaration of an analysis: its luminosity and eras, its processes, and its regions."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from numpy.typing import ArrayLike

from hepline.analysis.declared import PSEUDODATA, Declared, PseudoData
from hepline.analysis.eras import Era, make_era
from hepline.analysis.plots import Shown
from hepline.analysis.processes import Sample
from hepline.analysis.regions import Region, make_region, region_in_era
from hepline.analysis.settings import check_luminosity, checked_phrase
from hepline.analysis.thin import Thin
from hepline.columns.expression import Expr
from hepline.columns.functions import BoundAxis
from hepline.columns.nodes import Node
from hepline.columns.vary import Nuisance, variations_of
from hepline.columns.weight import Weight
from hepline.columns.weight import weight as weight_of
from hepline.errors import AnalysisError, checked_keywords, nearest

__all__ = ["PSEUDODATA", "Definition", "PseudoData"]


class Definition(Declared):
    """What an analysis measures. Nothing is read before `run`.

    Parameters
    ----------
    name : str
    luminosity : float, optional
        In 1/pb: ``3378 / hl.units.pb``; by default that of the data in the list of files. An
        analysis of several eras gives it for each, by `era`.
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
    label : str
        For figures, in place of our name: ``CMS Open Data``.
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
        luminosity: float | None = None,
        luminosity_uncertainty: float = 0.0,
        luminosity_modifier: str = "lumi",
        weight: Weight | Expr | float | None = None,
        title: str = "",
        energy: str = "",
        label: str = "",
        poi: str | None = None,
        blind: str | None = None,
    ) -> None:
        super().__init__()
        if luminosity is not None:
            check_luminosity(luminosity, luminosity_uncertainty, luminosity_modifier)
        self.name = name
        self.title = title or name
        self.energy = energy
        self.label = label
        self.declared_luminosity = None if luminosity is None else float(luminosity)
        self.luminosity_uncertainty = float(luminosity_uncertainty)
        self.luminosity_modifier = luminosity_modifier
        self.weight = weight_of(1.0 if weight is None else weight)
        self.chosen_poi = poi or ""
        self.blind = checked_phrase(blind)
        self.eras: dict[str, Era] = {}

    @property
    def luminosity(self) -> float:
        """In 1/pb, of all eras."""
        if self.eras:
            return sum(era.luminosity or 0.0 for era in self.eras.values())
        return self.declared_luminosity or 0.0

    def luminosity_of(self, era: str) -> float:
        """In 1/pb, of an era; the name of an analysis without eras is empty."""
        return self.eras[era].luminosity or 0.0 if era else self.luminosity

    @checked_keywords
    def era(
        self,
        name: str,
        *,
        luminosity: float | None = None,
        luminosity_uncertainty: float | Mapping[str, float] = 0.0,
        energy: str = "",
    ) -> None:
        """Add a period of data taking, before the regions: each region is filled for every era.

        Parameters
        ----------
        name : str
            As in the list of files, and at the end of the regions' names.
        luminosity : float, optional
            In 1/pb; by default that of its data in the list of files.
        luminosity_uncertainty : float or mapping of str to float
            Relative. A mapping names parameters of the fit, which eras can share:
            ``{"Luminosity 2017": 0.02, "Luminosity": 0.01}``.
        energy : str
            For figures: ``13 TeV``.
        """
        self._new("era", name, self.eras)
        if self.luminosity_uncertainty:
            raise AnalysisError(
                f"the era '{name}' of an analysis with luminosity_uncertainty="
                f"{self.luminosity_uncertainty:g}.",
                why="eras have uncertainties of their own, which may share parameters of the fit.",
                fix="give it to the eras: era(…, luminosity_uncertainty={'Luminosity': "
                f"{self.luminosity_uncertainty:g}}}).",
            )
        if self.regions or self.declared_luminosity is not None:
            what = "a region" if self.regions else "a luminosity"
            raise AnalysisError(
                f"the era '{name}' of an analysis that has {what} already.",
                why="regions are filled for every era, with its own luminosity.",
                fix="declare the eras first, and give the luminosity to them alone.",
            )
        self.eras[name] = make_era(name, luminosity, luminosity_uncertainty, energy)

    @checked_keywords
    def region(
        self,
        name: str,
        *,
        where: Expr | Mapping[str, Expr] | Iterable[Expr] = (),
        observable: BoundAxis | None = None,
        fit_bins: ArrayLike | None = None,
        label: str = "",
        blind: bool | None = None,
        fit: bool = True,
        plots: Iterable[Shown] = (),
        n_minus_1: Mapping[str, BoundAxis] | None = None,
        split: Mapping[str, Expr] | None = None,
        eras: str | Iterable[str] | None = None,
        merge_below: float = 0.0,
        merge_above: float = math.inf,
    ) -> None:
        """Add a region: a channel of the likelihood.

        Parameters
        ----------
        name : str
        where : Expr, mapping of label to Expr, or iterable of Expr, optional
            The selection; its parts become steps of the cutflow, after those of `hl.filter` that
            chose the events.
        observable : BoundAxis
            ``hl.axis(quantity, 25, 50, 550, "m [GeV]")``. A region with ``fit=False`` may leave it
            out: its events are counted, and an estimate takes the quantities of its target.
        fit_bins : sequence of float, optional
            Edges of the fitted bins, chosen among those of the axis; all bins by default.
            Underflow and overflow are not fitted.
        label : str, optional
            For figures.
        blind : bool, optional
            True: its recorded data are not even read until a run unblinds them, and the expected
            events replace them in the fit. False: its data are shown although they reveal a hidden
            parameter of interest.
        fit : bool
            False: it is drawn and counted, and may serve an estimate, but it is not fitted.
        plots : iterable of BoundAxis, of pairs of them, or of Profile
            Other quantities of the same events, drawn and not fitted; a pair makes two dimensions,
            ``hl.profile(…)`` the mean of a quantity against another.
        n_minus_1 : mapping of str to BoundAxis, optional
            Label of a cut in `where`, and the quantity to draw without this cut.
        split : mapping of str to Expr, optional
            Categories: the region ``{name}_{category}`` has this condition in addition.
        eras : str or iterable of str, optional
            All eras by default.
        merge_below : float
            Fitted bins with fewer expected background events join a neighbor; a notice says which.
        merge_above : float
            So do bins whose background has a larger relative statistical error: 0.2 for 20 %.
        """
        if not isinstance(where, Expr | Mapping):
            where = [*where]
        # They are needed again for every category.
        plots = tuple(plots)
        periods = (eras,) if isinstance(eras, str) else None if eras is None else tuple(eras)
        categories: Mapping[str, Expr | None] = split or {"": None}
        for category, condition in categories.items():
            region = make_region(
                f"{name}_{category}" if category else name,
                where,
                observable,
                fit_bins=fit_bins,
                label=f"{label or name}, {category}" if category else label,
                blind=blind,
                fit=fit,
                plots=plots,
                n_minus_1=n_minus_1 or {},
                category={} if condition is None else {category: condition},
                weight=self.weight,
                thin=Thin(merge_below, merge_above),
            )
            self._new("region", region.name, self.regions)
            self._add(region, periods)

    def _add(self, region: Region, eras: tuple[str, ...] | None) -> None:
        """Add a region, one for each era if there are several."""
        if eras is not None and not (eras and self.eras):
            raise AnalysisError(
                f"region '{region.name}' is declared for the eras {', '.join(eras) or '()'}.",
                why="it would not be filled." if self.eras else "the analysis has no eras.",
                fix="leave eras= out for all of them, or declare the eras: analysis.era(…).",
            )
        if not self.eras:
            self.regions[region.name] = region_in_era(region, "")
            return
        for era in self.eras if eras is None else eras:
            if era not in self.eras:
                raise AnalysisError(
                    f"region '{region.name}' is declared for the era '{era}'.",
                    why="no era of this name has been declared before.",
                    fix=nearest(era, self.eras),
                )
            name = f"{region.name}_{era}"
            label = f"{region.label} ({era})"
            self._new("region", name, self.regions)
            self.regions[name] = region_in_era(replace(region, name=name, label=label), era)

    @property
    def poi(self) -> str:
        """The parameter of interest: ``poi=``, or the only free normalization.

        Empty if there is none, or several without ``poi=``.
        """
        free = self.normalizations
        return self.chosen_poi or (free[0] if len(free) == 1 else "")

    def fitted(self) -> tuple[Region, ...]:
        """The regions that are channels of the likelihood."""
        return tuple(region for region in self.regions.values() if region.fit)

    def recipes(self) -> list[Node]:
        """Selections, observables and plots of all regions, and all weights."""
        roots = []
        for region in self.regions.values():
            roots += [*(node for _, node in region.cuts), region.observable.values.node]
            roots += [node for plot in region.plots for node in plot.nodes]
        for sample in self.samples.values():
            slices = [part.slice for part in sample.parts]
            roots += [node for node in (*slices, sample.where) if node is not None]
        weights = [self.weight, *(sample.weight for sample in self.samples.values())]
        weights += [estimate.weight for estimate in self.estimates.values()]
        return [*roots, *(weight.expression.node for weight in weights if weight is not None)]

    def nuisances(self) -> tuple[Nuisance, ...]:
        """Nuisances that the weight, selections and observables depend on, in order of use."""
        variations = variations_of(self.recipes())
        return tuple(dict.fromkeys(v.nuisance for v in variations if v.nuisance is not None))

    @property
    def points(self) -> tuple[Sample, ...]:
        """Signals by the grid, in the order of declaration; empty without a grid."""
        return tuple(sample for sample in self.samples.values() if sample.point)

    def at(self, sample: str) -> Definition:
        """The analysis with one signal of its grid alone.

        Parameters
        ----------
        sample : str
            Name of the sample at a point.
        """
        alone = copy.copy(self)
        alone.samples = {
            name: declared
            for name, declared in self.samples.items()
            if not declared.point or name == sample
        }
        alone.estimates = {
            name: replace(estimate, subtract=_among(estimate.subtract, alone.samples))
            for name, estimate in self.estimates.items()
        }
        return alone

    def alone(self) -> tuple[Definition, ...]:
        """The analysis at each point of its grid; itself without a grid of several points."""
        if len(self.points) < 2:
            return (self,)
        return tuple(self.at(sample.name) for sample in self.points)


def _among(names: Iterable[str], known: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(name for name in names if name in known)

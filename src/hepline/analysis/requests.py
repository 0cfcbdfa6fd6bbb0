"""What the engine is asked to fill: templates, plots, cutflow steps and their weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from hepline.analysis.blinding import hides_loosened, unread_regions
from hepline.analysis.borrowing import borrowed_plots, quantities_for
from hepline.analysis.definition import Definition
from hepline.analysis.estimates import DATA_PART, Estimate, part_name
from hepline.analysis.expected import source_region
from hepline.analysis.factors import counted_fill
from hepline.analysis.overlaps import shared_selections
from hepline.analysis.plots import Plot
from hepline.analysis.processes import Component, Sample
from hepline.analysis.regions import Region
from hepline.columns.elementwise import FillMissing
from hepline.columns.eras import in_era
from hepline.columns.fill import Fill
from hepline.columns.leaves import Constant
from hepline.columns.lifting import build, cast
from hepline.columns.lists import Reduce
from hepline.columns.nodes import Node, rewrite
from hepline.columns.origin import all_of
from hepline.columns.profiles import moments
from hepline.columns.types import FLOAT64, INT64
from hepline.columns.vary import NOMINAL, Nuisance, Varies, choose
from hepline.columns.weight import Weight

__all__ = ["Purpose", "Request", "Requests", "requests_of", "template_of", "weight_node"]


class Purpose(Enum):
    """What a histogram is for."""

    TEMPLATE = auto()
    PLOT = auto()  # of another quantity of the region
    STEP = auto()  # of the cutflow
    SELECTED = auto()  # events of a region whose observable is a list
    LISTED = auto()  # those among them whose list is not empty
    SHARED = auto()  # events of two regions
    GENERATED = auto()  # the sum of generator weights


@dataclass(frozen=True)
class Request:
    """One histogram.

    Attributes
    ----------
    region : str
    purpose : Purpose
    node : Fill
    component : Component or None
        The events that it counts; None for all events of the files.
    process : str
        Name of the process: the sample, or a part of an estimate that has a weight of its own.
    step : int
        Of the cutflow; 0 is all events of the sample.
    other : str
        The second region of `Purpose.SHARED`.
    plot : str
        Name of the plot of `Purpose.PLOT`.
    factor : float
        On the contents.
    moment : int
        Of a profile: 1 for the sum of the values, 2 for that of their squares.
    """

    region: str
    purpose: Purpose
    node: Fill
    component: Component | None = None
    process: str = ""
    step: int = 0
    other: str = ""
    plot: str = ""
    factor: float = 1.0
    moment: int = 0

    @property
    def is_template(self) -> bool:
        """Whether it holds the observable."""
        return self.purpose is Purpose.TEMPLATE

    @property
    def is_of_sample(self) -> bool:
        """Whether it counts a sample itself, not an estimate made of it."""
        return self.component is not None and self.process == self.component.sample


@dataclass(frozen=True)
class Requests:
    """All histograms of some files.

    Attributes
    ----------
    requests : tuple of Request
    scaled : bool
        Whether the samples are simulated: weighted, and scaled to the luminosity.
    """

    requests: tuple[Request, ...]
    scaled: bool

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes of all requests, for the engine."""
        return tuple(request.node for request in self.requests)


def requests_of(
    analysis: Definition,
    components: Sequence[Component],
    *,
    era: str = "",
    cutflow: bool,
    systematics: bool = True,
) -> Requests:
    """Histograms to fill from the events of one entry of the list of files.

    For data in a blind region, only the number of all events before any cut.

    Parameters
    ----------
    analysis : Definition
    components : sequence of Component
        Of the samples that these files belong to.
    era : str
        Of the files.
    cutflow : bool
        Whether to count the steps of the selection too (nominal simulation and data).
    systematics : bool
        Whether simulation has its variations (not in the files of an alternative).
    """
    samples = [analysis.samples[component.sample] for component in components]
    requests: list[Request] = []
    for component, sample in zip(components, samples, strict=True):
        requested = _ComponentRequests(analysis, component, sample, era, systematics=systematics)
        requests += requested.requests(cutflow=cutflow)
    return Requests(tuple(requests), not all(sample.recorded for sample in samples))


def weight_node(*weights: Weight | None, era: str) -> Node | None:
    """The product of weights in an era; None for data."""
    product: Weight | None = None
    for factor in weights:
        if factor is not None:
            product = factor if product is None else product * factor
    if product is None:
        return None
    (node,) = in_era([product.expression.node], era)
    return node


@dataclass(frozen=True)
class _ComponentRequests:
    """Makes the requests of one component."""

    analysis: Definition
    component: Component
    sample: Sample
    era: str
    systematics: bool
    known: dict[tuple[str, str], dict[Node, Node]] = field(default_factory=dict)
    """What becomes of nodes in each region, whose histograms share most of theirs."""
    nominal: dict[Node, Node] = field(default_factory=dict)
    """What is nominal of them, for the cutflow."""

    def requests(self, *, cutflow: bool) -> list[Request]:
        analysis, sample = self.analysis, self.sample
        unread = unread_regions(analysis) if sample.recorded else frozenset()
        regions = [region for region in analysis.regions.values() if region.era == self.era]
        requests = []
        for region in regions:
            if region.name in unread:
                requests.append(
                    self._request(region, Purpose.STEP, Fill((), (), None, self._own()))
                )
                continue
            requests += self._region(region, cutflow=cutflow)
        if cutflow:
            fitted = [region for region in regions if region.fit and region.name not in unread]
            for first, second, selection in shared_selections(fitted):
                fill = Fill((), (), None, self._with_own(selection))
                requests.append(self._request(first, Purpose.SHARED, fill, other=second.name))
        for estimate in analysis.estimates.values():
            if estimate.weight is not None and self._takes_part(estimate):
                requests += self._estimate(estimate, estimate.weight, regions)
        return requests

    def _region(self, region: Region, *, cutflow: bool) -> list[Request]:
        weight = self._weight()
        where = self._with_own(region.where())
        requests = [self._request(region, Purpose.TEMPLATE, template_of(region, weight, where))]
        for purpose, fill in _listed(region, weight, where):
            requests.append(self._request(region, purpose, fill))
        for plot in (*region.plots, *borrowed_plots(self.analysis, region)):
            if self._withholds(plot, region):
                continue
            fills = _plot(plot, weight, self._with_own(plot.where()))
            requests += [
                self._request(region, Purpose.PLOT, fill, plot=plot.name, moment=moment)
                for moment, fill in enumerate(fills)
            ]
        if cutflow:
            requests += self._steps(region, weight)
        elif self._own() is not None:
            fill = Fill((), (), None, self._own())
            requests.append(self._request(region, Purpose.STEP, fill))
        return requests

    def _withholds(self, plot: Plot, region: Region) -> bool:
        """Whether a plot could show hidden data, because it leaves out a cut."""
        loosened = bool(plot.without) and self.sample.recorded
        return loosened and hides_loosened(self.analysis, region)

    def _steps(self, region: Region, weight: Node | None) -> list[Request]:
        """Count the events after each cut, with the nominal weight.

        A weight may need objects that only the whole selection guarantees (the first jet, say).
        Before the last cut, its factors that are missing or not finite are left out; after it, such
        a weight is an error, as in the template.
        """
        steps = []
        for number in range(len(region.cuts) + 1):
            where = self._with_own(region.where(number))
            if number == len(region.cuts):
                counted = Fill((), (), weight, where)
            else:
                counted = counted_fill(weight, where)
            (nominal,) = choose([counted], NOMINAL, self.nominal)
            if isinstance(nominal, Fill):
                steps.append(self._request(region, Purpose.STEP, nominal, step=number))
        return steps

    def _estimate(
        self, estimate: Estimate, transfer: Weight, regions: Sequence[Region]
    ) -> list[Request]:
        """Fill the events of the other region with the weight of the estimate."""
        requests = []
        part = DATA_PART if self.sample.recorded else self.sample.name
        factor = estimate.factor if self.sample.recorded else -estimate.factor
        process = part_name(estimate.name, part)
        for region in regions:
            source = source_region(self.analysis, estimate, region)
            if source is None:
                continue
            weight = self._transferred(estimate, transfer, region, source)
            fills = [
                (name, moment, fill)
                for name, plot in quantities_for(region, source).items()
                if not self._withholds(plot, source)
                for moment, fill in enumerate(self._estimated(plot, weight, source))
            ]
            for name, moment, fill in fills:
                request = Request(
                    region.name,
                    Purpose.PLOT if name else Purpose.TEMPLATE,
                    fill,
                    self.component,
                    process,
                    plot=name,
                    factor=factor,
                    moment=moment,
                )
                requests.append(request)
        return requests

    def _estimated(self, plot: Plot, weight: Node, source: Region) -> list[Fill]:
        """The histograms of a plot with the weight that takes its events elsewhere."""
        where = self._with_own(plot.where())
        if plot.mean_of is not None:
            return [*_plot(plot, weight, where)]
        fills = [self._acting(fill, source) for fill in _plot(plot, None, where)]
        return [Fill(fill.axes, fill.values, weight, fill.where) for fill in fills]

    def _transferred(
        self, estimate: Estimate, transfer: Weight, region: Region, source: Region
    ) -> Node:
        """The weight of an event of the other region that an estimate takes to this one.

        What varies the sample acts as in its own region. What varies the factor between the regions
        acts on all parts of the estimate alike, recorded data among them.
        """
        (factor,) = in_era([transfer.expression.node], self.era)
        (factor,) = _varying([factor], self._acts(estimate.name, region, of=self.systematics))
        own = self._weight()
        if own is None:
            return factor
        (own,) = _varying([own], self._acts(self.sample.name, source))
        return build("multiply", (own, factor))

    def _takes_part(self, estimate: Estimate) -> bool:
        return self.sample.recorded or self.sample.name in estimate.subtract

    def _weights(self) -> Weight | None:
        if self.sample.recorded:
            return None
        own = self.sample.weight
        return self.analysis.weight if own is None else self.analysis.weight * own

    def _weight(self) -> Node | None:
        return weight_node(self._weights(), era=self.era)

    def _own(self) -> Node | None:
        """Which events of the files belong to this component."""
        if self.component.where is None:
            return None
        (node,) = in_era([self.component.where], self.era)
        return node

    def _with_own(self, where: Node | None) -> Node | None:
        return all_of([part for part in (self._own(), where) if part is not None])

    def _request(
        self,
        region: Region,
        purpose: Purpose,
        fill: Fill,
        *,
        step: int = 0,
        other: str = "",
        plot: str = "",
        moment: int = 0,
    ) -> Request:
        node = self._acting(fill, region)
        name, own = self.sample.name, self.component
        return Request(region.name, purpose, node, own, name, step, other, plot, moment=moment)

    def _acts(
        self, subject: str, region: Region, *, of: bool | None = None
    ) -> Callable[[Nuisance], bool]:
        """Whether a nuisance acts on a sample or an estimate in a region, and is filled."""
        filled = self.systematics and not self.sample.recorded if of is None else of
        return lambda nuisance: filled and nuisance.acts_on(subject, region.base, region.era)

    def _acting(self, fill: Fill, region: Region) -> Fill:
        """The histogram with the variations that act on the sample in a region alone."""
        known = self.known.setdefault((region.base, region.era), {})
        (node,) = _varying([fill], self._acts(self.sample.name, region), known)
        if not isinstance(node, Fill):
            raise TypeError(f"{node} is not a histogram")
        return node


def _varying(
    nodes: Iterable[Node],
    acts: Callable[[Nuisance], bool],
    known: dict[Node, Node] | None = None,
) -> tuple[Node, ...]:
    """The recipes, nominal with respect to nuisances that do not act."""

    def rule(node: Node) -> Node:
        return node.nominal if isinstance(node, Varies) and not acts(node.nuisance) else node

    return rewrite(nodes, rule, known)


def template_of(region: Region, weight: Node | None, where: Node | None) -> Fill:
    """The histogram of a region's observable."""
    values = cast(region.observable.values.node, FLOAT64)
    return Fill((region.axis,), (values,), weight, where)


def _plot(plot: Plot, weight: Node | None, where: Node | None) -> tuple[Fill, ...]:
    """The histogram of a plot, or the three of a profile."""
    axes = tuple(bound.axis for bound in plot.axes)
    values = tuple(cast(bound.values.node, FLOAT64) for bound in plot.axes)
    if plot.mean_of is not None:
        return moments(axes[0], values[0], plot.mean_of.node, weight, where)
    return (Fill(axes, values, weight, where),)


def _listed(region: Region, weight: Node | None, where: Node | None) -> list[tuple[Purpose, Fill]]:
    """Count events where the observable is a list, whose entries the template counts."""
    values = region.observable.values.node
    if not values.type.depth:
        return []
    if values.type.optional:
        values = FillMissing(values, cast(Constant(0, INT64.name), values.type.dtype))
    counts: Node = Reduce("count", values)
    while counts.type.depth:
        counts = Reduce("sum", counts)
    listed = build("greater", (counts, Constant(0, INT64.name)))
    if where is not None:
        listed = build("bitwise_and", (where, listed))
    return [
        (Purpose.SELECTED, Fill((), (), weight, where)),
        (Purpose.LISTED, Fill((), (), weight, listed)),
    ]

"""The histograms that a sample needs: per region, a template and its accounting."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from hepline.analysis.blinding import unread_regions
from hepline.analysis.definition import Definition
from hepline.analysis.factors import counted_fill
from hepline.analysis.overlaps import shared_selections
from hepline.analysis.regions import Region
from hepline.analysis.samples import Sample
from hepline.columns.elementwise import FillMissing
from hepline.columns.fill import Fill
from hepline.columns.leaves import Constant
from hepline.columns.lifting import build, cast
from hepline.columns.lists import Reduce
from hepline.columns.nodes import Node
from hepline.columns.types import FLOAT64, INT64
from hepline.columns.vary import NOMINAL, choose

__all__ = ["Purpose", "Request", "Requests", "requests_of"]


class Purpose(Enum):
    """What a histogram is for."""

    TEMPLATE = auto()
    STEP = auto()  # of the cutflow
    SELECTED = auto()  # events of a region whose observable is a list
    LISTED = auto()  # those among them whose list is not empty
    SHARED = auto()  # events of two regions


@dataclass(frozen=True)
class Request:
    """One histogram.

    Attributes
    ----------
    region : str
    purpose : Purpose
    node : Fill
    step : int
        Of the cutflow; 0 is all events.
    other : str
        The second region of `Purpose.SHARED`.
    """

    region: str
    purpose: Purpose
    node: Fill
    step: int = 0
    other: str = ""

    @property
    def is_template(self) -> bool:
        """Whether it holds the observable."""
        return self.purpose is Purpose.TEMPLATE


@dataclass(frozen=True)
class Requests:
    """All histograms of one sample.

    Attributes
    ----------
    requests : tuple of Request
    scaled : bool
        Whether the sample is simulated: weighted, and scaled to the luminosity.
    """

    requests: tuple[Request, ...]
    scaled: bool

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes of all requests, for the engine."""
        return tuple(request.node for request in self.requests)


def requests_of(analysis: Definition, sample: Sample, *, cutflow: bool) -> Requests:
    """Histograms to fill from the events of a sample.

    For data in a blind region, only the number of all events before any cut.

    Parameters
    ----------
    analysis : Definition
    sample : Sample
    cutflow : bool
        Whether to count the steps of the selection too (nominal simulation and data).
    """
    simulated = sample.cross_section is not None
    weight = analysis.weight.expression.node if simulated else None
    unread = frozenset() if simulated else unread_regions(analysis)
    requests: list[Request] = []
    for region in analysis.regions.values():
        if region.name in unread:
            requests.append(Request(region.name, Purpose.STEP, Fill((), (), None, None)))
            continue
        requests.append(Request(region.name, Purpose.TEMPLATE, _template(region, weight)))
        requests += _listed(region, weight)
        if cutflow:
            requests += _steps(region, weight)
    if cutflow:
        regions = [region for region in analysis.regions.values() if region.name not in unread]
        requests += [
            Request(first.name, Purpose.SHARED, Fill((), (), None, selection), other=second.name)
            for first, second, selection in shared_selections(regions)
        ]
    return Requests(tuple(requests), simulated)


def _template(region: Region, weight: Node | None) -> Fill:
    values = cast(region.observable.values.node, FLOAT64)
    return Fill((region.axis,), (values,), weight, region.where())


def _listed(region: Region, weight: Node | None) -> list[Request]:
    """Count events where the observable is a list, whose entries the template counts."""
    values, where = region.observable.values.node, region.where()
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
        Request(region.name, Purpose.SELECTED, Fill((), (), weight, where)),
        Request(region.name, Purpose.LISTED, Fill((), (), weight, listed)),
    ]


def _steps(region: Region, weight: Node | None) -> list[Request]:
    """Count the events after each cut, with the nominal weight.

    A weight may need objects that only the whole selection guarantees (the first jet, say). Before
    the last cut, its factors that are missing or not finite are left out; after it, such a weight
    is an error, as in the template.
    """
    steps = []
    for number in range(len(region.cuts) + 1):
        where = region.where(number)
        if number == len(region.cuts):
            counted = Fill((), (), weight, where)
        else:
            counted = counted_fill(weight, where)
        (nominal,) = choose([counted], NOMINAL)
        if isinstance(nominal, Fill):
            steps.append(Request(region.name, Purpose.STEP, nominal, step=number))
    return steps

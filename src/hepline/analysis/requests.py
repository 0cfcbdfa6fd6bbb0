"""What the engine is asked for, for one sample: a template and a cutflow per region."""

from __future__ import annotations

from dataclasses import dataclass

from hepline.analysis.blinding import unread_regions
from hepline.analysis.definition import Definition
from hepline.analysis.regions import Region
from hepline.analysis.samples import Sample
from hepline.columns.elementwise import FillMissing
from hepline.columns.fill import Fill
from hepline.columns.leaves import Constant
from hepline.columns.lifting import build, cast
from hepline.columns.nodes import Node
from hepline.columns.types import FLOAT64
from hepline.columns.vary import NOMINAL, choose

__all__ = ["Request", "Requests", "requests_of"]


@dataclass(frozen=True)
class Request:
    """One histogram: a template (step None), or a step of the cutflow (0 is all events)."""

    region: str
    step: int | None
    node: Fill


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
        """As the engine takes them."""
        return tuple(request.node for request in self.requests)


def requests_of(analysis: Definition, sample: Sample, *, cutflow: bool) -> Requests:
    """Histograms to fill from the events of a sample.

    Of data in a blind region only all events are counted, before any cut.

    Parameters
    ----------
    analysis : Definition
    sample : Sample
    cutflow : bool
        Whether the steps of the selection are counted too (nominal simulation and data).
    """
    simulated = sample.cross_section is not None
    weight = analysis.weight.expression.node if simulated else None
    found: list[Request] = []
    for region in analysis.regions.values():
        if not simulated and region.name in unread_regions(analysis):
            found.append(Request(region.name, 0, Fill((), (), None, None)))
            continue
        found.append(Request(region.name, None, _template(region, weight)))
        if cutflow:
            found += _steps(region, weight)
    return Requests(tuple(found), simulated)


def _template(region: Region, weight: Node | None) -> Fill:
    values = cast(region.observable.values.node, FLOAT64)
    return Fill((region.axis,), (values,), weight, region.where())


def _steps(region: Region, weight: Node | None) -> list[Request]:
    """Count what each cut leaves, with the nominal weight.

    A weight may need objects that only the whole selection guarantees (the first jet, say). Before
    the last cut, an event whose weight is missing or not finite counts with weight 1; after it,
    such a weight is an error, as in the template.
    """
    steps = []
    for number in range(len(region.cuts) + 1):
        last = number == len(region.cuts)
        counted = Fill((), (), weight if last else _present(weight), region.where(number))
        (nominal,) = choose([counted], NOMINAL)
        if isinstance(nominal, Fill):
            steps.append(Request(region.name, number, nominal))
    return steps


def _present(weight: Node | None) -> Node | None:
    """The nominal weight, 1 where it is missing or not finite."""
    if weight is None:
        return None
    (nominal,) = choose([weight], NOMINAL)
    one = Constant(1.0, FLOAT64.name)
    if isinstance(nominal, Constant):
        return nominal
    finite = build("where", (build("isfinite", (nominal,)), nominal, one))
    return FillMissing(finite, one) if finite.type.optional else finite

"""One region of a model: its prediction and data as a stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from matplotlib.figure import Figure

from hepline.show.content import RegionInfo, SampleInfo
from hepline.show.stack_content import StackContent, StackLook, StackSample
from hepline.show.stacks import draw_stack
from hepline.show.stamps import Stamp
from hepline.show.style import sample_colors
from hepline.stats.results import ChannelPrediction, GoodnessOfFit

__all__ = ["draw_region", "stack_of"]


def draw_region(
    region: RegionInfo,
    prediction: ChannelPrediction,
    *,
    samples: Sequence[SampleInfo] = (),
    stage: str = "",
    stamp: Stamp | None = None,
    data_label: str = "Data",
    beside: Sequence[ChannelPrediction] = (),
    look: StackLook | None = None,
    goodness: GoodnessOfFit | None = None,
) -> Figure:
    """Draw data and prediction in one region, with their ratio below.

    Parameters
    ----------
    region : RegionInfo
    prediction : ChannelPrediction
        Data points get central Poisson intervals. Data that are not numbers are hidden, and said to
        be.
    samples : sequence of SampleInfo
        Labels and colors.
    stage : str
        ``Pre-fit``, ``Post-fit``.
    stamp : Stamp, optional
    data_label : str
        ``Data`` or ``Pseudo-data``.
    beside : sequence of ChannelPrediction
        Predictions that will stand next to this one and share its axis ranges.
    look : StackLook, optional
    goodness : GoodnessOfFit, optional
        χ² of data and prediction in this region.

    Returns
    -------
    Figure
        Axes 0 shows events per bin, axes 1 the ratio of data and prediction.

    Raises
    ------
    OutputError
        If the prediction has neither the bins of the fit nor those of the full resolution.
    """
    content = stack_of(region, prediction, samples=samples)
    content = replace(
        content,
        stage=stage,
        data_label=data_label,
        look=look or StackLook(),
        goodness=goodness,
    )
    others = [stack_of(region, other, samples=samples) for other in beside]
    return draw_stack(content, stamp=stamp, beside=others)


def stack_of(
    region: RegionInfo, prediction: ChannelPrediction, *, samples: Sequence[SampleInfo] = ()
) -> StackContent:
    """The prediction of a model as content of a stack.

    Parameters
    ----------
    region : RegionInfo
    prediction : ChannelPrediction
    samples : sequence of SampleInfo
        Labels and colors; names stand for what is not listed.

    Returns
    -------
    StackContent
    """
    known = {sample.name: sample for sample in samples}
    unknown = [SampleInfo(name, name) for name, _ in prediction.samples if name not in known]
    # Colors belong to the whole report: a sample that is absent here keeps its own.
    colors = sample_colors([*samples, *unknown])
    labels = {sample.name: sample.label for sample in (*samples, *unknown)}
    signals = {sample.name for sample in samples if sample.signal}
    return StackContent(
        name=region.name,
        axis_label=region.axis_label,
        edges=region.edges_of(len(prediction.total)),
        samples=tuple(
            StackSample(name, labels[name], values, color=colors[name], signal=name in signals)
            for name, values in prediction.samples
        ),
        data=prediction.data,
        total=prediction.total,
        uncertainty=prediction.uncertainty,
        region=region.label,
        conditions=region.conditions,
    )

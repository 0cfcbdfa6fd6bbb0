"""Quantities of an estimate: those of its target, in the events of the region of its data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hepline.analysis.definition import Definition
from hepline.analysis.expected import source_region
from hepline.analysis.plots import Plot
from hepline.analysis.regions import Region

__all__ = ["borrowed_name", "borrowed_plots", "is_borrowed", "quantities_for"]

_FOR = " for "  # no label of a plot becomes a name with spaces


def borrowed_name(plot: str, target: str) -> str:
    """The name, in the region of the data, of a quantity that only the target declares."""
    return f"{plot}{_FOR}{target}"


def is_borrowed(plot: str) -> bool:
    """Whether a plot was filled for an estimate alone."""
    return _FOR in plot


def quantities_for(target: Region, source: Region) -> dict[str, Plot]:
    """The observable (under the empty name) and the plots that an estimate needs.

    A quantity that the region of the data declares itself is taken from there: its objects may be
    looser ones. Any other is that of the target.

    Parameters
    ----------
    target, source : Region

    Returns
    -------
    dict of str to Plot
        In the events of the source.
    """
    own = {plot.name: plot for plot in source.plots}
    observable = target.observable if source.counts_only else source.observable
    quantities = {"": Plot("", (observable,), source.cuts)}
    for plot in target.plots:
        if plot.name in own:
            quantities[plot.name] = own[plot.name]
        elif not plot.without:
            quantities[plot.name] = replace(plot, cuts=source.cuts)
        elif plot.without in dict(source.cuts):
            kept = tuple(cut for cut in source.cuts if cut[0] != plot.without)
            quantities[plot.name] = replace(plot, cuts=kept)
    return quantities


def borrowed_plots(analysis: Definition, source: Region) -> list[Plot]:
    """What a region fills for the estimates of others, beside its own quantities."""
    plots: dict[str, Plot] = {}
    own = {plot.name for plot in source.plots}
    for target in _targets(analysis, source):
        for name, plot in quantities_for(target, source).items():
            if source.counts_only if not name else name not in own:
                key = borrowed_name(name, target.name)
                plots[key] = replace(plot, name=key)
    return list(plots.values())


def _targets(analysis: Definition, source: Region) -> Iterator[Region]:
    """Regions whose estimates are made of the histograms of another one."""
    for target in analysis.regions.values():
        for estimate in analysis.estimates.values():
            if estimate.weight is None and source_region(analysis, estimate, target) is source:
                yield target
        for four in analysis.four_regions.values():
            bases = (target.base, source.base)
            if bases == (four.signal, four.shape) and target.era == source.era:
                yield target

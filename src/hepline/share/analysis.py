"""`hl.Analysis` and `hl.Result`: what `pipeline` has, and figures and tables of the result.

Figures come from `show`, which `pipeline` does not know; so the classes of users live here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from hepline.analysis.plots import Plot
from hepline.analysis.regions import Region
from hepline.errors import AnalysisError, checked_keywords, nearest
from hepline.pipeline import analysis, result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from hepline.show.tables import Table

__all__ = ["Analysis", "Result"]


class Result(result.Result):
    """The result of an analysis; `plot` draws it, and `model` leads to a fit."""

    @checked_keywords
    def plot(self, region: str, name: str = "", *, sample: str = "") -> Figure:
        """Draw data beside what is expected, without any fit.

        Parameters
        ----------
        region : str
            A region, or the name that it was declared with: all of its eras, summed.
        name : str, optional
            Of one of its plots, as in `plots`; the observable by default.
        sample : str, optional
            The sample, estimate or ``data`` that a plot of two quantities or a profile shows; by
            default all that is expected, and for a profile the data, too.

        Returns
        -------
        matplotlib.figure.Figure
            The band has the statistical uncertainty of the simulation and all systematic ones;
            hidden data are not shown.

        Raises
        ------
        AnalysisError
            If there is no such region or plot.
        """
        from hepline.share.drawn import figure_of

        places = [(region, plot_of(region, name)) for region in self._regions(region)]
        return figure_of(self, places, sample)

    def n_minus_1(self, region: str) -> dict[str, Figure]:
        """Draw what each cut acts on, without this cut, and mark where it lies.

        Parameters
        ----------
        region : str
            See `plot`.

        Returns
        -------
        dict of str to matplotlib.figure.Figure
            By the label of the cut, in the order of ``n_minus_1=`` of the region.
        """
        first = self._regions(region)[0]
        plots = [plot for plot in first.plots if plot.without]
        if not plots:
            raise AnalysisError(
                f"region '{region}' has no N−1 plots.",
                why="they are filled with the others, in the pass over the events.",
                fix='declare them: a.region(…, n_minus_1={"label of a cut": hl.axis(…)}).',
            )
        return {plot.without: self.plot(region, plot.name) for plot in plots}

    def cutflow_table(self, region: str = "", *, raw: bool = False) -> Table:
        """Events after each cut, with efficiencies in percent.

        Parameters
        ----------
        region : str, optional
            See `plot`; all regions by default.
        raw : bool
            Unweighted entries.

        Returns
        -------
        Table
            ``table.text()``, ``table.latex()``, ``table.csv()``.
        """
        from hepline.share.drawn import cutflow_table_of

        regions = self._regions(region) if region else [*self.analysis.regions.values()]
        return cutflow_table_of(self, [region.name for region in regions], raw=raw)

    def _regions(self, name: str) -> Sequence[Region]:
        """A region, or those of all eras that were declared with a name."""
        regions = self.analysis.regions
        if name in regions:
            return (regions[name],)
        eras = [region for region in regions.values() if region.base == name]
        if not eras:
            known = [*regions, *dict.fromkeys(region.base for region in regions.values())]
            raise AnalysisError(
                f"there is no region '{name}'.",
                why=f"the analysis has {', '.join(regions)}.",
                fix=nearest(name, known),
            )
        return eras


class Analysis(analysis.Analysis):
    """An analysis that can be run; see `hepline.analysis.definition.Definition`."""

    result_kind: ClassVar[type[result.Result]] = Result


def plot_of(region: Region, name: str) -> Plot:
    """One of the plots of a region; without a name, its observable.

    Raises
    ------
    AnalysisError
        If there is none of this name.
    """
    if not name:
        return region.observable_plot
    plots = {plot.name: plot for plot in region.plots}
    if name not in plots:
        raise AnalysisError(
            f"region '{region.name}' has no plot '{name}'.",
            why=f"it has {', '.join(plots) or 'none beside its observable'}.",
            fix=nearest(name, plots) if plots else "declare it: a.region(…, plots=[hl.axis(…)]).",
        )
    return plots[name]

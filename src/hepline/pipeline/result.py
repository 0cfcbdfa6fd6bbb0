"""The result of an analysis, and its way from templates to a fit."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any, Self

import numpy as np

from hepline.analysis.definition import PSEUDODATA
from hepline.analysis.run import RunResult
from hepline.analysis.templates import Templates
from hepline.engine.run import Progress
from hepline.errors import NothingToFit, checked_keywords
from hepline.notebook import html_table
from hepline.pipeline.channels import (
    check_counts,
    check_one_signal,
    expected_processes,
    fitted_regions,
    observed,
    parameter_of_interest,
    workspace,
)
from hepline.pipeline.closure import Closure, closure
from hepline.pipeline.grid import at_point
from hepline.pipeline.patchset import NO_RECORD, PatchSet, patchset
from hepline.pipeline.scanning import GridScan, look_elsewhere, scan_grid
from hepline.stats.blinding import fit_blinded, hide_data
from hepline.stats.inference.everywhere import Everywhere
from hepline.stats.model import Model
from hepline.stats.results import ChannelPrediction, FitResult

__all__ = ["Result"]


@dataclass(frozen=True)
class Result(RunResult):
    """The result of an analysis; `model` leads to a fit."""

    def __repr__(self) -> str:
        analysis = self.analysis
        return (
            f"<Result of '{analysis.name}': {self.events_read} events of {len(analysis.samples)} "
            f"samples, {len(self.templates)} templates in {len(analysis.regions)} regions, "
            f"{len(self.notices)} notices>"
        )

    def _repr_html_(self) -> str:
        rows = [
            (
                account.region,
                account.sample,
                f"{account.read}",
                f"{account.selected.entries}",
                f"{account.selected.events:.6g}",
                f"{account.inside.events:.6g}",
            )
            for account in self.accounting
            if not account.variation
        ]
        head = ("region", "sample", "read", "selected", "events", "in the fitted bins")
        notices = "".join(f"<li>{escape(n.kind)}: {escape(n.text)}</li>" for n in self.notices)
        return html_table(head, rows, caption=repr(self)[1:-1]) + f"<ul>{notices}</ul>"

    def check(self, poi: str | None = None) -> None:
        """Refuse a result that cannot be fitted.

        Raises
        ------
        NothingToFit
            If files of recorded data were not read, or a sample has no files at all; if no sample
            has a free normalization, or a region has no data.
        ModelError
            If a fitted bin has a negative number of events, in the data or expected, or if no
            signal of a grid is chosen.
        """
        check_one_signal(self.analysis)
        self._check_complete()
        parameter_of_interest(self.analysis, poi)
        for fitted in fitted_regions(self.analysis, self.templates):
            observed(self.analysis, fitted, self.secrets.hidden)
            contents = [fitted.contents(s.name) for s in expected_processes(self.analysis, fitted)]
            if contents:
                expected = np.asarray(np.sum(contents, axis=0))
                check_counts(fitted.region.name, "expected events", expected)

    def _check_complete(self) -> None:
        """Refuse data or a model of which a part is missing: they cannot be compared."""
        samples = self.analysis.samples
        read = {(part.era, part.sample) for part in self.coverage}
        eras = list(self.analysis.eras) or [""]
        absent = [
            sample.name
            for sample in samples.values()
            if any((era, part.name) not in read for era in eras for part in sample.parts)
        ]
        if absent:
            raise NothingToFit(
                f"the model lacks {'the samples' if absent[1:] else 'sample'} {', '.join(absent)}.",
                why="without files, its events would be taken for those of the other samples.",
                fix="list its files, or remove it from the analysis.",
            )
        recorded = {part.name for sample in self.analysis.recorded for part in sample.parts}
        for part in self.coverage:
            if part.unreadable and part.sample in recorded:
                raise NothingToFit(
                    f"the recorded data '{part.sample}' are incomplete: {part.unreadable[0][0]} "
                    "was not read.",
                    why="the expectation stands for the whole luminosity, the data do not.",
                    fix="fetch the files again, or give the luminosity of the files that are left "
                    "and list only those.",
                )

    def at(self, sample: str | None = None, **parameters: float) -> Self:
        """Choose one signal of a grid.

        Parameters
        ----------
        sample : str, optional
            Name of the sample at the point.
        **parameters : float
            In place of the name: ``result.at(mass=600)``.

        Returns
        -------
        Result
            Without the templates of the other signals.

        Raises
        ------
        AnalysisError
            If there is no such signal, or several are meant.
        """
        return at_point(self, sample, parameters)

    @checked_keywords
    def scan_grid(
        self,
        *,
        level: float = 0.95,
        toys: int = 0,
        seed: int = 1,
        workers: int = 1,
        progress: Progress | None = None,
    ) -> GridScan:
        """Find limit, significance and best strength of every signal of a grid.

        Parameters
        ----------
        level : float
            Confidence level of the upper limits, from CLs.
        toys : int
            Of each hypothesis, for the limits; 0 takes asymptotic formulae.
        seed : int
            Of the toys; the same at every point.
        workers : int
            Processes for the toys.
        progress : callable, optional
            Called with what is done, the number of points done, and the total.

        Returns
        -------
        GridScan
            Where data are hidden or absent, only expected values: those of the background alone.

        Raises
        ------
        AnalysisError
            If the analysis has no grid.
        HeplineError
            The last reason, if no point has a result.
        """
        return scan_grid(
            self, level=level, toys=toys, seed=seed, workers=workers, progress=progress
        )

    @checked_keywords
    def look_elsewhere(
        self,
        *,
        toys: int,
        seed: int = 1,
        workers: int = 1,
        reference_level: float = 0.5,
    ) -> Everywhere:
        """Correct the largest local significance of a grid for all of its points.

        Parameters
        ----------
        toys : int
            Of the background; each is fitted at all points.
        seed, workers : int
        reference_level : float
            Of q₀, whose upcrossings extrapolate to large excesses.

        Returns
        -------
        Everywhere
            `at` counts the points in the order of declaration.

        Raises
        ------
        FitError
            If data are hidden or absent, or as for `look_everywhere`.
        """
        return look_elsewhere(
            self, toys=toys, seed=seed, workers=workers, reference_level=reference_level
        )

    @checked_keywords
    def patchset(self, poi: str | None = None, *, hepdata: str = NO_RECORD) -> PatchSet:
        """Write the likelihoods of a grid for pyhf: a background, and a patch for every signal.

        Parameters
        ----------
        poi : str, optional
        hepdata : str
            Record of HEPData, as ``ins1234567``, which the schema asks for.

        Returns
        -------
        PatchSet
            ``pyhf.PatchSet(made.patches).apply(made.workspace, "Zprime_600")`` is the workspace of
            the point. Points without events are left out.

        Raises
        ------
        NothingToFit
            If a region has no background, or no point has events.
        AnalysisError
            If the analysis has no grid, or its signals have unlike parameters.
        """
        return patchset(self, poi, hepdata=hepdata)

    def closure(self, estimate: str, sample: str) -> Closure:
        """Compare an estimate from data with a simulated sample of what it estimates.

        Parameters
        ----------
        estimate : str
            Declared by `estimate`, or by `abcd`: then shape region × transfer factor.
        sample : str
            A simulated sample; ``sample(…, fit=False)`` keeps it out of the model.

        Returns
        -------
        Closure
            With pull and p-value for every region that has the estimate. Uncertainties are those
            of the numbers of events, some ten in each bin; systematic ones may account for what is
            left.

        Raises
        ------
        AnalysisError
            If there is no such estimate or sample.
        ModelError
            If data are hidden or absent, or a region of the transfer factor is empty.
        """
        return closure(self, estimate, sample)

    def workspace(self, poi: str | None = None) -> dict[str, Any]:
        """Write the likelihood as a pyhf workspace; see `check` and `workspace`."""
        self.check(poi)
        return workspace(self.analysis, self.templates, poi=poi, hidden=self.secrets.hidden)

    def model(self, poi: str | None = None) -> Model:
        """Build the likelihood, ready to be fitted.

        Parameters
        ----------
        poi : str, optional
            Parameter of interest; by default that of the analysis, or its only free normalization.

        Returns
        -------
        Model
            Expected events (Asimov) replace hidden data; `fitted` fits the data themselves.
        """
        return Model(self.workspace(poi))

    def fitted(self) -> tuple[FitResult, tuple[ChannelPrediction, ...]]:
        """Fit the data and predict events after the fit, as far as blinding allows.

        Returns
        -------
        fit : FitResult
            Of all data; expected events replace those of regions with ``blind=True``. A hidden
            parameter of interest is shifted.
        predictions : tuple of ChannelPrediction
            Without the regions on which a hidden parameter acts; hidden data are NaN.

        Raises
        ------
        FitError
            If there is no minimum.
        """
        self.check()
        secrets, unread = self.secrets, self.secrets.unread
        templates = Templates({**self.templates, **self.withheld})
        content = workspace(self.analysis, templates, hidden=unread)
        if not secrets.poi:
            model = Model(content)
            fit = model.fit()
            return fit, hide_data(model.postfit(fit), unread)
        # The true value is known for expected events and rehearsals: it would reveal the shift.
        stand_ins = unread if self.analysis.pseudo is None else {*unread, PSEUDODATA}
        fit, predictions = fit_blinded(content, secrets.phrase, of=stand_ins)
        visible = [channel for channel in predictions if channel.channel not in secrets.acting]
        return fit, hide_data(visible, unread)

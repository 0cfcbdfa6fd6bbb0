"""The result of an analysis, and its way from templates to a fit."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from hepline.analysis.definition import PSEUDODATA
from hepline.analysis.run import RunResult
from hepline.analysis.templates import Templates
from hepline.errors import NothingToFit
from hepline.notebook import html_table
from hepline.pipeline.channels import (
    check_counts,
    expected_processes,
    fitted_regions,
    observed,
    parameter_of_interest,
    workspace,
)
from hepline.stats.blinding import fit_blinded, hide_data
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
            If a fitted bin has a negative number of events, in the data or expected.
        """
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

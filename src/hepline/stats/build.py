"""From templates to a HistFactory workspace: a region becomes a channel, a variation a parameter.

The only module of `stats` that knows the analysis. The conventions are those of cabinetry and of
the Analysis Grand Challenge: a variation is split into a normalization (``normsys``) and a shape
(``histosys``) that share one parameter; a one-sided variation is mirrored.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from hepline.analysis.binning import FittedRegion, fitted_region
from hepline.analysis.blinding import (
    acting_regions,
    data_keys,
    data_names,
    hidden_regions,
    hides_poi,
    unblinded,
    unread_regions,
    without_data,
)
from hepline.analysis.definition import PSEUDODATA, Definition, Systematic
from hepline.analysis.run import RunResult, run_definition
from hepline.analysis.samples import Sample
from hepline.analysis.templates import Templates
from hepline.engine.run import Options, Progress
from hepline.errors import ModelError, NothingToFit, nearest
from hepline.stats.blinding import fit_blinded, hide_data
from hepline.stats.model import Model
from hepline.stats.results import ChannelPrediction, FitResult, Floats
from hepline.stats.splitting import Split, split

__all__ = ["Analysis", "Result", "Split", "split", "workspace"]


def workspace(
    analysis: Definition,
    templates: Templates,
    *,
    poi: str | None = None,
    hidden: Collection[str] | None = None,
) -> dict[str, Any]:
    """Write the likelihood of an analysis as a pyhf workspace.

    Parameters
    ----------
    analysis : Definition
    templates : Templates
    poi : str, optional
        Parameter of interest; the first free normalization by default.
    hidden : collection of str, optional
        Regions where the sum of what is expected stands in for the data; those that the analysis
        hides, where not given.

    Returns
    -------
    dict
        Valid under pyhf's schema 1.0.0.

    Raises
    ------
    NothingToFit
        If no sample has a free normalization, or a region has no data or nothing expected.
    ModelError
        If there is no such parameter, or the templates cannot be those of a likelihood.
    """
    chosen = _parameter_of_interest(analysis, poi)
    secret = hidden_regions(analysis, templates) if hidden is None else hidden
    regions = _regions(analysis, templates)
    channels = [_channel(analysis, fitted) for fitted in regions]
    observations = [
        {"name": fitted.region.name, "data": _observed(analysis, fitted, secret).tolist()}
        for fitted in regions
    ]
    config = {"poi": chosen, "parameters": _parameters(analysis)}
    return {
        "channels": channels,
        "observations": observations,
        "measurements": [{"name": analysis.name, "config": config}],
        "version": "1.0.0",
    }


def _regions(analysis: Definition, templates: Templates) -> list[FittedRegion]:
    return [fitted_region(analysis, region, templates) for region in analysis.regions.values()]


def _parameter_of_interest(analysis: Definition, poi: str | None) -> str:
    free = [sample.normalization for sample in analysis.samples.values() if sample.normalization]
    if not free:
        raise NothingToFit(
            f"no sample of '{analysis.name}' has a free normalization.",
            why="there is no parameter to measure.",
            fix="say normalization='…' for the signal sample.",
        )
    chosen = free[0] if poi is None else poi
    if hides_poi(analysis) and chosen != analysis.poi:
        raise ModelError(
            f"the parameter of interest '{chosen}' of a blinded analysis.",
            why=f"the secret shift hides '{analysis.poi}', whose value this fit would show.",
            fix="leave poi= out, or run with unblind=True.",
        )
    if chosen not in free:
        raise ModelError(
            f"the parameter of interest '{chosen}' is no free normalization.",
            why=f"the samples have: {', '.join(free)}.",
            fix=nearest(chosen, free),
        )
    return chosen


def _observed(analysis: Definition, fitted: FittedRegion, hidden: Collection[str]) -> Floats:
    """Take recorded data, else pseudo-data; what is expected (Asimov) if there are none to see."""
    name = fitted.region.name
    simulated = [s.name for s in analysis.samples.values() if s.cross_section is not None]
    sources = simulated if name in hidden else list(data_names(analysis)) or simulated
    found = [fitted.contents(source) for source in sources if fitted.has(source)]
    if not found:
        raise NothingToFit(
            f"there are no data in region '{name}'.",
            why=f"the template of {sources[0]} was not filled.",
            fix="give files for the data, or for every term of the pseudo-data.",
        )
    observed = np.asarray(np.sum(found, axis=0))
    _check_counts(name, "events of data", observed)
    return observed


def _check_counts(region: str, what: str, counts: Floats) -> None:
    if (counts < 0).any():
        place = int(np.argmin(counts))
        raise ModelError(
            f"region '{region}' has {counts[place]:g} {what} in fitted bin {place}.",
            why="a Poisson count cannot be negative; negative event weights add up there.",
            fix="merge fit bins, or use samples with positive weights.",
        )


def _expected(analysis: Definition, fitted: FittedRegion) -> list[Sample]:
    """Samples of the model that have events in the fitted bins."""
    return [
        sample
        for sample in analysis.samples.values()
        if sample.cross_section is not None
        and fitted.has(sample.name)
        and fitted.contents(sample.name).any()
    ]


def _channel(analysis: Definition, fitted: FittedRegion) -> dict[str, Any]:
    samples = [_sample(analysis, fitted, sample) for sample in _expected(analysis, fitted)]
    if not samples:
        raise NothingToFit(
            f"nothing is expected in region '{fitted.region.name}'.",
            why="no simulated event passes its selection within the fitted bins.",
            fix="loosen the selection, give more events, or remove the region.",
        )
    return {"name": fitted.region.name, "samples": samples}


def _sample(analysis: Definition, fitted: FittedRegion, sample: Sample) -> dict[str, Any]:
    modifiers: list[dict[str, Any]] = []
    if sample.normalization:
        modifiers.append({"name": sample.normalization, "type": "normfactor", "data": None})
    modifiers += _luminosity(analysis)
    for systematic in analysis.systematics():
        if sample.name in systematic.samples:
            modifiers += _systematic(systematic, fitted, sample.name)
    errors = np.sqrt(fitted.variances(sample.name)).tolist()
    name = f"staterror_{fitted.region.name}"
    modifiers.append({"name": name, "type": "staterror", "data": errors})
    data = fitted.contents(sample.name).tolist()
    return {"name": sample.name, "data": data, "modifiers": modifiers}


def _luminosity(analysis: Definition) -> list[dict[str, Any]]:
    relative = analysis.luminosity_uncertainty
    if not relative:
        return []
    if analysis.luminosity_modifier == "lumi":
        return [{"name": "lumi", "type": "lumi", "data": None}]
    data = {"hi": 1.0 + relative, "lo": 1.0 - relative}
    return [{"name": "Luminosity", "type": "normsys", "data": data}]


def _systematic(systematic: Systematic, fitted: FittedRegion, sample: str) -> list[dict[str, Any]]:
    """Both modifiers of one nuisance parameter; none if it does not act here."""
    if not fitted.acts(systematic, sample):
        return []
    divided = split(
        fitted.contents(sample),
        fitted.varied(sample, systematic.up),
        None if systematic.down is None else fitted.varied(sample, systematic.down),
        what=f"'{systematic.name}' of {sample} in {fitted.region.name}",
    )
    norm = {"hi": divided.high, "lo": divided.low}
    shape = {"hi_data": divided.shape_up.tolist(), "lo_data": divided.shape_down.tolist()}
    return [
        {"name": systematic.name, "type": "normsys", "data": norm},
        {"name": systematic.name, "type": "histosys", "data": shape},
    ]


def _parameters(analysis: Definition) -> list[dict[str, Any]]:
    settings: dict[str, dict[str, Any]] = {}
    for sample in analysis.samples.values():
        if sample.normalization:
            settings[sample.normalization] = {
                "name": sample.normalization,
                "inits": [1.0],
                "bounds": [list(sample.bounds)],
            }
    if analysis.luminosity_uncertainty and analysis.luminosity_modifier == "lumi":
        relative = analysis.luminosity_uncertainty
        settings["lumi"] = {
            "name": "lumi",
            "inits": [1.0],
            "auxdata": [1.0],
            "sigmas": [relative],
            "bounds": [[max(0.0, 1.0 - 10 * relative), 1.0 + 10 * relative]],
        }
    return list(settings.values())


@dataclass(frozen=True)
class Result(RunResult):
    """What a run of an analysis gave; `model` is the way to a fit.

    Attributes
    ----------
    withheld : Templates
        Data that only a blinded fit may see: they are in no figure, table or file.
    """

    withheld: Templates = field(default_factory=lambda: Templates({}), repr=False)

    def check(self, poi: str | None = None) -> None:
        """Refuse what no fit can start from.

        Raises
        ------
        NothingToFit
            If files of recorded data were not read, or a sample has no files at all; if no sample
            has a free normalization, or a region has no data.
        ModelError
            If a fitted bin has a negative number of events, in the data or expected.
        """
        self._check_complete()
        _parameter_of_interest(self.analysis, poi)
        hidden = hidden_regions(self.analysis, self.templates)
        for fitted in _regions(self.analysis, self.templates):
            _observed(self.analysis, fitted, hidden)
            contents = [fitted.contents(s.name) for s in _expected(self.analysis, fitted)]
            if contents:
                expected = np.asarray(np.sum(contents, axis=0))
                _check_counts(fitted.region.name, "expected events", expected)

    def _check_complete(self) -> None:
        """A part of the data, or of the model, cannot be compared with the whole of the other."""
        samples = self.analysis.samples
        read = {part.sample for part in self.coverage}
        absent = [name for name in samples if name not in read]
        if absent:
            raise NothingToFit(
                f"the model lacks {'the samples' if absent[1:] else 'sample'} {', '.join(absent)}.",
                why="without files, its events would be taken for those of the other samples.",
                fix="list its files, or remove it from the analysis.",
            )
        for part in self.coverage:
            if part.unreadable and samples[part.sample].cross_section is None:
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
        return workspace(self.analysis, self.templates, poi=poi)

    def model(self, poi: str | None = None) -> Model:
        """Build the likelihood, ready to be fitted.

        Parameters
        ----------
        poi : str, optional
            Parameter of interest; the first free normalization by default.

        Returns
        -------
        Model
            What is expected (Asimov) stands in for data that are hidden; `fitted` fits those.
        """
        return Model(self.workspace(poi))

    def fitted(self) -> tuple[FitResult, tuple[ChannelPrediction, ...]]:
        """Fit the data, and predict events after the fit, as far as the analysis shows them.

        Returns
        -------
        fit : FitResult
            Of all data but those of regions with ``blind=True``, where the expected events stand
            in. A hidden parameter of interest is shifted.
        predictions : tuple of ChannelPrediction
            Without regions that a hidden parameter acts on; data that are hidden are not
            numbers.

        Raises
        ------
        FitError
            If there is no minimum.
        """
        self.check()
        unread = unread_regions(self.analysis)
        seen = Templates({**self.templates, **self.withheld})
        content = workspace(self.analysis, seen, hidden=unread)
        if not hides_poi(self.analysis):
            model = Model(content)
            fit = model.fit()
            return fit, hide_data(model.postfit(fit), unread)
        # Where the answer is known, of expected events or a rehearsal, it tells the shift.
        stand_ins = unread if self.analysis.pseudo is None else {*unread, PSEUDODATA}
        fit, predictions = fit_blinded(content, self.analysis.blind, of=stand_ins)
        acting = acting_regions(self.analysis, self.templates)
        return fit, hide_data([p for p in predictions if p.channel not in acting], unread)


class Analysis(Definition):
    """An analysis that can be run; see `hepline.analysis.definition.Definition`."""

    def run(
        self,
        samples: str | Path | Mapping[str, object],
        *,
        on: str = "local",
        engine: str = "auto",
        workers: int | None = None,
        chunk: int | None = None,
        skip_unreadable: bool = False,
        progress: Progress | None = None,
        unblind: bool = False,
    ) -> Result:
        """Read the events once and fill every template.

        Parameters
        ----------
        samples : path of a JSON file, or its content
            ``{"ttbar": {"nominal": {"files": [{"path": …, "nevts": …}]}}}``; in place of
            ``nevts``, ``sumw`` gives the sum of generator weights.
        on : str
            ``local``.
        engine : str
            ``auto``, ``compiled``, ``awkward`` or ``reference``.
        workers : int, optional
            Threads of the compiled engine, by default one for every core. Processes of the other
            engines, by default one; a script that asks for more must keep its top level under
            ``if __name__ == "__main__"``.
        chunk : int, optional
            Events per chunk; else files are cut where nothing is unpacked twice.
        skip_unreadable : bool
            Go on without damaged files; they are named in the coverage.
        progress : callable, optional
            Called with name, events done and events in total.
        unblind : bool
            Show what ``blind=`` hides.

        Returns
        -------
        Result
        """
        options = Options(engine, on, workers, chunk, skip_unreadable, progress)
        result = run_definition(unblinded(self) if unblind else self, samples, options)
        found = {name: getattr(result, name) for name in result.__dataclass_fields__}
        return _withholding(Result(**found))


def _withholding(result: Result) -> Result:
    """Take hidden data out of what is shown."""
    analysis = result.analysis
    hidden = hidden_regions(analysis, result.templates)
    secret = data_keys(analysis, hidden)
    templates = result.templates
    return replace(
        result,
        templates=Templates({key: templates[key] for key in templates if key not in secret}),
        withheld=Templates({key: templates[key] for key in templates if key in secret}),
        cutflow=without_data(result.cutflow, analysis, hidden),
    )

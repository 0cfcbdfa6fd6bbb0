"""One file set on its way through the engine."""

from __future__ import annotations

from dataclasses import dataclass

from hepline.analysis.requests import Request, Requests
from hepline.analysis.samples import NOMINAL_SET, FileSet
from hepline.columns.source import Part
from hepline.engine.filled import Filled
from hepline.engine.run import Job, JobResult

__all__ = ["Filling"]


@dataclass(frozen=True)
class Filling:
    """Files of one entry of the list, or of an alternative simulation, with what they fill.

    Attributes
    ----------
    part : str
        Entry of the list of files: a sample, a part of one, or what several samples share.
    variation : str
    era : str
        Empty without eras.
    files : FileSet
    job : Job
    requests : Requests
    result : JobResult or None
        None before the run.
    """

    part: str
    variation: str
    era: str
    files: FileSet
    job: Job
    requests: Requests
    result: JobResult | None = None

    @property
    def name(self) -> str:
        """Entry and era, for messages."""
        return f"{self.part} {self.era}" if self.era else self.part

    @property
    def is_nominal(self) -> bool:
        """Whether these are not the files of an alternative simulation."""
        return self.variation == NOMINAL_SET

    @property
    def normalized_to(self) -> float:
        """Sum of generator weights, or number of generated events, behind the files read."""
        if self.result is None:
            return 0.0
        read = self.result.parts
        if self.files.sums_of_weights:
            sums = dict(zip(self.files.paths, self.files.sums_of_weights, strict=True))
            return float(sum(sums[part.path] for part in read))
        generated = self.generated
        return float(sum(generated.get(part.path) or _stands_for(part) for part in read))

    @property
    def generated(self) -> dict[str, int | None]:
        """Generated events behind each file, where they are known."""
        return dict(zip(self.files.paths, self.files.generated, strict=True))

    def nominal_histograms(self) -> list[tuple[Request, Filled]]:
        """The nominal histograms after the run; none before."""
        if self.result is None:
            return []
        return [
            (self.requests.requests[output.request], self.result.histograms[output.node])
            for output in self.job.plan.outputs
            if output.variation.nuisance is None
        ]

    def nominal_templates(self) -> list[tuple[Request, Filled]]:
        """The nominal templates of samples after the run."""
        return [
            (request, filled)
            for request, filled in self.nominal_histograms()
            if request.is_template and request.is_of_sample
        ]


def _stands_for(part: Part) -> int:
    """Events of a file; of a skim, those before its conditions."""
    return part.entries if part.skimmed is None else part.skimmed.events

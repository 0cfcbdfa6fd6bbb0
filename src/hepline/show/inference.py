"""What the page of a fit is made of: answers that are handed over to be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hepline.analysis.results import Blinding
from hepline.records import Provenance
from hepline.show.content import RegionInfo, SampleInfo
from hepline.stats.inference.results import HypothesisTest, Surface, UpperLimit
from hepline.stats.questions import Answers
from hepline.stats.results import ChannelPrediction, FitResult

__all__ = ["InferenceContent"]


@dataclass(frozen=True, eq=False)
class InferenceContent:
    """Everything that the page of one fit shows; what was not asked for stays empty.

    Attributes
    ----------
    title : str
        What was fitted: the workspace.
    answers : Answers
        The fit, and whatever was asked of it.
    question : str
        One sentence: what was measured.
    conditions : str
        Luminosity and energy as written above figures: ``3.4 fb⁻¹ (13 TeV)``.
    blinding : Blinding
        What is hidden; in results, these are not numbers. A shifted parameter of interest is shown
        as such.
    regions : tuple of RegionInfo
        In the order of the page; a channel that is not listed is drawn against its bin numbers.
    samples : tuple of SampleInfo
        From the top of the stack to its bottom.
    prefit, postfit : tuple of ChannelPrediction
    surfaces : tuple of Surface
    tests : tuple of HypothesisTest
        Beside that of the answers.
    band : tuple of HypothesisTest
        Tested values beside those of the limit, for smooth curves.
    limits : tuple of (float, UpperLimit)
        Value of a parameter of the signal with the limit there.
    limits_label : str
        Name of that parameter with its unit; may hold mathtext.
    provenance : Provenance or None
    seconds : mapping of str to float
        Wall time per question, s.
    """

    title: str
    answers: Answers
    question: str = ""
    conditions: str = ""
    blinding: Blinding = field(default_factory=Blinding)
    regions: tuple[RegionInfo, ...] = ()
    samples: tuple[SampleInfo, ...] = ()
    prefit: tuple[ChannelPrediction, ...] = ()
    postfit: tuple[ChannelPrediction, ...] = ()
    surfaces: tuple[Surface, ...] = ()
    tests: tuple[HypothesisTest, ...] = ()
    band: tuple[HypothesisTest, ...] = ()
    limits: tuple[tuple[float, UpperLimit], ...] = ()
    limits_label: str = ""
    provenance: Provenance | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def fit(self) -> FitResult:
        """The fit that all answers are about."""
        return self.answers.fit

    @property
    def blinded(self) -> bool:
        """Whether something is hidden: then all figures say so."""
        return self.blinding.state == "blinded"

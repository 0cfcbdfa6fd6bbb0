"""What the page of a fit is made of: results of inference that are handed over to be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from hepline.analysis.results import Blinding
from hepline.records import Provenance
from hepline.show.content import RegionInfo, SampleInfo
from hepline.stats.inference.posterior import Posterior
from hepline.stats.inference.results import (
    Breakdown,
    HypothesisTest,
    Interval,
    Ranking,
    Scan,
    Significance,
    Surface,
    ToyStudy,
    UpperLimit,
)
from hepline.stats.inference.toystudy import ToyGoodness
from hepline.stats.results import ChannelPrediction, FitResult

__all__ = ["InferenceContent", "Remark"]


class Remark(Protocol):
    """A finding of the pre-flight check, as far as the page shows it."""

    @property
    def code(self) -> str:
        """Stable name, such as ``HL201``."""
        ...

    @property
    def severity(self) -> str:
        """``error``, ``warning`` or ``note``."""
        ...

    @property
    def title(self) -> str:
        """What all findings of this code have in common."""
        ...

    @property
    def place(self) -> str:
        """Channel, sample, modifier and bin; empty where it is about all of them."""
        ...

    @property
    def message(self) -> str:
        """What was found, with the numbers."""
        ...


@dataclass(frozen=True, eq=False)
class InferenceContent:
    """Everything that the page of one fit shows; what was not asked for stays empty.

    Attributes
    ----------
    title : str
        What was fitted: the workspace.
    fit : FitResult
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
    findings : tuple of Remark
        Of the pre-flight check.
    intervals : tuple of Interval
    ranking : Ranking or None
    breakdown : Breakdown or None
    scans : tuple of Scan
    surfaces : tuple of Surface
    tests : tuple of HypothesisTest
        Those that were asked for.
    limit : UpperLimit or None
    band : tuple of HypothesisTest
        Tested values beside those of `limit`, for smooth curves.
    limits : tuple of (float, UpperLimit)
        Value of a parameter of the signal with the limit there.
    limits_label : str
        Name of that parameter with its unit; may hold mathtext.
    significance : Significance or None
    toys : ToyStudy or None
    toy_goodness : ToyGoodness or None
    posterior : Posterior or None
    provenance : Provenance or None
    seconds : mapping of str to float
        Wall time per question, s.
    """

    title: str
    fit: FitResult
    question: str = ""
    conditions: str = ""
    blinding: Blinding = field(default_factory=Blinding)
    regions: tuple[RegionInfo, ...] = ()
    samples: tuple[SampleInfo, ...] = ()
    prefit: tuple[ChannelPrediction, ...] = ()
    postfit: tuple[ChannelPrediction, ...] = ()
    findings: tuple[Remark, ...] = ()
    intervals: tuple[Interval, ...] = ()
    ranking: Ranking | None = None
    breakdown: Breakdown | None = None
    scans: tuple[Scan, ...] = ()
    surfaces: tuple[Surface, ...] = ()
    tests: tuple[HypothesisTest, ...] = ()
    limit: UpperLimit | None = None
    band: tuple[HypothesisTest, ...] = ()
    limits: tuple[tuple[float, UpperLimit], ...] = ()
    limits_label: str = ""
    significance: Significance | None = None
    toys: ToyStudy | None = None
    toy_goodness: ToyGoodness | None = None
    posterior: Posterior | None = None
    provenance: Provenance | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def blinded(self) -> bool:
        """Whether something is hidden: then all figures say so."""
        return self.blinding.state == "blinded"

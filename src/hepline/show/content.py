"""The content of a report: plain numbers from a run, ready to be drawn."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from hepline.analysis.results import Accounting, Blinding, Coverage, Cutflow, Notice
from hepline.arrays import Floats
from hepline.errors import OutputError
from hepline.records import Provenance
from hepline.show.grid_content import GridContent
from hepline.show.plot_content import PlaneContent, ProfileContent, SystematicContent
from hepline.show.stack_content import StackContent, StackLook
from hepline.stats.inference.results import Breakdown, Ranking
from hepline.stats.results import ChannelPrediction, FitResult, GoodnessOfFit

__all__ = [
    "RegionInfo",
    "ReportContent",
    "SampleInfo",
    "TemplateVariation",
    "Yield",
    "coverage_fraction",
    "coverage_note",
    "files_by_checksum",
    "percent_read",
]


@dataclass(frozen=True, eq=False)
class RegionInfo:
    """Names and bins of a region.

    Attributes
    ----------
    name : str
        The channel name of the model.
    label : str
        As written on figures; may hold mathtext between dollar signs.
    axis_label : str
        Observable with its unit in square brackets: ``m_bjj [GeV]``.
    fit_edges : ndarray, shape (fit bin + 1,), in the unit of the axis label
    edges : ndarray, shape (bin + 1,), in the unit of the axis label
        Full resolution, before bins are merged for the fit.
    conditions : str
        Luminosity and energy where they are not those of the report: of one era.
    """

    name: str
    label: str
    axis_label: str
    fit_edges: Floats
    edges: Floats
    conditions: str = ""

    def edges_of(self, bins: int) -> Floats:
        """Find the binning, of the fit or full, that has this many bins.

        Parameters
        ----------
        bins : int

        Returns
        -------
        ndarray, shape (bins + 1,)

        Raises
        ------
        OutputError
            If neither binning fits.
        """
        for edges in (self.fit_edges, self.edges):
            if len(edges) == bins + 1:
                return edges
        raise OutputError(
            f"contents of {bins} bins cannot be drawn in region '{self.name}'.",
            why=f"the region has {len(self.fit_edges) - 1} bins in the fit and "
            f"{len(self.edges) - 1} at full resolution.",
            fix="hand over contents without underflow and overflow, in one of these binnings.",
        )


@dataclass(frozen=True)
class SampleInfo:
    """Name and colour of a sample; the first of a report is on top of the stack.

    Attributes
    ----------
    name : str
        As in the model.
    label : str
        As written in legends; may hold mathtext between dollar signs.
    color : str or None
        Any matplotlib colour; None takes the next one of a colour-blind-safe palette.
    signal : bool
        What is measured or searched for: on top of a stack, however small it is.
    """

    name: str
    label: str
    color: str | None = None
    signal: bool = False


@dataclass(frozen=True)
class Yield:
    """Selected events of one sample in one region.

    Attributes
    ----------
    region, sample : str
    entries : int
        Unweighted.
    events, error : float
        Scaled to the luminosity, with all weights; statistical standard deviation.
    """

    region: str
    sample: str
    entries: int
    events: float
    error: float


@dataclass(frozen=True, eq=False)
class TemplateVariation:
    """A template at ±1 standard deviation of a nuisance parameter.

    Attributes
    ----------
    region, sample, nuisance : str
    nominal, up : ndarray, shape (bin,)
        Events, without flow, in the binning of the fit or at full resolution.
    down : ndarray, shape (bin,), or None
        None for a one-sided variation that is drawn before it is symmetrised.
    """

    region: str
    sample: str
    nuisance: str
    nominal: Floats
    up: Floats
    down: Floats | None = None


@dataclass(frozen=True, eq=False)
class ReportContent:
    """Everything that the report of one measurement shows.

    Attributes
    ----------
    title : str
    question : str
        One sentence: what was measured.
    luminosity : float
        Integrated luminosity in 1/pb.
    energy : str
        Centre-of-mass energy as written: ``13 TeV``.
    data : str
        Description of the data points: ``pseudo-data: 0.5 ttbar_ME_var + wjets``.
    regions : tuple of RegionInfo
        In the order of the page.
    samples : tuple of SampleInfo
        From the top of the stack to its bottom.
    provenance : Provenance
    truth : mapping of str to float, or None
        Parameter values that pseudo-data were made with; None for collision data.
    yields : tuple of Yield
        A sample that is not listed in `samples`, such as ``data``, gets the last column.
    cutflows : tuple of Cutflow
    accounting : tuple of Accounting
        Of the nominal templates: where selected events are that no fitted bin holds.
    prefit, postfit : tuple of ChannelPrediction
        At most one of each per region; channel name = region name.
    fit : FitResult or None
    ranking : Ranking or None
    breakdown : Breakdown or None
    no_fit_reason : str
        One sentence; shown where `fit` is None.
    variations : tuple of TemplateVariation
    coverage : tuple of Coverage
    notices : tuple of Notice
    seconds : mapping of str to float
        Wall time per stage, s.
    events_per_second : float or None
        Of the reading stage.
    blinding : Blinding
        Which data are hidden; predictions have NaN in their place.
    single_factors : bool
        Draw each per-bin factor of simulated events in the ranking, and not all in one row.
    label : str
        Who made the figures, as on their upper left: ``CMS Open Data``.
    eras : tuple of (float, str)
        Luminosity in 1/pb and energy of each era of data taking, where there are several.
    goodness : mapping of (str, str) to GoodnessOfFit
        χ² of data and prediction by stage, ``prefit`` or ``postfit``, and region.
    looks : mapping of str to StackLook
        How the figures of the model's regions are drawn; the usual way for a region without one.
    plots : tuple of StackContent
        Control plots, of fitted regions and others.
    n_minus_one : tuple of StackContent
        Each without the cut on its own quantity, which `cuts` marks.
    planes : tuple of PlaneContent
    profiles : tuple of ProfileContent
    systematics : tuple of SystematicContent
        Large figures; `variations` become small ones in a row.
    grid : GridContent or None
        Limits, significances and exclusion of a grid of signals.
    """

    title: str
    question: str
    luminosity: float
    energy: str
    data: str
    regions: tuple[RegionInfo, ...]
    samples: tuple[SampleInfo, ...]
    provenance: Provenance
    truth: Mapping[str, float] | None = None
    yields: tuple[Yield, ...] = ()
    cutflows: tuple[Cutflow, ...] = ()
    accounting: tuple[Accounting, ...] = ()
    prefit: tuple[ChannelPrediction, ...] = ()
    postfit: tuple[ChannelPrediction, ...] = ()
    fit: FitResult | None = None
    ranking: Ranking | None = None
    breakdown: Breakdown | None = None
    no_fit_reason: str = ""
    variations: tuple[TemplateVariation, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    notices: tuple[Notice, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    events_per_second: float | None = None
    blinding: Blinding = field(default_factory=Blinding)
    single_factors: bool = False
    label: str = "hepline"
    eras: tuple[tuple[float, str], ...] = ()
    goodness: Mapping[tuple[str, str], GoodnessOfFit] = field(default_factory=dict)
    looks: Mapping[str, StackLook] = field(default_factory=dict)
    plots: tuple[StackContent, ...] = ()
    n_minus_one: tuple[StackContent, ...] = ()
    planes: tuple[PlaneContent, ...] = ()
    profiles: tuple[ProfileContent, ...] = ()
    systematics: tuple[SystematicContent, ...] = ()
    grid: GridContent | None = None

    def region(self, name: str) -> RegionInfo:
        """Find the region of this name.

        Raises
        ------
        OutputError
            If a result names a region that the report does not list.
        """
        for region in self.regions:
            if region.name == name:
                return region
        names = ", ".join(f"'{region.name}'" for region in self.regions) or "none"
        raise OutputError(
            f"the report has results for a region '{name}' that it does not list.",
            why="labels and bin edges of a figure come from ReportContent.regions.",
            fix=f"add a RegionInfo for it; listed are: {names}.",
        )


def coverage_fraction(coverage: tuple[Coverage, ...]) -> float | None:
    """Share of all expected events that was read; 1 where none were expected.

    Returns
    -------
    float or None
        None if a file that could not be read hides how many events it has.
    """
    if any(part.unreadable and not part.events_expected for part in coverage):
        return None
    expected = sum(part.events_expected or 0 for part in coverage)
    return sum(part.events_read for part in coverage) / expected if expected else 1.0


def coverage_note(coverage: tuple[Coverage, ...]) -> str | None:
    """Write the note on every figure of an incomplete run, such as ``coverage 98.3 %``.

    Returns
    -------
    str or None
        None if every file was read to its end. The percentage is rounded down, so that an
        incomplete run never reads 100 %.
    """
    unread = sum(len(part.unreadable) for part in coverage)
    short = any(part.events_read < (part.events_expected or 0) for part in coverage)
    if not unread and not short:
        return None
    fraction = coverage_fraction(coverage)
    if fraction is None or fraction >= 1:
        return f"{unread} file{'s' if unread != 1 else ''} not read"
    return f"coverage {percent_read(fraction)}"


def files_by_checksum(coverage: tuple[Coverage, ...]) -> list[tuple[str, int]]:
    """Whether checksums verify what was read, with the number of files, most first."""
    files: Counter[str] = Counter()
    for part in coverage:
        files.update(dict(part.checksums))
    return files.most_common()


def percent_read(fraction: float) -> str:
    """Write a share as percentage, rounded down: only the whole is 100.0 %."""
    # The last term undoes the binary error of shares such as 0.57, and no more.
    return f"{math.floor(fraction * 1000 + 1e-9) / 10:.1f} %"

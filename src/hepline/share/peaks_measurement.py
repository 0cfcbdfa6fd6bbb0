"""The result of a peak search: its numbers, ``peak.json`` and its page."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hepline.records import Provenance
from hepline.share.peaks_json import peaks_json
from hepline.share.peaks_view import peaks_content, scale_note
from hepline.show.drawing import Studio
from hepline.show.figure_files import figure_patterns
from hepline.show.peaks_page import PEAK_FAMILIES, peaks_files
from hepline.show.publish import publish
from hepline.spectra.masses import Masses
from hepline.spectra.results import Bump, Peak, PeakFit
from hepline.spectra.scale import MassScale
from hepline.spectra.search import Question, Search

__all__ = ["PeakMeasurement"]


@dataclass(frozen=True, eq=False)
class PeakMeasurement:
    """What was found in a spectrum.

    Attributes
    ----------
    masses : Masses
    question : Question
    found : Search
    calibration : MassScale or None
        By which all masses were divided.
    provenance : Provenance
    seconds : dict of str to float
        By stage.
    """

    masses: Masses
    question: Question
    found: Search
    calibration: MassScale | None
    provenance: Provenance
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def peaks(self) -> tuple[Peak, ...]:
        """Of all fits, by mass."""
        return self.found.peaks

    @property
    def fits(self) -> tuple[PeakFit, ...]:
        """One of each window."""
        return self.found.fits

    @property
    def bumps(self) -> tuple[Bump, ...]:
        """What the scan found; empty where a window was given."""
        return self.found.bumps

    @property
    def notes(self) -> tuple[str, ...]:
        """What was found and assumed in the files, and by what masses were divided."""
        if self.calibration is None:
            return self.masses.remarks
        return (*self.masses.remarks, scale_note(self.question, self.calibration))

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was lost in the selection, then what the search has to say."""
        return (*self.masses.losses, *self.found.remarks)

    def as_json(self) -> dict[str, Any]:
        """The content of ``peak.json``."""
        return peaks_json(
            self.masses,
            self.question,
            self.found,
            calibration=self.calibration,
            provenance=self.provenance,
            seconds=self.seconds,
        )

    def write(self, out: str | Path, studio: Studio | None = None) -> Path:
        """Write ``peak.json``, ``index.html`` and ``figures/``, all of them or nothing.

        Parameters
        ----------
        out : path
        studio : Studio, optional
            How figures are drawn.

        Returns
        -------
        Path
            The page.

        Raises
        ------
        OutputError
            If the folder cannot be written to; earlier results are then still there.
        """
        numbers = json.dumps(self.as_json(), indent=1, allow_nan=False) + "\n"
        content = peaks_content(
            self.masses,
            self.question,
            self.found,
            calibration=self.calibration,
            provenance=self.provenance,
            seconds=self.seconds,
        )
        files = {"peak.json": numbers.encode(), **peaks_files(content, studio)}
        publish(Path(out), files, replaces=figure_patterns(PEAK_FAMILIES))
        return Path(out) / "index.html"

"""Templates: one histogram per region, sample and variation, under the customary name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import hist
import uproot

from hepline.analysis.profiles import ProfileResult
from hepline.data.damage import DAMAGE
from hepline.errors import ModelError, OutputError, nearest
from hepline.files import replacing
from hepline.notebook import html_table

__all__ = ["PlotKey", "Plots", "TemplateKey", "Templates"]


class TemplateKey(NamedTuple):
    """The key of a template: region, sample and variation.

    Its text is the name of the histogram in files: ``{region}_{sample}`` or
    ``{region}_{sample}_{variation}``.

    Attributes
    ----------
    region, sample : str
    variation : str
        Key of a `Variation`, or of the files of an alternative simulation; empty for nominal.
    """

    region: str
    sample: str
    variation: str = ""

    def __str__(self) -> str:
        return "_".join(part for part in self if part)


@dataclass(frozen=True)
class Templates(Mapping[str, hist.Hist]):
    """Histograms by name, scaled to the luminosity.

    ``templates["SR", "ttbar"]`` and ``templates["SR", "ttbar", "jes_up"]`` are those of a region,
    a sample and a variation, as ``templates["SR_ttbar_jes_up"]`` is by its name in the file.

    Attributes
    ----------
    histograms : mapping of str to hist.Hist
        By name, with variances, underflow and overflow.
    """

    histograms: Mapping[str, hist.Hist]

    def __getitem__(self, key: str | tuple[str, ...]) -> hist.Hist:
        name = _name(key)
        if name not in self.histograms:
            raise ModelError(
                f"there is no template '{name}'.",
                why=f"{len(self.histograms)} templates were filled; this is not one of them.",
                fix=nearest(name, self.histograms),
            )
        return self.histograms[name]

    @classmethod
    def of(cls, histograms: Mapping[TemplateKey, hist.Hist]) -> Templates:
        """Make templates from histograms by key."""
        return cls({str(key): histogram for key, histogram in histograms.items()})

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str | tuple) and _name(key) in self.histograms

    def has(self, region: str, sample: str, variation: str = "") -> bool:
        """Whether there is such a template."""
        return str(TemplateKey(region, sample, variation)) in self.histograms

    def __iter__(self) -> Iterator[str]:
        return iter(self.histograms)

    def __len__(self) -> int:
        return len(self.histograms)

    def __repr__(self) -> str:
        names = ", ".join(list(self.histograms)[:4]) + (", …" if len(self) > 4 else "")
        return f"<Templates: {len(self)} histograms: {names}>" if len(self) else "<Templates: none>"

    def _repr_html_(self) -> str:
        rows = [
            (key, str(histogram.axes[0].size), f"{histogram.values().sum():.6g}")
            for key, histogram in self.histograms.items()
        ]
        return html_table(("template", "bins", "events in the bins"), rows)

    def divided(self, apart: Collection[TemplateKey]) -> tuple[Templates, Templates]:
        """Split into the templates that remain and those set apart."""
        names = set(map(str, apart))
        rest = {key: histogram for key, histogram in self.histograms.items() if key not in names}
        return Templates(rest), Templates({key: self[key] for key in self if key not in rest})

    def write(self, path: str | Path) -> None:
        """Write a ROOT file with one TH1D per template, written aside and then renamed.

        Raises
        ------
        OutputError
            If the disk is full or the folder cannot be written to.
        """
        path = Path(path)
        try:
            with replacing(path) as partial, uproot.recreate(partial) as file:
                for key, histogram in self.histograms.items():
                    file[key] = histogram
        except OSError as error:
            raise OutputError(
                f"{path} could not be written.",
                why=str(error),
                fix="free some space, or choose another folder (out='…').",
            ) from error

    @classmethod
    def read(cls, path: str | Path) -> Templates:
        """Read templates from a file of `write`.

        Raises
        ------
        ModelError
            If the file does not exist or holds anything but histograms.
        """
        try:
            with uproot.open(path) as file:
                return cls({key: file[key].to_hist() for key in file.keys(cycle=False)})
        except (*DAMAGE, AttributeError) as error:
            raise ModelError(
                f"templates in {path} cannot be read.",
                why=f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}",
                fix="name the histograms.root that `hepline run` has written.",
            ) from error


def _name(key: str | tuple[str, ...]) -> str:
    """The name of a template in files."""
    return key if isinstance(key, str) else str(TemplateKey(*key))


class PlotKey(NamedTuple):
    """The key of a plot: region, plot, process and variation.

    Attributes
    ----------
    region, plot, sample : str
    variation : str
        Empty for nominal.
    """

    region: str
    plot: str
    sample: str
    variation: str = ""


@dataclass(frozen=True)
class Plots(Mapping[PlotKey, hist.Hist]):
    """Histograms of quantities that are drawn and not fitted, scaled to the luminosity.

    Attributes
    ----------
    histograms : mapping of PlotKey to hist.Hist
    profiles : mapping of PlotKey to ProfileResult
        Of ``hl.profile(…)``; nominal.
    """

    histograms: Mapping[PlotKey, hist.Hist]
    profiles: Mapping[PlotKey, ProfileResult] = field(default_factory=dict)

    def __getitem__(self, key: tuple[str, ...]) -> hist.Hist:
        given = PlotKey(*key)
        if given not in self.histograms:
            names = [" ".join(known) for known in self.histograms]
            raise ModelError(
                f"there is no plot {tuple(given)}.",
                why=f"{len(self.histograms)} histograms were filled; this is not one of them.",
                fix=nearest(" ".join(given), names),
            )
        return self.histograms[given]

    def __iter__(self) -> Iterator[PlotKey]:
        return iter(self.histograms)

    def __len__(self) -> int:
        return len(self.histograms)

    def __repr__(self) -> str:
        places = dict.fromkeys((key.region, key.plot) for key in self.histograms)
        return f"<Plots: {len(self)} histograms of {len(places)} quantities>"

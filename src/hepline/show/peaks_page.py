"""The page of a peak search: the spectrum, each fit, what the peaks may be, and how surely."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import partial

from hepline.show import rounding
from hepline.show.drawing import Studio, draw_all
from hepline.show.encoding import Drawing, EncodedFigure
from hepline.show.figure_files import figure_files
from hepline.show.page import environment
from hepline.show.peaks_content import FitView, PeaksContent
from hepline.show.peaks_fit import draw_peak_fit
from hepline.show.peaks_names import particle_symbol, peak_name
from hepline.show.peaks_spectrum import draw_spectrum
from hepline.show.stamps import Stamp
from hepline.spectra.particles.properties import table_edition
from hepline.spectra.results import Peak

__all__ = ["PEAK_FAMILIES", "draw_peaks", "fit_figure", "peaks_files", "render_peaks"]

# First parts of figure names; files of these families are the page's own to replace.
PEAK_FAMILIES = ("spectrum", "peak")

_HEAVY = 20.0  # GeV


def peaks_files(content: PeaksContent, studio: Studio | None = None) -> dict[str, bytes]:
    """All files of the page by path, ``index.html`` last.

    Parameters
    ----------
    content : PeaksContent
    studio : Studio, optional
        How the figures are drawn.

    Returns
    -------
    dict of str to bytes
        The page, which needs nothing else, and the files in ``figures/``.
    """
    figures = draw_peaks(content, studio)
    files = figure_files(figures)
    files["index.html"] = render_peaks(content, figures).encode()
    return files


def draw_peaks(content: PeaksContent, studio: Studio | None = None) -> dict[str, EncodedFigure]:
    """Draw the spectrum and all fits.

    Parameters
    ----------
    content : PeaksContent
    studio : Studio, optional
        How they are drawn.

    Returns
    -------
    dict of str to EncodedFigure
        By name, in the order of the page.
    """
    return draw_all(_drawings(content), studio or Studio())


def _drawings(content: PeaksContent) -> Iterator[Drawing]:
    entries = f"{rounding.count(float(content.counts.sum()))} entries"
    names = ", ".join(marker.text for marker in content.markers if marker.found)
    spectrum = partial(
        draw_spectrum,
        content.edges,
        content.counts,
        axis_label=content.axis_label,
        markers=content.markers,
        window=content.window,
        stamp=Stamp(entries),
    )
    alt = f"Spectrum of {content.axis_label}, {entries}; named: {names or 'nothing'}."
    yield Drawing("spectrum", alt, spectrum)
    for number, view in enumerate(content.fits):
        fit = view.fit
        alt = (
            f"Fit of {view.title} from {fit.low:g} to {fit.high:g} GeV, "
            f"χ²/ndf = {fit.chi2:.1f}/{fit.degrees_of_freedom}, with the pulls below."
        )
        stamp = Stamp(f"{rounding.count(fit.entries)} entries")
        draw = partial(draw_peak_fit, view, axis_label=content.axis_label, stamp=stamp)
        yield Drawing(fit_figure(number, view), alt, draw)


def fit_figure(number: int, view: FitView) -> str:
    """File stem of the figure of a fit: ``peak_1_9.46GeV``."""
    fit = view.fit
    middle = fit.peaks[0].mass if fit.peaks else (fit.low + fit.high) / 2
    return f"peak_{number + 1}_{middle:.4g}GeV"


def render_peaks(content: PeaksContent, figures: Mapping[str, EncodedFigure]) -> str:
    """Render the whole page as HTML, with nothing to fetch from anywhere.

    Parameters
    ----------
    content : PeaksContent
    figures : mapping of str to EncodedFigure
        As returned by `draw_peaks`.

    Returns
    -------
    str
    """
    templates = environment()
    templates.filters |= {
        "significance": _significance,
        "shift": _shift,
        "pull": _pull,
        "symbol": particle_symbol,
    }
    return templates.get_template("peaks.html.j2").render(
        content=content,
        figures=figures,
        fits=[(fit_figure(number, view), view) for number, view in enumerate(content.fits)],
        edition=table_edition(),
        peak_name=peak_name,
        both_errors=_both_errors,
        total=_total,
        unit_for=_unit_for,
        columns=(),
        colors={},
    )


def _significance(number: float) -> str:
    """Beyond some tens of standard deviations, decimals say nothing."""
    if not math.isfinite(number):
        return "–"
    return f"{number:.1f}" if number < 30 else f"{number:.0f}"


def _shift(number: float) -> str:
    """Two significant digits, without an exponent."""
    if number == 0 or not math.isfinite(number):
        return "0" if number == 0 else "–"
    decimals = 1 - math.floor(math.log10(abs(number)))
    return f"{round(number, decimals):.{max(decimals, 0)}f}".replace("-", "−")


def _both_errors(peak: Peak, quantity: str) -> str:
    """A mass, width or number of events with its statistical and its systematic error."""
    written = rounding.measured(getattr(peak, quantity), getattr(peak, f"{quantity}_error"))
    if not peak.systematics:
        return written
    systematic = _total(0.0, tuple(getattr(one, quantity) for one in peak.systematics))
    decimals = len(written.partition(" ")[0].partition(".")[2])
    alike = f"{systematic:.{decimals}f}"
    # As many decimals as the value has, unless nothing is left of it, or too much.
    fits = float(alike) > 0 and (decimals or systematic < 10)
    return f"{written} ± {alike if fits else _shift(systematic)}"


def _pull(number: float) -> str:
    return f"{number:+.1f}".replace("-", "−")


def _unit_for(mass: float) -> tuple[str, float]:
    """Unit of the uncertainties of a mass in GeV, and how many there are to one GeV."""
    return ("GeV", 1.0) if mass > _HEAVY else ("MeV", 1000.0)


def _total(statistical: float, shifts: tuple[float, ...]) -> float:
    """Root of the sum of squares."""
    return math.hypot(statistical, *shifts)

"""Peaks as lines of text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hepline.show import rounding
from hepline.show.peaks_names import particle_symbol, peak_name, peak_width
from hepline.spectra.results import Peak

__all__ = ["peak_lines"]


def peak_lines(
    steps: Sequence[tuple[str, int]], remarks: Sequence[str], peaks: Sequence[Peak]
) -> Iterator[str]:
    """What was selected, what must be known about it, and one line for each peak.

    Parameters
    ----------
    steps : sequence of (str, int)
    remarks : sequence of str
    peaks : sequence of Peak

    Yields
    ------
    str
    """
    yield "; ".join(f"{rounding.count(number)} {step}" for step, number in steps)
    yield from (f"note: {remark}" for remark in remarks)
    yield from map(_line, peaks)
    if not peaks:
        yield "no peak was found."


def _line(peak: Peak) -> str:
    parts = [
        f"{peak_name(peak):<8} m = {rounding.measured(peak.mass, peak.mass_error)} GeV",
        peak_width(peak),
        f"N = {rounding.measured(peak.events, peak.events_error)}",
        f"{peak.global_significance:.1f}σ global ({peak.local_significance:.1f}σ local)",
    ]
    if peak.candidates:
        best = peak.candidates[0]
        sure = peak_name(peak) == particle_symbol(best.name)
        said = best.name if sure else f"would be {best.name}"
        parts.append(f"{said}: {best.mass:.5g} GeV, pull {best.pull:+.1f}")
    return ", ".join(parts)

"""The Particle Discovery Lab: from files, or any masses, to measured peaks."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np

from hepline.arrays import Floats
from hepline.columns.expression import Expr
from hepline.data.catalogue.citing import datasets_of
from hepline.data.identity import file_records
from hepline.errors import AnalysisError, DataError
from hepline.records import Provenance, versions
from hepline.share.folder import aside
from hepline.share.peaks_measurement import PeakMeasurement
from hepline.show.drawing import Studio
from hepline.spectra.combination import Combination
from hepline.spectra.masses import Masses, mass_values, masses_of
from hepline.spectra.scale import MassScale, scale_from
from hepline.spectra.search import Question, search
from hepline.spectra.spectrum import Spectrum

__all__ = ["PeakMeasurement", "measure_peaks", "peaks"]

Window = tuple[float, float]

_SCALE = 0.001  # of a good tracker before it is calibrated
_MEV = 1000.0


def measure_peaks(
    files: str | Path | Iterable[str | Path],
    combination: Combination | None = None,
    *,
    window: Window | None = None,
    signal: str = "auto",
    background: str = "auto",
    scale: float | None = None,
    calibrate: str = "",
    tree: str = "Events",
    out: str | Path | None = None,
    figures: str = "both",
) -> PeakMeasurement:
    """Read files, form masses, find the peaks, fit and name them.

    Parameters
    ----------
    files : path, pattern or iterable of these
    combination : Combination, optional
        What to combine; found in the file if not given.
    window : tuple of (float, float), optional
        GeV: measure what stands there. Without it, the whole spectrum is scanned.
    signal, background : str
        Names of shapes (see `fit_peaks`), or ``auto``.
    scale : float, optional
        Relative uncertainty of the scale of momenta: 0.001 by default, or what `calibrate` finds.
    calibrate : str, optional
        Name of a resonance of the spectrum, ``J/psi``: all masses are divided by how far it is off.
    tree : str
    out : path, optional
        Folder for ``peak.json``, ``index.html`` and ``figures/``.
    figures : str
        What figures are saved as: ``both`` (PDF and PNG), ``pdf``, ``png`` or ``none``.

    Returns
    -------
    PeakMeasurement

    Raises
    ------
    HeplineError
        For bad input, or a window that cannot be fitted; nothing is written then.
    """

    def masses() -> Masses:
        return mass_values(files, combination, tree=tree)

    question = Question(window, signal, background)
    return _measurement(masses, question, (scale, calibrate), out, figures)


def peaks(
    mass: Expr | Masses | Floats,
    window: Window | None = None,
    *,
    signal: str = "auto",
    background: str = "auto",
    decay: Sequence[str] | str | None = None,
    charge: int = 0,
    scale: float | None = None,
    calibrate: str = "",
    label: str = "m [GeV]",
    unit: str | None = None,
    out: str | Path | None = None,
    figures: str = "both",
) -> PeakMeasurement:
    """Find the peaks of any mass, fit and name them.

    Parameters
    ----------
    mass : Expr, Masses or ndarray
        ``z.mass``, say.
    window : tuple of (float, float), optional
        GeV: measure what stands there. Without it, the whole spectrum is scanned.
    signal, background : str
        Names of shapes (see `fit_peaks`), or ``auto``.
    decay : sequence of str, or str, optional
        What was combined, for the table of particles: ``("mu+", "mu-")`` or ``"mu+ mu-"``.
    charge : int
        Total charge of what was combined.
    scale : float, optional
        Relative uncertainty of the scale of momenta: 0.001 by default, or what `calibrate` finds.
    calibrate : str, optional
        Name of a resonance of the spectrum, ``J/psi``: all masses are divided by how far it is off.
    label : str
        Of the axis.
    unit : str, optional
        Of the masses, ``GeV`` or ``MeV``; GeV if not given, unless they speak against it.
    out : path, optional
        Folder for ``peak.json``, ``index.html`` and ``figures/``.
    figures : str
        What figures are saved as: ``both`` (PDF and PNG), ``pdf``, ``png`` or ``none``.

    Returns
    -------
    PeakMeasurement

    Raises
    ------
    HeplineError
        For bad input, or a window that cannot be fitted.
    """

    def masses() -> Masses:
        found = mass if isinstance(mass, Masses) else masses_of(mass, label=label, unit=unit)
        return found if decay is None else replace(found, decay=_products(decay))

    question = Question(window, signal, background, charge)
    return _measurement(masses, question, (scale, calibrate), out, figures)


def _products(decay: Sequence[str] | str) -> tuple[str, ...]:
    return tuple(decay.split() if isinstance(decay, str) else decay)


@contextmanager
def _room(out: str | Path | None) -> Iterator[None]:
    """Find out before anything takes long whether results can be written."""
    with nullcontext() if out is None else aside(Path(out)):
        yield


def _measurement(
    read: Callable[[], Masses],
    question: Question,
    scale: tuple[float | None, str],
    out: str | Path | None,
    figures: str,
) -> PeakMeasurement:
    """Read masses, look for their peaks, and write what was found."""
    _check(question.window, scale[0])
    studio = Studio(figures, earlier=None if out is None else Path(out))
    began, started = time.perf_counter(), _now()
    with _room(out):
        masses = read()
        question = replace(question, charge=masses.charge or question.charge, decay=masses.decay)
        _inside(masses.values, question.window)
        loaded = time.perf_counter()
        masses, question, calibration = _calibrated(masses, question, *scale)
        found = search(Spectrum.of(masses.values), question)
        seconds = {"reading": loaded - began, "search": time.perf_counter() - loaded}
        made = _provenance(masses, started)
        done = PeakMeasurement(masses, question, found, calibration, made, seconds)
        if out is not None:
            done.write(out, studio)
        return done


def _provenance(masses: Masses, started: str) -> Provenance:
    files = file_records(masses.sources)
    recipe = (("mass", masses.recipe),)
    return Provenance(
        " ".join(sys.argv), started, versions(), files, (), recipe, datasets_of(files)
    )


def _calibrated(
    masses: Masses, asked: Question, scale: float | None, reference: str
) -> tuple[Masses, Question, MassScale | None]:
    """Masses in units of the table's, and how well that is known."""
    if not reference:
        return masses, replace(asked, scale=_SCALE if scale is None else scale), None
    found = scale_from(Spectrum.of(masses.values), reference, asked)
    error = math.hypot(found.error / found.scale, scale or 0.0)
    corrected = replace(masses, values=masses.values / found.scale)
    return corrected, replace(asked, scale=error), found


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _check(window: Window | None, scale: float | None) -> None:
    if scale is not None and not 0 <= scale < 0.1:
        raise AnalysisError(
            f"a scale uncertainty of {scale}.",
            why="it is a fraction of the momentum: 0.001 is a tenth of a percent.",
            fix="give a fraction below 0.1.",
        )
    if window is not None and not (len(window) == 2 and 0 <= window[0] < window[1] < np.inf):
        raise AnalysisError(
            f"the window {' to '.join(f'{end:g}' for end in window)} GeV.",
            why="it is not of two ends, is empty, or reaches below zero.",
            fix="give two masses in GeV, the lower one first: --window 2.8 3.5.",
        )


def _inside(values: Floats, window: Window | None) -> None:
    """Refuse a window with nothing in it, before anything takes long."""
    if window is None:
        return
    low, high = window
    if np.any((values >= low) & (values <= high)):
        return
    first, last = float(values.min()), float(values.max())
    mev = low > last and first < high / _MEV < last
    raise DataError(
        f"no entry lies between {low:g} and {high:g} GeV.",
        why=f"the {len(values)} masses lie between {first:.4g} and {last:.4g} GeV.",
        fix=f"masses are in GeV: --window {low / _MEV:g} {high / _MEV:g}."
        if mev
        else "choose a window inside of the data.",
    )

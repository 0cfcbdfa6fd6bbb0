"""Checks of the settings of an analysis: luminosity, phrase, numbers."""

from __future__ import annotations

from numbers import Real

import numpy as np

from hepline.errors import AnalysisError

__all__ = ["check_luminosity", "checked_phrase", "is_finite"]


def check_luminosity(luminosity: float | None, uncertainty: float, modifier: str) -> None:
    """Refuse a luminosity that is not positive, or an uncertainty that makes no sense.

    Raises
    ------
    AnalysisError
    """
    if luminosity is None or not (is_finite(luminosity) and luminosity > 0):
        raise AnalysisError(
            f"luminosity={luminosity!r}.",
            why="expected events are cross-section times luminosity.",
            fix="give it in 1/pb: luminosity=3378 / hl.units.pb.",
        )
    if not (is_finite(uncertainty) and 0 <= uncertainty < 1):
        raise AnalysisError(
            f"luminosity_uncertainty={uncertainty!r}.",
            why="it is relative: a fraction of the luminosity.",
            fix="give 0.03 for 3 %.",
        )
    if modifier not in ("lumi", "normsys"):
        raise AnalysisError(
            f"luminosity_modifier='{modifier}'.",
            why="HistFactory knows two ways to vary the luminosity.",
            fix="use 'lumi' or 'normsys'.",
        )


def checked_phrase(blind: object) -> str:
    """The phrase to blind with; empty if there is none.

    Raises
    ------
    AnalysisError
        If it is not text.
    """
    if blind is None:
        return ""
    if not isinstance(blind, str) or not blind.strip():
        raise AnalysisError(
            f"blind={blind!r}.",
            why="the secret shift is made from a phrase.",
            fix="give any words of your own: blind='seven sleepy geese'.",
        )
    return blind


def is_finite(number: object) -> bool:
    """Whether the value is a finite real number."""
    return isinstance(number, Real) and bool(np.isfinite(float(number)))

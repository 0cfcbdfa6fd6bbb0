"""What is asked of a spectrum."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Question"]


@dataclass(frozen=True)
class Question:
    """What is asked of a spectrum, and what is known beforehand.

    Attributes
    ----------
    window : tuple of (float, float) or None
        GeV; None scans everything.
    signal, background : str
        Names of shapes, or ``auto``.
    charge : int
        Total charge of the combinations.
    decay : tuple of str or None
        What was combined.
    scale : float
        Relative uncertainty of the scale of momenta, hence of masses.
    """

    window: tuple[float, float] | None = None
    signal: str = "auto"
    background: str = "auto"
    charge: int = 0
    decay: tuple[str, ...] | None = None
    scale: float = 0.0

"""Pseudo-data: a sum of templates that stands in for recorded data."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PSEUDODATA", "PseudoData"]

PSEUDODATA = "pseudodata"  # the name of their templates


@dataclass(frozen=True)
class PseudoData:
    """A sum of templates that stands in for recorded data.

    Attributes
    ----------
    terms : tuple of (str, float)
        ``{sample}`` or ``{sample}_{alternative}`` with its factor.
    truth : tuple of (str, float)
        Parameters with the values that a fit should find.
    blind : bool
        Whether to hide them like recorded data.
    """

    terms: tuple[tuple[str, float], ...]
    truth: tuple[tuple[str, float], ...]
    blind: bool = False

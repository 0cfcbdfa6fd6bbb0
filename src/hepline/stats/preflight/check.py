"""All rules, and the one function that applies them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepline.stats.histfactory import HistFactory
from hepline.stats.preflight.bins import BIN_RULES
from hepline.stats.preflight.bookkeeping import BOOKKEEPING_RULES
from hepline.stats.preflight.effects import EFFECT_RULES
from hepline.stats.preflight.findings import Finding, sorted_findings
from hepline.stats.preflight.noise import NOISE_RULES
from hepline.stats.preflight.observation import OBSERVATION_RULES
from hepline.stats.preflight.parameters import PARAMETER_RULES
from hepline.stats.preflight.rule import Rule
from hepline.stats.preflight.simulation import SIMULATION_RULES
from hepline.stats.preflight.subject import Subject

__all__ = ["RULES", "preflight"]

RULES: tuple[Rule, ...] = (
    *BIN_RULES,
    *EFFECT_RULES,
    *NOISE_RULES,
    *SIMULATION_RULES,
    *BOOKKEEPING_RULES,
    *PARAMETER_RULES,
    *OBSERVATION_RULES,
)
"""In the order of their codes."""


def preflight(model: HistFactory | Mapping[str, Any] | str | Path) -> tuple[Finding, ...]:
    """Look for mistakes before a fit.

    Parameters
    ----------
    model : HistFactory, mapping, str or Path
        A model, or the workspace of one.

    Returns
    -------
    tuple of Finding
        The worst first; empty if there is nothing to say.

    Raises
    ------
    FileUnreadable, ModelError
        If no model can be built from the workspace.
    """
    subject = Subject(model if isinstance(model, HistFactory) else HistFactory(model))
    return sorted_findings(finding for each in RULES for finding in each(subject))

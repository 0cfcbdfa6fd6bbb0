"""Notices about nuisances whose part that the fit takes changes nothing."""

from __future__ import annotations

import numpy as np

from hepline.analysis.binning import FittedRegion, fitted_region
from hepline.analysis.definition import Definition
from hepline.analysis.expected import processes_of
from hepline.analysis.results import Notice
from hepline.analysis.systematics import Systematic, systematics_of
from hepline.analysis.templates import Templates
from hepline.arrays import Floats

__all__ = ["idle_effects"]


def idle_effects(analysis: Definition, templates: Templates) -> list[Notice]:
    """Name nuisances of ``effect="shape"`` that change no shape, or of ``"rate"`` no rate.

    Parameters
    ----------
    analysis : Definition
    templates : Templates
        All of them.
    """
    partial = [parameter for parameter in systematics_of(analysis) if parameter.effect != "both"]
    if not partial:
        return []
    regions = [fitted_region(analysis, region, templates) for region in analysis.fitted()]
    return [
        Notice(
            "dead variation",
            f"'{systematic.name}' has effect='{systematic.effect}' and changes no "
            f"{systematic.effect}: it will not reach the fit.",
        )
        for systematic in partial
        if not any(_acts(analysis, fitted, systematic) for fitted in regions)
    ]


def _acts(analysis: Definition, fitted: FittedRegion, systematic: Systematic) -> bool:
    """Whether the part that the fit takes changes the template of any process here."""
    for process in processes_of(analysis, fitted.region):
        if not (fitted.has(process.name) and fitted.acts(systematic, process.name)):
            continue
        nominal = fitted.contents(process.name)
        for side in (systematic.up, systematic.down):
            if side is not None and _changes(
                systematic.effect, nominal, fitted.varied(process.name, side)
            ):
                return True
    return False


def _changes(effect: str, nominal: Floats, varied: Floats) -> bool:
    total, other = float(nominal.sum()), float(varied.sum())
    if effect == "rate":
        return not np.isclose(total, other, rtol=1e-12, atol=0.0)
    scale = abs(total * other) or 1.0
    # Shapes are equal if one template is a multiple of the other.
    return not np.allclose(nominal * other, varied * total, rtol=1e-12, atol=1e-12 * scale)

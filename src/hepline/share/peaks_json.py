"""``peak.json``: the peaks of a spectrum for machines, all in GeV.

Schema ``hepline.peak/1``. ``peaks`` is sorted by mass; ``systematics`` has one entry for each peak,
in the same order. Numbers that are not known are null.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from hepline.records import Provenance
from hepline.spectra.masses import Masses
from hepline.spectra.results import Peak, PeakFit
from hepline.spectra.scale import MassScale
from hepline.spectra.search import Question, Search

__all__ = ["peaks_json"]


def peaks_json(
    masses: Masses,
    question: Question,
    found: Search,
    *,
    calibration: MassScale | None,
    provenance: Provenance,
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    """Collect what a script wants to know about peaks.

    Parameters
    ----------
    masses : Masses
    question : Question
    found : Search
    calibration : MassScale or None
    provenance : Provenance
    seconds : mapping of str to float

    Returns
    -------
    dict
        Only of what JSON knows.
    """
    fit_of = {peak: place for place, fit in enumerate(found.fits) for peak in fit.peaks}
    content = {
        "schema": "hepline.peak/1",
        "unit": "GeV",
        "peaks": [
            {**_peak(peak, found.fits[fit_of[peak]]), "fit": fit_of[peak]} for peak in found.peaks
        ],
        "systematics": [_systematics(peak) for peak in found.peaks],
        "selection": {
            "window": question.window,
            "total_charge": question.charge if masses.charge is not None else None,
            "signal": question.signal,
            "background": question.background,
            "scale_uncertainty": question.scale,
            "calibration": None if calibration is None else asdict(calibration),
            "what": masses.label,
            "decay": masses.decay,
            "steps": [{"step": step, "count": count} for step, count in masses.steps],
            "entries": len(masses.values),
            "mass": masses.recipe,
            "notes": masses.remarks,
        },
        "fits": [_fit(fit) for fit in found.fits],
        "bumps": [asdict(bump) for bump in found.bumps],
        "remarks": [*masses.losses, *found.remarks],
        "provenance": asdict(provenance),
        "seconds": dict(seconds),
    }
    plain: dict[str, Any] = _plain(content)
    return plain


def _peak(peak: Peak, fit: PeakFit) -> dict[str, Any]:
    degrees = fit.degrees_of_freedom
    return {
        "mass": peak.mass,
        "mass_error": peak.mass_error,
        "width": peak.width,
        "width_error": peak.width_error,
        "width_kind": peak.width_kind,
        "width_is_limit": peak.width_is_limit,
        "resolution": peak.resolution,
        "yield": peak.events,
        "yield_error": peak.events_error,
        "background": peak.background,
        "mass_interval": peak.mass_interval,
        "width_interval": peak.width_interval,
        "yield_interval": peak.events_interval,
        "chi2_ndf": fit.chi2 / degrees if degrees > 0 else None,
        "local_significance": peak.local_significance,
        "global_significance": peak.global_significance,
        "candidate": asdict(peak.candidates[0]) if peak.candidates else None,
        "candidates": [asdict(one) for one in peak.candidates],
    }


def _systematics(peak: Peak) -> dict[str, Any]:
    parts = [
        {"name": one.name, "mass": one.mass, "width": one.width, "yield": one.events,
         "source": one.source}
        for one in peak.systematics
    ]  # fmt: skip
    shifts = {
        "mass": [one.mass for one in peak.systematics],
        "width": [one.width for one in peak.systematics],
        "yield": [one.events for one in peak.systematics],
    }
    statistical = {
        "mass": peak.mass_error, "width": peak.width_error, "yield": peak.events_error
    }  # fmt: skip
    return {
        "peak": peak.candidates[0].name if peak.candidates else f"{peak.mass:.4g} GeV",
        "parts": parts,
        "statistical": statistical,
        "systematic": {key: math.hypot(*found) for key, found in shifts.items()},
        "total": {key: math.hypot(statistical[key], *found) for key, found in shifts.items()},
    }


def _fit(fit: PeakFit) -> dict[str, Any]:
    return {
        "window": [fit.low, fit.high],
        "signal": fit.signal,
        "background": fit.background,
        "binned": fit.binned,
        "given_resolution": fit.given_resolution,
        "given_width": fit.given_width,
        "entries": fit.entries,
        "chi2": fit.chi2,
        "degrees_of_freedom": fit.degrees_of_freedom,
        "twice_nll": fit.twice_nll,
        "aic": fit.aic,
        "parameters": dict(zip(fit.parameters, fit.values.tolist(), strict=True)),
        "errors": dict(zip(fit.parameters, fit.errors.tolist(), strict=True)),
        "covariance": fit.covariance.tolist(),
        "compared": [
            {"signal": signal, "background": background, "aic": aic, "p_value": p_value}
            for signal, background, aic, p_value in fit.compared
        ],
        "remarks": list(fit.remarks),
    }


def _plain(value: Any) -> Any:
    """JSON has neither tuples nor numbers of NumPy, infinities or 'not a number'."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value

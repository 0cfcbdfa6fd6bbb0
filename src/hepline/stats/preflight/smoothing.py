"""Smooth the varied templates of a workspace, so that a fit does not follow their fluctuations."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import chdtrc

from hepline.arrays import Floats
from hepline.errors import ModelError, nearest
from hepline.stats.preflight.medians import smooth_353qh

__all__ = ["Smoothed", "smooth", "smooth_template"]


@dataclass(frozen=True)
class Smoothed:
    """A histosys that smoothing changes.

    Attributes
    ----------
    channel, sample, modifier : str
    chi2 : float
        Squared changes in units of the statistical error of the nominal template, summed over the
        bins, for the side that changed more; not a number without a staterror.
    change : float
        Largest change of a bin over its nominal content.
    bin : int
        Where that is.
    bins : int
        How many there are.
    kept : bool
        Whether the templates were left as they are, since the change is more than noise.
    """

    channel: str
    sample: str
    modifier: str
    chi2: float
    change: float
    bin: int
    bins: int
    kept: bool = False

    def __str__(self) -> str:
        """One line."""
        chi2 = "unknown" if np.isnan(self.chi2) else f"{self.chi2:.3g} in {self.bins} bins"
        return (
            f"{'kept' if self.kept else 'smoothed'} {self.channel} / {self.sample} / "
            f"{self.modifier}: χ² = {chi2}, at most {self.change:.2%} (bin {self.bin})"
            f"{': more than noise' if self.kept else ''}"
        )


def smooth(
    workspace: Mapping[str, Any],
    *,
    channels: Collection[str] = (),
    modifiers: Collection[str] = (),
    significant: bool = False,
) -> tuple[dict[str, Any], tuple[Smoothed, ...]]:
    """Smooth every histosys with 353QH, twice, applied to its ratio to nominal.

    Yields are preserved exactly; a variation that is constant or a straight line in the ratio
    stays, and so does a mirrored pair. Neighboring bins are taken to be neighbors in the
    observable: leave out channels whose bins are categories.

    Parameters
    ----------
    workspace : mapping
        A pyhf workspace; it is not changed.
    channels, modifiers : collection of str
        All by default.
    significant : bool
        Smooth also where the change is larger than the statistical errors of two independent
        templates explain (χ²/2 beyond its 99 % quantile). Medians then cut off a real effect,
        often at an end of the axis; by default such a systematic is kept as it is.

    Returns
    -------
    workspace : dict
    smoothed : tuple of Smoothed
        Those that changed or would have, in the order of the workspace.

    Raises
    ------
    ModelError
        If there is no channel or no histosys of a given name.
    """
    _check_names(workspace, channels, modifiers)
    changed = deepcopy(dict(workspace))
    smoothed = []
    for channel in changed["channels"]:
        if channels and channel["name"] not in channels:
            continue
        for sample in channel["samples"]:
            error = _error(sample)
            for modifier in sample["modifiers"]:
                wanted = not modifiers or modifier["name"] in modifiers
                if modifier["type"] != "histosys" or not wanted:
                    continue
                sides, size = _smoothed_pair(sample["data"], modifier["data"], error)
                if size is not None:
                    # Nominal and varied template fluctuate, each with this error.
                    kept = not significant and bool(chdtrc(len(error), size[0] / 2) < 0.01)
                    place = (channel["name"], sample["name"], modifier["name"])
                    smoothed.append(Smoothed(*place, *size, bins=len(error), kept=kept))
                    modifier["data"] = modifier["data"] if kept else sides
    return changed, tuple(smoothed)


def smooth_template(nominal: Floats, varied: Floats) -> Floats:
    """Smooth the ratio of a varied template to nominal, at the same yield.

    Parameters
    ----------
    nominal, varied : ndarray, shape (bin,), events

    Returns
    -------
    ndarray, shape (bin,), events
        Bins that are not positive in nominal have no ratio, and stay. So does the whole template
        where smoothing would make a bin negative.
    """
    filled = nominal > 0
    if filled.sum() < 3:
        return varied
    base = nominal[filled]
    excess = smooth_353qh(varied[filled] / base - 1)
    # Added, not multiplied: a mirrored pair stays mirrored.
    excess += (varied[filled] - base * (1 + excess)).sum() / base.sum()
    smoothed = varied.copy()
    smoothed[filled] = base * (1 + excess)
    return varied if np.any((smoothed < 0) & (varied >= 0)) else smoothed


def _smoothed_pair(
    data: list[float], sides: Mapping[str, list[float]], error: Floats
) -> tuple[dict[str, list[float]], tuple[float, float, int] | None]:
    """Both sides smoothed; χ², largest change and its bin, or None if nothing changed."""
    nominal = np.asarray(data, dtype=np.float64)
    changes, new = [], {}
    for side in ("hi_data", "lo_data"):
        varied = np.asarray(sides[side], dtype=np.float64)
        smoothed = smooth_template(nominal, varied)
        if smoothed is varied:
            return dict(sides), None
        # Rounding does not count as a change: what is smooth already stays to the last digit.
        if np.allclose(smoothed, varied, rtol=1e-12, atol=0):
            smoothed = varied
        new[side] = smoothed.tolist()
        changes.append(smoothed - varied)
    moved = np.array(changes)
    if not moved.any():
        return new, None
    relative = np.abs(moved).max(axis=0) / np.where(nominal > 0, nominal, np.inf)
    at = int(np.argmax(relative))
    with np.errstate(divide="ignore", invalid="ignore"):
        pulls = np.where(moved == 0, 0.0, moved / error)
    return new, (float(np.sum(pulls**2, axis=1).max()), float(relative[at]), at)


def _error(sample: Mapping[str, Any]) -> Floats:
    """Statistical error of a nominal template, not a number where it is not known."""
    squares = [
        np.square(np.asarray(modifier["data"], dtype=np.float64))
        for modifier in sample["modifiers"]
        if modifier["type"] == "staterror"
    ]
    bins = len(sample["data"])
    return np.sqrt(np.sum(squares, axis=0)) if squares else np.full(bins, np.nan)


def _check_names(
    workspace: Mapping[str, Any], channels: Collection[str], modifiers: Collection[str]
) -> None:
    known = {
        "channel": {channel["name"] for channel in workspace["channels"]},
        "histosys": {
            modifier["name"]
            for channel in workspace["channels"]
            for sample in channel["samples"]
            for modifier in sample["modifiers"]
            if modifier["type"] == "histosys"
        },
    }
    for kind, asked in (("channel", channels), ("histosys", modifiers)):
        for name in asked:
            if name not in known[kind]:
                raise ModelError(
                    f"there is no {kind} '{name}' to smooth.",
                    why=f"the workspace has {len(known[kind])}, and none of this name.",
                    fix=nearest(name, known[kind]),
                )

"""Leave out the systematics of a workspace that are too small to matter."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

from hepline.errors import ModelError

__all__ = ["Pruned", "prune"]


@dataclass(frozen=True)
class Pruned:
    """A modifier that was left out.

    Attributes
    ----------
    channel, sample, modifier, kind : str
    size : float
        Its largest effect: on the yield for a normsys, on a bin for a histosys; relative.
    """

    channel: str
    sample: str
    modifier: str
    kind: str
    size: float

    def __str__(self) -> str:
        """One line."""
        return (
            f"pruned {self.channel} / {self.sample} / {self.modifier} ({self.kind}): "
            f"{self.size:.3%}"
        )


def prune(
    workspace: Mapping[str, Any], *, normalization: float = 0.005, shape: float = 0.005
) -> tuple[dict[str, Any], tuple[Pruned, ...]]:
    """Drop each normsys and histosys whose effect is below a threshold.

    Each sample of each channel is judged by itself, so that a parameter lives on where it matters.
    The parameter of interest is never dropped.

    Parameters
    ----------
    workspace : mapping
        A pyhf workspace; it is not changed.
    normalization : float
        A normsys is dropped if it changes the yield by less than this fraction, up and down.
    shape : float
        A histosys is dropped if it changes every bin by less than this fraction, up and down. One
        that puts events into an empty bin stays.

    Returns
    -------
    workspace : dict
    pruned : tuple of Pruned
        In the order of the workspace.

    Raises
    ------
    ModelError
        If a threshold is not a fraction from zero to less than one.
    """
    thresholds = {"normsys": normalization, "histosys": shape}
    for kind, threshold in thresholds.items():
        if not 0 <= threshold < 1:
            raise ModelError(
                f"cannot drop each {kind} below {threshold:g}.",
                why="the threshold is a fraction of the yield or of a bin: from 0 to less than 1.",
                fix="use a small one, such as 0.005 for half a percent.",
            )
    interest = {measurement["config"]["poi"] for measurement in workspace["measurements"]}
    changed = deepcopy(dict(workspace))
    pruned = []
    for channel in changed["channels"]:
        for sample in channel["samples"]:
            kept = []
            for modifier in sample["modifiers"]:
                size = _size(modifier, sample["data"])
                if modifier["name"] in interest or size >= thresholds.get(modifier["type"], 0.0):
                    kept.append(modifier)
                else:
                    place = (channel["name"], sample["name"], modifier["name"])
                    pruned.append(Pruned(*place, modifier["type"], size))
            sample["modifiers"] = kept
    _forget_settings(changed, {each.modifier for each in pruned})
    return changed, tuple(pruned)


def _size(modifier: Mapping[str, Any], data: list[float]) -> float:
    if modifier["type"] == "normsys":
        return max(abs(float(modifier["data"][side]) - 1) for side in ("hi", "lo"))
    if modifier["type"] != "histosys":
        return np.inf
    nominal = np.asarray(data, dtype=np.float64)
    sides = [modifier["data"]["hi_data"], modifier["data"]["lo_data"]]
    shift = np.abs(np.asarray(sides, dtype=np.float64) - nominal).max(axis=0)
    moved = shift > 0
    with np.errstate(divide="ignore"):
        return float(np.max(shift[moved] / np.abs(nominal[moved]), initial=0.0))


def _forget_settings(workspace: dict[str, Any], dropped: set[str]) -> None:
    """Remove what measurements say of parameters that no sample has any more."""
    alive = {
        modifier["name"]
        for channel in workspace["channels"]
        for sample in channel["samples"]
        for modifier in sample["modifiers"]
    }
    for measurement in workspace["measurements"]:
        config = measurement["config"]
        config["parameters"] = [
            each for each in config["parameters"] if each["name"] not in dropped - alive
        ]

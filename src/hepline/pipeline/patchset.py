"""A grid of signals for pyhf: the workspace of the background, and a patch for every signal."""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hepline.analysis.estimates import part_name
from hepline.errors import AnalysisError, NothingToFit
from hepline.pipeline.grid import check_grid

if TYPE_CHECKING:
    from hepline.pipeline.result import Result

__all__ = ["NO_RECORD", "PatchSet", "patchset"]

NO_RECORD = "ins0000000"  # the schema asks for a record of HEPData


@dataclass(frozen=True)
class PatchSet:
    """A workspace without signal, and what adds each signal to it.

    Attributes
    ----------
    workspace : dict
        Of pyhf. Its parameter of interest belongs to the patches.
    patches : dict
        Valid under pyhf's schema of patch sets 1.0.0; the patch of a point is named as its sample.
    """

    workspace: dict[str, Any]
    patches: dict[str, Any]

    def write(self, folder: str | Path) -> None:
        """Write ``workspace.json`` and ``patchset.json``."""
        for name, content in (("workspace", self.workspace), ("patchset", self.patches)):
            text = json.dumps(content, indent=1) + "\n"
            (Path(folder) / f"{name}.json").write_text(text, encoding="utf-8")


def patchset(result: Result, poi: str | None = None, *, hepdata: str = NO_RECORD) -> PatchSet:
    """Write the likelihoods of a grid as pyhf does; see `Result.patchset`."""
    analysis = result.analysis
    check_grid(analysis)
    labels = [name for name, _ in analysis.points[0].point]
    background: dict[str, Any] = {}
    patches: list[dict[str, Any]] = []
    for sample in analysis.points:
        if [name for name, _ in sample.point] != labels:
            raise AnalysisError(
                f"the signals of '{analysis.name}' have unlike parameters.",
                why=f"'{sample.name}' has {', '.join(name for name, _ in sample.point)}, the first "
                f"one {', '.join(labels)}: a set of patches has one list of them.",
                fix="write a set for each grid: an analysis with the others left out.",
            )
        try:
            whole = result.at(sample.name).workspace(poi)
        except NothingToFit:
            continue  # without events or files there is no likelihood; a scan gives the reason
        background, operations = _divided(whole, _signals(result, sample.name))
        values = [value for _, value in sample.point]
        named = {"name": sample.name, "values": values}
        patches.append({"metadata": named, "patch": operations})
    if not patches:
        raise NothingToFit(
            f"no signal of '{analysis.name}' has a likelihood.",
            why="none has events in the fitted bins.",
            fix="look at result.at('…').workspace() for the reason.",
        )
    metadata = {
        "references": {"hepdata": hepdata},
        "digests": {"sha256": _digest(background)},
        "labels": labels,
        "description": f"{analysis.title}: signals against {', '.join(labels)}",
        "analysis": analysis.name,
    }
    return PatchSet(background, {"metadata": metadata, "patches": patches, "version": "1.0.0"})


def _signals(result: Result, sample: str) -> frozenset[str]:
    """Processes that the workspace of a point has, and that of the background has not."""
    parts = {part_name(name, sample) for name in result.analysis.estimates}
    return frozenset({sample, *parts})


def _divided(
    whole: dict[str, Any], signals: frozenset[str]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Split a workspace into that of the background and operations that add the signal."""
    background = copy.deepcopy(whole)
    operations = []
    for place, channel in enumerate(background["channels"]):
        samples = channel["samples"]
        operations += [
            {"op": "add", "path": f"/channels/{place}/samples/{number}", "value": sample}
            for number, sample in enumerate(samples)
            if sample["name"] in signals
        ]
        channel["samples"] = [sample for sample in samples if sample["name"] not in signals]
        if not channel["samples"]:
            raise NothingToFit(
                f"no background is expected in region '{channel['name']}'.",
                why="a set of patches adds signals to a workspace of the background.",
                fix="give the region a background, or write result.at('…').workspace() for each "
                "signal.",
            )
    return background, operations


def _digest(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)  # as pyhf writes it
    return hashlib.sha256(text.encode()).hexdigest()

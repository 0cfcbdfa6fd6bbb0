"""Read a workspace, mend it if asked, and say what is remarkable: what ``hepline lint`` does."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from hepline.errors import OutputError
from hepline.jsonfile import write_json
from hepline.stats.histfactory import HistFactory
from hepline.stats.preflight.asimov import expected_error
from hepline.stats.preflight.check import preflight
from hepline.stats.preflight.findings import Finding, summaries
from hepline.stats.preflight.pruning import Pruned, prune
from hepline.stats.preflight.smoothing import Smoothed, smooth

__all__ = ["Inspection", "Mending", "inspect_workspace"]

_MOST_ALIKE = 5  # findings of one code that are listed; published workspaces have hundreds


@dataclass(frozen=True)
class Mending:
    """What pruning and smoothing did to a workspace.

    Attributes
    ----------
    pruned : tuple of Pruned
    smoothed : tuple of Smoothed
        With those that were kept as they are.
    poi : str
    before, after : float
        Expected error of the parameter of interest, from the Asimov data; zero if it is held, not a
        number if there is none.
    written : str
        The new file; empty if none was asked for.
    """

    pruned: tuple[Pruned, ...]
    smoothed: tuple[Smoothed, ...]
    poi: str
    before: float
    after: float
    written: str = ""

    def lines(self) -> list[str]:
        """Every change, and what all of them do to the expected error."""
        lines = [str(change) for change in (*self.smoothed, *self.pruned)]
        kept = sum(change.kept for change in self.smoothed)
        lines.append(
            f"{len(self.smoothed) - kept} smoothed, {kept} kept (more than noise), "
            f"{len(self.pruned)} pruned"
        )
        if self.poi and self.before > 0:
            lines.append(
                f"expected error of {self.poi}: {self.before:.5g} → {self.after:.5g} "
                f"({self.after / self.before - 1:+.2%})"
            )
        elif self.poi:
            lines.append(f"expected error of {self.poi}: none; it is held, or nothing tells it")
        return [*lines, f"written: {self.written}"] if self.written else lines


@dataclass(frozen=True)
class Inspection:
    """What was found in a workspace, after mending it.

    Attributes
    ----------
    title : str
    findings : tuple of Finding
    mending : Mending or None
    """

    title: str
    findings: tuple[Finding, ...]
    mending: Mending | None = None

    @property
    def status(self) -> int:
        """Exit status of the command: 1 if there is an error, else 0."""
        return int(any(finding.severity == "error" for finding in self.findings))

    def lines(self, *, short: bool = False, most: int | None = _MOST_ALIKE) -> list[str]:
        """Text for a terminal; lines of findings begin with their code.

        Parameters
        ----------
        short : bool
            One line for each code instead of one for each finding.
        most : int or None
            How many findings of one code to list; None for all.
        """
        lines = self.mending.lines() if self.mending else []
        count = Counter(finding.severity for finding in self.findings)
        lines.append(
            f"{self.title}: {count['error']} errors, {count['warning']} warnings, "
            f"{count['note']} notes"
        )
        if short:
            return [*lines, *map(str, summaries(self.findings))]
        for _, group in groupby(self.findings, lambda each: (each.code, each.severity)):
            alike = list(group)
            lines += ["", f"{alike[0].title}", f"  why: {alike[0].why}", f"  fix: {alike[0].fix}"]
            lines += map(str, alike[:most])
            if most is not None and len(alike) > most:
                left = len(alike) - most
                lines.append(f"{alike[0].code} {alike[0].severity}: … and {left} more (most=None)")
        return lines


def inspect_workspace(
    path: str | Path,
    *,
    pruning: float | None = None,
    smoothing: bool = False,
    out: str | Path | None = None,
    measurement: str | None = None,
) -> Inspection:
    """Check a workspace before it is fitted.

    Parameters
    ----------
    path : str or Path
        JSON file of a pyhf workspace.
    pruning : float, optional
        Drop systematics whose effect is below this fraction.
    smoothing : bool
        Smooth the histosys templates; before pruning.
    out : str or Path, optional
        Where to write the workspace that results.
    measurement : str, optional
        The first of the workspace by default.

    Returns
    -------
    Inspection
        Of the workspace that results.

    Raises
    ------
    FileUnreadable, ModelError
        If no model can be built from the file, or the threshold is not a fraction.
    OutputError
        If the result cannot be written, or if there is nothing to write.
    """
    model = HistFactory(path, measurement=measurement)
    mending = None
    if pruning is not None or smoothing:
        workspace: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
        workspace, smoothed = smooth(workspace) if smoothing else (workspace, ())
        pruned: tuple[Pruned, ...] = ()
        if pruning is not None:
            workspace, pruned = prune(workspace, normalization=pruning, shape=pruning)
        before, model = model, HistFactory(workspace, measurement=measurement)
        mending = Mending(
            pruned=pruned,
            smoothed=smoothed,
            poi=model.poi,
            before=expected_error(before),
            after=expected_error(model),
            written="" if out is None else str(write_json(workspace, out, what="workspace")),
        )
    elif out is not None:
        raise OutputError(
            f"there is nothing to write to '{out}'.",
            why="the workspace would be the same.",
            fix="ask for pruning= or smoothing=True, or drop out=.",
        )
    title = (
        f"{path}: {len(model.channels)} channels, {len(model.data)} bins, "
        f"{len(model.parameter_names)} parameters"
    )
    return Inspection(title, preflight(model), mending)

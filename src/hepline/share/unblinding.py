"""When the blinding of a measurement was lifted: kept in its folder by all later runs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from hepline.analysis.blinding import Secrets, declares_blinding, has_secrets
from hepline.analysis.definition import Definition
from hepline.analysis.results import Blinding
from hepline.analysis.templates import Templates
from hepline.errors import AnalysisError, OutputError

__all__ = ["Unblinding", "blinding_of", "first_unblinding", "write_unblinding"]

_FILE = "unblinding.json"


@dataclass(frozen=True)
class Unblinding:
    """The first time that hidden data were shown.

    Attributes
    ----------
    since : str
        UTC in ISO 8601.
    reason : str
    """

    since: str
    reason: str


def first_unblinding(
    folder: Path, analysis: Definition, *, unblind: bool, reason: str
) -> Unblinding | None:
    """Find when the blinding was lifted in this folder, or that it is being lifted now.

    Parameters
    ----------
    folder : Path
    analysis : Definition
        As declared.
    unblind : bool
        Whether it is asked for now.
    reason : str

    Returns
    -------
    Unblinding or None
        None if the data have never been seen.

    Raises
    ------
    AnalysisError
        For a reason without `unblind`.
    OutputError
        If the record of an earlier run cannot be read.
    """
    if reason and not unblind:
        raise AnalysisError(
            f"a reason ({reason!r}) for unblinding, which is not asked for.",
            why="the data stay hidden without unblind=True.",
            fix="add unblind=True, or leave reason= out.",
        )
    path = folder / _FILE
    if path.exists():
        return _read(path)
    if unblind and declares_blinding(analysis) and has_secrets(analysis):
        return Unblinding(datetime.now(UTC).isoformat(timespec="seconds"), reason)
    return None


def _read(path: Path) -> Unblinding:
    try:
        content = json.loads(path.read_text("utf-8"))
        return Unblinding(str(content["since"]), str(content["reason"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OutputError(
            f"{path} cannot be read.",
            why=f"{type(error).__name__}: {error}. It says when the blinding was lifted, and must "
            "not be lost.",
            fix="repair it, or choose another folder (out='…').",
        ) from error


def write_unblinding(folder: Path, unblinding: Unblinding) -> None:
    """Write the record."""
    text = json.dumps(asdict(unblinding), indent=1) + "\n"
    (folder / _FILE).write_text(text, encoding="utf-8")


def blinding_of(
    analysis: Definition, templates: Templates, unblinding: Unblinding | None, *, unblind: bool
) -> Blinding:
    """Say what is hidden, what was, and since when.

    Parameters
    ----------
    analysis : Definition
        As declared.
    templates : Templates
    unblinding : Unblinding or None
    unblind : bool
        Whether this run shows all.
    """
    since, reason = (unblinding.since, unblinding.reason) if unblinding else (None, "")
    secrets = Secrets.of(analysis, templates)
    regions, poi = tuple(sorted(secrets.hidden)), secrets.poi
    what = _what(regions, poi)
    before = f" The blinding was lifted before, on {since}." if since else ""
    if not declares_blinding(analysis):
        return Blinding(since=since, reason=reason, note=before.strip())
    if not has_secrets(analysis):
        kind = "Asimov data" if analysis.pseudo is None else "pseudo-data"
        note = f"Blinding is declared; it does not apply to {kind}, which hold no secret.{before}"
        return Blinding(since=since, reason=reason, note=note)
    if unblind:
        note = f"The blinding of {what} was lifted on {since}{f': {reason}' if reason else ''}."
        return Blinding("unblinded", since, reason, regions, poi, note)
    note = f"Hidden: {what}.{before}"
    return Blinding("blinded", since, reason, regions, poi, note)


def _what(regions: tuple[str, ...], poi: str) -> str:
    parts = [f"the data of {', '.join(regions)}"] if regions else []
    parts += [f"the value of {poi}"] if poi else []
    return " and ".join(parts) or "nothing"

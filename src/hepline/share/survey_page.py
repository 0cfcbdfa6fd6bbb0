"""The folders that `describe` and `compare` leave: a page, and its numbers for machines."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hepline.data.identity import file_records
from hepline.records import Provenance, versions
from hepline.share.clock import Clock
from hepline.show.encoding import EncodedFigure, figure_path
from hepline.show.publish import publish
from hepline.show.survey_pages import SurveyContent, render_comparison, render_description
from hepline.survey.comparison import Comparison
from hepline.survey.description import Description

__all__ = ["write_comparison", "write_description"]


def write_description(
    description: Description,
    numbers: Mapping[str, Any],
    out: Path,
    clock: Clock,
    *,
    pairs: EncodedFigure | None = None,
) -> None:
    """Write ``describe.json`` and ``index.html``.

    Parameters
    ----------
    description : Description
    numbers : mapping
        Of `description_json`.
    out : Path
    clock : Clock
    pairs : EncodedFigure, optional

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    content = _content((description,), clock)
    files = {"describe.json": _encoded(numbers)}
    if pairs is not None:
        content = replace(content, pairs=pairs)
        files |= {figure_path(pairs.name, kind): made for kind, made in pairs.encoded}
    files["index.html"] = render_description(description, content).encode()
    publish(out, files)


def write_comparison(
    comparison: Comparison, numbers: Mapping[str, Any], out: Path, clock: Clock
) -> None:
    """Write ``compare.json`` and ``index.html``.

    Parameters
    ----------
    comparison : Comparison
    numbers : mapping
        Of `comparison_json`.
    out : Path
    clock : Clock

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    content = _content((comparison.first, comparison.second), clock)
    page = render_comparison(comparison, content)
    publish(out, {"compare.json": _encoded(numbers), "index.html": page.encode()})


def _encoded(numbers: Mapping[str, Any]) -> bytes:
    return json.dumps(numbers, indent=1, allow_nan=False).encode()


def _content(descriptions: Sequence[Description], clock: Clock) -> SurveyContent:
    seconds = {"reading": time.perf_counter() - clock.began}
    files = file_records(
        (part.path, part.entries, part.size)
        for description in descriptions
        for part in description.parts
    )
    made = Provenance(" ".join(sys.argv), clock.started, versions(), files)
    return SurveyContent(made, seconds)

"""``describe.json``: what is in files, for machines.

Schema ``hepline.describe/1``. Numbers that do not exist are null: those of columns of text, and of
columns without finite values. ``min``, ``max``, ``mean`` and ``std`` are those of all finite
values, sentinels among them, as NumPy has them; ``clean`` has the same without sentinels. ``nan``,
``inf``, ``missing`` and ``sentinels`` are counts.
"""

from __future__ import annotations

import math
from typing import Any

from hepline.data.objects import StoredObject
from hepline.survey.description import ColumnFacts, Description, Statistics

__all__ = ["description_json"]


def description_json(description: Description) -> dict[str, Any]:
    """Collect what a script wants to know about files.

    Parameters
    ----------
    description : Description

    Returns
    -------
    dict
        Only of what JSON knows.
    """
    duplicates = description.duplicates
    return {
        "schema": "hepline.describe/1",
        "files": list(description.files),
        "tree": description.tree,
        "convention": description.convention,
        "entries": description.entries,
        "columns": {name: _column(facts) for name, facts in description.columns.items()},
        "unread": dict(description.unread),
        "duplicates": duplicates.count,
        "duplicates_by": list(duplicates.columns),
        "findings": [
            {"kind": finding.kind, "column": finding.column or None, "text": finding.text}
            for finding in description.findings
        ],
        "correlations": [
            {
                "columns": [pair.first, pair.second],
                "coefficient": pair.coefficient,
                "events": pair.events,
            }
            for pair in description.correlations
        ],
        "objects": [_object(stored) for stored in description.objects],
    }


def _object(stored: StoredObject) -> dict[str, Any]:
    return {
        "name": stored.name,
        "type": stored.kind,
        "title": stored.title,
        "bins": list(stored.bins),
        "entries": _finite(stored.entries),
        "mean": _finite(stored.mean),
        "std": _finite(stored.std),
    }


def _column(facts: ColumnFacts) -> dict[str, Any]:
    content: dict[str, Any] = {
        "type": facts.spec.described,
        "dtype": facts.spec.dtype,
        "entries": facts.entries,
        **_statistics(facts.whole),
        "nan": facts.nan,
        "inf": facts.inf,
        "missing": facts.missing,
        "sentinels": facts.flagged,
        "constant": facts.constant,
        "distinct": facts.distinct if facts.all_counted else None,
        "quantiles": {f"{rank:g}": _finite(value) for rank, value in facts.quantiles.items()},
        "quantile_error": _finite(facts.quantile_error),
    }
    if facts.sentinels:
        content["sentinel_values"] = {f"{v:g}": count for v, count in facts.sentinels.items()}
        content["clean"] = _statistics(facts.clean)
    if facts.lengths is not None:
        content["lengths"] = {**_statistics(facts.lengths), "empty": facts.empty}
    return content


def _statistics(statistics: Statistics) -> dict[str, float | None]:
    return {name: _finite(getattr(statistics, name)) for name in ("min", "max", "mean", "std")}


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None

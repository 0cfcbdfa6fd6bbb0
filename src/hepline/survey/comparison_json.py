"""``compare.json``: how two samples differ, for machines.

Schema ``hepline.compare/1``. ``columns`` are sorted, the most significant first; ``p_corrected`` is
corrected for the number of tests by Holm's method.
"""

from __future__ import annotations

import math
from typing import Any

from hepline.survey.comparison import ColumnComparison, Comparison
from hepline.survey.two_samples import Test

__all__ = ["comparison_json"]


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Collect what a script wants to know about two samples.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    dict
        Only of what JSON knows.
    """
    first, second = comparison.first, comparison.second
    return {
        "schema": "hepline.compare/1",
        "first": {"files": list(first.files), "entries": first.entries},
        "second": {"files": list(second.files), "entries": second.entries},
        "only_first": list(comparison.only_first),
        "only_second": list(comparison.only_second),
        "changed_types": {name: list(types) for name, types in comparison.changed.items()},
        "identical": list(comparison.identical),
        "untested": list(comparison.untested),
        "tests": comparison.tests,
        "weight": comparison.weight or None,
        "columns": [_column(column) for column in comparison.columns],
        "warnings": [{"column": name, "text": text} for name, text in comparison.warnings],
    }


def _column(column: ColumnComparison) -> dict[str, Any]:
    significance = column.significance
    return {
        "name": column.name,
        "p_corrected": column.corrected,
        "significance": significance if math.isfinite(significance) else None,
        "distance": column.distance,
        "values": _test(column.values),
        "shares": _test(column.shares),
    }


def _test(test: Test | None) -> dict[str, Any] | None:
    if test is None:
        return None
    return {
        "test": test.name,
        "statistic": test.statistic,
        "p": test.p_value,
        "distance": test.distance,
        "distance_error": test.error,
    }

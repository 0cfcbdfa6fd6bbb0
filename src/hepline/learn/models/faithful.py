"""Are the scores of the arrays those of the library that has grown the trees?

Settings can make a library do more with leaves than to add them up: linear leaves, other links,
categories. What it would score otherwise is refused, and never scored silently.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.errors import LanguageError
from hepline.learn.forest import Forest

__all__ = ["ROWS", "check_faithful"]

ROWS = 1000
"""Rows that are scored by both: few, because one wrong link shows in all of them."""


def check_faithful(
    forest: Forest, library: Callable[[NDArray[np.float64]], Any], inputs: NDArray[np.float64]
) -> None:
    """Score rows by both.

    Parameters
    ----------
    forest : Forest
    library : callable
        Scores of prepared rows by the library itself.
    inputs : ndarray, shape (row, column)

    Raises
    ------
    LanguageError
        If they differ by more than rounding.
    """
    rows = inputs[:ROWS]
    scores, expected = forest.scores(rows)[:, -1], np.asarray(library(rows), np.float64)
    if np.allclose(scores, expected, rtol=1e-6, atol=1e-9):
        return
    raise LanguageError(
        "a model of these parameters cannot be stored as trees whose leaves are added up.",
        why=f"the library scores a row {expected[0]:.6g}, and the sum of the leaves "
        f"{scores[0]:.6g}: another objective, link, kind of boosting or of leaves, or categories.",
        fix="leave such parameters out, such as linear_tree, boosting='rf', sigmoid, loss= or "
        "categorical_features.",
    )

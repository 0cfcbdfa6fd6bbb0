"""What a kind of model can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from hepline.learn.forest import Forest

__all__ = ["Fitted", "Kind", "Rows", "Task"]

Task = Literal["classification", "regression"]


@dataclass(frozen=True, eq=False)
class Rows:
    """Prepared rows.

    Attributes
    ----------
    inputs : ndarray of float64, shape (row, column)
    labels, weights : ndarray of float64, shape (row,)
    """

    inputs: NDArray[np.float64]
    labels: NDArray[np.float64]
    weights: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained model.

    Attributes
    ----------
    forest : Forest
        What scores.
    rounds : int
        Trees, or epochs.
    history : tuple of (float, float)
        Loss of the training and of the validation sample after each round.
    """

    forest: Forest
    rounds: int
    history: tuple[tuple[float, float], ...] = field(default=(), repr=False)


class Kind(Protocol):
    """A kind of model."""

    @property
    def takes_missing(self) -> bool:
        """Whether it knows what to do with NaN."""
        ...

    def fit(
        self, train: Rows, validation: Rows, *, task: Task, seed: int, names: tuple[str, ...]
    ) -> Fitted:
        """Train a model.

        Parameters
        ----------
        train, validation : Rows
            The second only says when to stop.
        task : str
        seed : int
            The same seed gives the same model.
        names : tuple of str
            Of the columns.

        Raises
        ------
        MissingPackage
        """
        ...

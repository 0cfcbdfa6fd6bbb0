"""What must make one suspicious before a model is believed: labels in disguise, copies, units."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hepline.errors import CallFailed, DataWarning
from hepline.learn import metrics

if TYPE_CHECKING:
    from hepline.learn.features import Features
    from hepline.learn.preparation import Preparation
    from hepline.learn.sample import Sample

__all__ = ["check_ranges", "warn_of_copies", "warn_of_disguises"]

_PERFECT = 0.9995  # of a single feature; real ones leave some events on the wrong side
_ENOUGH = 50  # rows of each class, below which a feature separates them by chance
_TELLING = 3  # continuous features that agree by chance with nobody
_FAR = 9.0  # widths of the training range beyond it: a factor of ten, such as MeV for GeV
_FEW = 20  # values that may lie anywhere


def warn_of_disguises(features: Features, sample: Sample) -> None:
    """Warn of features that tell the classes apart all by themselves.

    Warns
    -----
    DataWarning
        If the values of a feature, or the fact that it is missing, separate signal from background
        all but perfectly.
    """
    is_signal = sample.labels == 1
    if min(np.count_nonzero(is_signal), np.count_nonzero(~is_signal)) < _ENOUGH:
        return
    ones = np.ones(len(sample))
    for name, values in zip(features.names, sample.rows.T, strict=True):
        absent = np.isnan(values)
        for what, score in (
            ("missing values", absent.astype(np.float64)),
            ("the values", np.where(absent, np.nanmin(values, initial=0.0) - 1, values)),
        ):
            area = metrics.auc(score, sample.labels, ones)
            if max(area, 1 - area) > _PERFECT:
                warnings.warn(
                    f"{what} of the feature '{name}' tell signal from background all but "
                    f"perfectly (area under the ROC curve {max(area, 1 - area):.5f}): it may be "
                    "the label in disguise, or the samples may have been made differently.",
                    DataWarning,
                    stacklevel=4,
                )
                break


def warn_of_copies(sample: Sample) -> None:
    """Warn of rows that stand in several folds under different identities.

    Warns
    -----
    DataWarning
        If rows agree in all of at least three continuous features: a model judges what it has
        seen in training.
    """
    continuous = [
        values for values in sample.rows.T
        if len(np.unique(values[np.isfinite(values)])) > max(20, len(values) // 10)
    ]  # fmt: skip
    if len(continuous) < _TELLING:
        return
    table = np.ascontiguousarray(np.stack(continuous, axis=1))
    # Bytes compare NaN with NaN, too.
    keys = table.view(np.dtype((np.void, table.dtype.itemsize * table.shape[1]))).ravel()
    order = np.argsort(keys, kind="stable")
    same = keys[order][1:] == keys[order][:-1]
    apart = sample.folds[order][1:] != sample.folds[order][:-1]
    copies = int(np.count_nonzero(same & apart))
    if copies:
        warnings.warn(
            f"{copies} of {len(sample)} rows stand in two folds under different identities: they "
            f"agree in {len(continuous)} continuous features. A model is judged on copies of what "
            "it has seen; leave them out, or name what tells groups apart: fold_by=….",
            DataWarning,
            stacklevel=4,
        )


def check_ranges(name: str, preparation: Preparation, columns: Sequence[NDArray[Any]]) -> None:
    """Refuse features of which no value is anywhere near those of the training.

    Raises
    ------
    CallFailed
        If all of at least twenty values lie farther outside of the training range than nine times
        its width.
    """
    for column, values in zip(preparation.columns, columns, strict=True):
        known = values[np.isfinite(values)] if values.dtype.kind == "f" else values
        if len(known) < _FEW:
            continue
        reach = _FAR * max(column.high - column.low, abs(column.high), abs(column.low))
        if (known > column.high + reach).all() or (known < column.low - reach).all():
            raise CallFailed(
                f"the feature '{column.name}' of {name} is between {known.min():.6g} and "
                f"{known.max():.6g}.",
                why=f"in training it was between {column.low:.6g} and {column.high:.6g}: what a "
                "model says of such values means nothing.",
                fix="check its unit (MeV for GeV?), and say it: hl.features(…, units={…}).",
            )

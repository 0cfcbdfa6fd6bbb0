"""One artefact per model: ``trees.json``, and ``card.json``, which says what it takes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hepline.data.addresses import is_remote
from hepline.errors import FileUnreadable
from hepline.jsonfile import write_json
from hepline.learn.folds import Folds
from hepline.learn.forest import Forest
from hepline.learn.preparation import Preparation, Prepared
from hepline.records import known_checksum, versions

if TYPE_CHECKING:
    from hepline.learn.training import Trained

__all__ = ["Card", "Stored", "read", "write"]

TREES, CARD, METRICS = "trees.json", "card.json", "metrics.json"
_VERSION = 1
_ARRAYS = ("roots", "group", "feature", "border", "child", "absent", "leaf")


@dataclass(frozen=True)
class Card:
    """What a model takes.

    Attributes
    ----------
    names, units : tuple of str
        Of the features, in order.
    of : str
        ``event`` or ``object``.
    folds : Folds
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    of: str
    folds: Folds


@dataclass(frozen=True)
class Stored:
    """A model that was read.

    Attributes
    ----------
    card : Card
    forests : tuple of Forest
        By fold.
    preparations : tuple of Preparation
        By fold.
    """

    card: Card
    forests: tuple[Forest, ...]
    preparations: tuple[Preparation, ...]


def write(trained: Trained, folder: Path) -> Path:
    """Write a model.

    Parameters
    ----------
    trained : Trained
    folder : Path

    Returns
    -------
    Path
        The folder. The card is written last: without it, nothing takes the others for a model.

    Raises
    ------
    OutputError
    """
    (folder / CARD).unlink(missing_ok=True)
    trees = {
        "version": _VERSION,
        "models": [_forest_json(model.fitted.forest) for model in trained.models],
    }
    write_json(trees, folder / TREES, what="model")
    write_json(_metrics(trained), folder / METRICS, what="metrics")
    write_json(_card(trained), folder / CARD, what="card")
    return folder


def read(folder: Path) -> Stored:
    """Read what `write` has written.

    Raises
    ------
    FileUnreadable
        If it holds something else, trees of another training, or a model of a later version.
    """
    try:
        card = json.loads((folder / CARD).read_text("utf-8"))
        trees = json.loads((folder / TREES).read_text("utf-8"))
        if card["version"] > _VERSION:
            raise FileUnreadable(
                f"{folder} is a model of a later version of hepline.",
                why=f"its card has version {card['version']}, and this hepline reads {_VERSION}.",
                fix="install the latest version of hepline.",
            )
        features = card["features"]
        stored = Stored(
            Card(
                tuple(entry["name"] for entry in features),
                tuple(entry["unit"] for entry in features),
                card["of"],
                Folds(**card["folds"]),
            ),
            tuple(map(_forest, trees["models"])),
            tuple(
                Preparation(tuple(Prepared(**column) for column in columns))
                for columns in card["preparations"]
            ),
        )
        _check_together(stored, card["fingerprints"])
        return stored
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileUnreadable(
            f"{folder} does not hold a model.",
            why=f"{type(error).__name__}: {error}.",
            fix=f"name a folder with {CARD} and {TREES}, which hl.train(…).save(folder) writes.",
        ) from error


def _check_together(stored: Stored, fingerprints: list[str]) -> None:
    """Trees of another training, or in another order, would score events that they have seen."""
    count = stored.card.folds.count
    if len(stored.forests) != count or len(stored.preparations) != count:
        raise ValueError(f"it has {len(stored.forests)} models for {count} folds")
    if [forest.fingerprint for forest in stored.forests] != fingerprints:
        raise ValueError(f"{TREES} are not those that {CARD} describes")


def _card(trained: Trained) -> dict[str, Any]:
    sample = trained.sample
    return {
        "version": _VERSION,
        "model": trained.model,
        "parameters": dict(trained.parameters),
        "task": trained.task,
        "of": trained.features.of,
        "features": [
            {
                "name": feature.name,
                "unit": feature.unit,
                "transform": feature.transform,
                "missing": feature.missing,
                "expression": str(feature.values.node),
                "key": feature.values.node.key,
            }
            for feature in trained.features
        ],
        "folds": asdict(trained.folds),
        "preparations": [
            [asdict(column) for column in model.preparation.columns] for model in trained.models
        ],
        "rounds": [model.fitted.rounds for model in trained.models],
        "fingerprints": [model.fitted.forest.fingerprint for model in trained.models],
        "rows": len(sample),
        "sum_of_weights": {
            str(int(label)): float(sample.weights[sample.labels == label].sum())
            for label in (np.unique(sample.labels) if trained.task == "classification" else ())
        },
        "files": [
            {
                "path": part.path,
                "entries": part.entries,
                "sha256": "" if is_remote(part.path) else known_checksum(part.path),
            }
            for part in trained.files
        ],
        "versions": dict(versions()),
        "seconds": trained.seconds,
    }


def _metrics(trained: Trained) -> dict[str, Any]:
    return {
        "metrics": {
            name: {key: _number(value) for key, value in asdict(interval).items()}
            for name, interval in trained.metrics.items()
        },
        "by_fold": {
            name: [_number(value) for value in values] for name, values in trained.by_fold.items()
        },
        "baseline": dict(trained.baseline),
        "history": [model.fitted.history for model in trained.models],
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _forest_json(forest: Forest) -> dict[str, Any]:
    plain = {
        name: getattr(forest, name)
        for name in ("features", "names", "groups", "link", "base", "scale", "dtype", "rounds")
    }
    arrays = {name: getattr(forest, name).tolist() for name in _ARRAYS}
    # JSON has no NaN, which stands for the border of a leaf.
    arrays["border"] = [None if math.isnan(border) else border for border in arrays["border"]]
    return plain | arrays


def _forest(content: Mapping[str, Any]) -> Forest:
    border = [math.nan if value is None else value for value in content["border"]]
    dtypes = {"roots": "i8", "group": "i8", "feature": "i4", "child": "i4", "absent": "i4"}
    arrays = {name: np.array(content[name], dtype) for name, dtype in dtypes.items()}
    return Forest(
        content["features"],
        tuple(content["names"]),
        content["groups"],
        content["link"],
        tuple(content["base"]),
        content["scale"],
        content["dtype"],
        content["rounds"],
        border=np.array(border, content["dtype"]),
        leaf=np.array(content["leaf"], content["dtype"]),
        **arrays,
    )

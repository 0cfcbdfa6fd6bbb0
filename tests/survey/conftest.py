"""Files that are written for a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import pandas
import pytest
import uproot


@pytest.fixture
def write_tree(tmp_path: Path) -> Callable[..., Path]:
    """``write_tree("a.root", {"x": array})``, in baskets of some events."""

    def write(name: str, columns: Mapping[str, Any], *, basket: int = 1000) -> Path:
        arrays = {key: ak.Array(values) for key, values in columns.items()}
        types = {key: ak.type(array).content for key, array in arrays.items()}
        events = len(next(iter(arrays.values())))
        with uproot.recreate(tmp_path / name) as file:
            tree = file.mktree("Events", types)
            for start in range(0, max(events, 1), basket):
                tree.extend({key: array[start : start + basket] for key, array in arrays.items()})
        return tmp_path / name

    return write


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[..., Path]:
    """``write_csv("a.csv", {"x": [1, 2]})``."""

    def write(name: str, columns: Mapping[str, Any]) -> Path:
        pandas.DataFrame(columns).to_csv(tmp_path / name, index=False)
        return tmp_path / name

    return write

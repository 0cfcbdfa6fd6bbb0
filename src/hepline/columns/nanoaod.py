"""The NanoAOD convention: known columns, open groups, derived fields."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources

from hepline.columns.lifting import build
from hepline.columns.nodes import Node
from hepline.columns.schema import ColumnSpec, Schema

__all__ = ["DERIVED", "OPEN_GROUPS", "nanoaod"]

Definition = Callable[[Mapping[str, Node]], Node]

# Trigger paths and filters change from run to run: no list of them is ever complete.
OPEN_GROUPS = {"HLT": "bool", "L1": "bool", "Flag": "bool"}


def _bit(column: str, bit: int) -> Definition:
    def definition(fields: Mapping[str, Node]) -> Node:
        return build("not_equal", (build("bitwise_and", (fields[column], 1 << bit)), 0))

    return definition


# https://cms-nanoaod-integration.web.cern.ch/autoDoc/: "Jet ID flags bit1 is loose (always false
# in 2017 since it does not exist), bit2 is tight, bit3 is tightLepVeto", counted from one there.
DERIVED: Mapping[str, Mapping[str, Definition]] = {
    "Jet": {
        "isLoose": _bit("jetId", 0),
        "isTight": _bit("jetId", 1),
        "isTightLeptonVeto": _bit("jetId", 2),
    },
    "FatJet": {"isTight": _bit("jetId", 1), "isTightLeptonVeto": _bit("jetId", 2)},
}


def _widest(dtype: str) -> str:
    # The width of an integer differs between versions of the format (jetId: int32, then uint8).
    return "int64" if dtype.startswith(("int", "uint")) and dtype != "uint64" else dtype


@cache
def nanoaod() -> Schema:
    """Columns that CMS NanoAOD files have, for events whose files come later.

    Returns
    -------
    Schema
        The union of the 2015 and 2018 formats; a file is checked against what is really used
        before it is read.
    """
    text = resources.files("hepline.columns").joinpath("nanoaod.json").read_text("utf-8")
    listed = json.loads(text)
    specs: list[ColumnSpec] = []
    counters: dict[str, str] = {}
    for name, dtype in listed["event"].items():
        specs.append(ColumnSpec(name, _widest(dtype)))
    for collection, columns in listed["collections"].items():
        counters[collection] = f"n{collection}"
        for name, dtype in columns.items():
            specs.append(ColumnSpec(name, _widest(dtype), collection))
    return Schema.from_specs("nanoaod", specs, counters=counters, open_groups=OPEN_GROUPS)

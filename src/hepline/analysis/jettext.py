"""Jet energy corrections in the text format of CMS, rewritten for correctionlib.

A file has a head, ``{2 JetEta JetPt 1 JetPt FORMULA Correction L2Relative}``: the quantities that
are binned, those that the formula takes as x, y, z, t, the formula, and what it gives. Each line is
one bin: its edges, how many numbers follow, the range of each variable of the formula, outside of
which it is evaluated at the end of the range, and the parameters.

References
----------
CMS Collaboration, "Jet energy scale and resolution in the CMS experiment in pp collisions at
8 TeV", JINST 12 (2017) P02014, doi:10.1088/1748-0221/12/02/P02014. The format is that of CMSSW,
``CondFormats/JetMETObjects``: ``JetCorrectorParameters``, ``JetResolutionObject``,
``SimpleJetCorrectionUncertainty``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from hepline.errors import FileUnreadable

__all__ = ["SIDES", "is_jet_text", "rewritten"]

SIDES = ("nom", "up", "down")  # the keys that CMS gives the variations in its JSON files

_START = re.compile(r"\s*(?:#[^\n]*\n\s*)*(?:\[\w+\]\s*)?\{\s*\d")
_VARIABLES = ("x", "y", "z", "t")
_FUNCTIONS = {"Power": "pow", "ATan": "atan", "ASin": "asin", "ACos": "acos"}
# The value between two points of a table of uncertainties.
_LINE = "[0]+([1]-[0])*(x-[2])/([3]-[2])"


@dataclass(frozen=True)
class _Head:
    """What the numbers of a table are."""

    binned: tuple[str, ...]
    variables: tuple[str, ...]
    formula: str
    kind: str

    @property
    def inputs(self) -> tuple[str, ...]:
        """The quantities, each once."""
        return tuple(dict.fromkeys((*self.binned, *self.variables)))


@dataclass(frozen=True)
class _Row:
    """One bin: its edges in each dimension, and its numbers."""

    edges: tuple[tuple[float, float], ...]
    numbers: tuple[float, ...]


def is_jet_text(text: str) -> bool:
    """Whether a text is such a file; JSON is not."""
    return bool(_START.match(text))


def rewritten(text: str, name: str, path: str) -> dict[str, Any]:
    """Rewrite a text file as a set of corrections.

    Parameters
    ----------
    text : str
    name : str
        Of the correction; in a file with sections, each has its own.
    path : str
        For messages.

    Returns
    -------
    dict
        Of correctionlib's schema, version 2. Scale factors and uncertainties take one more input,
        ``systematic``: ``nom``, ``up`` or ``down``. An uncertainty is the factor on the momentum:
        1, 1 + the upward one, 1 − the downward one. Outside of all bins the result is 1, as in
        CMSSW; for uncertainties, which have no such value, it is that of the nearest bin.

    Raises
    ------
    FileUnreadable
        If the file has another form.
    """
    corrections = [_correction(lines, label, path) for label, lines in _sections(text, name)]
    return {"schema_version": 2, "corrections": corrections}


def _sections(text: str, name: str) -> list[tuple[str, list[str]]]:
    sections: list[tuple[str, list[str]]] = []
    for line in (part.strip() for part in text.splitlines()):
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            sections.append((line.strip("[]"), []))
            continue
        if not sections:
            sections.append((name, []))
        sections[-1][1].append(line)
    return sections


def _correction(lines: Sequence[str], name: str, path: str) -> dict[str, Any]:
    head = _head(lines[0] if lines else "", path)
    rows = [_row(line, head, path) for line in lines[1:]]
    if not rows:
        raise _malformed(path, f"the table '{name}' is empty")
    formulas: list[dict[str, Any]] = []
    inputs = [{"name": quantity, "type": "real"} for quantity in head.inputs]
    if head.kind in ("ScaleFactor", "Uncertainty"):
        described = "nom, up or down"
        inputs.append({"name": "systematic", "type": "string", "description": described})
        tables = _sides(head, rows, path, formulas)
        items = [{"key": side, "value": table} for side, table in tables.items()]
        data: Any = {"nodetype": "category", "input": "systematic", "content": items}
    else:
        formulas.append(_formula(head))
        data = _binned(rows, head.binned, lambda row: _at(row, head, path), 1.0, path)
    return {
        "name": name,
        "version": 1,
        "inputs": inputs,
        "output": {"name": head.kind, "type": "real"},
        "generic_formulas": formulas,
        "data": data,
    }


def _head(line: str, path: str) -> _Head:
    words = line.strip("{} \t").split()
    try:
        count = int(words[0])
        binned, rest = words[1 : 1 + count], words[1 + count :]
        variables, rest = rest[1 : 1 + int(rest[0])], rest[1 + int(rest[0]) :]
        ending = 1 if rest[-1] in ("Resolution", "ScaleFactor") else 2
        formula, kind = "".join(rest[:-ending]).strip('"'), rest[-ending]
    except (IndexError, ValueError) as error:
        raise _malformed(path, f"its head is '{line:.60}'") from error
    if formula == "" and len(variables) == 1:
        kind = "Uncertainty"
    known = ("Correction", "Response", "Resolution", "ScaleFactor", "Uncertainty")
    if kind not in known or len(variables) > len(_VARIABLES):
        raise _malformed(path, f"its head ends in '{' '.join(rest[-ending:])}'")
    return _Head(tuple(binned), tuple(variables), formula, kind)


def _row(line: str, head: _Head, path: str) -> _Row:
    try:
        numbers = [float(word) for word in line.split()]
        after = 2 * len(head.binned)
        count, rest = int(numbers[after]), numbers[after + 1 :]
        edges = tuple(zip(numbers[:after:2], numbers[1:after:2], strict=True))
    except (IndexError, ValueError) as error:
        raise _malformed(path, f"there is a line '{line:.60}'") from error
    if count != len(rest) or any(low >= high for low, high in edges):
        raise _malformed(path, f"there is a line '{line:.60}' of {len(rest)} numbers, not {count}")
    return _Row(edges, tuple(rest))


def _formula(head: _Head) -> dict[str, Any]:
    """The formula, with its variables held within their range: the last parameters."""
    expression = re.sub(r"TMath::(\w+)", lambda m: _FUNCTIONS.get(m[1], m[1].lower()), head.formula)
    expression = re.sub(r"\bfabs\b", "abs", expression)
    first = _parameters(expression)
    for place, variable in enumerate(_VARIABLES[: len(head.variables)]):
        low, high = first + 2 * place, first + 2 * place + 1
        within = f"min(max({variable},[{low}]),[{high}])"
        expression = re.sub(rf"\b{variable}\b", within, expression)
    if head.kind == "Response":
        expression = f"1/({expression})"
    return _node(expression, head.variables)


def _parameters(expression: str) -> int:
    """How many parameters a formula has."""
    return max((int(place) + 1 for place in re.findall(r"\[(\d+)\]", expression)), default=0)


def _node(expression: str, variables: Sequence[str]) -> dict[str, Any]:
    return {
        "nodetype": "formula",
        "expression": expression,
        "parser": "TFormula",
        "variables": list(variables),
    }


def _at(row: _Row, head: _Head, path: str) -> dict[str, Any]:
    ranges, parameters = (
        row.numbers[: 2 * len(head.variables)],
        row.numbers[2 * len(head.variables) :],
    )
    used = _parameters(head.formula)
    if len(parameters) < used:
        raise _malformed(path, f"a line has {len(parameters)} parameters, and the formula {used}")
    return {"nodetype": "formularef", "index": 0, "parameters": [*parameters[:used], *ranges]}


def _sides(
    head: _Head, rows: Sequence[_Row], path: str, formulas: list[dict[str, Any]]
) -> dict[str, Any]:
    """The table of each variation."""
    least = 3
    if any(len(row.numbers) < least for row in rows):
        raise _malformed(path, f"a line of it has fewer than {least} numbers")
    if head.kind == "ScaleFactor":
        # The lines give the nominal value, then the lower and the upper one.
        places = dict(zip(SIDES, (0, 2, 1), strict=True))
        return {
            side: _binned(rows, head.binned, _number(place), 1.0, path)
            for side, place in places.items()
        }
    formulas.append(_node(_LINE, head.variables))
    (variable,) = head.variables
    tables: dict[str, Any] = {"nom": 1.0}
    for side, place, sign in (("up", 1, 1.0), ("down", 2, -1.0)):
        leaf = _interpolated(variable, place, sign, path)
        tables[side] = _binned(rows, head.binned, leaf, "clamp", path)
    return tables


def _number(place: int) -> Callable[[_Row], float]:
    return lambda row: row.numbers[place]


def _interpolated(variable: str, place: int, sign: float, path: str) -> Callable[[_Row], Any]:
    """Straight lines between the points of a bin, constant outside of them."""

    def leaf(row: _Row) -> dict[str, Any]:
        points = row.numbers[::3]
        if len(row.numbers) % 3 or any(a >= b for a, b in pairwise(points)):
            raise _malformed(path, "a line is not made of ascending points with two uncertainties")
        values = [1.0 + sign * number for number in row.numbers[place::3]]
        lines = [
            {
                "nodetype": "formularef",
                "index": 0,
                "parameters": [*values[k : k + 2], *points[k : k + 2]],
            }
            for k in range(len(points) - 1)
        ]
        return {
            "nodetype": "binning",
            "input": variable,
            "edges": ["-inf", *points, "inf"],
            "content": [values[0], *lines, values[-1]],
            "flow": "clamp",
        }

    return leaf


def _binned(
    rows: Sequence[_Row],
    names: Sequence[str],
    leaf: Callable[[_Row], Any],
    outside: float | str,
    path: str,
    level: int = 0,
) -> Any:
    """Nest the bins of each dimension in those of the one before it."""
    if level == len(names):
        if len(rows) > 1:
            raise _malformed(path, f"two lines have the bin {rows[0].edges}")
        return leaf(rows[0])
    groups: dict[tuple[float, float], list[_Row]] = {}
    for row in sorted(rows, key=lambda row: row.edges[level]):
        groups.setdefault(row.edges[level], []).append(row)
    edges: list[float] = []
    content: list[Any] = []
    for (low, high), members in groups.items():
        gap = bool(edges) and low != edges[-1]
        if gap and (low < edges[-1] or outside == "clamp"):
            raise _malformed(path, f"its bins of {names[level]} overlap or leave a gap at {low:g}")
        edges += [low] if gap or not edges else []
        content += [outside] if gap else []
        edges.append(high)
        content.append(_binned(members, names, leaf, outside, path, level + 1))
    binning = {"nodetype": "binning", "input": names[level], "edges": edges}
    return binning | {"content": content, "flow": outside}


def _malformed(path: str, why: str) -> FileUnreadable:
    return FileUnreadable(
        f"{path} is not a file of jet energy corrections.",
        why=f"{why}.",
        fix="give a text file of CMS as it was published: a head {2 JetEta JetPt 1 JetPt FORMULA "
        "Correction NAME}, then one line for each bin.",
    )

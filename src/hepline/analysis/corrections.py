"""Corrections in correctionlib's format: scale factors, efficiencies, energy corrections.

The file says which inputs a correction takes; a call is checked against them when the line is
written. What is computed is correctionlib's own evaluator.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.analysis.variedcorrection import VariedCorrection
from hepline.columns.call import Called, call_one
from hepline.columns.expression import Expr
from hepline.columns.lifting import cast
from hepline.columns.types import FLOAT64, INT64
from hepline.columns.vary import Nuisance
from hepline.errors import FileUnreadable, LanguageError, TypeMismatch, nearest

__all__ = ["Correction", "Input", "correction"]

Setting = str | int | float


@dataclass(frozen=True)
class Input:
    """One input of a correction.

    Attributes
    ----------
    name : str
    type : str
        ``real``, ``int`` or ``string``.
    description : str
    keys : tuple of str or int
        The values that it may have, where the file lists them and takes no others.
    """

    name: str
    type: str
    description: str
    keys: tuple[str | int, ...]


@dataclass(frozen=True)
class _Evaluation(Called):
    """A correction with some of its inputs set; the others are columns.

    Attributes
    ----------
    content : str
        JSON.
    correction : str
    settings : tuple of (str, int, float or None)
        One for each input; None stands for a column.
    """

    content: str = field(compare=False, repr=False)
    correction: str = field(compare=False, repr=False)
    settings: tuple[Setting | None, ...] = field(compare=False, repr=False)

    def run(self, columns: Sequence[NDArray[Any]]) -> Sequence[NDArray[Any]]:
        """As correctionlib computes it."""
        given = iter(columns)
        values = [next(given) if each is None else each for each in self.settings]
        return [np.asarray(_evaluator(self.content, self.correction).evaluate(*values))]


def _evaluator(content: str, name: str) -> Any:
    known = _corrections(content)
    return known.compound[name] if name in known.compound else known[name]


@lru_cache(maxsize=64)
def _corrections(content: str) -> Any:
    """All corrections of a file, which take long to read where there are many."""
    from correctionlib import CorrectionSet

    return CorrectionSet.from_string(content)


@dataclass(frozen=True)
class Correction:
    """A correction of a file, to be called with columns, numbers and strings.

    Attributes
    ----------
    name : str
    path : str
    description : str
    inputs : tuple of Input
        In the order of the arguments.
    fingerprint : str
        Digest of the file.
    """

    name: str
    path: str
    description: str
    inputs: tuple[Input, ...]
    fingerprint: str
    content: str = field(repr=False, compare=False)

    def __call__(self, /, *arguments: Expr | Setting, **named: Expr | Setting) -> Expr:
        """The correction of each element.

        Parameters
        ----------
        *arguments : Expr, number or str
            One for each of `inputs`, in their order. Columns may have unlike depths: one value per
            event repeats along the lists of the others.
        **named : Expr, number or str
            Those of the inputs that follow, by their names in the file, in any order.

        Returns
        -------
        Expr of float64
            Missing where an argument is missing.

        Raises
        ------
        TypeMismatch
            If the number of arguments, or the type of one of them, is not that of the inputs.
        LanguageError
            For a key that the file does not list.
        """
        ordered = self.ordered(self.inputs, arguments, named)
        settings: list[Setting | None] = []
        columns: list[Expr] = []
        for known, given in zip(self.inputs, ordered, strict=True):
            checked = self.check(known, given)
            settings.append(None if isinstance(checked, Expr) else checked)
            columns += [checked] if isinstance(checked, Expr) else []
        text = json.dumps([self.fingerprint, self.name, settings])
        digest = hashlib.sha256(text.encode()).hexdigest()[:32]
        name = "/".join([self.name, *(str(each) for each in settings if isinstance(each, str))])
        called = _Evaluation(name, digest, ("float64",), self.content, self.name, tuple(settings))
        return call_one(called, *columns)

    def vary(
        self, nuisance: Nuisance, *, argument: str, nominal: str, up: str, down: str | None = None
    ) -> VariedCorrection:
        """The correction, with its systematic variation as the file names it.

        Parameters
        ----------
        nuisance : Nuisance
        argument : str
            The input that chooses the variation (``"systematic"``).
        nominal, up, down : str
            Its keys; `down` is left out for a one-sided nuisance.

        Returns
        -------
        VariedCorrection
            Called with the other arguments; it can be varied again, by another nuisance.
        """
        varied = VariedCorrection(self, ())
        return varied.vary(nuisance, argument=argument, nominal=nominal, up=up, down=down)

    def ordered(
        self,
        inputs: Sequence[Input],
        arguments: Sequence[Expr | Setting],
        named: Mapping[str, Expr | Setting],
    ) -> list[Expr | Setting]:
        """Arguments in the order of some of the inputs.

        Raises
        ------
        TypeMismatch
            If there is not one for each of them.
        """
        names = [known.name for known in inputs]
        given = dict(zip(names, arguments, strict=False)) | dict(named)
        wrong = [name for name in named if name not in names]
        if not wrong and len(given) == len(inputs) == len(arguments) + len(named):
            return [given[name] for name in names]
        called = f"{len(arguments)} arguments"
        if named:
            called += f" and {', '.join(f'{name}=' for name in named)}"
        raise TypeMismatch(
            f"the correction '{self.name}' is called with {called}.",
            why=f"it takes {len(inputs)}: {self.signature(inputs)}.",
            fix=nearest(wrong[0], names)
            if wrong
            else "give one argument for each, in this order, or by their names.",
        )

    def check(self, known: Input, given: object) -> Expr | Setting:
        """An argument in the type of its input.

        Raises
        ------
        TypeMismatch, LanguageError
            If it is of another type, or a key that the file does not list.
        """
        if known.type == "string":
            if not isinstance(given, str):
                raise self._mismatch(known, given, "a string")
            self._check_key(known, given)
            return given
        if isinstance(given, Expr):
            kind = given.type.dtype.kind
            if known.type == "int" and kind == "f":
                raise self._mismatch(known, given, "integers")
            return Expr(cast(given.node, INT64 if known.type == "int" else FLOAT64), given.origin)
        if isinstance(given, bool | np.bool_) or not isinstance(given, int | float | np.number):
            raise self._mismatch(known, given, "a column or a number")
        if known.type == "real":
            return float(given)
        if int(given) != given:
            raise self._mismatch(known, given, "an integer")
        self._check_key(known, int(given))
        return int(given)

    def signature(self, inputs: Sequence[Input]) -> str:
        """Names and types of inputs, for messages."""
        return ", ".join(f"{known.name} ({known.type})" for known in inputs)

    def _mismatch(self, known: Input, given: object, wanted: str) -> TypeMismatch:
        return TypeMismatch(
            f"the input '{known.name}' of the correction '{self.name}' is {given!r:.80}.",
            why=f"it takes {wanted}{f': {known.description}' if known.description else '.'}",
            fix=f"the inputs are {self.signature(self.inputs)}, in this order.",
        )

    def _check_key(self, known: Input, given: str | int) -> None:
        if known.keys and given not in known.keys:
            keys = [str(key) for key in known.keys]
            shown = ", ".join(keys[:12]) + (", …" if len(keys) > 12 else "")
            raise LanguageError(
                f"{given!r} for the input '{known.name}' of the correction '{self.name}'.",
                why=f"{self.path} lists: {shown}.",
                fix=nearest(str(given), keys),
            )


def correction(path: str | Path, name: str | None = None) -> Correction:
    """A correction from a file of correctionlib, also a compound one.

    Parameters
    ----------
    path : str or Path
        JSON, perhaps gzipped.
    name : str, optional
        Of the correction; may be left out if the file holds only one.

    Returns
    -------
    Correction

    Raises
    ------
    FileUnreadable
        If there is no such file, or it is none of correctionlib's.
    LanguageError
        If the file holds no correction of this name.
    """
    content, digest = _read(str(path), Path(path).stat().st_mtime_ns if Path(path).exists() else 0)
    listed = json.loads(content)
    simple = {each["name"]: each for each in listed["corrections"]}
    compound = {each["name"]: each for each in listed.get("compound_corrections") or ()}
    names = (*simple, *compound)
    if name is None and len(names) == 1:
        name = names[0]
    if name is None or name not in names:
        raise LanguageError(
            f"no correction {name!r} in {path}." if name else f"which correction of {path}?",
            why=f"it holds {', '.join(names)}.",
            fix=nearest(name, names) if name else f"name one: hl.correction(path, {names[0]!r}).",
        )
    chosen = simple.get(name) or compound[name]
    parts = [simple[part] for part in chosen.get("stack", ())] or [chosen]
    inputs = tuple(_input(each, parts) for each in chosen["inputs"])
    text = chosen.get("description") or ""
    return Correction(name, str(path), text, inputs, digest, content)


@lru_cache(maxsize=64)
def _read(path: str, _changed: int) -> tuple[str, str]:
    """The text of a file that correctionlib accepts, and its digest."""
    try:
        stored = Path(path).read_bytes()
    except OSError as error:
        raise FileUnreadable(
            f"{path} cannot be read.", why=f"{error.strerror}.", fix="check the path."
        ) from error
    try:
        text = (gzip.decompress(stored) if stored[:2] == b"\x1f\x8b" else stored).decode("utf-8")
        _corrections(text)
    except (OSError, EOFError, ValueError, RuntimeError) as error:
        raise FileUnreadable(
            f"{path} is not a file of corrections.",
            why=f"correctionlib says: {str(error).strip() or type(error).__name__}",
            fix="give a JSON file of correctionlib's schema, version 2, gzipped or not.",
        ) from error
    return text, hashlib.sha256(stored).hexdigest()


def _input(listed: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> Input:
    name = listed["name"]
    keys: tuple[str | int, ...] = ()
    for part in parts:
        own = _keys(part["data"], name)
        if own is not None and any(each["name"] == name for each in part["inputs"]):
            keys = own if not keys else tuple(key for key in keys if key in own)
    return Input(name, listed["type"], listed.get("description") or "", keys)


def _keys(data: Any, name: str) -> tuple[str | int, ...] | None:
    """The keys that some branch of a correction knows for an input; None if it takes any."""
    found: dict[str | int, None] = {}
    for node in _nodes(data):
        if node.get("nodetype") == "category" and node["input"] == name:
            if node.get("default") is not None:
                return None
            found |= {item["key"]: None for item in node["content"]}
    return tuple(found) or None


def _nodes(data: Any) -> Iterator[Mapping[str, Any]]:
    stack = [data]
    while stack:
        node = stack.pop()
        if isinstance(node, Mapping):
            yield node
            stack += node.values()
        elif isinstance(node, list):
            stack += node

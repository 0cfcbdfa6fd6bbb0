"""Corrections in correctionlib's format: scale factors, efficiencies, energy corrections.

The file declares the inputs of a correction; a call is checked against them at once. The values
come from correctionlib's own evaluator, also those of the older text files of CMS
(`hepline.analysis.jettext`).
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

from hepline.analysis.jettext import is_jet_text, rewritten
from hepline.analysis.variedcorrection import VariedCorrection
from hepline.columns.call import Called, call_one
from hepline.columns.expression import Expr
from hepline.columns.lifting import cast
from hepline.columns.types import FLOAT64, INT64
from hepline.columns.vary import Nuisance
from hepline.errors import FileUnreadable, LanguageError, TypeMismatch, nearest

__all__ = ["Correction", "Input", "correction", "names_of"]

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
        The possible values, if the file lists them and accepts no others.
    """

    name: str
    type: str
    description: str
    keys: tuple[str | int, ...]


@dataclass(frozen=True)
class _Evaluation(Called):
    """A correction with some inputs fixed; the others are columns.

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
        """Evaluate the correction with correctionlib."""
        column = iter(columns)
        values = [next(column) if setting is None else setting for setting in self.settings]
        return [np.asarray(_evaluator(self.content, self.correction).evaluate(*values))]


def _evaluator(content: str, name: str) -> Any:
    corrections = _corrections(content)
    return corrections.compound[name] if name in corrections.compound else corrections[name]


@lru_cache(maxsize=64)
def _corrections(content: str) -> Any:
    """All corrections of a file; cached, because large files take long to parse."""
    from correctionlib import CorrectionSet

    return CorrectionSet.from_string(content)


@dataclass(frozen=True)
class Correction:
    """A correction of a file; call it with columns, numbers and strings.

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
        for input_, argument in zip(self.inputs, ordered, strict=True):
            value = self.check(input_, argument)
            settings.append(None if isinstance(value, Expr) else value)
            columns += [value] if isinstance(value, Expr) else []
        text = json.dumps([self.fingerprint, self.name, settings])
        digest = hashlib.sha256(text.encode()).hexdigest()[:32]
        name = "/".join(
            [self.name, *(str(setting) for setting in settings if isinstance(setting, str))]
        )
        called = _Evaluation(name, digest, ("float64",), self.content, self.name, tuple(settings))
        return call_one(called, *columns)

    def vary(
        self, nuisance: Nuisance, *, argument: str, nominal: str, up: str, down: str | None = None
    ) -> VariedCorrection:
        """The correction with a systematic variation that the file provides.

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
            Takes the remaining arguments; another nuisance can vary it again.
        """
        varied = VariedCorrection(self, ())
        return varied.vary(nuisance, argument=argument, nominal=nominal, up=up, down=down)

    def ordered(
        self,
        inputs: Sequence[Input],
        arguments: Sequence[Expr | Setting],
        named: Mapping[str, Expr | Setting],
    ) -> list[Expr | Setting]:
        """Put arguments in the order of the inputs.

        Raises
        ------
        TypeMismatch
            If there is not one for each of them.
        """
        names = [input_.name for input_ in inputs]
        by_name = dict(zip(names, arguments, strict=False)) | dict(named)
        wrong = [name for name in named if name not in names]
        if not wrong and len(by_name) == len(inputs) == len(arguments) + len(named):
            return [by_name[name] for name in names]
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

    def check(self, input_: Input, argument: object) -> Expr | Setting:
        """Convert an argument to the type of its input.

        Raises
        ------
        TypeMismatch, LanguageError
            If it has another type, or is a key that the file does not list.
        """
        if input_.type == "string":
            if not isinstance(argument, str):
                raise self._mismatch(input_, argument, "a string")
            self._check_key(input_, argument)
            return argument
        if isinstance(argument, Expr):
            kind = argument.type.dtype.kind
            if input_.type == "int" and kind == "f":
                raise self._mismatch(input_, argument, "integers")
            return Expr(
                cast(argument.node, INT64 if input_.type == "int" else FLOAT64), argument.origin
            )
        if isinstance(argument, bool | np.bool_) or not isinstance(
            argument, int | float | np.number
        ):
            raise self._mismatch(input_, argument, "a column or a number")
        if input_.type == "real":
            return float(argument)
        if int(argument) != argument:
            raise self._mismatch(input_, argument, "an integer")
        self._check_key(input_, int(argument))
        return int(argument)

    def signature(self, inputs: Sequence[Input]) -> str:
        """Names and types of inputs, for messages."""
        return ", ".join(f"{input_.name} ({input_.type})" for input_ in inputs)

    def _mismatch(self, input_: Input, argument: object, expected: str) -> TypeMismatch:
        return TypeMismatch(
            f"the input '{input_.name}' of the correction '{self.name}' is {argument!r:.80}.",
            why=f"it takes {expected}{f': {input_.description}' if input_.description else '.'}",
            fix=f"the inputs are {self.signature(self.inputs)}, in this order.",
        )

    def _check_key(self, input_: Input, key: str | int) -> None:
        if input_.keys and key not in input_.keys:
            keys = [str(possible) for possible in input_.keys]
            listing = ", ".join(keys[:12]) + (", …" if len(keys) > 12 else "")
            raise LanguageError(
                f"{key!r} for the input '{input_.name}' of the correction '{self.name}'.",
                why=f"{self.path} lists: {listing}.",
                fix=nearest(str(key), keys),
            )


def correction(path: str | Path, name: str | None = None) -> Correction:
    """Load a correction, simple or compound, from a file of correctionlib, or an old one of CMS.

    Parameters
    ----------
    path : str or Path
        JSON, or a text file of jet energy corrections (``….jec.txt``), uncertainties, resolutions
        or their scale factors; perhaps gzipped.
    name : str, optional
        Of the correction; may be left out if the file holds only one. Sections of a text file are
        named by their source.

    Returns
    -------
    Correction

    Raises
    ------
    FileUnreadable
        If the file does not exist, or is neither.
    LanguageError
        If the file holds no correction of this name.
    """
    content, digest, simple, compound = _listed(path)
    names = (*simple, *compound)
    if name is None and len(names) == 1:
        name = names[0]
    if name is None or name not in names:
        raise LanguageError(
            f"no correction {name!r} in {path}." if name else f"which correction of {path}?",
            why=f"it holds {', '.join(names)}.",
            fix=nearest(name, names) if name else f"name one: hl.correction(path, {names[0]!r}).",
        )
    entry = simple.get(name) or compound[name]
    parts = [simple[part] for part in entry.get("stack", ())] or [entry]
    inputs = tuple(_input(item, parts) for item in entry["inputs"])
    text = entry.get("description") or ""
    return Correction(name, str(path), text, inputs, digest, content)


def names_of(path: str | Path) -> tuple[str, ...]:
    """The names of all corrections of a file."""
    _, _, simple, compound = _listed(path)
    return (*simple, *compound)


def _listed(path: str | Path) -> tuple[str, str, dict[str, Any], dict[str, Any]]:
    """The content of a file, its digest, and its simple and compound corrections by name."""
    return _read(str(path), Path(path).stat().st_mtime_ns if Path(path).exists() else 0)


@lru_cache(maxsize=64)
def _read(path: str, _changed: int) -> tuple[str, str, dict[str, Any], dict[str, Any]]:
    """The same of a file that correctionlib accepts; cached, because a large one takes long."""
    try:
        stored = Path(path).read_bytes()
    except OSError as error:
        raise FileUnreadable(
            f"{path} cannot be read.", why=f"{error.strerror}.", fix="check the path."
        ) from error
    try:
        text = (gzip.decompress(stored) if stored[:2] == b"\x1f\x8b" else stored).decode("utf-8")
        if is_jet_text(text):
            text = json.dumps(rewritten(text, Path(path).name.partition(".")[0], path))
        _corrections(text)
    except (OSError, EOFError, ValueError, RuntimeError) as error:
        raise FileUnreadable(
            f"{path} is not a file of corrections.",
            why=f"correctionlib says: {str(error).strip() or type(error).__name__}",
            fix="give a JSON file of correctionlib's schema, version 2, or jet energy corrections "
            "in the text format of CMS, gzipped or not.",
        ) from error
    listed = json.loads(text)
    simple = {item["name"]: item for item in listed["corrections"]}
    compound = {item["name"]: item for item in listed.get("compound_corrections") or ()}
    return text, hashlib.sha256(stored).hexdigest(), simple, compound


def _input(listed: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> Input:
    name = listed["name"]
    keys: tuple[str | int, ...] = ()
    for part in parts:
        part_keys = _keys(part["data"], name)
        if part_keys is not None and any(item["name"] == name for item in part["inputs"]):
            keys = part_keys if not keys else tuple(key for key in keys if key in part_keys)
    return Input(name, listed["type"], listed.get("description") or "", keys)


def _keys(data: Any, name: str) -> tuple[str | int, ...] | None:
    """The keys that a correction lists for an input; None if it accepts any."""
    keys: dict[str | int, None] = {}
    for node in _nodes(data):
        if node.get("nodetype") == "category" and node["input"] == name:
            if node.get("default") is not None:
                return None
            keys |= {item["key"]: None for item in node["content"]}
    return tuple(keys) or None


def _nodes(data: Any) -> Iterator[Mapping[str, Any]]:
    stack = [data]
    while stack:
        node = stack.pop()
        if isinstance(node, Mapping):
            yield node
            stack += node.values()
        elif isinstance(node, list):
            stack += node

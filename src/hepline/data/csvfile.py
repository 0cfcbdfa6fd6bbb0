"""CSV files: text with a line per event, read block by block."""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
import weakref
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from hepline.columns.schema import ColumnSpec, Schema
from hepline.columns.source import Chunk
from hepline.columns.types import TEXT, row_dtype
from hepline.data.access import remote_file
from hepline.data.addresses import is_remote
from hepline.data.csvfields import BrokenLine, Fields, Looks, fields_of, number_of, numbers
from hepline.data.csvheader import is_data, read_header
from hepline.data.reader import Facts
from hepline.errors import CorruptData, FileUnreadable

__all__ = ["CSVReader"]

# Bytes per block: small enough for its arrays to stay in the processor's cache.
_BLOCK = 1 << 22


class CSVReader:
    """One CSV file; see `Reader`.

    Opening scans the whole file: the number of lines, and whether a column holds integers, decimals
    or words, is known only at its end. Lines are parsed into numbers when they are read.

    Parameters
    ----------
    path : str
        Decompressed if it begins with the signature of gzip.

    Attributes
    ----------
    schema : Schema
        Columns are int64, float64 or bool, or text where no line holds a number. Missing values
        (nothing, ``NA``, ``N/A``, ``nan``, ``null``, ``None``) become NaN, which makes integers
        float64. Columns that mix words and numbers are obstacles.
    entries : int

    Raises
    ------
    FileUnreadable
        If the columns have no names, a line has the wrong number of fields, or no column holds
        numbers.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        with closing(_plain(path)) as file:
            self._header = read_header(iter(file.readline, b""), path)
            self._file = os.dup(file.fileno())
            weakref.finalize(self, os.close, self._file)
            file.seek(self._header.size)
            self._looks = [Looks(0)] * len(self._header.names)
            self._texts: dict[int, tuple[int, str]] = {}
            # First byte, line and event of each block, and those of the end.
            self._begins, self._lines = [self._header.size], [self._header.lines + 1]
            self._starts = [0]
            end = b"\n"
            while block := file.read(_BLOCK) + file.readline():
                self._learn(block)
                end = block[-1:]
        self.facts = _facts(path, ends=end == b"\n")
        self.entries = self._starts[-1]
        self.schema: Schema
        self.schema, self._places = self._described()

    def _learn(self, block: bytes) -> None:
        fields = self._fields(block, self._lines[-1])
        looks, texts = fields.looks(list(self._texts))
        self._looks = [before | other for before, other in zip(self._looks, looks, strict=True)]
        for column, row in texts.items():
            word = fields.strings(column, np.array([row]))[0].decode("utf-8", "replace")
            self._texts[column] = _line(block, self._lines[-1], row), word.strip()
        self._begins.append(self._begins[-1] + len(block))
        self._lines.append(self._lines[-1] + block.count(b"\n"))
        self._starts.append(self._starts[-1] + len(fields.begins))

    def _described(self) -> tuple[Schema, dict[str, int]]:
        """The usable columns, with their places in a line."""
        names, specs, obstacles = self._header.names, {}, {}
        for place, (name, looks) in enumerate(zip(names, self._looks, strict=True)):
            label = self._header.labels[place]
            obstacle = self._obstacle(place, looks) if self.entries else ""
            if names.count(name) > 1:
                obstacle = f"{names.count(name)} columns of {self._path} are called '{label}'."
            if obstacle:
                obstacles[name] = obstacle
            else:
                specs[name] = ColumnSpec(name, _dtype(looks))
        if all(spec.dtype == TEXT for spec in specs.values()):
            obstacles |= {name: self._word_of(names.index(name)) for name in specs}
            raise FileUnreadable(
                f"no column of {self._path} holds numbers.",
                why=" ".join(list(obstacles.values())[:2]),
                fix="name a CSV file with the names of its columns in the first line and numbers "
                "below, with a point for decimals.",
            )
        places = {name: names.index(name) for name in specs}
        return Schema(Path(self._path).name, specs, {}, {}, obstacles), places

    def _obstacle(self, place: int, looks: Looks) -> str:
        """Why a column is unusable; empty if it is usable."""
        whole = not looks & Looks.DECIMAL
        if _is_text(looks):
            return ""
        if place in self._texts:
            return self._word_of(place)
        if not looks & (Looks.INTEGER | Looks.DECIMAL | Looks.TRUTH):
            return f"it has no value in any line of {self._path}."
        if looks & Looks.TRUTH and looks & (Looks.INTEGER | Looks.DECIMAL | Looks.MISSING):
            return f"{self._path} mixes true and false with something else in it."
        if looks & Looks.HUGE and whole:
            return f"{self._path} has integers in it that do not fit into 64 bits."
        if looks & Looks.LARGE and looks & Looks.MISSING and whole:
            return f"{self._path} has integers of more than 15 digits beside missing values in it."
        return ""

    def _word_of(self, place: int) -> str:
        line, word = self._texts[place]
        return f"line {line} of {self._path} says '{word}', which is not a number."

    def pieces(
        self,
        columns: Sequence[str],  # noqa: ARG002
        most: int | None = None,  # noqa: ARG002
    ) -> tuple[int, ...]:
        """Event numbers at which blocks begin, and the number of events."""
        return tuple(sorted({0, *self._starts}))

    def read(
        self,
        columns: Sequence[str],
        collections: Sequence[str],  # noqa: ARG002 (a line of text has no lists)
        start: int,
        stop: int,
    ) -> Chunk:
        """Columns of the events `start` to `stop`.

        Raises
        ------
        CorruptData
            If a field is not a number, with its line.
        OSError
            If the file has become shorter.
        """
        rows: dict[str, list[NDArray[Any]]] = {name: [] for name in columns}
        for block, low, high in self._blocks(start, stop) if columns else ():
            text = self._bytes(block)
            fields = self._fields(text, self._lines[block])
            for name in columns:
                place, lines = self._places[name], slice(low, high)
                if self.schema.columns[name].dtype == TEXT:
                    rows[name].append(fields.texts(place, lines).codes())
                    continue
                strings = fields.strings(place, lines)
                rows[name].append(self._numbers(name, strings, text, block, low))
        contents = {
            name: np.concatenate([np.zeros(0, row_dtype(self.schema.columns[name].dtype)), *parts])
            for name, parts in rows.items()
        }
        return Chunk(stop - start, contents, {})

    def words(self, column: str, start: int, stop: int) -> Mapping[int, str]:
        """The texts in a column of text, by their codes.

        Raises
        ------
        OSError
            If the file has become shorter.
        """
        words: dict[int, str] = {}
        for block, low, high in self._blocks(start, stop):
            fields = self._fields(self._bytes(block), self._lines[block])
            words |= fields.texts(self._places[column], slice(low, high)).words()
        return words

    def prefetch(
        self, columns: Sequence[str], collections: Sequence[str], start: int, stop: int
    ) -> None:
        """Do nothing: parsing takes far longer than fetching from a disk."""

    def _blocks(self, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
        """Blocks of a range, with the first event and the last event + 1 in each."""
        for block in range(bisect_right(self._starts, start) - 1, len(self._starts) - 1):
            begin, end = self._starts[block : block + 2]
            low, high = max(start, begin) - begin, min(stop, end) - begin
            if low < high:
                yield block, low, high

    def _bytes(self, block: int) -> bytes:
        begin, end = self._begins[block : block + 2]
        content = os.pread(self._file, end - begin, begin)
        if len(content) != end - begin:
            raise OSError(f"the file ends at byte {begin + len(content)}, not after {end}")
        return content

    def _fields(self, block: bytes, line: int) -> Fields:
        names = self._header.names
        try:
            return fields_of(block, self._header.separator, len(names))
        except BrokenLine as broken:
            at = _line(block, line, broken.line)
            descriptions = {
                -1: "a carriage return inside of it",
                0: "a quote that does not end",
                1: "1 field",
            }
            description = descriptions.get(broken.fields, f"{broken.fields} fields")
            raise FileUnreadable(
                f"line {at} of {self._path} has {description}, not {len(names)} fields.",
                why=f"the header names {len(names)} columns: {', '.join(names[:4])}"
                + (", …" if len(names) > 4 else "."),
                fix="mend or delete that line; if a copy or a download broke off, fetch it again.",
            ) from None

    def _numbers(
        self, name: str, strings: NDArray[np.bytes_], text: bytes, block: int, low: int
    ) -> NDArray[Any]:
        looks, dtype = self._looks[self._places[name]], self.schema.columns[name].dtype
        try:
            return numbers(strings, looks, dtype)
        except (ValueError, OverflowError):
            wrong = (n for n, field in enumerate(strings) if number_of(field, looks, dtype) is None)
            row = next(wrong)
        raise CorruptData(
            f"line {_line(text, self._lines[block], low + row)} of {self._path} has no number in "
            f"'{name}'.",
            why=f"it says '{strings[row].decode('utf-8', 'replace').strip()}'.",
            fix="mend that line, or leave the field empty: a missing value is not a number (nan).",
        )


def _facts(path: str, *, ends: bool) -> Facts:
    """Facts about the completeness of a text file."""
    packed = path.partition("?")[0].lower().endswith(".gz")
    checked = "yes, by gzip's CRC-32." if packed else "no: plain text carries no checksum."
    if ends or packed:
        return Facts(checked=checked)
    notice = (
        "the last line does not end with a line break. If a copy or a download broke off there, "
        "its last number is too short: compare the size of the file with that of its source."
    )
    return Facts(checked=checked, notices=(notice,))


def _plain(path: str) -> IO[bytes]:
    """Open a file as plain text: the file itself, or a temporary copy from a server or unpacked."""
    # The caller closes it.
    file = _copied(remote_file(path).copy_to) if is_remote(path) else Path(path).open("rb")  # noqa: SIM115
    packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    if not packed:
        return file
    with closing(file), gzip.open(file) as plain:
        return _copied(partial(shutil.copyfileobj, plain))


def _copied(write: Callable[[IO[bytes]], None]) -> IO[bytes]:
    """A temporary file with what a function writes."""
    with ExitStack() as unfinished:
        copy = unfinished.enter_context(tempfile.TemporaryFile())
        write(copy)
        copy.seek(0)
        unfinished.pop_all()
    return copy


def _line(block: bytes, first: int, row: int) -> int:
    """The number in its file of a line of data in a block that begins with the line `first`."""
    data = (number for number, line in enumerate(block.split(b"\n")) if is_data(line))
    return first + next(number for place, number in enumerate(data) if place == row)


def _is_text(looks: Looks) -> bool:
    """Whether a column holds words only: a word among numbers or booleans is a mistake."""
    return bool(looks & Looks.TEXT) and not looks & (Looks.INTEGER | Looks.DECIMAL | Looks.TRUTH)


def _dtype(looks: Looks) -> str:
    if _is_text(looks):
        return TEXT
    if looks & (Looks.DECIMAL | Looks.MISSING):
        return "float64"
    return "bool" if looks & Looks.TRUTH else "int64"

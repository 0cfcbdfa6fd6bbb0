"""Fields in lines of text: their places, what they look like, and their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.arrays import empty
from hepline.data.csvheader import SPACES, is_data
from hepline.data.texts import Texts

__all__ = ["BrokenLine", "Fields", "Looks", "fields_of", "number_of", "numbers"]

_LINE, _RETURN, _QUOTE = ord("\n"), ord("\r"), ord('"')
# Kinds of letters, as bits: those in a field show whether it can be a number.
_DIGIT, _SIGN, _POINT, _POWER, _WORD, _DRESS = 1, 2, 4, 8, 16, 32
_LETTERS = {
    **dict.fromkeys(b"0123456789", _DIGIT),
    **dict.fromkeys(b"+-", _SIGN),
    **dict.fromkeys(b".", _POINT),
    **dict.fromkeys(b"eE", _POWER),
    **dict.fromkeys(b' \t"', _DRESS),
    **dict.fromkeys(b"\r\n", 0),
}
_SPACE = np.isin(np.arange(256), np.frombuffer(b" \t\r", np.uint8))
_KINDS = bytes(_LETTERS.get(letter, _WORD) for letter in range(256))
# First letters of empty lines and comments.
_ODD = np.frombuffer(b"# \t\r\n", np.uint8)

_MISSING = (b"", b"na", b"n/a", b"nan", b"null", b"none")
_INFINITE = (b"inf", b"+inf", b"-inf", b"infinity", b"-infinity")
_TRUTH = (b"true", b"false")
# Longest possible number, in letters.
_LONGEST = 64
# Digits up to which integers are exact in a float64, and in an int64.
_EXACT, _FITS = 15, 18


class Looks(IntFlag):
    """What some fields of a column look like."""

    INTEGER = 1
    LARGE = 2
    """An integer that float64 does not hold exactly."""
    HUGE = 4
    """An integer that int64 does not hold."""
    DECIMAL = 8
    TRUTH = 16
    MISSING = 32
    DRESSED = 64
    """Spaces or quotes around it."""
    TEXT = 128


class BrokenLine(Exception):
    """A line with the wrong number of fields, an unclosed quote, or a lone carriage return.

    Attributes
    ----------
    line : int
        Counted among the lines of numbers, from 0.
    fields : int
        Number of fields; 0 for the quote, -1 for the carriage return.
    """

    def __init__(self, line: int, fields: int) -> None:
        super().__init__(line, fields)
        self.line, self.fields = line, fields


@dataclass(frozen=True)
class Fields:
    """The fields of some lines.

    Attributes
    ----------
    text : ndarray of uint8
    begins, ends : ndarray of int64, shape (line, column)
        Places in `text`.
    """

    text: NDArray[np.uint8]
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]

    def strings(self, column: int, rows: NDArray[np.intp] | slice) -> NDArray[np.bytes_]:
        """The fields of one column, cut to the length of the longest number."""
        begins = self.begins[rows, column]
        lengths = np.minimum(self.ends[rows, column] - begins, _LONGEST)
        width = max(int(lengths.max(initial=1)), 1)
        along = np.arange(width)
        letters = self.text[np.minimum(begins[:, None] + along, len(self.text) - 1)]
        letters[along >= lengths[:, None]] = 0
        strings: NDArray[np.bytes_] = letters.view(f"S{width}")[:, 0]
        return strings

    def texts(self, column: int, rows: slice) -> Texts:
        """The fields of one column, without surrounding spaces and quotes."""
        begins, ends = self.begins[rows, column].copy(), self.ends[rows, column].copy()
        while (more := (begins < ends) & _SPACE[self.text[begins]]).any():
            begins += more
        while (more := (begins < ends) & _SPACE[self.text[ends - 1]]).any():
            ends -= more
        first, last = (self.text[np.maximum(place, 0)] for place in (begins, ends - 1))
        quoted = (ends - begins > 1) & (first == _QUOTE) & (last == _QUOTE)
        begins, ends = begins + quoted, ends - quoted
        if not quoted.any():
            return Texts(self.text, begins, ends)
        texts = [
            bytes(self.text[low:high])
            for low, high in zip(begins.tolist(), ends.tolist(), strict=True)
        ]
        # A quote inside quotes is doubled.
        plain = [
            text.replace(b'""', b'"') if within else text
            for text, within in zip(texts, quoted.tolist(), strict=True)
        ]
        return Texts.gathered(plain)

    def looks(self, text_columns: Sequence[int]) -> tuple[list[Looks], dict[int, int]]:
        """What each column looks like, and the first line with a word in it.

        Parameters
        ----------
        known : sequence of int
            Columns of text, kept as text: no other type fits.
        """
        kinds = self._kinds()
        looks_of, texts = [Looks(0)] * kinds.shape[1], {}
        any_kind, every_kind = np.bitwise_or.reduce(kinds, 0), np.bitwise_and.reduce(kinds, 0)
        widest = (self.ends - self.begins).max(0, initial=0)
        for column in set(range(kinds.shape[1])) - set(text_columns):
            looks, of = Looks(0), kinds[:, column]
            if any_kind[column] & _DRESS:
                looks |= Looks.DRESSED
            if (
                any_kind[column] & _WORD
                or not every_kind[column] & _DIGIT
                or widest[column] > _LONGEST
            ):
                long = self.ends[:, column] - self.begins[:, column] > _LONGEST
                odd = (of & _WORD != 0) | (of & _DIGIT == 0) | long
                words_look, text = self._words(column, np.flatnonzero(odd), long)
                looks |= words_look
                if text is not None:
                    texts[column] = text
                of = of[~odd]
            if len(of):
                power = np.bitwise_or.reduce(of) & (_POINT | _POWER)
                looks |= Looks.DECIMAL if power else Looks.INTEGER
            if widest[column] > _EXACT and not looks & Looks.TEXT:
                looks |= self._long(column, kinds[:, column])
            looks_of[column] = looks
        return looks_of, texts

    def _kinds(self) -> NDArray[np.uint8]:
        """The kinds of letters in each field."""
        # Far faster than indexing with numpy.
        letters = np.frombuffer(bytearray(self.text).translate(_KINDS), np.uint8)
        letters[self.ends] = 0
        # A sign inside a field makes it a date, and a power needs digits before it.
        signs = np.flatnonzero(letters == _SIGN)
        letters[signs[letters[signs - 1] == _DIGIT]] = _WORD
        powers = np.flatnonzero(letters == _POWER)
        letters[powers[letters[powers - 1] & (_DIGIT | _POINT) == 0]] = _WORD
        begins = self.begins.ravel()
        if not len(begins):
            return np.zeros(self.begins.shape, np.uint8)
        return np.bitwise_or.reduceat(letters, begins).reshape(self.begins.shape)

    def _words(
        self, column: int, odd: NDArray[np.intp], long: NDArray[np.bool_]
    ) -> tuple[Looks, int | None]:
        """What fields other than plain numbers look like; the first line with an unknown word."""
        words = _bare(self.strings(column, odd))
        looks = Looks(0)
        remaining = np.ones(len(odd), bool)
        for look, names in (
            (Looks.MISSING, _MISSING), (Looks.DECIMAL, _INFINITE), (Looks.TRUTH, _TRUTH)
        ):  # fmt: skip
            matches = np.isin(words, np.array(names)) & ~long[odd]
            if matches.any():
                looks |= look
            remaining &= ~matches
        if not remaining.any():
            return looks, None
        return looks | Looks.TEXT, int(odd[np.argmax(remaining)])

    def _long(self, column: int, kinds: NDArray[np.uint8]) -> Looks:
        """Which integers are too long for a float64, or for an int64."""
        lengths = self.ends[:, column] - self.begins[:, column]
        whole = kinds & (_DIGIT | _POINT | _POWER | _WORD) == _DIGIT
        rows = np.flatnonzero(whole & (lengths > _EXACT))
        looks = Looks(0)
        for string in _bare(self.strings(column, rows)).tolist():
            digits = len(string.lstrip(b"+-0"))
            if digits > _FITS and not -(2**63) <= int(string) < 2**63:
                looks |= Looks.HUGE
            elif digits > _EXACT:
                looks |= Looks.LARGE
        return looks


def fields_of(block: bytes, separator: str, columns: int) -> Fields:
    """Find the fields of whole lines.

    Parameters
    ----------
    block : bytes
        Whole lines; empty ones and comments are skipped.
    separator : str
    columns : int
        Fields that each line must have.

    Raises
    ------
    BrokenLine
        If a line has more or fewer fields.
    """
    block = _lines_of_data(block, separator)
    text = np.frombuffer(block, np.uint8)
    lines = text == _LINE
    cuts = lines if columns == 1 and separator == SPACES else lines | (text == ord(separator))
    if b'"' in block:
        quoted = np.cumsum(text == _QUOTE, dtype=np.uint8) & 1 == 1
        if (quoted & lines).any():
            raise BrokenLine(int(lines[: np.argmax(quoted & lines)].sum()), 0)
        cuts &= ~quoted
    if block.count(b"\r") > block.count(b"\r\n"):
        # Other programs treat it as the end of a line.
        returns = np.flatnonzero((text[:-1] == _RETURN) & ~lines[1:])
        raise BrokenLine(int(lines[: returns[0]].sum()), -1)
    ends = np.flatnonzero(cuts)
    count = int(np.count_nonzero(lines))
    if len(ends) != count * columns or not lines[ends[columns - 1 :: columns]].all():
        last = np.flatnonzero(lines[ends])
        counts = np.diff(last, prepend=-1)
        wrong = int(np.argmax(counts != columns))
        raise BrokenLine(wrong, int(counts[wrong]))
    begins = empty(ends.shape, ends.dtype)
    begins[:1] = 0
    begins[1:] = ends[:-1] + 1
    return Fields(text, begins.reshape(count, columns), ends.reshape(count, columns))


def _lines_of_data(block: bytes, separator: str) -> bytes:
    if block and not block.endswith(b"\n"):
        block += b"\n"
    text = np.frombuffer(block, np.uint8)
    firsts = text[np.concatenate(([0], np.flatnonzero(text[:-1] == _LINE) + 1))] if block else text
    # Otherwise no line can be empty or a comment.
    if separator != SPACES and not np.isin(firsts, _ODD).any():
        return block
    lines = [line for line in block.split(b"\n") if is_data(line)]
    if separator == SPACES:
        lines = [b" ".join(line.split()) for line in lines]
    return b"".join(line + b"\n" for line in lines)


def numbers(strings: NDArray[np.bytes_], looks: Looks, dtype: str) -> NDArray[Any]:
    """Parse the numbers of a column.

    Parameters
    ----------
    strings : ndarray of bytes, shape (line,)
    looks : Looks
        Of the whole column.
    dtype : str
        ``int64``, ``float64`` or ``bool``.

    Raises
    ------
    ValueError, OverflowError
        If one of the fields is not a number.
    """
    if dtype == "bool":
        truth: NDArray[np.bool_] = _bare(strings) == b"true"
        return truth
    if looks & (Looks.DRESSED | Looks.MISSING):
        strings = _bare(strings)
    if looks & Looks.MISSING:
        strings = np.where(np.isin(strings, np.array(_MISSING)), b"nan", strings)
    return strings.astype(dtype)


def number_of(string: bytes, looks: Looks, dtype: str) -> float | None:
    """Parse one number; None if it is not a number."""
    try:
        return float(numbers(np.array([string]), looks, dtype)[0])
    except (ValueError, OverflowError):
        return None


def _bare(strings: NDArray[np.bytes_]) -> NDArray[np.bytes_]:
    """Lower the case, and strip spaces and quotes."""
    return np.strings.lower(np.strings.strip(strings, b' \t\r"'))

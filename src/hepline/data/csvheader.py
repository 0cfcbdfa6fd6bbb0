"""The header of a text file: separator and names of the columns."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from hepline.errors import FileUnreadable

__all__ = ["SPACES", "Header", "is_data", "name_of", "read_header"]

SPACES = " "
"""Stands for any number of spaces or tabs."""

_SEPARATORS = (",", ";", "\t", "|")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
# Small words of English sentences; "a" is a column as often as an article.
_PROSE = frozenset((
    "and", "are", "at", "by", "for", "from", "has", "have", "in", "is", "of", "on", "or", "the",
    "these", "this", "to", "was", "were", "with",
))  # fmt: skip
_MOST_WORDS = 3
_UNIT = re.compile(r"\s*(\[[^\]]*\]|\([^)]*\))\s*$")


@dataclass(frozen=True)
class Header:
    """The header before the numbers.

    Attributes
    ----------
    separator : str
        One letter; `SPACES` for any white space.
    labels : tuple of str
        Names in the file: ``E1 [GeV]``.
    names : tuple of str
        Names of the columns: ``E1``; see `name_of`.
    lines, size : int
        Lines and bytes before the first line of numbers.
    """

    separator: str
    labels: tuple[str, ...]
    names: tuple[str, ...]
    lines: int
    size: int


def is_data(line: bytes) -> bool:
    """Whether a line is data: neither empty nor a comment (``# …``)."""
    stripped = line.strip()
    return bool(stripped) and not stripped.startswith(b"#")


def name_of(label: str) -> str:
    """Make the name of a column a valid Python name.

    A unit in brackets at the end is dropped (``E1 [GeV]`` → ``E1``), and every run of other
    characters than letters, digits and ``_`` becomes one ``_`` (``run:fill`` → ``run_fill``).
    A name that begins with a digit gets an ``x`` before it.
    """
    bare = _UNIT.sub("", label).strip() or label.strip()
    name = re.sub(r"\W+", "_", bare).strip("_") if re.search(r"\W", bare) else bare
    return f"x{name}" if name[:1].isdigit() else name


def read_header(lines: Iterable[bytes], path: str) -> Header:
    """Find the names of the columns.

    They stand in the first line that is not a comment. Where that line holds numbers, the comment
    right before names the columns, as `numpy.savetxt` writes them. Columns may be separated by
    spaces; a line with no other separator is one name if the lines of numbers have one field.

    Parameters
    ----------
    lines : iterable of bytes
        Of the file, from its beginning.
    path : str
        For messages.

    Raises
    ------
    FileUnreadable
        If there are no names, or the file is not plain text.
    """
    number = size = 0
    comment: str | None = None
    rest = iter(lines)
    for raw in rest:
        text = _decoded(raw, path)
        before, number, size = size, number + 1, size + len(raw)
        if text.lstrip().startswith("<"):
            raise FileUnreadable(
                f"{path} is a web page.",
                why=f"it begins with '{text.strip()[:40]}'.",
                fix="fetch the file itself: the address of the download, not of its page.",
            )
        if is_data(text.encode()):
            separator, labels = _split(text)
            if not any(_NUMBER.fullmatch(label) for label in labels):
                first = next((line for line in rest if is_data(line)), b"")
                alone = separator == SPACES and _is_one_field(first)
                # A name may hold spaces if there is no separator.
                return _header(separator, [_whole(text)] if alone else labels, number, size)
            if comment is not None:
                alone = separator == SPACES and len(labels) == 1
                titles = [_whole(comment)] if alone else _split(comment, separator)[1]
                if len(titles) == len(labels) and not _is_prose(comment, titles):
                    return _header(separator, titles, number - 1, before)
            raise _nameless(path, number, labels, comment)
        if text.strip():
            comment = text.strip().lstrip("#").strip()
    if comment:
        return _header(*_split(comment), number, size)
    raise FileUnreadable(
        f"{path} holds no line of text.",
        why="the first line of a CSV file names its columns.",
        fix="write the names of the columns into the first line, numbers below.",
    )


def _is_prose(comment: str, titles: list[str]) -> bool:
    """Whether a comment is a sentence rather than names of columns.

    Names may hold a space or two; sentences end with a punctuation mark, or contain small words
    that are not names.
    """
    if comment.endswith((".", ":", "!", "?", ";")):
        return True
    words = [word for title in titles for word in _UNIT.sub("", title).lower().split()]
    return not _PROSE.isdisjoint(words) or any(
        len(_UNIT.sub("", title).split()) > _MOST_WORDS for title in titles
    )


def _header(separator: str, labels: list[str], lines: int, size: int) -> Header:
    named = [name_of(label) or f"column{place + 1}" for place, label in enumerate(labels)]
    twice = {name for name, count in Counter(named).items() if count > 1}
    # Columns that differ only in their units keep them.
    full = [re.sub(r"\W+", "_", label.strip()).strip("_") for label in labels]
    names = [whole if name in twice else name for name, whole in zip(named, full, strict=True)]
    return Header(separator, tuple(labels), tuple(names), lines, size)


def _split(line: str, separator: str = "") -> tuple[str, list[str]]:
    """The separator of a line, and its fields."""
    bare = re.sub(r'"[^"]*"', "", line)
    if not separator:
        separator = max(_SEPARATORS, key=bare.count)
        if separator not in bare:
            separator = SPACES
    if separator == SPACES:
        return separator, [field.strip('"') for field in line.split()]
    (fields,) = csv.reader([line.strip("\r\n")], delimiter=separator, skipinitialspace=True)
    return separator, [field.strip() for field in fields]


def _is_one_field(line: bytes) -> bool:
    return len(line.split()) == 1 and not any(mark.encode() in line for mark in _SEPARATORS)


def _whole(line: str) -> str:
    return line.strip().strip('"').strip()


def _decoded(raw: bytes, path: str) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw:
        raise FileUnreadable(
            f"{path} is not plain text.",
            why="it holds zero bytes, as UTF-16 does ('Unicode text' of spreadsheets).",
            fix="save it again as 'CSV UTF-8'.",
        )
    if b"\r" in raw.rstrip(b"\r\n"):
        raise FileUnreadable(
            f"the lines of {path} end with a carriage return alone.",
            why="lines end with a line feed, or with both.",
            fix=f"rewrite them: tr '\\r' '\\n' < {path} > new.csv",
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _nameless(path: str, line: int, labels: list[str], comment: str | None) -> FileUnreadable:
    number = next(label for label in labels if _NUMBER.fullmatch(label))
    why = f"line {line} should hold names, but '{number}' is a number."
    if comment:
        why += f" The comment above, '{comment[:60]}', does not name {len(labels)} columns."
    return FileUnreadable(
        f"{path} does not name its columns.",
        why=why,
        fix="write a first line with the names of the columns: "
        + ",".join(["pt1", "eta1", "phi1", "…"][: max(2, min(4, len(labels)))]),
    )

"""Tables of numbers as text, LaTeX, HTML and CSV, from the same cells."""

from __future__ import annotations

import csv
import io
import math
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from hepline.show import rounding
from hepline.show.labels import html_label, latex_label, plain_label

__all__ = ["Cell", "Table"]

_THIN = "\u202f"  # narrow no-break space
_NOTHING, _HIDDEN = "–", "blinded"


@dataclass(frozen=True)
class Cell:
    """A number of a table.

    Attributes
    ----------
    value : float
        NaN is blinded.
    error : float or None
        One standard deviation; None where it is not known.
    kind : str
        How it is written without an error: ``events``, ``number`` (three significant digits),
        ``share`` (with one decimal, of a value in percent) or ``change`` (the same with its sign).
    """

    value: float
    error: float | None = None
    kind: str = "events"

    def __str__(self) -> str:
        """The value with its error, both to the digits that the error deserves."""
        if not math.isfinite(self.value):
            return _HIDDEN
        if self.error is not None and self.error > 0 and math.isfinite(self.error):
            pair = rounding.rounded_pair(self.value, self.error)
            return " ± ".join(_thousands_apart(number) for number in pair)
        match self.kind:
            case "number":
                return f"{self.value:.3g}".replace("-", "−")
            case "share":
                return f"{self.value:.1f}".replace("-", "−")
            case "change":
                return f"{self.value:+.1f}".replace("-", "−")
        whole = self.value == int(self.value)
        return rounding.count(self.value) if whole else rounding.events(self.value)


@dataclass(frozen=True)
class Table:
    """Rows and columns of numbers, with heads.

    Attributes
    ----------
    columns : tuple of (str, str)
        Upper head, which may hold mathtext and spans neighbors that share it, and lower head. If
        all upper, or all lower ones are empty, there is one line of heads.
    rows : tuple of (str, tuple of (Cell, str or None))
        Label, which may hold mathtext, and a cell for each column; None where there is nothing to
        say.
    rules : tuple of int
        Rows above which there is a rule, such as that of a total.
    first : str
        Head of the labels.
    """

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, tuple[Cell | str | None, ...]], ...]
    rules: tuple[int, ...] = ()
    first: str = ""

    def text(self) -> str:
        """Columns of plain text, for a terminal."""
        heads = [
            [self.first if last else "", *(plain_label(column[line]) for column in self.columns)]
            for line, last in self._head_lines()
        ]
        body = [[plain_label(label), *map(_shown, cells)] for label, cells in self.rows]
        lines = [*heads, *body]
        widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
        written = ["  ".join(_aligned(line, widths)).rstrip() for line in lines]
        rule = "─" * max(map(_width, written))
        for row in sorted({0, *self.rules}, reverse=True):
            written.insert(len(heads) + row, rule)
        return "\n".join(written)

    def latex(self) -> str:
        r"""A ``tabular`` for the package ``booktabs``, all labels escaped."""
        body = [self._latex_row(label, cells) for label, cells in self.rows]
        for row in sorted(self.rules, reverse=True):
            body.insert(row, r"\midrule")
        lines = [
            rf"\begin{{tabular}}{{l{'r' * len(self.columns)}}}",
            r"\toprule",
            *self._latex_heads(),
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
        ]
        return "\n".join(lines) + "\n"

    def csv(self) -> str:
        """Numbers as they are, with a column for errors wherever there are any; empty if hidden."""
        sink = io.StringIO()
        writer = csv.writer(sink, lineterminator="\n")
        erring = [
            any(isinstance(cell, Cell) and cell.error is not None for cell in cells)
            for cells in zip(*(cells for _, cells in self.rows), strict=True)
        ]
        heads = [plain_label(" ".join(filter(None, column))) for column in self.columns]
        named = [
            name
            for head, has_error in zip(heads, erring or [False] * len(heads), strict=True)
            for name in ([head, f"{head} error"] if has_error else [head])
        ]
        writer.writerow([self.first or "row", *named])
        for label, cells in self.rows:
            numbers = [
                number
                for cell, has_error in zip(cells, erring, strict=True)
                for number in _plain(cell, with_error=has_error)
            ]
            writer.writerow([plain_label(label), *numbers])
        return sink.getvalue()

    def html(self) -> Markup:
        """A ``table``, all labels escaped."""
        rows = [
            Markup('<tr><th scope="row">{}</th>{}</tr>').format(
                html_label(label), _html_cells(map(_shown, cells), "td")
            )
            for label, cells in self.rows
        ]
        return Markup("<table>\n<thead>{}</thead>\n<tbody>\n{}\n</tbody>\n</table>").format(
            self._html_heads(), Markup("\n").join(rows)
        )

    def _head_lines(self) -> list[tuple[int, bool]]:
        """Which of both lines of heads are there, and whether it is the last."""
        used = [line for line in (0, 1) if any(column[line] for column in self.columns)] or [1]
        return [(line, line == used[-1]) for line in used]

    def _latex_heads(self) -> Iterator[str]:
        lines = [line for line, _ in self._head_lines()]
        if lines == [0, 1]:
            heads = _spans(self.columns)
            tops = [
                rf"\multicolumn{{{count}}}{{c}}{{{latex_label(name)}}}" for name, count in heads
            ]
            yield rf" & {' & '.join(tops)} \\"
            yield from _rules_below([count for _, count in heads])
        names = [latex_label(column[lines[-1]]) for column in self.columns]
        yield rf"{latex_label(self.first)} & {' & '.join(names)} \\"

    def _latex_row(self, label: str, cells: Sequence[Cell | str | None]) -> str:
        return " & ".join([latex_label(label), *map(_in_latex, cells)]) + r" \\"

    def _html_heads(self) -> Markup:
        lines = [line for line, _ in self._head_lines()]
        if lines != [0, 1]:
            names = [html_label(column[lines[0]]) for column in self.columns]
            return Markup('<tr><th scope="col">{}</th>{}</tr>').format(
                self.first, _html_cells(names, "th")
            )
        tops = Markup("").join(
            Markup('<th scope="colgroup" colspan="{}">{}</th>').format(count, html_label(name))
            for name, count in _spans(self.columns)
        )
        lower = _html_cells((html_label(name) for _, name in self.columns), "th")
        return Markup('<tr><th scope="col" rowspan="2">{}</th>{}</tr>\n<tr>{}</tr>').format(
            self.first, tops, lower
        )


def _digits(number: float) -> str:
    """All digits, of a whole number without a point."""
    whole = float(number).is_integer() and abs(number) < 2**53
    return str(int(number)) if whole else repr(float(number))


def _plain(cell: Cell | str | None, *, with_error: bool) -> list[str]:
    value, error = "", ""
    if isinstance(cell, Cell):
        value = _digits(cell.value) if math.isfinite(cell.value) else ""
        error = "" if cell.error is None or not value else _digits(cell.error)
    elif cell is not None:
        value = cell
    return [value, error] if with_error else [value]


def _shown(cell: Cell | str | None) -> str:
    return _NOTHING if cell is None else str(cell)


def _thousands_apart(number: str) -> str:
    whole, point, decimals = number.partition(".")
    sign, digits = ("−", whole[1:]) if whole.startswith("−") else ("", whole)
    return f"{sign}{int(digits):,}".replace(",", _THIN) + point + decimals


def _aligned(line: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    for column, (text, width) in enumerate(zip(line, widths, strict=True)):
        space = " " * (width - _width(text))
        yield space + text if column else text + space


def _width(text: str) -> int:
    """Letters that take room: a bar over a t takes none."""
    return sum(not unicodedata.combining(letter) for letter in text)


def _spans(columns: Sequence[tuple[str, str]]) -> list[tuple[str, int]]:
    """Regions with the number of their columns."""
    return [(name, len(list(group))) for name, group in groupby(name for name, _ in columns)]


def _rules_below(counts: Sequence[int]) -> Iterator[str]:
    first = 2
    for count in counts:
        yield rf"\cmidrule(lr){{{first}-{first + count - 1}}}"
        first += count


def _in_latex(cell: Cell | str | None) -> str:
    if isinstance(cell, str):
        return latex_label(cell)
    number = _shown(cell)
    if number in (_NOTHING, _HIDDEN):
        return {_NOTHING: "--", _HIDDEN: _HIDDEN}[number]
    for shown, written in ((_THIN, r"\,"), ("±", r"\pm"), ("−", "-")):
        number = number.replace(shown, written)
    return f"${number}$"


def _html_cells(texts: Iterable[str], tag: str) -> Markup:
    return Markup("").join(Markup("<{0}>{1}</{0}>").format(tag, text) for text in texts)

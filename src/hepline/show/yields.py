"""Tables of expected and seen events before and after the fit: as text, LaTeX and HTML."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from hepline.show import rounding
from hepline.show.content import RegionInfo, SampleInfo
from hepline.show.labels import html_label, latex_label, plain_label
from hepline.stats.results import ChannelPrediction

__all__ = ["Cell", "YieldTable", "yield_table"]

_THIN = "\u202f"  # narrow no-break space
_NOTHING, _HIDDEN = "–", "blinded"


@dataclass(frozen=True)
class Cell:
    """Events of one sample in one region.

    Attributes
    ----------
    events : float
        NaN is blinded.
    error : float or None
        One standard deviation; None where it is not known.
    """

    events: float
    error: float | None = None

    def __str__(self) -> str:
        """Events with their error, both to the digits that the error deserves."""
        if not math.isfinite(self.events):
            return _HIDDEN
        if self.error is not None and self.error > 0 and math.isfinite(self.error):
            pair = rounding.rounded_pair(self.events, self.error)
            return " ± ".join(_thousands_apart(number) for number in pair)
        whole = self.events == int(self.events)
        return rounding.count(self.events) if whole else rounding.events(self.events)


@dataclass(frozen=True)
class YieldTable:
    """Rows of samples, columns of regions.

    Attributes
    ----------
    columns : tuple of (str, str)
        Label of the region, which may hold mathtext, and stage: ``pre-fit``.
    rows : tuple of (str, tuple of (Cell or None))
        Label, which may hold mathtext, and a cell for each column; None where a sample has no
        part in a region.
    sums : int
        How many of the last rows are not samples: the total and the data.
    """

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]
    sums: int = 2

    def text(self) -> str:
        """Columns of plain text, for a terminal."""
        lines = [
            ["", *(plain_label(region) for region, _ in self.columns)],
            ["", *(stage for _, stage in self.columns)],
            *([plain_label(label), *map(_shown, cells)] for label, cells in self.rows),
        ]
        widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
        written = ["  ".join(_aligned(line, widths)).rstrip() for line in lines]
        rule = "─" * max(map(_width, written))
        written.insert(len(written) - self.sums, rule)
        written.insert(2, rule)
        return "\n".join(written)

    def latex(self) -> str:
        r"""A ``tabular`` for the package ``booktabs``, all labels escaped."""
        heads = _spans(self.columns)
        tops = [rf"\multicolumn{{{count}}}{{c}}{{{latex_label(name)}}}" for name, count in heads]
        stages = [latex_label(stage) for _, stage in self.columns]
        lines = [
            rf"\begin{{tabular}}{{l{'r' * len(self.columns)}}}",
            r"\toprule",
            rf" & {' & '.join(tops)} \\",
            *_rules_below([count for _, count in heads]),
            rf" & {' & '.join(stages)} \\",
            r"\midrule",
            *(self._latex_row(label, cells) for label, cells in self.rows),
            r"\bottomrule",
            r"\end{tabular}",
        ]
        lines.insert(len(lines) - 2 - self.sums, r"\midrule")
        return "\n".join(lines) + "\n"

    def _latex_row(self, label: str, cells: Sequence[Cell | None]) -> str:
        return (
            " & ".join([latex_label(label), *(_in_latex(_shown(cell)) for cell in cells)]) + r" \\"
        )

    def html(self) -> Markup:
        """A ``table``, all labels escaped."""
        tops = Markup("").join(
            Markup('<th scope="colgroup" colspan="{}">{}</th>').format(count, html_label(name))
            for name, count in _spans(self.columns)
        )
        stages = _html_cells((stage for _, stage in self.columns), "th")
        rows = Markup("\n").join(
            Markup('<tr><th scope="row">{}</th>{}</tr>').format(
                html_label(label), _html_cells(map(_shown, cells), "td")
            )
            for label, cells in self.rows
        )
        return Markup(
            '<table>\n<thead><tr><th scope="col" rowspan="2">Sample</th>{}</tr>\n'
            "<tr>{}</tr></thead>\n<tbody>\n{}\n</tbody>\n</table>"
        ).format(tops, stages, rows)


def yield_table(
    prefit: Sequence[ChannelPrediction] = (),
    postfit: Sequence[ChannelPrediction] = (),
    *,
    regions: Sequence[RegionInfo] = (),
    samples: Sequence[SampleInfo] = (),
) -> YieldTable:
    """Arrange sums over bins in a table: samples, their total with its error, and the data.

    Parameters
    ----------
    prefit, postfit : sequence of ChannelPrediction
        One of them may be missing.
    regions, samples : sequence of RegionInfo, of SampleInfo
        Labels and order; names stand for what is not listed.

    Returns
    -------
    YieldTable
        One column for each region and stage.
    """
    labels = {region.name: region.label for region in regions}
    channels = dict.fromkeys([*labels, *(prediction.channel for prediction in (*prefit, *postfit))])
    columns = [
        (labels.get(channel, channel), stage, prediction)
        for channel in channels
        for stage, predictions in (("pre-fit", prefit), ("post-fit", postfit))
        for prediction in predictions
        if prediction.channel == channel
    ]
    names = {sample.name: sample.label for sample in samples}
    met = dict.fromkeys(name for *_, prediction in columns for name, _ in prediction.samples)
    order = [*(name for name in names if name in met), *(name for name in met if name not in names)]
    rows = [
        (names.get(name, name), tuple(_of_sample(prediction, name) for *_, prediction in columns))
        for name in order
    ]
    totals = tuple(
        Cell(float(prediction.total.sum()), prediction.yield_uncertainty)
        for *_, prediction in columns
    )
    data = tuple(Cell(float(prediction.data.sum())) for *_, prediction in columns)
    rows += [("Total", totals), ("Data", data)]
    return YieldTable(tuple((label, stage) for label, stage, _ in columns), tuple(rows))


def _of_sample(prediction: ChannelPrediction, name: str) -> Cell | None:
    for sample, events in prediction.samples:
        if sample == name:
            return Cell(float(events.sum()))
    return None


def _shown(cell: Cell | None) -> str:
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


def _in_latex(number: str) -> str:
    if number in (_NOTHING, _HIDDEN):
        return {_NOTHING: "--", _HIDDEN: _HIDDEN}[number]
    for shown, written in ((_THIN, r"\,"), ("±", r"\pm"), ("−", "-")):
        number = number.replace(shown, written)
    return f"${number}$"


def _html_cells(texts: Iterable[str], tag: str) -> Markup:
    return Markup("").join(Markup("<{0}>{1}</{0}>").format(tag, text) for text in texts)

import csv
import math
import re

import pytest

from hepline.show.tables import Cell, Table


@pytest.mark.parametrize(
    ("events", "error", "shown"),
    [
        # The rule of the PDG: 354 keeps two digits, 355 one, 950 becomes 1000.
        (28287.37, 9056.6, "28\u202f000 ± 9\u202f000"),
        (827.2, 35.4, "827 ± 35"),
        (827.2, 35.6, "830 ± 40"),
        (827.2, 95.1, "830 ± 100"),
        (463.62, 1.234, "463.6 ± 1.2"),
        (-1234.5, 12.3, "−1\u202f234 ± 12"),
        (7.03, None, "7.0"),
        (1550.4, None, "1\u202f550"),
        (30152.0, None, "30\u202f152"),
        (12.0, None, "12"),
        (3.0, 0.0, "3"),
        (math.nan, None, "blinded"),
        (math.nan, 3.0, "blinded"),
    ],
)
def test_a_number_has_the_digits_that_its_error_deserves(events, error, shown):
    assert str(Cell(events, error)) == shown


def test_labels_are_shown_and_not_obeyed():
    evil = Table((("<script>", "<b>"),), (("<i>&", (Cell(1.0),)),))
    page = str(evil.html())
    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;i&gt;&amp;" in page


TABLE = Table(
    (("", "events [10³]"), ("", "fb⁻¹ & ε"), ("", "note")),
    (
        ("H → ττ, 50%_x", (Cell(1234.5, 12.3), Cell(0.0123, kind="number"), "a_b")),
        ("$t\\bar{t}$", (Cell(math.nan, 1.0), None, None)),
        ("Total", (Cell(12.0, 0.0), Cell(-3.26, kind="change"), Cell(45.67, kind="share"))),
    ),
    rules=(2,),
    first="Sample",
)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (Cell(0.012345, kind="number"), "0.0123"),
        (Cell(-2.5e-7, kind="number"), "−2.5e−07"),
        (Cell(3.26, kind="change"), "+3.3"),
        (Cell(-3.26, kind="change"), "−3.3"),
        (Cell(45.67, kind="share"), "45.7"),
        (Cell(45.67, 1.234, kind="share"), "45.7 ± 1.2"),
    ],
)
def test_numbers_are_written_by_their_kind(cell, text):
    assert str(cell) == text


def test_one_line_of_heads_is_enough():
    lines = TABLE.latex().splitlines()
    assert lines[:4] == [
        r"\begin{tabular}{lrrr}",
        r"\toprule",
        r"Sample & events [10$^{3}$] & fb$^{-}$$^{1}$ \& $\varepsilon$ & note \\",
        r"\midrule",
    ]
    assert TABLE.text().splitlines()[0].split() == [
        "Sample",
        "events",
        "[10³]",
        "fb⁻¹",
        "&",
        "ε",
        "note",
    ]
    assert "rowspan" not in TABLE.html()


def test_latex_has_the_same_number_of_columns_everywhere_and_no_bare_signs():
    rows = [line for line in TABLE.latex().splitlines() if line.endswith(r" \\")]
    assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {3}
    assert (
        rows[1] == r"H $\rightarrow$ $\tau$$\tau$, 50\%\_x & $1\,234 \pm 12$ & $0.0123$ & a\_b \\"
    )
    assert rows[2] == r"$t\bar{t}$ & blinded & -- & -- \\"
    assert rows[3] == r"Total & $12$ & $-3.3$ & $45.7$ \\"
    assert TABLE.latex().splitlines()[-4] == r"\midrule"
    assert TABLE.latex().isascii()


def test_csv_has_all_digits_and_nothing_that_is_hidden():
    heads, *rows = csv.reader(TABLE.csv().splitlines())
    assert heads == ["Sample", "events [10³]", "events [10³] error", "fb⁻¹ & ε", "note"]
    assert rows == [
        ["H → ττ, 50%_x", "1234.5", "12.3", "0.0123", "a_b"],
        ["tt\u0304", "", "", "", ""],
        ["Total", "12", "0", "-3.26", "45.67"],
    ]


def test_a_table_without_rows_can_be_written():
    empty = Table((("a", "b"),), ())
    assert empty.csv() == "row,a b\n"
    assert empty.latex().count("\n") == 8
    assert empty.text()

import csv
import dataclasses
import fnmatch
import re

import pytest

from hepline.show.grid_content import GridContent, LimitCurve, LimitPoint
from hepline.show.report_tables import report_tables, table_files, table_patterns


@pytest.fixture(scope="module")
def whole(content):
    curve = LimitCurve("Z′", "m [GeV]", "σ [pb]", (LimitPoint(1, (0.5, 0.7, 1.0, 1.4, 2.0), 1.0),))
    return dataclasses.replace(content, grid=GridContent((curve,)))


def test_all_tables_of_a_report_are_there(whole):
    names = [re.sub("-[0-9a-f]+$", "", name) for name in report_tables(whole)]
    assert names == [
        "yields", "selected", "cutflow", "cutflow_entries", "systematics_4j1b",
        "systematics_4j2b", "limits_Z_",
    ]  # fmt: skip


def test_every_latex_table_closes_what_it_opens_and_counts_its_columns(whole):
    for name, text in table_files(whole).items():
        if not name.endswith(".tex"):
            continue
        latex = text.decode()
        columns = re.match(r"\\begin\{tabular\}\{l(r+)\}", latex)[1]
        assert latex.rstrip().endswith(r"\end{tabular}")
        for row in latex.splitlines():
            if not row.endswith(r"\\"):
                continue
            spans = sum(int(n) - 1 for n in re.findall(r"\\multicolumn\{(\d+)\}", row))
            assert len(re.findall(r"(?<!\\)&", row)) + spans == len(columns), (name, row)
            assert row.count("{") - row.count(r"\{") == row.count("}") - row.count(r"\}")
            assert (row.count("$") - row.count(r"\$")) % 2 == 0


def test_every_csv_file_is_a_rectangle(whole):
    for name, text in table_files(whole).items():
        if name.endswith(".csv"):
            rows = list(csv.reader(text.decode().splitlines()))
            assert len({len(row) for row in rows}) == 1, name


def test_all_files_are_swept_by_the_next_report(whole):
    for name in table_files(whole):
        assert any(fnmatch.fnmatch(name, pattern) for pattern in table_patterns()), name


def test_what_is_not_there_has_no_table(whole):
    bare = dataclasses.replace(
        whole, prefit=(), postfit=(), yields=(), cutflows=(), variations=(), grid=None
    )
    assert table_files(bare) == {}

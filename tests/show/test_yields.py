import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from hepline.show.content import RegionInfo, SampleInfo, Yield
from hepline.show.yields import selection_table, yield_table
from hepline.stats.results import ChannelPrediction

EDGES = np.arange(3.0)
REGIONS = [
    RegionInfo("CR_1", "≥ 4 jets & 1 b", "Bin", EDGES, EDGES),
    RegionInfo("SR_1", "$m_{bjj}$ peak", "Bin", EDGES, EDGES),
]
SAMPLES = [SampleInfo("ttbar", "$t\\bar{t}$"), SampleInfo("w_jets", "W_jets 50%")]


def prediction(channel, ttbar, others, error, data):
    samples = (("w_jets", np.array(others)), ("ttbar", np.array(ttbar)))[len(others) == 0 :]
    total = sum(values for _, values in samples)
    return ChannelPrediction(channel, samples, total, np.zeros(2), error, np.array(data))


@pytest.fixture(scope="module")
def table():
    prefit = (
        prediction("CR_1", [20000.0, 1080.4], [5000.0, 152.3], 9056.6, [30000.0, 152.0]),
        prediction("SR_1", [400.0, 63.62], [], 12.34, [480.5, 0.0]),
    )
    postfit = (
        prediction("CR_1", [22000.0, 1137.0], [4900.0, 127.0], 168.4, [30000.0, 152.0]),
        prediction("SR_1", [410.0, 55.0], [], 9.96, [480.5, 0.0]),
    )
    return yield_table(prefit, postfit, regions=REGIONS, samples=SAMPLES)


def test_cells_are_sums_over_bins_in_the_order_of_the_samples(table):
    assert table.columns == (
        ("≥ 4 jets & 1 b", "pre-fit"),
        ("≥ 4 jets & 1 b", "post-fit"),
        ("$m_{bjj}$ peak", "pre-fit"),
        ("$m_{bjj}$ peak", "post-fit"),
    )
    assert [label for label, _ in table.rows] == ["$t\\bar{t}$", "W_jets 50%", "Total", "Data"]
    cells = dict(table.rows)
    assert cells["$t\\bar{t}$"][0].value == pytest.approx(21080.4)
    assert cells["W_jets 50%"][2] is None
    assert cells["Total"][1].value == pytest.approx(28164.0)
    assert cells["Total"][1].error == 168.4
    assert cells["Data"][0].value == 30152.0


def test_text_has_aligned_columns(table):
    lines = table.text().splitlines()
    assert lines[0].split("  ")[-1].strip() == "mbjj peak"
    assert lines[2] == lines[5]
    assert set(lines[2]) == {"─"}
    # A combining bar takes no room on the screen.
    widths = {len(line.replace("\u0304", "")) for line in lines}
    assert widths == {len(lines[2])}
    assert lines[3].startswith("tt̄ ")
    assert "26\u202f000 ± 9\u202f000" in lines[-2]
    assert lines[4].rstrip().endswith("–")


def test_latex_is_a_booktabs_table_with_labels_escaped(table):
    lines = table.latex().splitlines()
    assert lines[0] == r"\begin{tabular}{lrrrr}"
    assert lines[-1] == r"\end{tabular}"
    assert [line for line in lines if line.endswith("rule")] == [
        r"\toprule",
        r"\midrule",
        r"\midrule",
        r"\bottomrule",
    ]
    assert (
        r" & \multicolumn{2}{c}{$\geq$ 4 jets \& 1 b} & \multicolumn{2}{c}{$m_{bjj}$ peak} \\"
        in lines
    )
    assert r"\cmidrule(lr){2-3}" in lines
    assert r"\cmidrule(lr){4-5}" in lines
    rows = [line for line in lines if line.endswith(r" \\")]
    assert {len(re.findall(r"(?<!\\)&", row)) for row in rows[1:]} == {4}
    assert rows[3] == r"W\_jets 50\% & $5\,152$ & $5\,027$ & -- & -- \\"
    assert rows[4].startswith(r"Total & $26\,000 \pm 9\,000$ & $28\,160 \pm 170$ & ")
    assert lines[-5] == r"\midrule"


class Cells(HTMLParser):
    """Texts of the cells, row by row."""

    def __init__(self, page):
        super().__init__()
        self.rows = []
        self.feed(page)

    def handle_starttag(self, tag, _):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip("\n")


def test_html_has_the_same_cells(table):
    rows = Cells(str(table.html())).rows
    assert rows[0] == ["Sample", "≥ 4 jets & 1 b", "mbjj peak"]
    assert rows[1] == ["pre-fit", "post-fit", "pre-fit", "post-fit"]
    assert rows[2][:2] == ["tt̄", "21\u202f080"]
    assert rows[3] == ["W_jets 50%", "5\u202f152", "5\u202f027", "–", "–"]
    assert rows[5] == ["Data", "30\u202f152", "30\u202f152", "480.5", "480.5"]


def test_one_stage_and_no_labels_are_enough():
    one = prediction("SR", [1.0, 2.0], [], 0.5, [math.nan, 1.0])
    table = yield_table(prefit=(one,))
    assert table.columns == (("SR", "pre-fit"),)
    assert [label for label, _ in table.rows] == ["ttbar", "Total", "Data"]
    assert str(table.rows[-1][1][0]) == "blinded"
    assert r"\multicolumn{1}{c}{SR}" in table.latex()


YIELDS = (
    Yield("SR", "ttbar", 400, 30.0, 3.0),
    Yield("SR", "wjets", 100, 10.0, 4.0),
    Yield("SR", "data", 37, 37.0, 37**0.5),
    Yield("CR", "wjets", 900, 90.0, 2.0),
)


def test_selected_events_have_their_total_with_errors_in_quadrature():
    table = selection_table(YIELDS, samples=SAMPLES[:1])
    assert table.columns == (("SR", ""), ("CR", ""))
    rows = {label: tuple(map(str, cells)) for label, cells in table.rows}
    assert rows == {
        SAMPLES[0].label: ("30.0 ± 3.0", "None"),
        "wjets": ("10 ± 4", "90.0 ± 2.0"),
        "Total": ("40 ± 5", "90.0 ± 2.0"),
        "data": ("37", "None"),
    }
    assert table.rules == (2,)

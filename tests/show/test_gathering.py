import math

import pytest

from hepline.show.gathering import gather_statistics
from hepline.show.impact_figures import impact_figures
from hepline.show.ranking import draw_ranking
from hepline.show.stamps import Stamp
from hepline.stats.inference.results import Breakdown, Component, Impact, Ranking


def impact(name, kind, up, down):
    return Impact(name, kind, 0.0, 1.0, 0.0, 1.0, up, down, up, down)


RANKING = Ranking(
    "mu",
    1.0,
    0.2,
    (
        impact("jes", "histosys", 0.045, -0.048),
        impact("staterror_SR[0]", "staterror", 0.04, -0.03),
        impact("staterror_SR[1]", "staterror", -0.03, 0.02),
        impact("lumi", "lumi", 0.01, -0.01),
    ),
)
BREAKDOWN = Breakdown(
    "mu", 1.0, 0.2, (Component("MC statistics", ("staterror_SR[0]",), 0.061),), 0.1, 0.1
)


def sizes(ranking):
    return [(row.parameter, pytest.approx(row.up)) for row in ranking.impacts]


def test_per_bin_factors_are_one_row_with_the_impact_of_their_group():
    assert sizes(gather_statistics(RANKING, BREAKDOWN)) == [
        ("MC statistics (2 bins)", 0.061), ("jes", 0.045), ("lumi", 0.01),
    ]  # fmt: skip


def test_without_a_breakdown_they_are_added_in_quadrature():
    assert sizes(gather_statistics(RANKING)) == [
        ("MC statistics (2 bins)", math.hypot(0.04, 0.03)), ("jes", 0.045), ("lumi", 0.01),
    ]  # fmt: skip


def test_a_single_factor_keeps_its_name():
    one = Ranking("mu", 1.0, 0.2, RANKING.impacts[:2])
    assert gather_statistics(one) is one


def test_the_row_of_a_group_has_neither_pull_nor_value():
    axes = draw_ranking(gather_statistics(RANKING)).axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["MC statistics (2 bins)", "jes", "lumi"]
    assert len(axes.containers[0].lines[0].get_xdata()) == 2
    assert not any("nan" in text.get_text() for text in axes.texts)


@pytest.mark.parametrize(("single", "rows"), [(False, 3), (True, 4)])
def test_single_factors_are_drawn_if_asked_and_written_in_any_case(single, rows):
    drawing, _ = impact_figures(RANKING, BREAKDOWN, Stamp(), single_factors=single)
    assert len(drawing.draw().axes[0].get_yticklabels()) == rows
    assert len(drawing.numbers["impacts"]) == 4

import dataclasses

import numpy as np
import pytest

from hepline.show.ranking import draw_ranking
from hepline.show.stamps import Stamp
from hepline.show.style import DOWN, UP
from hepline.stats.inference.results import Impact, Ranking

# Of the ttbar workspace.
PS = Impact("PS variation", "histosys", 0.421, 0.174, 0.421, 0.174, -0.062, 0.066, -0.30, 0.47)
ME = Impact("ME variation", "histosys", 0.456, 0.160, 0.456, 0.160, 0.061, -0.062, 0.45, -0.27)
FREE = Impact("wjets_norm", "normfactor", 1.02, 0.031, None, None, 0.004, 0.002, None, None)
RANKING = Ranking("ttbar_norm", 0.961, 0.108, (PS, ME, FREE))


@pytest.fixture(scope="module")
def axes():
    return draw_ranking(RANKING, stamp=Stamp("13 TeV", "BLINDED")).axes


def bars(ax, row):
    found = [one for one in ax.patches if abs(one.get_y() + one.get_height() / 2 - row) < 1e-9]
    return [(one.get_width(), one.get_fill() and one.get_facecolor()[3] > 0) for one in found]


def test_bars_are_the_shifts_filled_after_and_hollow_before_the_fit(axes):
    drawn = bars(axes[1], 0)
    assert sorted(width for width, filled in drawn if filled) == [-0.062, 0.066]
    assert sorted(width for width, filled in drawn if not filled) == [-0.30, 0.47]
    assert sorted(width for width, _ in bars(axes[1], 2)) == [0.002, 0.004]


def test_up_and_down_have_their_own_colours(axes):
    from matplotlib.colors import to_hex

    colors = {round(one.get_width(), 3): to_hex(one.get_facecolor()) for one in axes[1].patches[:2]}
    assert colors == {-0.062: UP, 0.066: DOWN}


def test_the_shorter_of_two_shifts_to_one_side_is_drawn_last(axes):
    assert [width for width, _ in bars(axes[1], 2)] == [0.004, 0.002]


def test_the_upper_scale_holds_all_bars_and_zero_is_in_the_middle(axes):
    low, high = axes[1].get_xlim()
    assert high > 0.47
    assert low == -high
    assert axes[0].get_xlim() == (-2, 2)


def test_pulls_are_points_and_a_free_parameter_has_its_value_beside(axes):
    line, _, (errors,) = axes[0].containers[0]
    assert np.allclose(line.get_xydata(), [[0.421, 0], [0.456, 1]])
    lengths = [segment[1][0] - segment[0][0] for segment in errors.get_segments()]
    assert np.allclose(lengths, [2 * 0.174, 2 * 0.160])
    assert "1.020 ± 0.031" in [text.get_text() for text in axes[0].texts]


def test_names_scale_and_stamp_are_written(axes):
    names = [label.get_text() for label in axes[0].get_yticklabels()]
    assert names == ["PS variation", "ME variation", "wjets_norm"]
    assert axes[1].get_xlabel() == "Δ ttbar_norm"
    assert {"13 TeV", "BLINDED", "hepline"} <= {text.get_text() for text in axes[1].texts}
    legend = [text.get_text() for text in axes[1].get_legend().get_texts()]
    assert "+1σ pre-fit" in legend
    assert "pull" in legend


def test_only_the_largest_are_drawn_and_their_number_is_said():
    impacts = tuple(
        dataclasses.replace(PS, parameter=f"jet_{k}", up=0.1 / (k + 1)) for k in range(200)
    )
    axes = draw_ranking(dataclasses.replace(RANKING, impacts=impacts)).axes
    assert len(axes[0].get_yticklabels()) == 20
    assert "largest 20 of 200" in [text.get_text() for text in axes[0].texts]


def test_without_any_constraint_there_are_neither_pulls_nor_hollow_bars():
    axes = draw_ranking(dataclasses.replace(RANKING, impacts=(FREE,))).axes
    assert not axes[0].containers
    legend = [text.get_text() for text in axes[1].get_legend().get_texts()]
    assert legend == ["+1σ post-fit", "−1σ post-fit"]


def test_a_large_pull_widens_the_lower_scale():
    far = dataclasses.replace(PS, pull=-4.0, constraint=1.0)
    axes = draw_ranking(dataclasses.replace(RANKING, impacts=(far,))).axes
    assert axes[0].get_xlim()[0] < -5

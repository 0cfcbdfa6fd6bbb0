import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from hepline.errors import OutputError
from hepline.show.content import SampleInfo
from hepline.show.style import PETROFF10, house_style, sample_colors, ticks_inside, write


def test_the_palette_is_the_one_that_matplotlib_ships_as_petroff10():
    shipped = mpl.style.library["petroff10"]["axes.prop_cycle"].by_key()["color"]
    assert [color.lower().lstrip("#") for color in PETROFF10] == [
        color.lower().lstrip("#") for color in shipped
    ]


def test_samples_keep_their_own_colour_and_the_others_differ():
    samples = [SampleInfo("a", "a"), SampleInfo("b", "b", "gold"), SampleInfo("c", "c")]
    colors = sample_colors(samples)
    assert colors["b"] == "gold"
    assert len(set(colors.values())) == 3


def test_more_samples_than_colours_start_the_palette_again():
    colors = sample_colors([SampleInfo(str(index), "") for index in range(12)])
    assert colors["10"] == colors["0"]


def test_a_colour_that_is_none_is_refused_with_a_way_out():
    with pytest.raises(OutputError, match="'blurple'") as caught:
        sample_colors([SampleInfo("a", "a", "blurple")])
    assert "palette" in caught.value.fix


def test_the_house_style_ignores_and_restores_the_settings_of_the_user():
    with mpl.rc_context({"font.size": 31}):
        with house_style():
            assert mpl.rcParams["font.size"] == 11
        assert mpl.rcParams["font.size"] == 31


def test_ticks_point_inwards_on_all_sides():
    ax = Figure().add_subplot()
    ax.set_xlim(0, 1)
    ticks_inside(ax)
    assert ax.xaxis.get_tick_params()["direction"] == "in"
    assert ax.xaxis.get_tick_params()["top"]
    assert ax.yaxis.get_tick_params()["right"]
    assert np.isfinite(ax.xaxis.get_minorticklocs()).all()


def test_dollar_signs_that_are_not_mathtext_are_drawn_as_they_are():
    ax = Figure().add_subplot()
    assert not write(ax.text(0, 0, "5 $")).get_parse_math()
    assert write(ax.text(0, 0, "$x^2$")).get_parse_math()

import numpy as np
import pytest

from hepline.errors import AnalysisError
from hepline.spectra.particles import flight_table
from recipes.flights import draw_flights


def test_each_energy_has_a_point_where_the_particle_can_have_it():
    flights = flight_table(["mu-", "B+", "e-"], energies=[1.0, 10.0])
    ax = draw_flights(flights).axes[0]
    one, ten = (line for line in ax.lines if line.get_label().startswith("E = "))
    # A B+ has no energy of 1 GeV, and an electron flies for ever.
    np.testing.assert_allclose(one.get_xdata(), [flights[0].length])
    np.testing.assert_allclose(ten.get_xdata(), [flights[1].length, flights[3].length])
    assert list(ten.get_ydata()) == [0, 1]
    assert ax.get_yticklabels()[0].get_text() == "$\\mu^{-}$"


def test_the_detector_is_drawn_and_named():
    figure = draw_flights(flight_table(["mu-"]), detector={"cellar": 300.0})
    dashed = [line for line in figure.axes[0].lines if line.get_linestyle() == "--"]
    assert [line.get_xdata()[0] for line in dashed] == [300.0]
    assert "cellar" in figure.texts[0].get_text()


def test_each_momentum_is_one_color_whatever_the_energies():
    ax = draw_flights(flight_table(["mu-", "K+", "B+"], momenta=[1, 10])).axes[0]
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["p = 1 GeV", "p = 10 GeV"]
    drawn = [line for line in ax.lines if line.get_label() in labels]
    assert [len(line.get_xdata()) for line in drawn] == [3, 3]


@pytest.mark.parametrize("detector", [{}, {"cellar": 300.0}])
def test_nothing_that_ends_is_nothing_to_draw(detector):
    with pytest.raises(AnalysisError, match="no flight can be drawn"):
        draw_flights(flight_table(["e-", "p"]), detector=detector)

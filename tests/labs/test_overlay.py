import numpy as np

from recipes.overlay import draw_overlay

EDGES = np.linspace(0, 10, 6)


def test_each_spectrum_is_drawn_with_its_label():
    ax = draw_overlay({"+−": [9, 8, 7, 0, 5], "++": [1, 0, 2, 1, 1]}, EDGES).axes[0]
    opposite, same = ax.patches
    np.testing.assert_allclose(opposite.get_data().values, [9, 8, 7, 0, 5])
    np.testing.assert_allclose(same.get_data().edges, EDGES)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["+−", "++"]
    assert ax.get_yscale() == "log"
    assert ax.get_ylabel() == "Events / 2 GeV"
    assert ax.get_xscale() == "linear"


def test_unequal_bins_and_a_linear_axis():
    ax = draw_overlay({"all": [4, 4]}, [1, 2, 4], axis_label="m", logarithmic=False).axes[0]
    assert ax.get_ylabel() == "Events / bin"
    assert ax.get_ylim()[0] == 0
    assert ax.get_xscale() == "log"

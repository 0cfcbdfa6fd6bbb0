import dataclasses

import numpy as np
import pytest
from matplotlib.colors import LogNorm

from hepline.errors import OutputError
from hepline.show.planes import draw_plane
from hepline.show.plot_content import PlaneContent

X, Y = np.array([20.0, 30, 60]), np.array([0.0, 0.8, 1.5, 2.4])
VALUES = np.array([[120.0, 40, 0], [30, 8, 2.5]])
PLANE = PlaneContent(
    "plane", "$p_{T}$(µ) [GeV]", "|η(µ)|", X, Y, VALUES, region="µτ", sample="Z → ττ"
)


def texts(ax):
    return {text.get_text() for text in ax.texts}


def test_bins_have_their_contents_and_edges():
    ax, bar = draw_plane(PLANE).axes
    (mesh,) = ax.collections
    drawn = mesh.get_array()
    assert np.allclose(drawn.filled(0), VALUES.T)
    assert drawn.mask.sum() == 1  # the empty bin stays white
    assert np.allclose(mesh.get_coordinates()[0, :, 0], X)
    assert np.allclose(mesh.get_coordinates()[:, 0, 1], Y)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$p_{T}$(µ) [GeV]", "|η(µ)|")
    assert bar.get_ylabel() == "Events"


def test_few_bins_hold_their_numbers():
    assert {"120", "40", "30", "8", "2.5"} <= texts(draw_plane(PLANE).axes[0])
    errors = dataclasses.replace(PLANE, errors=np.sqrt(VALUES))
    # PDG: 120 ± 10.95 has two digits of the error, 40 ± 6.3 one.
    assert {"120\n±11", "40\n±6"} <= texts(draw_plane(errors).axes[0])


def test_many_bins_hold_no_numbers():
    edges = np.linspace(0, 1, 21)
    many = PlaneContent("many", "x", "y", edges, edges, np.ones((20, 20)))
    assert not {"1"} & texts(draw_plane(many).axes[0])


def test_colors_follow_the_logarithm_if_asked():
    ax, _ = draw_plane(dataclasses.replace(PLANE, log=True)).axes
    norm = ax.collections[0].norm
    assert isinstance(norm, LogNorm)
    assert (norm.vmin, norm.vmax) == (2.5, 120)


@pytest.mark.parametrize("log", [False, True])
def test_an_empty_plane_can_be_drawn(log):
    draw_plane(dataclasses.replace(PLANE, values=np.zeros((2, 3)), log=log))


def test_region_and_sample_are_named():
    figure = draw_plane(PLANE)
    assert "µτ, Z → ττ" in {text.get_text() for text in figure.texts}


def test_another_shape_is_refused():
    with pytest.raises(OutputError, match=r"\(3, 2\)"):
        dataclasses.replace(PLANE, values=VALUES.T)

import numpy as np
import pytest

from recipes.dalitz import mass12_range, mass23_limits, squared_mass
from recipes.dalitz_plot import draw_dalitz
from recipes.phasespace import three_body_decays

MASS, MASSES = 1.86966, (0.493677, 0.13957, 0.13957)


def plot(events):
    decays = three_body_decays(MASS, MASSES, events=events, seed=2)
    pairs = [squared_mass(*(decays[a] + decays[b])) for a, b in ((0, 1), (1, 2))]
    figure = draw_dalitz(*pairs, mass=MASS, masses=MASSES, names=("K⁻", "π⁺", "π⁺"))
    return figure, pairs


def test_the_edge_is_the_kinematic_one():
    figure, _ = plot(10)
    x, y = figure.axes[0].lines[0].get_xydata().T
    half = len(x) // 2
    assert (x[0], x[half - 1]) == pytest.approx(mass12_range(MASS, MASSES))
    bottom, _ = mass23_limits(x[:half], MASS, MASSES)
    np.testing.assert_allclose(y[:half], bottom)
    assert figure.axes[0].get_xlabel() == "m²(K⁻ π⁺) [GeV²]"
    assert figure.axes[0].get_ylabel() == "m²(π⁺ π⁺) [GeV²]"


def test_few_events_are_points_and_many_are_counted():
    few, (x, _) = plot(100)
    np.testing.assert_allclose(few.axes[0].lines[1].get_xdata(), x)
    many, _ = plot(5000)
    (mesh,) = many.axes[0].collections
    assert np.nansum(mesh.get_array()) == 5000

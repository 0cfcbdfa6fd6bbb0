import dataclasses

import numpy as np
import pytest

from hepline.show.posterior import draw_corner, draw_marginal, draw_traces
from hepline.show.stamps import Stamp
from hepline.stats.inference.posterior import Posterior

NAMES = ("ME variation", "ttbar_norm", "Luminosity")


@pytest.fixture(scope="module")
def posterior():
    rng = np.random.default_rng(2)
    covariance = [[0.0256, 0.011, 0.0], [0.011, 0.0117, -0.002], [0.0, -0.002, 0.98]]
    draws = rng.multivariate_normal([0.46, 0.96, 0.0], covariance, size=(4, 1200))
    return Posterior(
        poi="ttbar_norm",
        parameters=NAMES,
        draws=draws,
        r_hat=np.array([1.001, 1.002, 1.003]),
        ess_bulk=np.array([2100.0, 1900.0, 4000.0]),
        ess_tail=np.array([1500.0, 1600.0, 3000.0]),
        mcse=np.full(3, 0.002),
        divergences=0,
        acceptance=0.83,
        step_sizes=np.full(4, 0.6),
        tune=1000,
        seed=1,
        seconds=3.1,
    )


def outline(ax):
    (found,) = [one for one in ax.patches if not one.get_fill()]
    return found.get_data()


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_the_marginal_is_a_density_of_all_draws(posterior):
    values, edges, _ = outline(draw_marginal(posterior).axes[0])
    assert np.sum(values * np.diff(edges)) == pytest.approx(1)
    expected, _ = np.histogram(posterior.draws[:, :, 1].ravel(), edges, density=True)
    assert np.allclose(values, expected)


def test_intervals_are_filled_between_their_ends_and_stated(posterior):
    ax = draw_marginal(posterior).axes[0]
    filled = sorted(
        (one.get_data().edges[[0, -1]] for one in ax.patches if one.get_fill()),
        key=lambda ends: ends[0],
    )
    assert np.allclose(filled[0], posterior.interval("ttbar_norm", 0.95))
    assert np.allclose(filled[1], posterior.interval("ttbar_norm", 0.6827))
    # Mass inside the inner interval, from the bins that are filled.
    (inner,) = [
        one.get_data() for one in ax.patches
        if one.get_fill() and one.get_data().edges[0] == filled[1][0]
    ]  # fmt: skip
    assert np.sum(inner.values * np.diff(inner.edges)) == pytest.approx(0.6827, abs=0.02)
    (written,) = [text for text in texts(ax) if text.startswith("mean")]
    assert written.splitlines()[0] == "mean 0.96 ± 0.11"
    assert written.splitlines()[1].startswith("narrowest 68.3 %: 0.8")


def test_another_parameter_can_be_drawn(posterior):
    ax = draw_marginal(posterior, "Luminosity").axes[0]
    assert ax.get_xlabel() == "Luminosity"
    assert ax.get_xlim()[0] < -2


def test_draws_that_have_not_converged_say_so(posterior):
    bad = dataclasses.replace(posterior, r_hat=np.full(3, 1.3))
    for figure in (draw_marginal(bad), draw_traces(bad), draw_corner(bad)):
        assert "NOT CONVERGED" in texts(figure.axes[0])
    both = draw_marginal(bad, stamp=Stamp("13 TeV", "BLINDED"))
    assert "BLINDED, NOT CONVERGED" in texts(both.axes[0])
    assert "NOT CONVERGED" not in " ".join(texts(draw_marginal(posterior).axes[0]))


def test_traces_are_the_chains_of_the_poi_and_what_is_correlated_most_with_it(posterior):
    axes = draw_traces(posterior, most=2).axes
    assert [texts(ax)[0] for ax in axes] == ["ttbar_norm", "ME variation"]
    assert len(axes[0].lines) == 4
    x, y = axes[0].lines[2].get_data()
    assert np.allclose(y, posterior.draws[2, x.astype(int), 1])
    assert len(x) <= 500
    assert "R̂ 1.002, 1900 eff. draws" in texts(axes[0])


def test_the_corner_has_the_lower_triangle_of_the_parameters_asked_for(posterior):
    figure = draw_corner(posterior, ["Luminosity", "ME variation"], stamp=Stamp("13 TeV"))
    assert len(figure.axes) == 3
    mesh = figure.axes[1].collections[0]
    counts = np.asarray(mesh.get_array())
    assert counts.sum() == 4800
    x, y = posterior.draws[:, :, 2].ravel(), posterior.draws[:, :, 0].ravel()
    assert np.array_equal(counts.T, np.histogram2d(x, y, bins=30)[0])
    assert figure.axes[1].get_xlabel() == "Luminosity"
    assert figure.axes[1].get_ylabel() == "ME variation"
    assert "13 TeV" in texts(figure.axes[0])

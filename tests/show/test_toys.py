import dataclasses

import numpy as np
import pytest
from scipy import stats

from hepline.errors import FitError
from hepline.show.stamps import Stamp
from hepline.show.style import WARNING
from hepline.show.toys import draw_goodness, draw_toy_pulls
from hepline.stats.inference.results import ToyStudy
from hepline.stats.inference.toystudy import ToyGoodness
from hepline.stats.results import GoodnessOfFit


@pytest.fixture(scope="module")
def study():
    rng = np.random.default_rng(4)
    values = np.column_stack((0.96 + 0.1 * rng.normal(size=400), rng.normal(size=400)))
    errors = np.full((400, 2), 0.1)
    errors[:3, 0] = 0.0
    return ToyStudy(
        ("ttbar_norm", "ME variation"),
        np.array([0.96, 0.0]),
        values,
        errors,
        rng.chisquare(21, 400),
        33.5,
        2,
        7,
    )


def histogram(ax):
    (patch,) = [one for one in ax.patches if type(one).__name__ == "StepPatch"]
    values, edges, _ = patch.get_data()
    return values, edges


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_the_histogram_counts_every_toy_and_the_data_are_a_line(study):
    ax = draw_goodness(study).axes[0]
    values, edges = histogram(ax)
    assert values.sum() == 400
    assert np.array_equal(values, np.histogram(study.statistics, edges)[0])
    (data,) = ax.collections
    assert data.get_segments()[0][0][0] == 33.5
    assert legend(ax) == ["400 toys", "data: 33.5"]


def test_p_values_are_stated_as_given(study):
    ax = draw_goodness(
        study,
        goodness=ToyGoodness(33.5, 0.045, 0.01, 400),
        asymptotic=GoodnessOfFit(33.5, 21, 0.0409),
    ).axes[0]
    assert legend(ax)[1:] == ["χ², 21 d.o.f., p = 0.0409", "data: 33.5, p = 0.045 ± 0.010"]


@pytest.mark.parametrize("degrees", [1, 2, 21])
def test_the_curve_is_chi_square_with_the_area_of_the_toys(study, degrees):
    ax = draw_goodness(study, asymptotic=GoodnessOfFit(33.5, degrees, 0.04)).axes[0]
    (curve,) = [one for one in ax.lines if len(one.get_xdata()) > 2]
    _, edges = histogram(ax)
    expected = 400 * (edges[1] - edges[0]) * stats.chi2.pdf(curve.get_xdata(), degrees)
    assert np.allclose(curve.get_ydata(), expected)


def test_an_observation_far_beyond_the_toys_is_inside_the_axes(study):
    ax = draw_goodness(dataclasses.replace(study, observed=300.0)).axes[0]
    assert ax.get_xlim()[1] > 300
    assert histogram(ax)[0].sum() == 400


def test_pulls_are_of_the_parameter_asked_for(study):
    ax = draw_toy_pulls(study, "ttbar_norm", stamp=Stamp("13 TeV")).axes[0]
    values, edges = histogram(ax)
    pulls = (study.values[3:, 0] - 0.96) / 0.1
    assert np.array_equal(values, np.histogram(pulls, edges)[0])
    written = [text.get_text() for text in ax.texts]
    # Errors of mean and width of 397 toys: 1/√397, 1/√792.
    mean, width = pulls.mean(), pulls.std(ddof=1)
    assert f"mean {mean:.3f} ± {width * 0.0502:.3f}".replace("-", "−") in written
    assert f"width {width:.3f} ± {width * 0.0355:.3f}" in written


def test_the_gaussian_has_the_area_of_the_histogram(study):
    ax = draw_toy_pulls(study, "ttbar_norm").axes[0]
    (curve,) = ax.lines
    expected = 397 * 0.25 * stats.norm.pdf(curve.get_xdata())
    assert np.allclose(curve.get_ydata(), expected)


def test_toys_without_a_pull_are_counted_in_red(study):
    ax = draw_toy_pulls(study, "ttbar_norm").axes[0]
    # Two without a fit, three without an error.
    (warning,) = [text for text in ax.texts if text.get_color() == WARNING]
    assert warning.get_text() == "5 without a pull"


def test_pulls_beyond_the_axes_are_counted(study):
    ax = draw_toy_pulls(study, "ME variation").axes[0]
    beyond = int((np.abs(study.values[:, 1] / 0.1) > 4).sum())
    assert f"{beyond} beyond ±4" in [text.get_text() for text in ax.texts]


def test_an_unknown_parameter_is_refused(study):
    with pytest.raises(FitError, match="no parameter 'mu'") as caught:
        draw_toy_pulls(study, "mu")
    assert "ttbar_norm, ME variation" in caught.value.why

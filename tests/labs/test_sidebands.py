import numpy as np
import pytest

from hepline.show.rounding import measured
from hepline.spectra.sidebands import subtract_sidebands
from hepline.stats.counting import poisson_interval
from recipes.sidebands import draw_sidebands


@pytest.fixture(scope="module")
def result():
    rng = np.random.default_rng(1)
    masses = np.concatenate([rng.normal(3.1, 0.03, 500), rng.uniform(2.8, 3.4, 200)])
    return subtract_sidebands(*np.histogram(masses, 60, (2.8, 3.4)), peak=(3.0, 3.2), degree=1)


def test_counts_have_poisson_intervals(result):
    figure = draw_sidebands(result)
    counted = figure.axes[0].containers[0]
    segments = np.array(counted.lines[2][0].get_segments())
    low, high = poisson_interval(result.counts)
    np.testing.assert_allclose(segments[:, 0, 1], low)
    np.testing.assert_allclose(segments[:, 1, 1], high)
    # An empty bin has a bar, too.
    assert segments[result.counts == 0][:, 1, 1].min() > 1.8


def test_the_lower_axes_shows_what_is_left(result):
    upper, lower = draw_sidebands(result, axis_label="m(μμ) [GeV]").axes
    np.testing.assert_allclose(lower.containers[0].lines[0].get_ydata(), result.subtracted)
    curve = next(line for line in lower.lines if line.get_label() == "Gaussian")
    np.testing.assert_allclose(curve.get_ydata(), result.gaussian.expected)
    assert lower.get_xlabel() == "m(μμ) [GeV]"
    assert upper.get_ylabel() == "Events / 0.01 GeV"


def test_numbers_stand_above_the_peak(result):
    upper, lower = draw_sidebands(result).axes
    assert upper.get_ylim()[1] > 1.4 * result.counts.max()
    assert upper.texts[0].get_text().startswith("S = ")
    mean = result.gaussian.mean
    assert f"m = {measured(mean.value, mean.error)} GeV" in lower.texts[0].get_text()

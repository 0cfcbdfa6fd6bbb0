import dataclasses

import numpy as np
import pytest

from hepline.show.pulls import bin_factors, draw_bin_factors, draw_pulls, pulled_parameters
from hepline.show.stamps import Stamp


@pytest.fixture(scope="module")
def fit(content):
    return content.fit


def points(ax):
    line, _, (bars,) = ax.containers[0]
    return line.get_xydata(), bars.get_segments()


def test_only_constrained_free_parameters_have_a_pull(fit):
    names = [one.name for one in pulled_parameters(fit)]
    assert len(names) == 11
    assert "ttbar_norm" not in names
    fixed = dataclasses.replace(fit.parameters[1], fixed=True)
    held = dataclasses.replace(fit, parameters=(fixed, *fit.parameters[2:]))
    assert fixed.name not in [one.name for one in pulled_parameters(held)]


def test_pulls_are_in_units_of_the_prior_width_whatever_the_parameter_is(fit):
    luminosity = dataclasses.replace(
        fit.parameters[11], kind="lumi", value=1.017, error=0.0085, center=1.0, prior_width=0.017
    )
    one = dataclasses.replace(fit, parameters=(luminosity,))
    places, bars = points(draw_pulls(one).axes[0])
    assert places[0, 0] == pytest.approx(1.0)
    assert bars[0][1][0] - bars[0][0][0] == pytest.approx(2 * 0.5)


def test_pulls_and_truths_count_from_the_auxiliary_measurement_not_from_the_start(fit):
    moved = dataclasses.replace(
        fit.parameters[1], value=0.7, initial=0.2, center=0.5, prior_width=0.4
    )
    ax = draw_pulls(dataclasses.replace(fit, parameters=(moved,)), truth={moved.name: 0.3}).axes[0]
    places, _ = points(ax)
    assert places[0, 0] == pytest.approx(0.5)
    diamonds = [line for line in ax.lines if line.get_marker() == "D"]
    assert diamonds[0].get_xdata()[0] == pytest.approx(-0.5)


def test_the_first_parameter_is_on_top_and_all_are_named(fit):
    ax = draw_pulls(fit).axes[0]
    places, bars = points(ax)
    assert np.allclose(places[:3, 0], [0.52, 0.47, 0.08])
    assert list(places[:, 1]) == list(range(11))
    assert bars[1][1][0] - bars[1][0][0] == pytest.approx(2 * 0.19)
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[0] == "ME variation"
    assert labels[-1] == "Luminosity"


def test_pulls_are_written_beside_their_points(fit):
    texts = [text.get_text() for text in draw_pulls(fit).axes[0].texts]
    assert "0.52 ± 0.11" in texts
    assert "−0.31 ± 0.24" in texts


def test_truth_is_marked_for_the_parameters_that_have_one(fit, content):
    ax = draw_pulls(fit, truth=content.truth).axes[0]
    diamonds = [line for line in ax.lines if line.get_marker() == "D"]
    assert np.allclose(diamonds[0].get_xydata(), [[0.5, 0], [0.5, 1]])
    assert not [line for line in draw_pulls(fit).axes[0].lines if line.get_marker() == "D"]


def test_a_large_pull_widens_the_axis(fit):
    far = dataclasses.replace(fit.parameters[1], value=-4.0, error=1.0)
    ax = draw_pulls(dataclasses.replace(fit, parameters=(far,))).axes[0]
    assert ax.get_xlim()[0] < -5


def test_names_are_never_taken_for_mathtext(fit):
    odd = dataclasses.replace(fit.parameters[1], name="a$_b$")
    ax = draw_pulls(dataclasses.replace(fit, parameters=(odd,))).axes[0]
    assert not ax.get_yticklabels()[0].get_parse_math()


def test_bin_factors_are_grouped_by_their_vector(fit):
    groups = bin_factors(fit)
    assert {name: len(members) for name, members in groups.items()} == {
        "staterror_4j1b": 11,
        "staterror_4j2b": 11,
    }


def test_bin_factors_are_drawn_with_errors_and_priors(fit):
    figure = draw_bin_factors(fit, stamp=Stamp("13 TeV", "coverage 98.3 %"))
    members = bin_factors(fit)["staterror_4j1b"]
    ax = figure.axes[0]
    places, bars = points(ax)
    assert np.allclose(places, [[i + 1, one.value] for i, one in enumerate(members)])
    assert bars[4][1][1] - bars[4][0][1] == pytest.approx(2 * members[4].error)
    values, edges, baseline = ax.patches[0].get_data()
    assert np.allclose((values - baseline) / 2, [one.prior_width for one in members])
    assert edges[0] == 0.5
    assert "coverage 98.3 %" in [text.get_text() for text in ax.texts]

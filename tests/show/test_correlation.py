import dataclasses

import numpy as np
import pytest

from hepline.show.correlation import draw_correlation, notable_parameters


@pytest.fixture(scope="module")
def fit(content):
    return content.fit


def test_the_parameter_of_interest_comes_first_then_those_with_a_notable_correlation(fit):
    # By hand from the entries of conftest.correlations that reach 0.1 in size.
    assert notable_parameters(fit) == (0, 1, 2, 3, 4, 5, 6, 10, 11)


def test_the_parameter_of_interest_comes_first_wherever_it_stands_in_the_fit(fit):
    moved = dataclasses.replace(fit, poi="PS variation")
    assert notable_parameters(moved)[0] == 2


def test_the_largest_correlations_are_kept_where_there_are_too_many(fit):
    # Largest of each: 1: 0.73, 2: 0.73, 3: 0.62, 4: 0.55.
    assert notable_parameters(fit, most=3) == (0, 1, 2, 3)


def test_a_higher_threshold_keeps_fewer(fit):
    assert notable_parameters(fit, threshold=0.5) == (0, 1, 2, 3, 4)


def test_fixed_parameters_are_left_out(fit):
    parameters = list(fit.parameters)
    parameters[3] = dataclasses.replace(parameters[3], fixed=True)
    held = dataclasses.replace(fit, parameters=tuple(parameters))
    assert 3 not in notable_parameters(held)


def test_the_matrix_is_the_fits_own_and_its_values_are_written_in_percent(fit):
    ax = draw_correlation(fit).axes[0]
    chosen = notable_parameters(fit)
    drawn = np.asarray(ax.images[0].get_array())
    deviations = np.sqrt(np.diag(fit.covariance))
    oracle = fit.covariance / np.outer(deviations, deviations)
    assert np.allclose(drawn, oracle[np.ix_(chosen, chosen)])
    assert ax.images[0].get_clim() == (-1, 1)
    written = {text.get_position(): text.get_text() for text in ax.texts}
    assert written[(1, 2)] == "−73"
    assert written[(0, 0)] == "100"


def test_rows_and_columns_have_the_names_of_the_parameters(fit):
    ax = draw_correlation(fit).axes[0]
    names = [fit.parameters[index].name for index in notable_parameters(fit)]
    assert [label.get_text() for label in ax.get_xticklabels()] == names
    assert [label.get_text() for label in ax.get_yticklabels()] == names


def test_written_values_contrast_with_their_cell(fit):
    ax = draw_correlation(fit).axes[0]
    color = {text.get_text(): text.get_color() for text in ax.texts}
    assert color["100"] == "white"
    assert color["18"] != "white"

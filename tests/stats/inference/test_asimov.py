import numpy as np
import pyhf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepline.errors import FitError
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.asimov import asimov_data, expected_data, required_poi
from hepline.stats.minimum import find_minimum

# pyhf 0.7 resolves its schema with a class that jsonschema has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@given(seed=st.integers(0, 10_000), draw=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_expected_data_are_those_of_pyhf(random_workspace, seed, draw):
    content = random_workspace(seed)
    model = HistFactory(content)
    oracle = pyhf.Workspace(content).model()
    rng = np.random.default_rng(draw)
    theta = model.initial + rng.normal(0, 0.3, len(model.initial))
    wanted = oracle.expected_data(theta)
    values = dict(zip(model.parameter_names, theta.tolist(), strict=True))
    if np.any(wanted[: len(model.data)] < 0):
        with pytest.raises(FitError, match="expected to have -"):
            asimov_data(model, values=values)
    else:
        assert asimov_data(model, values=values) == pytest.approx(wanted, rel=1e-12)


def test_without_values_the_initial_ones_are_expected(random_workspace):
    content = random_workspace(7)
    oracle = pyhf.Workspace(content).model()
    wanted = oracle.expected_data(oracle.config.suggested_init())
    assert asimov_data(HistFactory(content)) == pytest.approx(wanted, rel=1e-12)


def test_a_vector_takes_one_value_for_all_its_elements(workspace, mod):
    samples = {"b": ([50.0, 40.0], [mod.of_bins("staterror", "st", [5.0, 4.0]), mod.normfactor()])}
    model = HistFactory(workspace({"SR": samples}, SR=[50, 40]))
    wanted = [2 * 1.5 * 50, 2 * 1.5 * 40, 1.5, 1.5]
    assert asimov_data(model, values={"st": 1.5}, mu=2.0) == pytest.approx(wanted)


def test_nuisance_parameters_are_fitted_to_data_as_in_pyhf():
    oracle = pyhf.simplemodels.uncorrelated_background([12.0, 11.0], [50.0, 52.0], [3.0, 7.0])
    data = [51, 48, *oracle.config.auxdata]
    model = HistFactory(dict(pyhf.Workspace.build(oracle, data)))
    # As printed in the documentation of pyhf.infer.calculators.generate_asimov_data.
    printed = [60.61229858, 56.52802479, 270.06832542, 48.31545488]
    assert asimov_data(model, mu=1.0, data=model.data) == pytest.approx(printed, rel=1e-5)
    wanted = pyhf.infer.calculators.generate_asimov_data(0.0, data, oracle, None, None, None)
    # SLSQP stops a little early.
    assert asimov_data(model, mu=0.0, data=data) == pytest.approx(wanted, rel=1e-4)


@given(seed=st.integers(0, 10_000), mu=st.floats(0, 5))
@settings(max_examples=15, deadline=None)
def test_no_parameters_describe_asimov_data_better_than_those_that_made_them(
    random_workspace, seed, mu
):
    model = HistFactory(random_workspace(seed))
    theta = find_minimum(model, model.likelihood(), fixed={"mu": mu}).minimum.theta
    likelihood = model.likelihood(expected_data(model, theta))
    assert find_minimum(model, likelihood).minimum.value >= likelihood.value(theta) - 1e-8
    assert np.abs(likelihood.gradient(theta)) == pytest.approx(0, abs=1e-6)


def test_unknown_names_and_a_missing_parameter_of_interest_are_refused(workspace, mod):
    samples = {"b": ([50.0], [mod.normsys("a", 0.9, 1.1)])}
    model = HistFactory(workspace({"SR": samples}, poi="", SR=[50]))
    with pytest.raises(FitError, match="no parameter 'nu'"):
        asimov_data(model, values={"nu": 1.0})
    with pytest.raises(FitError, match="no parameter of interest"):
        asimov_data(model, mu=1.0)
    with pytest.raises(FitError, match="no parameter of interest"):
        required_poi(model)


def test_a_bin_with_less_than_no_events_is_named(workspace, mod):
    samples = {"s": ([1.0, 2.0], [mod.normfactor()]), "b": ([5.0, -3.0], [])}
    content = workspace({"SR": samples}, SR=[6, 0])
    assert asimov_data(HistFactory(content), mu=0.0).tolist() == [5.0, 0.0]
    model = HistFactory(content, clip_bin_data=None)
    with pytest.raises(FitError, match=r"bin 1 of channel 'SR' is expected to have -3 events"):
        asimov_data(model, mu=0.0)

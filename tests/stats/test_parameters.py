import numpy as np
import pyhf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepline.errors import ModelError
from hepline.stats import Model

# pyhf 0.7 resolves its schema with a class that jsonschema has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_names_starts_bounds_and_constraints_are_those_of_pyhf(random_workspace, seed):
    content = random_workspace(seed)
    ours, theirs = Model(content), pyhf.Workspace(content).model().config
    assert list(ours.parameter_names) == theirs.par_names
    np.testing.assert_allclose(ours.initial, theirs.suggested_init())
    np.testing.assert_allclose(np.c_[ours.lower, ours.upper], theirs.suggested_bounds())
    assert ours.fixed.tolist() == theirs.suggested_fixed()
    np.testing.assert_allclose(ours.auxdata, theirs.auxdata)
    for each in ours.parameter_sets:
        if each.constraint:
            np.testing.assert_allclose(each.prior_width, theirs.param_set(each.name).width())


def test_bins_without_statistical_uncertainty_are_fixed(workspace, mod):
    error = mod.of_bins("staterror", "st", [1.0, 0.0])
    model = Model(workspace({"SR": {"b": ([5.0, 4.0], [error])}}, poi="", SR=[5, 4]))
    assert model.parameter_names == ("st[0]", "st[1]")
    assert model.fixed.tolist() == [False, True]
    assert model.prior_width.tolist() == [0.2, 1.0]


def test_statistical_uncertainties_of_samples_are_added_in_quadrature(workspace, mod):
    samples = {
        "a": ([30.0], [mod.of_bins("staterror", "st", [3.0])]),
        "b": ([10.0], [mod.of_bins("staterror", "st", [4.0])]),
        "c": ([99.0], []),
    }
    model = Model(workspace({"SR": samples}, poi="", SR=[139]))
    assert model.prior_width.tolist() == pytest.approx([5 / 40])


def test_one_name_of_normsys_and_histosys_is_one_parameter(workspace, mod):
    both = [mod.normsys("jes", 0.9, 1.1), mod.histosys("jes", [4.0, 6.0], [6.0, 4.0])]
    model = Model(workspace({"SR": {"b": ([5.0, 5.0], both)}}, poi="", SR=[5, 4]))
    assert model.parameter_names == ("jes",)
    assert model.kinds == ("normsys+histosys",)


def test_settings_of_the_measurement_are_kept(workspace, mod):
    parameter = {"name": "mu", "inits": [2.0], "bounds": [[-1, 7]], "fixed": True}
    content = workspace({"SR": {"s": ([5.0], [mod.normfactor()])}}, SR=[5], parameters=[parameter])
    model = Model(content)
    assert (model.initial[0], model.lower[0], model.upper[0]) == (2.0, -1.0, 7.0)
    assert model.fixed[0]


@pytest.mark.parametrize(
    ("modifiers", "parameters", "message"),
    [
        ([("normfactor", "a", None), ("normsys", "a", {"lo": 0.9, "hi": 1.1})], [], "'a' is the"),
        ([("lumi", "lumi", None)], [], "luminosity"),
        ([("normfactor", "mu", None)], [{"name": "mu", "bounds": [[2, 3]]}], "starts at 1"),
        ([("normfactor", "mu", None)], [{"name": "mu", "inits": [1, 2]}], "'inits'"),
        ([("normfactor", "mu", None)], [{"name": "mu", "auxdata": [1]}], "'auxdata'"),
        ([("shapefactor", "f", None)], [{"name": "f", "bounds": [[0, 5], [1]]}], "'bounds'"),
        ([("shapesys", "u", [1.0])], [{"name": "u", "auxdata": [-25.0]}], "'auxdata'.*-25"),
        ([("shapesys", "u", [1.0])], [{"name": "u", "factors": [0.0]}], "'factors'"),
        ([], [], "no parameters"),
    ],
)
def test_contradicting_parameters_are_refused(workspace, modifiers, parameters, message):
    listed = [{"name": name, "type": kind, "data": data} for kind, name, data in modifiers]
    bins = [5.0, 5.0] if "shapefactor" in str(listed) else [5.0]
    content = workspace({"SR": {"s": (bins, listed)}}, poi="", SR=bins, parameters=parameters)
    with pytest.raises(ModelError, match=message):
        Model(content)


def test_an_unknown_parameter_of_interest_is_refused_with_its_neighbor(workspace, mod):
    content = workspace({"SR": {"s": ([5.0], [mod.normfactor("mu_sig")])}}, poi="mu_sgi", SR=[5])
    with pytest.raises(ModelError) as caught:
        Model(content)
    assert "mu_sig" in caught.value.fix


def test_shared_shapesys_and_uneven_shapefactor_are_refused(workspace, mod):
    shape = mod.of_bins("shapesys", "x", [1.0])
    content = workspace({"SR": {"a": ([5.0], [shape]), "b": ([5.0], [shape])}}, poi="", SR=[5])
    with pytest.raises(ModelError, match="2 samples"):
        Model(content)
    free = mod.of_bins("shapefactor", "f")
    channels = {"A": {"a": ([5.0], [free])}, "B": {"a": ([5.0, 6.0], [free])}}
    with pytest.raises(ModelError, match="2 bins"):
        Model(workspace(channels, poi="", A=[5], B=[5, 6]))


def test_a_staterror_over_different_channels_is_refused(workspace, mod):
    error = mod.of_bins("staterror", "st", [1.0])
    channels = {"A": {"a": ([5.0], [error])}, "B": {"b": ([5.0], [error])}}
    with pytest.raises(ModelError, match="different channels"):
        Model(workspace(channels, poi="", A=[5], B=[5]))


def test_a_normal_constraint_may_be_centered_below_zero(workspace, mod):
    settings = [{"name": "a", "auxdata": [-1.0]}]
    samples = {"b": ([5.0], [mod.normsys("a", 0.9, 1.1)])}
    model = Model(workspace({"SR": samples}, poi="", SR=[5], parameters=settings))
    assert model.center.tolist() == model.nominal.tolist() == [-1.0]


def test_centers_are_those_of_the_auxiliary_measurements(workspace, mod):
    settings = [{"name": "u", "auxdata": [30.0]}]
    samples = {"b": ([5.0], [mod.normfactor(), mod.of_bins("shapesys", "u", [1.0])])}
    model = Model(workspace({"SR": samples}, SR=[5], parameters=settings))
    centers = dict(zip(model.parameter_names, model.center, strict=True))
    assert np.isnan(centers["mu"])
    assert centers["u[0]"] == pytest.approx(30 / 25)

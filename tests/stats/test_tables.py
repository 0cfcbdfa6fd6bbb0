import numpy as np
import pytest

from hepline.errors import ModelError
from hepline.stats import Model

# Of ROOT 6.36's FlexibleInterpVar (code 4) at α = −2, −1, −0.75, −0.5, 0, 0.5, 1 and 2; ROOT writes
# the smallest positive number where a factor is zero.
OF_ROOT = {
    (0.0, 2.0): [0, 0, 0.04905045504759675, 0.2757525628254942, 1, 1.4893309892572748, 2, 4],
    (0.5, 0.0): [0.25, 0.5, 0.6292924193242815, 0.8532260723886027, 1, 0.3467610027259861, 0, 0],
}


@pytest.mark.parametrize(("low", "high"), OF_ROOT)
def test_a_normalization_of_a_hundred_percent_is_that_of_root(workspace, mod, low, high):
    content = workspace({"SR": {"b": ([5.0], [mod.normsys("n", low, high)])}}, poi="", SR=[5])
    model = Model(content)
    alphas = [-2, -1, -0.75, -0.5, 0, 0.5, 1, 2]
    found = [model.expected([alpha])[0] / 5 for alpha in alphas]
    np.testing.assert_allclose(found, OF_ROOT[low, high], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("low", [-0.5, 0.0, 1e-9])
def test_more_than_everything_is_not_taken_away(workspace, mod, low):
    content = workspace({"SR": {"b": ([5.0], [mod.normsys("n", low, 2.5)])}}, poi="", SR=[5])
    model = Model(content)
    nearly = Model(
        workspace({"SR": {"b": ([5.0], [mod.normsys("n", 1e-12, 2.5)])}}, poi="", SR=[5])
    )
    for alpha in (-3.0, -1.0, -0.4, 0.7, 1.0):
        assert model.expected([alpha])[0] == pytest.approx(nearly.expected([alpha])[0], abs=1e-6)
    likelihood = model.likelihood()
    for alpha in (-0.9, -0.3, 0.4, 1.6):
        gradient, hessian = likelihood.derivatives(np.array([alpha]))
        step = 1e-6
        there, back = (likelihood.value(np.array([alpha + d])) for d in (step, -step))
        assert gradient[0] == pytest.approx((there - back) / (2 * step), rel=1e-5, abs=1e-5)
        there, back = (likelihood.gradient(np.array([alpha + d]))[0] for d in (step, -step))
        assert hessian[0, 0] == pytest.approx((there - back) / (2 * step), rel=1e-5, abs=1e-4)


def test_a_normalization_of_a_hundred_percent_is_fitted(shared_data):
    model = Model(shared_data / "statistics/normsys0.json")
    fit = model.fit()
    # One bin: the signal takes what the background leaves, 53 = 5 mu + 50.
    assert fit["mu"].value == pytest.approx(0.6, abs=1e-6)
    assert fit["b"].value == pytest.approx(0.0, abs=1e-6)
    assert model.limit().observed > 10  # the background may vanish altogether


def test_an_unknown_interpolation_is_refused(workspace, mod):
    content = workspace({"SR": {"b": ([5.0], [mod.normfactor()])}}, SR=[5])
    with pytest.raises(ModelError, match="code3"):
        Model(content, histosys_code="code3")


def test_cells_are_the_bins_of_every_sample(workspace, mod):
    channels = {"B": {"b": ([1.0, 2.0], []), "a": ([3.0, 4.0], [])}, "A": {"b": ([5.0], [])}}
    channels["A"]["b"][1].append(mod.normfactor())
    tables = Model(workspace(channels, A=[5], B=[1, 1])).tables
    assert tables.nominal.tolist() == [5, 3, 4, 1, 2]
    assert tables.block_start.tolist() == [0, 1, 3, 5]
    assert tables.block_bin.tolist() == [0, 1, 1]
    assert tables.block_channel.tolist() == [0, 1, 1]


def test_a_vector_has_one_slot_for_all_bins_of_a_channel(workspace, mod):
    def sample(*modifiers):
        return [4.0, 5.0], [mod.of_bins("staterror", "stat", [1.0, 1.0]), *modifiers]

    channels = {
        "A": {"a": sample(mod.normfactor()), "b": sample()},
        "B": {"a": sample(mod.normfactor()), "b": sample(mod.normsys("x", 0.9, 1.1))},
    }
    model = Model(workspace(channels, A=[8, 9], B=[8, 9]))
    tables = model.tables
    names = model.parameter_names
    slots = [
        {
            (names[k], stride)
            for k, stride in zip(tables.active[part], tables.stride[part], strict=True)
        }
        for part in (slice(*tables.active_start[c : c + 2]) for c in (0, 1))
    ]
    assert slots == [{("mu", 0), ("stat[0]", 1)}, {("mu", 0), ("x", 0), ("stat[2]", 1)}]
    for channel, parameter, slot in zip(
        [0, 0, 1, 1], tables.vector_parameter, tables.vector_slot, strict=True
    ):
        assert tables.active[tables.active_start[channel] + slot] == parameter

import numpy as np
import pytest

from hepline.errors import FitError, ModelError
from hepline.stats import Model


@pytest.fixture
def model(workspace, mod):
    error = mod.of_bins("staterror", "stat_B", [1.0, 2.0])
    channels = {"B": {"b": ([5.0, 6.0], [mod.normfactor(), error])}, "A": {"b": ([4.0], [])}}
    return Model(workspace(channels, A=[4], B=[5, 6]))


def test_bins_are_numbered_within_their_channel(model):
    assert model.channel_slices == (slice(0, 1), slice(1, 3))
    assert model.bin_name(2) == "bin 1 of channel 'B'"
    with pytest.raises(IndexError):
        model.bin_name(3)


def test_parameters_are_found_by_element_or_as_a_whole(model):
    assert model.parameter_names == ("mu", "stat_B[0]", "stat_B[1]")
    assert model.indices("stat_B[1]") == [2]
    assert model.indices("stat_B") == [1, 2]
    with pytest.raises(FitError) as caught:
        model.indices("stat_b[1]")
    assert "stat_B[1]" in caught.value.fix


def test_the_model_introduces_itself(model):
    assert repr(model) == "<Model 'm': 3 bins in A, B; 3 parameters; poi 'mu'>"


def test_negative_counts_of_an_auxiliary_measurement_are_refused(workspace, mod):
    samples = {"b": ([50.0], [mod.normsys("a", 0.9, 1.1), mod.of_bins("shapesys", "u", [5.0])])}
    model = Model(workspace({"SR": samples}, poi="", SR=[50]))
    places = [model.parameter_names[i] for i in model.constraints.parameter]
    allowed = [-1.0 if name == "a" else 100.0 for name in places]
    assert np.isfinite(model.likelihood([50.0, *allowed]).value(model.initial))
    refused = [0.0 if name == "a" else -1.0 for name in places]
    with pytest.raises(ModelError, match="negative counts"):
        model.likelihood([50.0, *refused])


def test_a_copy_that_holds_parameters_forgets_where_the_model_starts(model):
    before = model.fit()  # keeps where descents start
    held = model.holding({"mu": 0.9}).fit()["mu"]
    assert (held.value, held.initial, held.fixed) == (0.9, 0.9, True)
    assert model.holding({"mu": 99.0}).fit()["mu"].value == 99.0  # held beyond its bounds
    assert model.fit()["mu"] == before["mu"]

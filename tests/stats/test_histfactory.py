from functools import cached_property

import numpy as np
import pytest

from hepline.errors import FitError, ModelError
from hepline.stats import Model
from hepline.stats.histfactory import _READ_BY, HistFactory


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


ARRAYS = {"initial", "lower", "upper", "fixed", "center", "prior_width", "data", "auxdata"}


class Recording(HistFactory):
    """Notes which arrays are read."""

    def __getattribute__(self, name):
        if name in ARRAYS:
            vars(self).setdefault("read", set()).add(name)
        return super().__getattribute__(name)


CACHES = [name for name, kind in vars(HistFactory).items() if isinstance(kind, cached_property)]


@pytest.mark.parametrize("cache", CACHES)
def test_a_model_knows_what_its_caches_are_computed_from(workspace, mod, cache):
    samples = {"s": ([5.0], [mod.normfactor()]), "b": ([3.0], [mod.normsys("n", 0.8, 1.1)])}
    model = Recording(workspace({"SR": samples}, SR=[8]))
    vars(model)["read"] = set()
    getattr(model, cache)
    assert vars(model)["read"] == _READ_BY.get(cache, set())


def test_a_copy_with_other_arrays_computes_again_what_is_read_from_them(model):
    before = {name: getattr(model, name) for name in CACHES}
    copied = model.replacing(lower=model.lower - 1.0)
    kept = {name for name in CACHES if name in vars(copied)}
    assert kept == {name for name in CACHES if "lower" not in _READ_BY.get(name, set())}
    np.testing.assert_array_equal(copied.region.lower, before["region"].lower - 1.0)
    assert model.region is before["region"]

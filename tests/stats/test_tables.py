import pytest

from hepline.errors import ModelError
from hepline.stats import Model


@pytest.mark.parametrize(("low", "high"), [(-0.1, 2.1), (0.9, 0.0)])
def test_a_normalization_that_is_not_positive_is_refused_with_its_place(workspace, mod, low, high):
    content = workspace({"SR": {"b": ([5.0], [mod.normsys("jes", low, high)])}}, poi="", SR=[5])
    with pytest.raises(ModelError, match=r"normsys 'jes' of sample 'b' in channel 'SR'"):
        Model(content)


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


def test_the_slots_of_a_vector_follow_each_other(workspace, mod):
    def sample(*modifiers):
        return [4.0, 5.0], [mod.of_bins("staterror", "stat", [1.0, 1.0]), *modifiers]

    channels = {
        "A": {"a": sample(mod.normfactor()), "b": sample()},
        "B": {"a": sample(mod.normfactor()), "b": sample(mod.normsys("x", 0.9, 1.1))},
    }
    model = Model(workspace(channels, A=[8, 9], B=[8, 9]))
    tables = model.tables
    names = model.parameter_names
    active = [
        {names[k] for k in tables.active[slice(*tables.active_start[c : c + 2])]} for c in (0, 1)
    ]
    assert active == [{"mu", "stat[0]", "stat[1]"}, {"mu", "x", "stat[2]", "stat[3]"}]
    for channel, parameter, slot in zip(
        [0, 0, 1, 1], tables.vector_parameter, tables.vector_slot, strict=True
    ):
        first = tables.active_start[channel] + slot
        assert tables.active[first : first + 2].tolist() == [parameter, parameter + 1]

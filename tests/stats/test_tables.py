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
    with pytest.raises(ModelError, match="code2"):
        Model(content, histosys_code="code2")


def test_cells_are_the_bins_of_every_sample(workspace, mod):
    channels = {"B": {"b": ([1.0, 2.0], []), "a": ([3.0, 4.0], [])}, "A": {"b": ([5.0], [])}}
    channels["A"]["b"][1].append(mod.normfactor())
    tables = Model(workspace(channels, A=[5], B=[1, 1])).tables
    assert tables.nominal.tolist() == [5, 3, 4, 1, 2]
    assert tables.cell_bin.tolist() == [0, 1, 2, 1, 2]

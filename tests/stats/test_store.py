import json

import numpy as np
import pytest

from hepline.errors import OutputError
from hepline.stats import Model, as_json, save


@pytest.fixture
def result(workspace, mod):
    samples = {
        "s": ([10.0, 20], [mod.normfactor()]),
        "b": ([50.0, 60], [mod.normsys("a", 0.9, 1.1)]),
    }
    return Model(workspace({"SR": samples}, SR=[60, 90])).fit()


def test_all_numbers_survive_the_file(result, tmp_path):
    content = json.loads(save(result, tmp_path / "new" / "fit.json").read_text())
    assert content["poi"] == {
        "name": "mu",
        "value": result["mu"].value,
        "error": result["mu"].error,
    }
    assert content["twice_nll"] == result.twice_nll
    assert [entry["name"] for entry in content["parameters"]] == ["mu", "a"]
    np.testing.assert_array_equal(content["covariance"], result.covariance)
    assert content["goodness_of_fit"]["degrees_of_freedom"] == 1
    assert content["method"] == "newton"
    assert content["covariance_quality"] == "exact"
    assert "numpy" in content["versions"]


def test_unconstrained_parameters_have_no_pull(result):
    by_name = {entry["name"]: entry for entry in as_json(result)["parameters"]}
    assert by_name["mu"]["pull"] is None
    assert by_name["a"]["pull"] == result["a"].pull
    assert by_name["a"]["bounds"] == [-5, 5]


def test_nothing_but_the_result_is_left_in_the_folder(result, tmp_path):
    save(result, tmp_path / "fit.json")
    save(result, tmp_path / "fit.json")
    assert [path.name for path in tmp_path.iterdir()] == ["fit.json"]


def test_a_folder_that_cannot_be_made_is_named(result, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"fit\.json"):
        save(result, tmp_path / "file" / "fit.json")

import json

import numpy as np
import pytest

from hepline.errors import OutputError
from hepline.share.fit_json import as_json, fit_as_json, save
from hepline.stats import Model, Questions, answer


@pytest.fixture
def result(workspace, mod):
    samples = {
        "s": ([10.0, 20], [mod.normfactor()]),
        "b": ([50.0, 60], [mod.normsys("a", 0.9, 1.1)]),
    }
    return answer(Model(workspace({"SR": samples}, SR=[60, 90])))


def test_all_numbers_survive_the_file(result, tmp_path):
    content = json.loads(save(result, tmp_path / "new" / "fit.json").read_text())
    assert content["poi"] == {
        "name": "mu",
        "value": result.fit["mu"].value,
        "error": result.fit["mu"].error,
    }
    assert content["twice_nll"] == result.fit.twice_nll
    assert list(content["parameters"]) == ["mu", "a"]
    assert content["parameters"]["a"]["error"] == result.fit["a"].error
    np.testing.assert_array_equal(content["covariance"], result.fit.covariance)
    assert content["goodness_of_fit"]["degrees_of_freedom"] == 1
    assert content["method"] == "newton"
    assert content["covariance_quality"] == "exact"
    assert "numpy" in content["versions"]


def test_large_fits_store_the_covariance_of_shared_parameters(workspace, mod):
    bins = 600
    samples = {
        "s": (np.linspace(1, 20, bins).tolist(), [mod.normfactor()]),
        "b": (
            [50.0] * bins,
            [mod.normsys("a", 0.9, 1.1), mod.of_bins("staterror", "st", [4.0] * bins)],
        ),
    }
    fit = Model(workspace({"SR": samples}, SR=[60] * bins)).fit()
    content = fit_as_json(fit)
    names = [each.name for each in fit.parameters]
    chosen = [names.index(name) for name in content["covariance_of"]]
    assert content["covariance_of"] == ["mu", "a"]
    np.testing.assert_array_equal(content["covariance"], fit.covariance[np.ix_(chosen, chosen)])


def test_unconstrained_parameters_have_no_pull(result):
    by_name = fit_as_json(result.fit)["parameters"]
    assert by_name["mu"]["pull"] is None
    assert by_name["a"]["pull"] == result.fit["a"].pull
    assert by_name["a"]["bounds"] == [-5, 5]


def test_nothing_but_the_result_is_left_in_the_folder(result, tmp_path):
    save(result, tmp_path / "fit.json")
    save(result, tmp_path / "fit.json")
    assert [path.name for path in tmp_path.iterdir()] == ["fit.json"]


def test_a_folder_that_cannot_be_made_is_named(result, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"fit\.json"):
        save(result, tmp_path / "file" / "fit.json")


def test_questions_have_keys_and_what_was_not_asked_has_none(workspace, mod):
    samples = {
        "s": ([10.0, 20], [mod.normfactor()]),
        "b": ([50.0, 60], [mod.normsys("a", 0.9, 1.1)]),
    }
    model = Model(workspace({"SR": samples}, SR=[60, 90]))
    asked = {
        "cls", "limit", "significance", "impacts", "breakdown", "intervals", "scans", "toys"
    }  # fmt: skip
    assert not asked & set(as_json(answer(model)))
    questions = Questions(
        cls=1.0, limit=True, significance=True, impacts=True, breakdown=True, intervals=True,
        scans=("mu",),
    )  # fmt: skip
    content = json.loads(json.dumps(as_json(answer(model, questions)), allow_nan=False))
    assert asked - {"toys"} <= set(content)
    test, limit = model.cls(1.0), model.limit()
    assert content["cls"]["observed"] == test.cls
    assert content["cls"]["expected"] == list(test.expected)
    assert content["limit"]["observed"] == limit.observed
    assert content["limit"]["expected"] == list(limit.expected)
    assert content["significance"]["observed"] == model.significance().observed
    assert content["impacts"]["a"]["up"] == pytest.approx(model.impacts().impacts[0].up)
    assert set(content["intervals"]) == set(content["parameters"])
    toys = as_json(answer(model, Questions(toys=30)))["toys"]
    assert (toys["count"], toys["failed"], set(toys["pulls"])) == (30, 0, {"mu", "a"})


def test_hidden_numbers_are_null(result, workspace, mod, tmp_path):
    samples = {"s": ([10.0], [mod.normfactor()]), "b": ([50.0], [mod.normsys("a", 0.9, 1.1)])}
    model = Model(workspace({"SR": samples}, SR=[60]))
    hidden = answer(model, Questions(blind="three grey cats"))
    content = json.loads(save(hidden, tmp_path / "fit.json").read_text())
    assert content["twice_nll"] is None
    assert content["blinded"]

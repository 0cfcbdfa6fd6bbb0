"""Parameters that run to their bounds: seen there, and the fit still ends at its minimum."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from hepline.stats import Model

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
BENCH = Path(__file__).parents[2] / "bench/low_counts.py"


@pytest.fixture(scope="module")
def study():
    spec = importlib.util.spec_from_file_location("low_counts", BENCH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def empty_bins(workspace, mod):
    """Three bins with few simulated events and none observed: their factors run to zero."""
    samples = {
        "s": ([0.0, 0.0, 0.0, 5.0], [mod.normfactor()]),
        "b": (
            [5.0, 6.0, 7.0, 50.0],
            [mod.of_bins("staterror", "st", [3.0, 4.0, 5.0, 2.0]), mod.normsys("n", 0.7, 1.3)],
        ),
    }
    return Model(workspace({"SR": samples}, SR=[0, 0, 0, 53]))


def test_factors_of_empty_bins_stand_exactly_at_their_bound(workspace, mod):
    fit = empty_bins(workspace, mod).fit()
    assert [fit[f"st[{i}]"].value for i in range(3)] == [1e-10] * 3
    for i in range(3):
        assert f"'st[{i}]' = 1e-10" in fit.covariance_quality
    # The fourth bin alone is left: 50 (1 + 0.3 n) and 5 mu are one number, only n is constrained.
    assert fit["n"].value == pytest.approx(0.0, abs=1e-6)
    assert fit["mu"].value == pytest.approx(3 / 5, abs=1e-6)


def test_every_question_answers_with_factors_at_their_bound(workspace, mod):
    model = empty_bins(workspace, mod)
    # Twice the slope of an empty bin with 5, 6 and 7 events keeps the factors where they are, so
    # that only the fourth bin, with its factor and n, knows mu.
    alone = Model(
        workspace(
            {
                "SR": {
                    "s": ([5.0], [mod.normfactor()]),
                    "b": (
                        [50.0],
                        [mod.of_bins("staterror", "st", [2.0]), mod.normsys("n", 0.7, 1.3)],
                    ),
                }
            },
            SR=[53],
        )
    )
    assert model.fit()["mu"].error == pytest.approx(alone.fit()["mu"].error, rel=1e-6)
    by_name = {each.parameter: each for each in model.impacts().impacts}
    assert by_name["n"].up == pytest.approx(alone.impacts(names=["n"]).impacts[0].up, abs=1e-5)
    (ours,), (theirs,) = model.intervals(["mu"]), alone.intervals(["mu"])
    assert ours.upper == pytest.approx(theirs.upper, abs=1e-4)
    assert model.limit().observed == pytest.approx(alone.limit().observed, rel=1e-4)


@pytest.mark.parametrize("first", range(0, 40, 8))
def test_random_models_with_few_events_end_at_pyhfs_minimum(study, first, caplog):
    for seed in range(first, first + 8):
        assert list(study.verdicts(study.low_counts(seed))) == [], seed


def test_the_study_notices_a_fit_that_is_wrong(study, monkeypatch):
    # A quality that names no bound, and a minimum that is none.
    content = study.low_counts(0)
    fit = Model(content).fit()

    class Wrong(Model):
        def fit(self, **_):
            return Model(content).fit(fixed={"mu": 5.0})

    monkeypatch.setattr(study, "Model", Wrong)
    assert any("MINUIT is lower" in each for each in study.verdicts(content))
    assert np.isfinite(fit.twice_nll)

import pytest

from hepline.share.fit_text import lines
from hepline.stats import Model, Questions, answer


@pytest.fixture
def counting(workspace, mod):
    def build(observed, **settings):
        samples = {"s": ([5.0], [mod.normfactor()]), "b": ([3.0], [mod.normsys("n", 0.9, 1.1)])}
        parameters = [{"name": "mu", **settings}] if settings else []
        return Model(workspace({"SR": samples}, parameters=parameters, SR=[observed]))

    return build


def test_only_what_was_asked_is_said(counting):
    said = lines(answer(counting(8.0)))
    assert [line.split(" ")[0] for line in said] == ["mu", "−2", "newton"]
    assert said[0].startswith("mu = 1.0000 ± 0.5689")  # √(8 + 0.3²) / 5
    assert said[-1].endswith("covariance: exact")


def test_a_bound_that_leaves_no_error_is_named(counting):
    assert lines(answer(counting(0.0)))[0] == "mu = 0.0000 at its bound, without an error"
    blinded = lines(answer(counting(0.0), Questions(blind="seven geese")))[0]
    assert "bound" not in blinded
    assert " ± " in blinded


def test_a_held_parameter_of_interest_has_no_error(counting):
    assert lines(answer(counting(8.0, fixed=True)))[0] == "mu = 1.0000 ± 0.0000"


def test_a_significance_that_no_toy_reaches_is_a_lower_limit(counting):
    asked = Questions(significance=True, toys=30)
    (said,) = [line for line in lines(answer(counting(60.0), asked)) if "significance" in line]
    assert said.startswith("significance at least 1.849 σ, p = 0.03226 ± ")  # 1 / 31
    (few,) = [line for line in lines(answer(counting(3.0), asked)) if "significance" in line]
    assert "at least" not in few

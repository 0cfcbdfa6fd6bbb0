import dataclasses
import hashlib
import hmac

import numpy as np
import pytest

from hepline.errors import FitError
from hepline.stats.blinding import (
    expecting,
    fit_blinded,
    fit_hidden,
    hide_data,
    hide_poi,
    secret_shift,
)
from hepline.stats.model import Model


@pytest.fixture
def content(workspace, mod):
    sig = ([8.0, 4.0], [mod.normfactor(), mod.normsys("eff", 0.8, 1.3)])
    bkg = ([20.0, 30.0], [mod.of_bins("staterror", "staterror_SR", [2.0, 3.0])])
    return workspace({"SR": {"sig": sig, "bkg": bkg}}, SR=[31.0, 33.0])


@pytest.fixture
def fit(content):
    return Model(content).fit()


def test_shift_is_decided_by_the_phrase_and_the_name():
    """By hand: the first octet of the digest is the sign, six others a fraction."""
    digest = hmac.new(b"seven geese", b"hepline blinding: mu", hashlib.sha256).digest()
    fraction = sum(octet * 256.0**-place for place, octet in enumerate(digest[8:14], start=1))
    expected = (1 if digest[0] & 1 else -1) * (2 + 6 * fraction) * 0.125
    assert secret_shift("seven geese", "mu", 0.11) == pytest.approx(expected, rel=1e-12)
    assert secret_shift("seven ducks", "mu", 0.11) != secret_shift("seven geese", "mu", 0.11)
    assert secret_shift("seven geese", "nu", 0.11) != secret_shift("seven geese", "mu", 0.11)


def test_each_choice_of_hidden_regions_has_its_own_shift():
    """In regions that are not read the answer is known, and with it their shift."""
    chosen = [(), ("SR",), ("SR", "VR"), ("SRVR",)]
    shifts = [secret_shift("seven geese", "mu", 1.0, of=regions) for regions in chosen]
    assert len(set(shifts)) == 4
    assert secret_shift("seven geese", "mu", 1.0, of=["VR", "SR"]) == shifts[2]
    digest = hmac.new(b"seven geese", b"hepline blinding: mu\nSR\nVR", hashlib.sha256).digest()
    assert (shifts[2] > 0) == bool(digest[0] & 1)


def test_shift_stays_while_the_error_changes_a_little():
    assert secret_shift("geese", "mu", 0.11) == secret_shift("geese", "mu", 0.13)


def test_shifts_are_several_errors_of_either_sign():
    shifts = np.array([secret_shift(str(number), "mu", 1.0) for number in range(2000)])
    assert 2 <= np.abs(shifts).min() < 2.1
    assert 7.9 < np.abs(shifts).max() <= 8
    assert np.abs(shifts).mean() == pytest.approx(5.0, abs=5 * np.sqrt(3 / 2000))
    assert (shifts > 0).mean() == pytest.approx(0.5, abs=5 * 0.5 / np.sqrt(2000))


@pytest.mark.parametrize("error", [0.0, np.nan, np.inf])
def test_parameter_without_error_is_shifted_all_the_same(error):
    assert 2 <= abs(secret_shift("geese", "mu", error)) <= 8


def test_only_the_value_of_the_parameter_moves(fit):
    hidden = hide_poi(fit, "seven geese")
    shift = secret_shift("seven geese", "mu", fit["mu"].error)
    assert hidden["mu"] == dataclasses.replace(fit["mu"], value=fit["mu"].value + shift)
    assert hidden["eff"] == fit["eff"]
    assert hidden.goodness_of_fit == fit.goodness_of_fit
    places = [[one.name for one in fit.parameters].index(name) for name in ("mu", "eff")]
    names = [one.name for one in hidden.parameters]
    for row, name in zip(places, ("mu", "eff"), strict=True):
        assert hidden.covariance[names.index(name), names.index(name)] == fit.covariance[row, row]


def test_what_tells_the_value_goes(fit):
    hidden = hide_poi(fit, "seven geese")
    assert np.isnan(hidden.twice_nll)
    assert {one.name for one in hidden.parameters} == {"mu", "eff"}
    assert hidden.covariance.shape == (2, 2)
    said = "at a bound, held there without an error: 'mu' = 0"
    bound = hide_poi(dataclasses.replace(fit, covariance_quality=said), "seven geese")
    assert fit.covariance_quality == "exact"
    assert bound.covariance_quality == hidden.covariance_quality == "not told while blinded"


def told(workspace, mod, **observed):
    """The true fit of one bin, and the blinded one."""
    samples = {"sig": ([5.0], [mod.normfactor()]), "bkg": ([3.0], [mod.normsys("n", 0.9, 1.1)])}
    model = Model(workspace({"SR": samples}, **observed))
    return model.fit(), hide_poi(fit_hidden(model), "seven geese")


def test_a_bound_leaves_no_trace(workspace, mod):
    inside, shown_inside = told(workspace, mod, SR=[7.0])
    bent, shown_bent = told(workspace, mod, SR=[2.0])
    none, shown_none = told(workspace, mod, SR=[0.0])
    assert (inside.covariance_quality, none["mu"].error) == ("exact", 0.0)
    assert bent["mu"].value == none["mu"].value == 0.0
    shown = (shown_inside, shown_bent, shown_none)
    assert {one.covariance_quality for one in shown} == {"not told while blinded"}
    assert all(one["mu"].error > 0 for one in shown)
    assert all(np.all(np.diag(one.covariance) > 0) for one in shown)


def test_a_bound_without_an_error_shows_the_expected_one(workspace, mod):
    """Fisher's information of one Poisson bin and a normal constraint, slopes by differences."""
    true, shown = told(workspace, mod, SR=[0.0])
    background = {"bkg": ([3.0], [mod.normsys("n", 0.9, 1.1)])}
    rate = Model(workspace({"SR": background}, poi="", SR=[0.0]))
    theta, step = true["n"].value, 1e-5
    at, up, down = (rate.expected([theta + shift])[0] for shift in (0, step, -step))
    slope = np.array([5.0, (up - down) / (2 * step)])
    covariance = np.linalg.inv(np.outer(slope, slope) / at + np.diag([0.0, 1.0]))
    np.testing.assert_allclose(shown.covariance, covariance, rtol=1e-5)
    assert shown["mu"].error == pytest.approx(np.sqrt(covariance[0, 0]), rel=1e-5)


def test_a_held_parameter_is_no_secret(workspace, mod):
    samples = {"sig": ([5.0], [mod.normfactor()]), "bkg": ([3.0], [mod.normsys("n", 0.9, 1.1)])}
    held = [{"name": "mu", "fixed": True}]
    model = Model(workspace({"SR": samples}, parameters=held, SR=[7.0]))
    with pytest.raises(FitError, match="'mu' is held in the fit, and cannot be hidden"):
        fit_hidden(model)
    with pytest.raises(FitError, match="'mu' is held"):
        hide_poi(model.fit(), "seven geese")


def test_a_fit_without_an_error_is_refused_without_a_word(fit):
    parameters = tuple(dataclasses.replace(one, error=0.0) for one in fit.parameters)
    with pytest.raises(FitError, match="fit of the hidden data failed"):
        hide_poi(dataclasses.replace(fit, parameters=parameters), "seven geese")


def test_expected_events_take_the_place_of_the_data(content):
    model = Model(content)
    stand_in = expecting(model)
    assert stand_in.data.tolist() == stand_in.channels[0].observed.tolist() == [28.0, 34.0]
    assert model.data.tolist() == [31.0, 33.0]


def test_fit_without_parameter_of_interest_and_empty_phrases_are_refused(fit):
    with pytest.raises(FitError, match="without parameter of interest"):
        hide_poi(dataclasses.replace(fit, poi=""), "geese")
    with pytest.raises(FitError, match="empty phrase"):
        hide_poi(fit, "  ")


def test_blinded_fit_predicts_what_the_true_one_does(content, fit):
    hidden, predictions = fit_blinded(content, "seven geese")
    assert hidden.parameters == hide_poi(fit, "seven geese").parameters
    (expected,) = Model(content).postfit(fit)
    assert predictions[0].total.tobytes() == expected.total.tobytes()


def test_failing_fit_tells_nothing(content):
    content["channels"][0]["samples"][1]["data"] = [-50.0, 30.0]
    with pytest.raises(FitError) as plain:
        Model(content).fit()
    assert "31" in str(plain.value)
    with pytest.raises(FitError, match="fit of the hidden data failed") as caught:
        fit_blinded(content, "seven geese")
    assert "31" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_hidden_data_are_no_numbers(content, fit):
    predictions = Model(content).postfit(fit)
    (hidden,) = hide_data(predictions, {"SR"})
    assert np.isnan(hidden.data).all()
    assert hidden.total is predictions[0].total
    assert hide_data(predictions, {"CR"}) == predictions

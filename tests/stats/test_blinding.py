import dataclasses
import hashlib
import hmac

import numpy as np
import pytest

from hepline.errors import FitError
from hepline.stats.blinding import fit_blinded, hide_data, hide_poi, secret_shift
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
    assert hidden.covariance_quality == "exact"
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
    assert bound.covariance_quality == "not exact; the reason is not told while blinded"


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

import numpy as np
import pyhf
import pytest

from hepline.stats.histfactory import HistFactory
from hepline.stats.preflight.asimov import asimov, expected_error

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_a_constrained_parameter_without_effect(patient, place):
    patient.add("SR", "top", "normsys", "nothing", {"hi": 1.0, "lo": 1.0})
    found = patient.only("HL501")
    assert (place(found), found.severity) == (("", "", "nothing", None), "warning")


def test_an_unconstrained_parameter_without_effect_is_held_by_the_fit(patient, place):
    patient.channel("SR")["samples"].append(
        {"name": "empty", "data": [0.0] * 6, "modifiers": [
            {"name": "norm", "type": "normfactor", "data": None}]}
    )  # fmt: skip
    found = patient.only("HL501")
    assert (place(found), found.severity) == (("", "", "norm", None), "warning")
    assert not patient.findings("HL503")


def test_a_parameter_of_interest_without_effect(patient, place):
    for channel in ("SR", "CR"):
        patient.sample(channel, "sig")["data"] = [0.0] * 6
        patient.sample(channel, "sig")["modifiers"] = [
            {"name": "mu", "type": "normfactor", "data": None}
        ]
    found = patient.only("HL502")
    assert (place(found), found.severity) == (("", "", "mu", None), "error")
    assert not patient.findings("HL501")


def test_a_signal_that_starts_at_zero_does_not_hide_its_systematics(patient):
    patient.workspace["measurements"][0]["config"]["parameters"] = [{"name": "mu", "inits": [0.0]}]
    for channel in ("SR", "CR"):
        patient.add(channel, "sig", "normsys", "signal_only", {"hi": 1.05, "lo": 0.95})
    assert not patient.findings("HL50")


def test_two_normalizations_of_one_sample_are_degenerate(patient):
    for channel in ("SR", "CR"):
        patient.add(channel, "top", "normfactor", "one", None)
        patient.add(channel, "top", "normfactor", "two", None)
    found = patient.only("HL503")
    assert found.severity == "warning"
    assert "'one'" in found.message
    assert "'two'" in found.message


def test_a_degenerate_parameter_of_interest_is_an_error(patient):
    for channel in ("SR", "CR"):
        patient.add(channel, "sig", "normfactor", "again", None)
    found = patient.only("HL503")
    assert found.severity == "error"
    assert "'mu'" in found.message


def test_over_constraint_is_named_with_its_size(patient, place):
    for channel in ("SR", "CR"):
        patient.modifier(channel, "top", "lumi")["data"] = {"hi": 1.30, "lo": 0.77}
    found = patient.only("HL504")
    assert place(found) == ("", "", "lumi", None)
    error = _by_pyhf(patient.workspace)["lumi"]
    assert f"{error:.3f} of the prior" in found.message


def test_expected_errors_are_those_of_a_numerical_hessian_of_pyhf(healthy):
    model = HistFactory(healthy)
    errors = dict(zip(model.parameter_names, asimov(model).error, strict=True))
    for name, error in _by_pyhf(healthy).items():
        assert errors[name] == pytest.approx(error, rel=1e-5)
    assert expected_error(model) == errors["mu"]


def _by_pyhf(workspace):
    """Errors at pyhf's own Asimov data, from finite differences of pyhf's likelihood."""
    model = pyhf.Workspace(workspace).model()
    start = np.array(model.config.suggested_init())
    data = model.expected_data(start)

    def twice_nll(theta):
        return -2 * float(model.logpdf(theta, data)[0])

    step = 1e-3
    size = len(start)
    shifts = step * np.eye(size)
    hessian = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            hessian[i, j] = sum(
                a * b * twice_nll(start + a * shifts[i] + b * shifts[j])
                for a in (-1, 1)
                for b in (-1, 1)
            ) / (4 * step**2)
    errors = np.sqrt(2 * np.diag(np.linalg.inv(hessian)))
    return dict(zip(model.config.par_names, errors, strict=True))


def test_without_a_parameter_of_interest_nothing_is_expected(patient):
    patient.workspace["measurements"][0]["config"]["poi"] = ""
    assert np.isnan(expected_error(HistFactory(patient.workspace)))
    assert patient.findings() == []

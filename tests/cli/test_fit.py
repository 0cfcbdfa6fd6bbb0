"""``hepline fit``: what is printed and written, with the numbers of pyhf."""

import json
import logging
import re
import subprocess
import sys

import numpy as np
import pyhf
import pytest
from iminuit import Minuit
from scipy.stats import norm

# pyhf 0.7 resolves its schema with a class that jsonschema has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

CONTENT = {
    "channels": [
        {
            "name": "SR",
            "samples": [
                {
                    "name": "s",
                    "data": [5.0, 14.0],
                    "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
                },
                {
                    "name": "b",
                    "data": [50.0, 30.0],
                    "modifiers": [
                        {"name": "size", "type": "normsys", "data": {"hi": 1.1, "lo": 0.9}},
                        {"name": "st", "type": "staterror", "data": [4.0, 0.0]},
                    ],
                },
            ],
        }
    ],
    "observations": [{"name": "SR", "data": [55.0, 39.0]}],
    "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
    "version": "1.0.0",
}


@pytest.fixture
def ask(hepline, tmp_path):
    """Ask ``hepline fit``; gives the text and the content of ``fit.json``."""
    path = tmp_path / "workspace.json"
    path.write_text(json.dumps(CONTENT))

    def call(*options):
        done = hepline("fit", path, "--out", tmp_path / "out", *options)
        assert done.code == 0, done.err
        return done.out, json.loads((tmp_path / "out" / "fit.json").read_text())

    return call


@pytest.fixture(scope="module")
def oracle():
    """Model and data of pyhf."""
    workspace = pyhf.Workspace(CONTENT)
    model = workspace.model()
    return model, workspace.data(model)


def printed(text, pattern):
    return [float(number) for number in re.search(pattern, text).groups()]


def best(model, data, **held):
    """Parameters and value of the minimum of pyhf's likelihood, by MINUIT."""
    config = model.config
    minuit = Minuit(
        lambda theta: -2 * model.logpdf(theta, data).item(),
        config.suggested_init(),
        name=config.par_names,
    )
    minuit.errordef, minuit.tol, minuit.strategy = Minuit.LEAST_SQUARES, 1e-3, 2
    minuit.limits, minuit.fixed = config.suggested_bounds(), config.suggested_fixed()
    for name, value in held.items():
        minuit.values[name] = value
        minuit.fixed[name] = True
    minuit.migrad()
    return dict(zip(config.par_names, minuit.values, strict=True)), minuit.fval


def test_parameters_are_printed_and_written(ask, oracle):
    text, written = ask()
    values, twice_nll = best(*oracle)
    assert written["twice_nll"] == pytest.approx(twice_nll, abs=1e-5)
    assert written["poi"]["value"] == pytest.approx(values["mu"], abs=1e-3)
    assert written["parameters"]["size"]["pull"] == pytest.approx(values["size"], abs=1e-3)
    assert written["parameters"]["size"]["center"] == 0.0
    assert f"mu = {written['poi']['value']:.4f} ± {written['poi']['error']:.4f}" in text
    assert f"−2 ln L = {twice_nll:.4f}" in text
    assert "st[0]" in text
    assert "fixed" in text
    assert "goodness of fit: " in text
    assert "CLs" not in text
    assert {"cls", "limit", "significance", "impacts", "toys"} & set(written) == set()


def test_tests_and_limits_are_those_of_pyhf(ask, oracle):
    model, data = oracle
    text, written = ask("--cls", "1.5", "--limit", "--significance")
    logging.disable(logging.WARNING)
    observed, expected = pyhf.infer.hypotest(1.5, data, model, return_expected_set=True)
    p_value = pyhf.infer.hypotest(0.0, data, model, test_stat="q0")
    limit, band = pyhf.infer.intervals.upper_limits.toms748_scan(data, model, 0, 8, rtol=1e-5)
    logging.disable(logging.NOTSET)
    assert written["cls"]["observed"] == pytest.approx(float(observed), rel=1e-3)
    assert written["cls"]["expected"] == pytest.approx([float(one) for one in expected], rel=1e-3)
    assert written["limit"]["observed"] == pytest.approx(float(limit), rel=1e-3)
    assert written["limit"]["expected"] == pytest.approx([float(one) for one in band], rel=1e-3)
    assert written["limit"]["error"] == 0
    assert written["significance"]["p_value"] == pytest.approx(float(p_value), rel=1e-3)
    assert printed(text, r"CLs\(1\.5\) = ([\d.]+); expected ([\d.]+) \[") == pytest.approx(
        [float(observed), float(expected[2])], rel=1e-3
    )
    assert printed(text, r"mu < ([\d.]+) at 95 % CL; expected ([\d.]+) \[") == pytest.approx(
        [float(limit), float(band[2])], rel=1e-3
    )
    assert printed(text, r"significance ([\d.]+) σ, p = ([\d.]+);") == pytest.approx(
        [norm.isf(float(p_value)), float(p_value)], rel=1e-3
    )


def test_impacts_and_intervals_are_those_of_fits_with_pyhf(ask, oracle):
    text, written = ask("--impacts", "--minos")
    values, twice_nll = best(*oracle)
    size = written["parameters"]["size"]
    up = best(*oracle, size=size["value"] + size["error"])[0]["mu"] - values["mu"]
    assert written["impacts"]["size"]["up"] == pytest.approx(up, abs=1e-3)
    assert re.search(rf"size +│ +{up:+.3f}", text)
    for side in ("lower", "upper"):
        _, there = best(*oracle, mu=written["intervals"]["mu"][side])
        assert there - twice_nll == pytest.approx(1.0, abs=1e-3)
    parts = written["breakdown"]
    assert np.hypot(parts["statistical"], parts["systematic"]) == pytest.approx(
        written["poi"]["error"]
    )
    assert f"statistical {parts['statistical']:.4f}" in text


def test_a_scan_follows_the_likelihood_of_pyhf(ask, oracle):
    _, written = ask("--scan", "mu")
    scan = written["scans"]["mu"]
    _, twice_nll = best(*oracle)
    _, there = best(*oracle, mu=scan["values"][3])
    assert scan["twice_delta_nll"][3] == pytest.approx(there - twice_nll, abs=1e-4)


@pytest.mark.slow
def test_toys_agree_with_the_formulae_within_their_errors(ask):
    _, plain = ask("--cls", "1.5", "--limit", "--significance")
    text, written = ask("--cls", "1.5", "--limit", "--significance", "--toys", "400")
    for name, key in (("cls", "observed"), ("limit", "observed"), ("significance", "p_value")):
        found = written[name]
        assert found["method"] == "toys"
        assert found["error"] > 0
        assert found[key] == pytest.approx(plain[name][key], abs=4 * found["error"])
    limit = written["limit"]
    assert f"mu < {limit['observed']:.4g} ± {limit['error']:.1g} at 95 % CL" in text


@pytest.mark.slow
def test_toys_judge_the_goodness_of_fit(ask):
    text, written = ask("--gof", "--toys", "300")
    good = written["goodness_of_fit"]
    by_toys = good["toys"]
    assert by_toys["toys"] == written["toys"]["count"] == 300
    # Five terms but two parameters: few events on the chi-square distribution.
    assert by_toys["p_value"] == pytest.approx(good["p_value"], abs=0.1)
    assert f"goodness of fit from 300 toys: p = {by_toys['p_value']:.4g}" in text
    assert "300 toys fitted, 0 failed" in text


@pytest.mark.slow
def test_a_posterior_with_flat_prior_is_the_normalized_likelihood(ask, oracle):
    pytest.importorskip("nutpie")
    text, written = ask("--posterior")
    model, data = oracle
    axes = [np.linspace(0, 4, 41), np.linspace(-4, 4, 25), np.linspace(0.7, 1.3, 21)]
    grid = dict(zip(("mu", "size", "st[0]"), np.meshgrid(*axes, indexing="ij"), strict=True))
    mu = grid["mu"]
    points = np.stack([grid.get(name, np.ones_like(mu)) for name in model.config.par_names], -1)
    weight = np.exp([model.logpdf(point, data).item() for point in points.reshape(mu.size, -1)])
    wanted = np.average(mu.ravel(), weights=weight)
    found = written["posterior"]["parameters"]["mu"]
    assert found["mean"] == pytest.approx(wanted, abs=0.1 * found["std"])
    assert "posterior of mu: " in text
    assert "(68 %); converged" in text


def test_blinded_fits_show_all_but_the_value(ask, oracle):
    text, written = ask("--blind", "seven sleepy geese", "--impacts", "--gof")
    plain, true = ask()
    values, _ = best(*oracle)
    assert abs(written["poi"]["value"] - values["mu"]) > 1.3 * written["poi"]["error"]
    assert written["poi"]["error"] == true["poi"]["error"]
    assert written["goodness_of_fit"] == true["goodness_of_fit"]
    assert written["blinded"] is True
    assert written["twice_nll"] is None
    assert f"mu = {written['poi']['value']:.4f} ± " in text
    assert "(shifted by a secret amount)" in text
    assert "−2 ln L" in plain
    assert "−2 ln L" not in text
    assert "covariance: not told while blinded" in text
    assert f"{values['mu']:.4f}" not in text
    assert f"{values['mu']:.4f}" in plain


@pytest.mark.parametrize("option", [("--limit",), ("--cls", "1"), ("--posterior",), ("--toys", 9)])
def test_what_tells_a_hidden_value_is_refused(hepline, tmp_path, option):
    path = tmp_path / "workspace.json"
    path.write_text(json.dumps(CONTENT))
    done = hepline("fit", path, "--out", tmp_path, "--blind", "seven sleepy geese", *option)
    assert done.code == 2
    assert "cannot compute " in done.err
    assert " while the parameter of interest is hidden." in done.err
    assert not (tmp_path / "fit.json").exists()


@pytest.mark.parametrize("phrase", ["", "  "])
def test_an_empty_phrase_does_not_unblind(hepline, tmp_path, phrase):
    """As from a shell variable that is not set."""
    path = tmp_path / "workspace.json"
    path.write_text(json.dumps(CONTENT))
    done = hepline("fit", path, "--out", tmp_path, "--blind", phrase)
    assert done.code == 2
    assert "empty phrase" in done.err
    assert "mu =" not in done.out
    assert not (tmp_path / "fit.json").exists()


def test_parameters_are_held_and_data_are_expected_ones(ask):
    _, told = ask("--fix", "size=0.5", "--fix", "st=1", "--asimov", "2.0")
    assert told["parameters"]["size"]["fixed"]
    assert told["parameters"]["size"]["value"] == 0.5
    # Asimov data are fitted exactly: with the background held, the signal is what made them.
    assert told["poi"]["value"] == pytest.approx(2.0, abs=1e-6)


def test_the_level_and_the_statistic_of_the_limit_are_chosen(ask, oracle):
    model, data = oracle
    text, told = ask("--limit", "--level", "0.9", "--statistic", "q")
    assert "at 90 % CL" in text
    logging.disable(logging.WARNING)
    cls = pyhf.infer.hypotest(told["limit"]["observed"], data, model, test_stat="q")
    logging.disable(logging.NOTSET)
    assert float(cls) == pytest.approx(0.1, abs=1e-3)


def test_groups_and_the_largest_impacts_are_chosen(ask):
    text, told = ask("--impacts", "--groups", "all=size,st*", "--top", "1")
    assert list(told["breakdown"]["components"]) == ["all"]
    table = text[text.index("impacts on mu") : text.index("2 ln L")]
    assert "the largest 1 of 2" in table
    assert len(re.findall("size|st.0", table)) == 1


def test_another_parameter_of_interest_and_fewer_channels(ask, hepline, tmp_path):
    _, told = ask("--poi", "size")
    assert told["poi"]["name"] == "size"
    done = hepline("fit", tmp_path / "workspace.json", "--exclude", "VR", "--out", tmp_path)
    assert done.code == 2
    assert "no channel 'VR'" in done.err


def test_a_signal_is_added_by_a_patch(ask, tmp_path):
    sample = {**CONTENT["channels"][0]["samples"][0], "name": "more"}
    entry = {
        "metadata": {"name": "twice", "values": [2]},
        "patch": [{"op": "add", "path": "/channels/0/samples/-", "value": sample}],
    }
    (tmp_path / "set.json").write_text(json.dumps({"metadata": {}, "patches": [entry]}))
    _, once = ask()
    _, twice = ask("--patch", f"{tmp_path / 'set.json'}:twice")
    assert twice["poi"]["value"] == pytest.approx(once["poi"]["value"] / 2, rel=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--fix", "size"), "--fix was given 'size'"),
        (("--fix", "size=wide"), "cannot hold the parameter 'size' at 'wide'"),
        (("--groups", "size"), "--groups was given 'size'"),
        (("--limit", "--statistic", "t"), "no upper limit from the statistic t"),
    ],
)
def test_options_that_make_no_sense_are_refused(ask, hepline, tmp_path, options, message):
    done = hepline("fit", tmp_path / "workspace.json", "--out", tmp_path, *options)
    assert done.code == 2
    assert message in done.err


def test_a_fit_loads_no_library_that_it_does_not_need(ask, tmp_path):
    heavy = ("matplotlib", "awkward", "uproot", "pyhf", "scipy.stats", "vector")
    code = (
        "import atexit, sys; from hepline.cli import main\n"
        f"atexit.register(lambda: print('loaded:', [m for m in {heavy} if m in sys.modules]))\n"
        f"main(['fit', {str(tmp_path / 'workspace.json')!r}, '--out', {str(tmp_path)!r}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded: []"

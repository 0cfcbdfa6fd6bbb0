"""Numbers that others have published together with their inputs."""

import numpy as np
import pytest

from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.asymptotic import hypothesis_test
from hepline.stats.inference.limits import upper_limit
from hepline.stats.inference.lookelsewhere import global_significance
from hepline.stats.inference.significance import discovery

# https://pyhf.readthedocs.io/en/v0.7.6/, README and pyhf.infer.
TUTORIAL = ([12.0, 11.0], [50.0, 52.0], [3.0, 7.0], [51, 48])

# tests/test_validation.py and validation/data of https://github.com/scikit-hep/pyhf, commit
# 00109dadafdb9d143cfcf2d92b25d25afd92a9a9: CLs at mu = 1, found with ROOT's HistFactory and pyhf,
# interpolation codes 1 and 0.
# Its case 2bin_2channel_coupledhisto is left out: the fit at mu = 1 ended at 31.375, and the same
# likelihood falls to 30.872 on the other side of the histosys.
# Samples by channel, data by channel, expected CLs from −2σ to +2σ, observed CLs.
VALIDATION = {
    "one bin, shapesys": (
        {"SR": {"s": ([10.0], ["mu"]), "b": ([50.0], [("shapesys", "u", [7.0])])}},
        {"SR": [55.0]},
        [0.06371799398864626, 0.15096503398, 0.32796069505, 0.60460873030, 0.86626276053],
        0.4541865416107029,
    ),
    "one bin, lumi": (
        {"SR": {"s": ([20.0], ["mu"]), "b": ([100.0], [("lumi", "lumi", None)])}},
        {"SR": [55.0]},
        [0.01060338, 0.04022273, 0.13614217, 0.37078321, 0.71104119],
        None,  # published for the statistic q: the data lie so low that q̃ differs
    ),
    "normsys": (
        {"SR": {"s": ([30.0, 95.0], ["mu"]), "b": ([100.0, 150.0], [("normsys", "n", 0.9, 1.1)])}},
        {"SR": [120.0, 180.0]},
        [7.471684419e-10, 5.7411551509e-08, 3.68980880627e-06, 0.000169657315382, 0.00439270899855],
        0.0006735317023683173,
    ),
    "histosys": (
        {
            "SR": {
                "s": ([30.0, 95.0], ["mu"]),
                "b": ([100.0, 150.0], [("histosys", "h", [98.0, 100.0], [102.0, 190.0])]),
            }
        },
        {"SR": [120.0, 180.0]},
        [7.134513306e-06, 0.000125471006271, 0.00188001066643, 0.0207896490760, 0.136924945235],
        0.1001463460725534,
    ),
    "two channels": (
        {
            "signal": {
                "s": ([10.0, 35.0], ["mu"]),
                "b": ([100.0, 150.0], [("shapesys", "us", [10.0, 10.0])]),
            },
            "control": {"b": ([200.0, 350.0], [("shapesys", "uc", [5.0, 10.0])])},
        },
        {"signal": [110.0, 155.0], "control": [205.0, 345.0]},
        [0.000434913548219, 0.00342230005028, 0.0233742326583, 0.121865422551, 0.403820742494],
        0.056332621064982304,
    ),
    "a shared normsys": (
        {
            "signal": {
                "s": ([10.0, 35.0], ["mu"]),
                "b1": ([100.0, 100.0], [("normsys", "n", 0.9, 1.1)]),
                "b2": ([50.0, 100.0], [("normsys", "n", 0.5, 1.5)]),
            },
            "control": {"b": ([100.0, 100.0], [("normsys", "n", 0.9, 1.1)])},
        },
        {"signal": [105.0, 220.0], "control": [110.0, 105.0]},
        [0.0552239146555, 0.136132399253, 0.306872010149, 0.583947009391, 0.855472546133],
        0.5906228034705155,
    ),
    "a shared shapefactor": (
        {
            "signal": {
                "s": ([20.0, 20.0], ["mu"]),
                "b": ([100.0, 70.0], [("shapefactor", "f", None)]),
            },
            "control": {"b": ([100.0, 100.0], [("shapefactor", "f", None)])},
        },
        {"signal": [220.0, 230.0], "control": [200.0, 300.0]},
        [0.0137532999294, 0.0488874000563, 0.155552962539, 0.400756134332, 0.735716963095],
        0.5421679124909312,
    ),
    "shapesys with a bin that has none, by ROOT": (
        {
            "SR": {
                "s": ([20.0, 10.0], ["mu"]),
                "b": ([100.0, 10.0], [("shapesys", "u", [10.0, 0.0])]),
            }
        },
        {"SR": [100.0, 10.0]},
        [2.702197937e-05, 0.000370999176125, 0.00436063438633, 0.0381503150970, 0.202030275641],
        0.004360634405484502,
    ),
}

# R. Cousins, J. Linnemann, J. Tucker, Nucl. Instrum. Meth. A 595 (2008) 480,
# arXiv:physics/0702156v4, table 1: n_on, n_off, tau, and Z from the profile likelihood, equation
# (20), with an auxiliary Poisson measurement; then background, its normal uncertainty, n_on, and
# Z from equation (21). As kept in the tests of the program theta (J. Ott), and rounded there.
ON_OFF = [
    (4, 5, 5.0, 1.95),
    (6, 18.78, 14.44, 2.82),
    (9, 17.83, 4.69, 1.99),
    (17, 40.11, 10.56, 4.57),
    (50, 55, 2.0, 3.02),
    (67, 15, 0.5, 3.04),
    (200, 10, 0.1, 2.38),
    (523, 2327, 5.99, 5.95),
    (498426, 493434, 1.0, 5.01),
    (2119449, 23650096, 11.21, 6.40),
]
NORMAL = [
    (1.0, 0.447, 4, 2.00),
    (1.3, 0.3, 6, 2.83),
    (3.8, 0.9, 9, 2.02),
    (3.8, 0.6, 17, 4.62),
    (27.5, 3.71, 50, 3.10),
    (30.0, 7.75, 67, 3.45),
    (100.0, 31.6, 200, 2.90),
    (388.6, 8.1, 523, 5.96),
    (493434, 702.4, 498426, 5.02),
    (2109732, 433.8, 2119449, 6.40),
]


def modifier(mod, entry):
    if isinstance(entry, str):
        return mod.normfactor(entry)
    kind, name, *data = entry
    if kind in {"normsys", "histosys"}:
        return getattr(mod, kind)(name, *data)
    return mod.of_bins(kind, name, *data)


def built(workspace, mod, channels, observed, parameters=(), **codes):
    content = {
        channel: {
            name: (data, [modifier(mod, entry) for entry in entries])
            for name, (data, entries) in samples.items()
        }
        for channel, samples in channels.items()
    }
    return HistFactory(workspace(content, parameters=parameters, **observed), **codes)


@pytest.fixture
def tutorial(workspace, mod):
    signal, background, uncertainty, observed = TUTORIAL
    samples = {"s": (signal, ["mu"]), "b": (background, [("shapesys", "u", uncertainty)])}
    return built(workspace, mod, {"singlechannel": samples}, {"singlechannel": observed})


def test_the_tutorial_of_pyhf(tutorial):
    """pyhf's minimizer stops early by up to 4e-5 of CLs; a simplex method confirms our minima."""
    test = hypothesis_test(tutorial, 1.0)
    assert round(test.cls, 4) == 0.0525
    assert (test.clsb, test.clb) == pytest.approx((0.02332502, 0.4441594), rel=1e-4)
    assert test.cls == pytest.approx(0.05251497, rel=1e-4)
    band = [0.00260626, 0.01382005, 0.06445321, 0.23525644, 0.57303621]
    assert test.expected == pytest.approx(band, rel=1e-4)
    assert test.statistic == pytest.approx(3.93824492, rel=1e-5)  # pyhf.infer.test_statistics


def test_the_limits_of_the_tutorial_of_pyhf(tutorial):
    """pyhf.infer.intervals.upper_limits.toms748_scan, found to 1 %."""
    limit = upper_limit(tutorial)
    band = [0.5600747, 0.75702605, 1.06234693, 1.50116923, 2.05078912]
    assert limit.observed == pytest.approx(1.01156939, rel=1e-4)
    assert limit.expected == pytest.approx(band, rel=1e-3)


@pytest.mark.parametrize("case", VALIDATION)
def test_the_validation_of_pyhf_against_histfactory(workspace, mod, case):
    channels, observed, band, cls = VALIDATION[case]
    settings = {"name": "lumi", "auxdata": [1.0], "sigmas": [0.1], "bounds": [[0.0, 10.0]]}
    lumi = [{**settings, "inits": [1.0]}] if "lumi" in case else []
    codes = {"normsys_code": "code1", "histosys_code": "code0"}
    test = hypothesis_test(built(workspace, mod, channels, observed, lumi, **codes), 1.0)
    assert test.expected == pytest.approx(band, rel=3e-4)
    if cls is not None:
        assert test.cls == pytest.approx(cls, rel=3e-4)


@pytest.mark.parametrize(("on", "off", "tau", "z"), ON_OFF)
def test_on_off_measurements_of_cousins_linnemann_and_tucker(workspace, mod, on, off, tau, z):
    background = off / tau
    channels = {
        "on": {"s": ([background], ["mu"]), "b": ([background], ["b"])},
        "off": {"b": ([off], ["b"])},
    }
    model = built(workspace, mod, channels, {"on": [on], "off": [off]})
    assert discovery(model).observed == pytest.approx(z, abs=0.0051)


@pytest.mark.parametrize(("background", "sigma", "on", "z"), NORMAL)
def test_normal_uncertainties_of_cousins_linnemann_and_tucker(
    workspace, mod, background, sigma, on, z
):
    variation = ("histosys", "a", [background - sigma], [background + sigma])
    channels = {"on": {"s": ([background], ["mu"]), "b": ([background], [variation])}}
    model = built(workspace, mod, channels, {"on": [on]})
    assert discovery(model).observed == pytest.approx(z, abs=0.0051)


def test_the_asimov_utilities_of_cowan_and_cranmer(workspace, mod):
    """K. Cranmer, G. Cowan, "Fast Asimov Utils" (2014): 50 ± 7 events limit a signal to 19.7.

    And 50 signal events over 100 ± 7 of background are expected to have 3.72 standard deviations.
    """
    nothing = {"SR": {"s": ([1.0], ["mu"]), "b": ([50.0], [("shapesys", "u", [7.0])])}}
    limit = upper_limit(built(workspace, mod, nothing, {"SR": [50.0]}))
    assert limit.expected[2] == pytest.approx(19.7, abs=0.051)
    signal = {"SR": {"s": ([50.0], ["mu"]), "b": ([100.0], [("shapesys", "u", [7.0])])}}
    found = discovery(built(workspace, mod, signal, {"SR": [150.0]}))
    assert found.expected == pytest.approx(3.72, abs=0.0051)


@pytest.mark.parametrize("signal", [0.5, 5.0, 40.0])
@pytest.mark.parametrize(("background", "sigma"), [(1.0, 0.5), (10.0, 1.0), (100.0, 20.0)])
def test_the_expected_significance_of_cowan(workspace, mod, signal, background, sigma):
    """G. Cowan, "Discovery sensitivity for a counting experiment with background uncertainty".

    Technical note (2012), www.pp.rhul.ac.uk/~cowan/stat/notes/medsigNote.pdf, equation (20); the
    formula of T. Li and Y. Ma, Astrophys. J. 272 (1983) 317, for Asimov data.
    """
    variance, total = sigma**2, signal + background
    wanted = np.sqrt(
        2 * total * np.log(total * (background + variance) / (background**2 + total * variance))
        - 2
        * background**2
        / variance
        * np.log1p(variance * signal / (background * (background + variance)))
    )
    channels = {"SR": {"s": ([signal], ["mu"]), "b": ([background], [("shapesys", "u", [sigma])])}}
    found = discovery(built(workspace, mod, channels, {"SR": [total]}))
    assert found.expected == pytest.approx(wanted, rel=1e-5)
    assert found.observed == pytest.approx(wanted, rel=1e-5)


def test_the_trials_factor_of_read():
    """A. Read, TrialsFactor.C (2012), for E. Gross, O. Vitells, Eur. Phys. J. C 70 (2010) 525.

    Five standard deviations, and two upcrossings of half a standard deviation.
    """
    found = global_significance(5.0, upcrossings=2, reference_level=0.5**2)
    assert found.trials_factor - 1 == pytest.approx(29.46, abs=0.0051)

"""The statistics q and t beside q̃, and models that are changed before they are asked."""

import logging

import numpy as np
import pyhf
import pytest
from scipy.stats import ncx2

from hepline.errors import FitError, ModelError
from hepline.stats import Model

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def spectrum(workspace, mod, observed, lower=-10.0):
    samples = {
        "s": ([12.0, 11.0], [mod.normfactor()]),
        "b": ([50.0, 52.0], [mod.of_bins("shapesys", "u", [3.0, 7.0])]),
    }
    settings = [{"name": "mu", "bounds": [[lower, 10.0]]}]
    return workspace({"SR": samples, "CR": {"b": ([20.0], [])}}, parameters=settings,
                     SR=observed, CR=[21])  # fmt: skip


@pytest.mark.parametrize("observed", [[51, 48], [44, 40], [60, 61]])
@pytest.mark.parametrize("mu", [0.5, 1.0, 2.0])
def test_cls_of_q_is_that_of_pyhf(workspace, mod, observed, mu):
    content = spectrum(workspace, mod, observed)
    space = pyhf.Workspace(content)
    reference = space.model()
    logging.disable(logging.WARNING)
    wanted, expected = pyhf.infer.hypotest(
        mu, space.data(reference), reference, test_stat="q", return_expected_set=True
    )
    logging.disable(logging.NOTSET)
    test = Model(content).cls(mu, statistic="q")
    assert test.cls == pytest.approx(float(wanted), abs=2e-4)
    assert test.expected == pytest.approx([float(each) for each in expected], abs=2e-4)


def test_the_limit_of_q_is_where_its_cls_falls_to_the_level(workspace, mod):
    model = Model(spectrum(workspace, mod, [44, 40]))
    limit = model.limit(statistic="q", level=0.9)
    assert model.cls(limit.observed, statistic="q").cls == pytest.approx(0.1, abs=1e-6)
    assert model.cls(limit.expected[2], statistic="q").expected[2] == pytest.approx(0.1, abs=1e-6)
    # With a best value below zero, q is larger than q̃.
    assert limit.observed < model.limit(level=0.9).observed


@pytest.mark.parametrize("mu", [0.0, 0.4, 1.5])
def test_t_counts_both_sides(workspace, mod, mu):
    model = Model(spectrum(workspace, mod, [60, 61]))
    test = model.cls(mu, statistic="t")
    assert test.statistic == pytest.approx(
        model.scan("mu", values=[mu]).twice_delta_nll[0], abs=1e-6
    )
    # Wald: a noncentral chi-square of one degree of freedom, (mu / σ)² from the Asimov data.
    without_signal = model.observing(model.asimov(mu=0.0, data=model.data))
    asimov = without_signal.cls(mu, statistic="t").statistic
    assert test.clsb == pytest.approx(ncx2.sf(test.statistic, 1, 0), rel=1e-9)
    assert test.clb == pytest.approx(ncx2.sf(test.statistic, 1, asimov), rel=1e-5)


def test_statistics_that_do_not_exist_are_refused(workspace, mod):
    model = Model(spectrum(workspace, mod, [51, 48]))
    with pytest.raises(FitError, match="no test statistic 'z'"):
        model.cls(1.0, statistic="z")
    with pytest.raises(FitError, match="no upper limit from the statistic t"):
        model.limit(statistic="t")
    with pytest.raises(FitError, match="toys are not tested with the statistic 'q'"):
        model.limit(statistic="q", toys=10)


def test_parameters_are_held_in_every_question(workspace, mod):
    content = spectrum(workspace, mod, [51, 48], lower=0.0)
    content["measurements"][0]["config"]["parameters"].append(
        {"name": "u", "fixed": True, "inits": [1.1, 0.9]}
    )
    content_free = spectrum(workspace, mod, [51, 48], lower=0.0)
    held = Model(content_free).holding({"u[0]": 1.1, "u[1]": 0.9})
    assert held.fit()["mu"].error == pytest.approx(Model(content).fit()["mu"].error, rel=1e-9)
    assert held.limit().observed == pytest.approx(Model(content).limit().observed, rel=1e-9)
    assert not Model(content_free).fit()["u[0]"].fixed
    with pytest.raises(FitError, match="no parameter 'v'"):
        held.holding({"v": 1.0})


def test_other_data_are_observed_in_every_question(workspace, mod):
    content, other = (spectrum(workspace, mod, each, lower=0.0) for each in ([51, 48], [60, 61]))
    model = Model(content).observing([21, 60, 61])
    assert model.limit().observed == pytest.approx(Model(other).limit().observed, rel=1e-12)
    assert model.postfit(model.fit())[1].data.tolist() == [60, 61]
    with pytest.raises(ModelError, match="shape"):
        model.observing([1.0])


def test_channels_are_left_out(workspace, mod):
    model = Model(spectrum(workspace, mod, [51, 48]), exclude=["CR"])
    assert [channel.name for channel in model.channels] == ["SR"]
    assert np.array_equal(model.data, [51, 48])
    assert model.unused_observations == ()
    with pytest.raises(ModelError, match="no channel 'VR'"):
        Model(spectrum(workspace, mod, [51, 48]), exclude=["VR"])
    with pytest.raises(ModelError, match="all channels"):
        Model(spectrum(workspace, mod, [51, 48]), exclude=["SR", "CR"])

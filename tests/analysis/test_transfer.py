"""Shapes from a control region's data; the oracle is the product of the parameters, and pyhf."""

import numpy as np
import pyhf
import pytest

import hepline as hl
from hepline.errors import AnalysisError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
ev = hl.events("nanoaod")


def make(*, bins=(4, 4), **more):
    made = hl.Analysis("toy", luminosity=10.0, poi="mu")
    made.sample("sig", cross_section=2.0, normalization="mu")
    made.sample("W", cross_section=40.0)
    made.data()
    for name, cut, number in (("SR", ev.HLT.tight, bins[0]), ("CR", ~ev.HLT.tight, bins[1])):
        made.region(name, where=cut, observable=hl.axis(ev.MET.pt, number, 0, 80))
    made.transfer("W", control="CR", signal="SR", **more)
    return made


@pytest.fixture
def files(tmp_path, write_flat):
    random = np.random.default_rng(8)
    listed = {}
    for name, number, tight, slope in (
        ("sig", 2000, 0.9, 60),
        ("W", 5000, 0.3, 25),
        ("data", 450, 0.3, 35),
    ):
        pt = random.exponential(slope, number).astype(np.float32)
        write_flat(f"{name}.root", MET_pt=pt, HLT_tight=random.random(number) < tight)
        listed[name] = str(tmp_path / f"{name}.root")
    return listed


def test_both_regions_share_a_parameter_of_each_bin(files):
    result = make(uncertainty=0.1).run(files)
    model = pyhf.Workspace(result.workspace()).model()
    values = np.array(model.config.suggested_init())
    shape = np.array([0.7, 1.2, 1.5, 2.0])
    for name, value in {"W shape": shape, "W transfer": 1.0, "mu": 0.0}.items():
        values[model.config.par_slice(name)] = value
    control, signal = np.split(model.expected_actualdata(values), 2)
    np.testing.assert_allclose(control, shape * result.templates["CR", "W"].values())
    np.testing.assert_allclose(signal, 1.1 * shape * result.templates["SR", "W"].values())


def test_the_fit_takes_the_shape_from_the_data(files):
    """The data fall more slowly than simulated: the control region corrects the signal region."""
    result = make(uncertainty=0.01).run(files)
    fit = result.model().fit()
    control = result.templates["CR", "data"].values() / result.templates["CR", "W"].values()
    found = np.array([fit[f"W shape[{place}]"].value for place in range(4)])
    errors = [fit[f"W shape[{place}]"].error for place in range(4)]
    assert found[3] > found[0]
    assert (np.abs(found - control) < 3 * np.array(errors)).all()


def test_regions_with_unlike_bins_are_refused(files):
    with pytest.raises(AnalysisError, match="have unlike fitted bins"):
        make(bins=(4, 2)).run(files)
    made = make()
    with pytest.raises(AnalysisError, match="and a parameter for each bin"):
        made.normalization("x", 0.1, samples="W", per_bin=True)
    made.normalization("W shape 2", samples="V", regions="SR", per_bin=True)
    with pytest.raises(AnalysisError, match="'V'"):
        made.run(files)


def test_bins_are_merged_in_step(tmp_path, write_flat):
    """What the control region lacks is merged in the signal region, too."""
    listed = {}
    for name, pt, tight in (
        ("sig", [10, 30], [True, True]),
        ("W", [10, 30, 50, 10, 50], [True, True, True, False, False]),
        ("data", [10, 30, 50, 10, 30, 50], [True, True, True, False, False, False]),
    ):
        write_flat(f"{name}.root", MET_pt=np.array(pt, np.float32), HLT_tight=np.array(tight))
        listed[name] = str(tmp_path / f"{name}.root")
    made = make(bins=(4, 4))
    content = made.run(listed).workspace()
    assert {len(one["data"]) for one in content["observations"]} == {2}


def test_an_estimate_can_be_compared_with_what_it_estimates(tmp_path, write_flat):
    """Fakes weighted by a fake factor, against fakes in their own region."""
    random = np.random.default_rng(2)
    number = 20_000
    f = np.where(random.random(number) < 0.5, 0.2, 0.4).astype(np.float32).astype(float)
    tight = random.random(number) < f
    columns = {
        "MET_pt": random.uniform(0, 80, number).astype(np.float32),
        "Generator_weight": f,
        "HLT_tight": tight,
    }
    write_flat("fakes.root", **columns)
    made = hl.Analysis("toy", luminosity=1.0)
    made.sample("fakes", cross_section=number, fit=False)
    made.sample("sig", files="fakes", cross_section=number, where=ev.MET.pt < 1, normalization="mu")
    axis = hl.axis(ev.MET.pt, 4, 0, 80)
    made.region("tight", where=ev.HLT.tight, observable=axis)
    made.region("loose", where=~ev.HLT.tight, observable=axis, fit=False)
    made.data("data", files="more")
    write_flat("more.root", **columns)
    made.estimate("QCD", data="loose", weight=hl.fake_weight(ev.Generator.weight))
    result = made.run({name: str(tmp_path / f"{name}.root") for name in ("fakes", "more")})
    (region,) = result.closure("QCD", "fakes").regions
    weights = (f / (1 - f))[~tight]
    assert region.estimated.sum() == pytest.approx(weights.sum(), rel=1e-6)
    assert region.expected.sum() == pytest.approx(tight.sum())
    sigma = np.sqrt((weights**2).sum() + tight.sum())
    assert region.pull == pytest.approx((weights.sum() - tight.sum()) / sigma, rel=1e-3)
    assert abs(region.pull) < 3
    assert region.degrees_of_freedom == 4
    assert 0.01 < region.p_value <= 1

"""From templates to a workspace; the oracles are NumPy, pyhf and the published measurement."""

import importlib.util
import json
from pathlib import Path

import hist
import numpy as np
import pyhf
import pytest

import hepline as hl
from hepline.errors import ModelError, NothingToFit
from hepline.pipeline.channels import workspace

# pyhf's own use of jsonschema.
pytestmark = pytest.mark.filterwarnings("ignore:jsonschema.RefResolver:DeprecationWarning")
ROOT = Path(__file__).parents[2]
AGC = ROOT / "../shared/data/agc"
ev = hl.events("nanoaod")


def histogram(contents, variances=None):
    """Four bins from 0 to 8, with one event of underflow and of overflow."""
    made = hist.Hist(hist.axis.Regular(len(contents), 0, 8), storage=hist.storage.Weight())
    made.view()["value"] = contents
    made.view()["variance"] = contents if variances is None else variances
    made.view(flow=True)["value"][[0, -1]] = 1.0
    return made


def toy(*, fit_bins=None, weight=None, normalization="mu", **more):
    made = hl.Analysis("toy", luminosity=1.0, weight=weight, **more)
    scale = hl.alternative("scale")
    made.sample(
        "sig",
        cross_section=1.0,
        normalization=normalization,
        bounds=(0.0, 5.0),
        variations={
            "ME_var": hl.alternative("ME", one_sided=True),
            "scaleup": scale.up,
            "scaledown": scale.down,
        },
    )
    made.sample("bkg", cross_section=1.0)
    made.region(
        "SR", where=ev.MET.pt > 0, observable=hl.axis(ev.MET.pt, 4, 0, 8), fit_bins=fit_bins
    )
    return made


def templates(**changes):
    """Templates of the toy by what follows the region's name."""
    contents = {
        "sig": [1.0, 2.0, 3.0, 4.0],
        "bkg": [40.0, 30.0, 20.0, 10.0],
        "sig_ME_var": [2.0, 2.0, 3.0, 5.0],
        "sig_scaleup": [1.0, 2.0, 3.0, 6.0],
        "sig_scaledown": [1.0, 2.0, 3.0, 2.0],
        **changes,
    }
    made = {f"SR_{key}": histogram(c) for key, c in contents.items() if c is not None}
    return hl.Templates(made)


def modifiers(content, sample, kind):
    (channel,) = content["channels"]
    (found,) = [each for each in channel["samples"] if each["name"] == sample]
    return {each["name"]: each["data"] for each in found["modifiers"] if each["type"] == kind}


def test_workspace_is_valid_and_predicts_the_sum_of_templates():
    content = workspace(toy(), templates())
    made = pyhf.Workspace(content)
    model = made.model()
    expected = np.array([41.0, 32.0, 23.0, 14.0])
    np.testing.assert_allclose(model.expected_actualdata(model.config.suggested_init()), expected)
    np.testing.assert_allclose(made.data(model, include_auxdata=False), expected)
    assert model.config.poi_name == "mu"
    assert json.loads(json.dumps(content)) == content


@pytest.mark.parametrize(("parameter", "side"), [("ME", "ME_var"), ("scale", "scaleup")])
def test_one_standard_deviation_is_the_varied_template(parameter, side):
    model = pyhf.Workspace(workspace(toy(), templates())).model()
    pars = model.config.suggested_init()
    pars[model.config.par_slice(parameter).start] = 1.0
    expected = templates()[f"SR_sig_{side}"].values() + templates()["SR_bkg"].values()
    np.testing.assert_allclose(model.expected_actualdata(pars), expected)


def test_signal_strength_scales_the_signal_only():
    model = pyhf.Workspace(workspace(toy(), templates())).model()
    pars = model.config.suggested_init()
    pars[model.config.poi_index] = 3.0
    expected = 3 * templates()["SR_sig"].values() + templates()["SR_bkg"].values()
    np.testing.assert_allclose(model.expected_actualdata(pars), expected)
    assert list(model.config.suggested_bounds()[model.config.poi_index]) == [0.0, 5.0]


def test_fit_bins_merge_contents_and_variances_and_leave_out_flow():
    content = workspace(toy(fit_bins=[2, 6, 8]), templates())
    (channel,) = content["channels"]
    data = {sample["name"]: sample["data"] for sample in channel["samples"]}
    assert data == {"sig": [5.0, 4.0], "bkg": [50.0, 10.0]}
    errors = modifiers(content, "bkg", "staterror")["staterror_SR"]
    np.testing.assert_allclose(errors, np.sqrt([50.0, 10.0]))


def test_normalization_ratio_is_that_of_the_fitted_bins():
    content = workspace(toy(fit_bins=[2, 6, 8]), templates())
    assert modifiers(content, "sig", "normsys")["ME"]["hi"] == pytest.approx(10 / 9)


def test_alternative_without_files_for_one_side_does_not_act():
    content = workspace(toy(), templates(sig_scaledown=None))
    assert set(modifiers(content, "sig", "normsys")) == {"ME"}


def test_variation_that_changes_nothing_on_one_side_leaves_it_nominal():
    weight = hl.weight(1.0).vary(hl.nuisance("SF"), up=1.1, down=0.9)
    content = workspace(toy(weight=weight), templates(sig_sf_up=[1.2, 2.4, 3.6, 4.8]))
    found = modifiers(content, "sig", "normsys")["SF"]
    assert found == {"hi": pytest.approx(1.2), "lo": pytest.approx(1.0)}


def test_variation_without_templates_has_no_parameter():
    content = workspace(toy(), templates(sig_scaledown=None, sig_scaleup=None))
    assert set(modifiers(content, "sig", "histosys")) == {"ME"}
    assert modifiers(content, "bkg", "histosys") == {}


def test_sample_without_events_is_left_out():
    content = workspace(toy(), templates(bkg=[0.0, 0.0, 0.0, 0.0]))
    assert [sample["name"] for sample in content["channels"][0]["samples"]] == ["sig"]


@pytest.mark.parametrize("modifier", ["lumi", "normsys"])
def test_luminosity_is_one_parameter_of_all_samples(modifier):
    analysis = toy(luminosity_uncertainty=0.03, luminosity_modifier=modifier)
    content = workspace(analysis, templates())
    model = pyhf.Workspace(content).model()
    pars = model.config.suggested_init()
    name = "lumi" if modifier == "lumi" else "Luminosity"
    pars[model.config.par_slice(name).start] = 1.03 if modifier == "lumi" else 1.0
    np.testing.assert_allclose(
        model.expected_actualdata(pars), np.array([41.0, 32.0, 23.0, 14.0]) * 1.03
    )


def test_recorded_data_are_fitted():
    analysis = toy()
    analysis.data("recorded")
    content = workspace(analysis, templates(recorded=[5.0, 6.0, 7.0, 8.0]))
    assert content["observations"] == [{"name": "SR", "data": [5.0, 6.0, 7.0, 8.0]}]
    assert [sample["name"] for sample in content["channels"][0]["samples"]] == ["sig", "bkg"]


def test_pseudodata_stand_in_for_data():
    analysis = toy()
    analysis.pseudodata({"sig": 1})
    content = workspace(analysis, templates(pseudodata=[9.0, 8.0, 7.0, 6.0]))
    assert content["observations"][0]["data"] == [9.0, 8.0, 7.0, 6.0]


def test_missing_data_are_nothing_to_fit():
    analysis = toy()
    analysis.data()
    with pytest.raises(NothingToFit, match="no data in region 'SR'"):
        workspace(analysis, templates())


def test_nothing_expected_is_nothing_to_fit():
    nothing = [0.0] * 4
    with pytest.raises(NothingToFit, match="nothing is expected in region 'SR'"):
        workspace(toy(), templates(sig=nothing, bkg=nothing))


def test_no_free_normalization_is_nothing_to_fit():
    with pytest.raises(NothingToFit, match="no sample of 'toy' has a free normalization"):
        workspace(toy(normalization=None), templates())


def test_signal_without_events_is_said_to_be_nothing_to_fit():
    with pytest.raises(NothingToFit, match="no event of sig lies in the fitted bins of any region"):
        workspace(toy(), templates(sig=[0.0] * 4))


def two_free(**more):
    made = toy(**more)
    made.sample("W", cross_section=1.0, normalization="W_norm")
    return made


def test_one_of_several_normalizations_must_be_chosen():
    filled = templates(W=[4.0, 3.0, 2.0, 1.0])
    with pytest.raises(ModelError, match="does not say which parameter is measured"):
        workspace(two_free(), filled)
    for content in (
        workspace(two_free(), filled, poi="W_norm"),
        workspace(two_free(poi="W_norm"), filled),
    ):
        assert pyhf.Workspace(content).model().config.poi_name == "W_norm"


def test_normalization_of_a_sample_without_events_is_no_parameter():
    content = workspace(two_free(poi="mu"), templates(W=[0.0] * 4))
    assert "W_norm" not in json.dumps(content)
    assert "W_norm" not in pyhf.Workspace(content).model().config.par_order


def test_flat_variation_has_no_shape():
    weight = hl.weight(1.0).vary(hl.nuisance("SF"), up=1.1, down=0.9)
    nominal = np.array([1.1, 2.7, 3.3, 4.9])
    flat = {"sig": nominal, "sig_sf_up": nominal * 1.1, "sig_sf_down": nominal * 0.9}
    content = workspace(toy(weight=weight), templates(**flat))
    assert "SF" not in modifiers(content, "sig", "histosys")
    assert modifiers(content, "sig", "normsys")["SF"] == {
        "hi": pytest.approx(1.1),
        "lo": pytest.approx(0.9),
    }


def test_small_change_of_shape_is_kept():
    weight = hl.weight(1.0).vary(hl.nuisance("SF"), up=1.1, down=0.9)
    nominal = np.array([1.1, 2.7, 3.3, 4.9])
    varied = {
        "sig": nominal,
        "sig_sf_up": nominal * [1.1, 1.1, 1.1, 1.1001],
        "sig_sf_down": nominal,
    }
    content = workspace(toy(weight=weight), templates(**varied))
    assert "SF" in modifiers(content, "sig", "histosys")


def test_limit_where_the_background_alone_is_negative_in_a_bin():
    filled = templates(bkg=[40.0, 30.0, -0.004, 10.0])
    content = workspace(toy(), filled)
    (channel,) = content["channels"]
    data = {sample["name"]: sample["data"] for sample in channel["samples"]}
    # The third bin joins the fourth.
    assert data == {
        "sig": [1.0, 2.0, 7.0],
        "bkg": [40.0, 30.0, pytest.approx(9.996)],
    }
    assert 0 < hl.Model(content).limit().observed < 5


def test_unknown_parameter_of_interest_offers_the_nearest():
    with pytest.raises(ModelError, match="'nu' is not a free normalization") as caught:
        workspace(toy(), templates(), poi="nu")
    assert "'mu'" in caught.value.fix


def test_negative_pseudodata_are_no_poisson_count():
    analysis = toy()
    analysis.pseudodata({"sig": 1})
    with pytest.raises(ModelError, match="-2 events of data in fitted bin 2") as caught:
        workspace(analysis, templates(pseudodata=[9.0, 8.0, -2.0, 6.0]))
    assert "Poisson" in caught.value.why


def _agc_templates(analysis, files):
    inputs = json.loads((AGC / "nanoaod_inputs.json").read_text())
    weights = {}
    for sample in analysis.samples.values():
        for key, listed in inputs[sample.name].items():
            events = sum(file["nevts"] for file in listed["files"][:files])
            name = sample.name if key == "nominal" else f"{sample.name}_{key}"
            weights[name] = sample.cross_section * analysis.luminosity / events
    path = AGC / f"reference/histos_{files}_file_per_process.json"
    return hl.Templates(_reference(path, weights))


def _reference(path, weights):
    """The published histograms; the variance of a bin is its contents times an event's weight."""
    histograms = {}
    for key, entry in json.loads(path.read_text("utf-8")).items():
        edges, contents = np.asarray(entry["edges"]), np.asarray(entry["contents"])
        samples = [name for name in weights if f"_{name}" in key]
        made = hist.Hist(
            hist.axis.Regular(len(edges) - 1, edges[0], edges[-1]), storage=hist.storage.Weight()
        )
        made.view(flow=True)["value"] = contents
        weight = weights[max(samples, key=len)] if samples else 1.0
        made.view(flow=True)["variance"] = contents * weight
        histograms[key] = made
    return histograms


@pytest.fixture(scope="module")
def ttbar():
    if not AGC.is_dir():
        pytest.skip(f"the reference of the Analysis Grand Challenge is not at {AGC}")
    spec = importlib.util.spec_from_file_location("agc_ttbar", ROOT / "analyses/ttbar.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ttbar


@pytest.mark.parametrize("files", [1, 5])
def test_grand_challenge_workspace_equals_the_one_made_by_hand(ttbar, agc_workspace, files):
    mine = pyhf.Workspace(workspace(ttbar, _agc_templates(ttbar, files)))
    by_hand = pyhf.Workspace(agc_workspace(files))
    made, reference = mine.model(), by_hand.model()
    assert made.config.npars == reference.config.npars == 34
    rename = {"staterror_4j1b": "staterror_4j1b-CR", "staterror_4j2b": "staterror_4j2b-SR"}
    random = np.random.default_rng(5)
    for _ in range(5):
        values = {
            name: random.normal(1 if "stat" in name or "norm" in name else 0, 0.3, size=width)
            for name, width in (
                (name, made.config.param_set(name).n_parameters) for name in made.config.par_order
            )
        }
        pars = np.concatenate([values[name] for name in made.config.par_order])
        others = {rename.get(name, name): value for name, value in values.items()}
        theirs = np.concatenate([others[name] for name in reference.config.par_order])
        np.testing.assert_allclose(
            made.expected_actualdata(pars), reference.expected_actualdata(theirs), rtol=1e-12
        )
    np.testing.assert_allclose(
        mine.data(made, include_auxdata=False), by_hand.data(reference, include_auxdata=False)
    )


@pytest.mark.parametrize(
    ("files", "value", "error", "twice_nll"),
    [(1, 0.9608, 0.1082, 141.3336), (5, 0.9533, 0.0919, 109.6510)],
)
def test_grand_challenge_cross_section(ttbar, files, value, error, twice_nll):
    fit = hl.Model(workspace(ttbar, _agc_templates(ttbar, files))).fit()
    assert len(fit.parameters) == 34
    assert fit["ttbar_norm"].value == pytest.approx(value, abs=1e-3)
    assert fit["ttbar_norm"].error == pytest.approx(error, rel=0.02)
    assert fit.twice_nll <= twice_nll + 1e-3
    assert fit["ME variation"].value == pytest.approx(0.5, abs=0.2)
    assert fit["PS variation"].value == pytest.approx(0.5, abs=0.2)

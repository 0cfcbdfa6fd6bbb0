"""The H → ττ analysis against an independent computation, and as a measurement."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

ANALYSES = Path(__file__).parents[2] / "analyses"
SAMPLES = ("ggH", "qqH", "ZTT", "ZLL", "TT", "W", "data")


@pytest.fixture(scope="module")
def listing(small_recipe):
    return small_recipe("htautau", 0.1)


@pytest.fixture(scope="module")
def result(analysis_of, listing):
    return analysis_of("htautau").run(listing)


@pytest.fixture(scope="module")
def expected(by_hand, listing):
    return by_hand("htautau").templates(listing, ANALYSES / "htautau_certified.json")


@pytest.mark.slow
def test_every_template_equals_plain_python(result, expected):
    assert sum(values.sum() for (_, name, kind), values in expected.items() if name == "data") > 100
    for (region, sample, kind), values in expected.items():
        if region.startswith("SS"):
            # One bin: the visible mass there is filled for the estimate alone.
            key = kind if result.templates.has(region, sample, kind) else ""
            mine = result.templates[region, sample, key].values()
            np.testing.assert_allclose(mine.sum(), values.sum(), rtol=1e-9, atol=1e-9)
            continue
        # A variation that changes nothing has no template.
        key = kind if result.templates.has(region, sample, kind) else ""
        mine = result.templates[region, sample, key].values()
        place = f"{region} {sample} {kind or 'nominal'}"
        np.testing.assert_allclose(mine, values, rtol=1e-9, atol=1e-9, err_msg=place)
    names = {key.rpartition("_")[0] for key in result.templates if key.endswith("_tes_up")}
    assert len(names) >= 10


@pytest.mark.slow
def test_weights_vary_as_they_say(result, expected):
    factors = {"mu_sf_up": 1.02, "mu_sf_down": 0.98, "tau_id_up": 1.06, "tau_id_down": 0.94}
    for sample in ("ggH", "ZTT", "TT"):
        for key, factor in factors.items():
            acts = key.startswith("mu_sf") or sample != "TT"
            assert result.templates.has("SR_0jet", sample, key) == acts
            if acts:
                mine = result.templates["SR_0jet", sample, key].values()
                np.testing.assert_allclose(mine, factor * expected["SR_0jet", sample, ""])


@pytest.mark.slow
def test_multijets_are_same_sign_data_less_simulation(result, expected):
    for region, source in (("SR_0jet", "SS_0jet"), ("SR_jets", "SS_jets"), ("W", "SSW")):
        for kind in ("", "tes_up", "jes_down"):
            net = 1.06 * expected[source, "data", ""]
            parts = result.templates[region, "QCD"].values()
            for sample in ("ZTT", "ZLL", "TT", "W"):
                net = net - 1.06 * expected[source, sample, kind]
                name = f"QCD_less_{sample}"
                key = kind if result.templates.has(region, name, kind) else ""
                parts = parts + result.templates[region, name, key].values()
            np.testing.assert_allclose(parts, net, rtol=1e-9, atol=1e-9)


@pytest.mark.slow
def test_the_estimate_of_multijets_closes(result, listing):
    """The data hold a known number of multijet events: those of the mixture's record."""
    net = sum(
        result.templates["SR_0jet", name].values().sum()
        for name in ("QCD", "QCD_less_ZTT", "QCD_less_ZLL", "QCD_less_TT", "QCD_less_W")
    )
    simulated = sum(
        result.templates["SR_0jet", name].values().sum() for name in ("ZTT", "ZLL", "TT", "W")
    )
    data = result.templates["SR_0jet", "data"].values().sum()
    signs = result.templates["SS_0jet", "data"].values().sum()
    error = np.sqrt(data + 1.06**2 * signs)
    assert abs(data - simulated - net) < 3.5 * error


@pytest.mark.slow
def test_the_measurement_has_the_parameters_that_were_said(result):
    model = result.model()
    fit = model.fit()
    names = [parameter.name for parameter in fit.parameters]
    assert {
        "mu", "W_norm", "Tau energy scale", "Jet energy scale", "TT rate", "Z cross-section",
        "QCD opposite to same charge", "Tau identification",
    } <= set(names)  # fmt: skip
    assert [channel.channel for channel in model.prefit()] == ["SR_0jet", "SR_jets", "W"]
    assert fit["W_norm"].value == pytest.approx(1, abs=4 * fit["W_norm"].error)

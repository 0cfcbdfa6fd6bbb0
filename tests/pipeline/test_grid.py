"""One point of a grid: alone, in bins that all points share, without a secret."""

import json

import numpy as np
import pytest

import hepline as hl
from hepline.errors import AnalysisError, ModelError


def test_a_point_has_no_other_signal(grid_analysis, grid_files):
    result = grid_analysis().run(grid_files)
    point = result.at(mass=800)
    assert [sample.name for sample in point.analysis.points] == ["Zprime_800"]
    assert not [name for name in point.templates if "600" in name or "1000" in name]
    assert {name for name in point.templates if "Zprime" in name} == {
        name for name in result.templates if "Zprime_800" in name
    }
    assert {flow.sample for flow in point.cutflow} == {"Zprime_800", "bkg", "data"}
    assert [sample.name for sample in result.analysis.points][1] == "Zprime_800"
    samples = point.workspace()["channels"][0]["samples"]
    assert [sample["name"] for sample in samples] == ["Zprime_800", "bkg"]
    named = result.at("Zprime_800").workspace()
    assert json.dumps(named) == json.dumps(point.workspace())


def test_a_grid_without_a_choice_has_no_model(grid_analysis, grid_files):
    result = grid_analysis().run(grid_files)
    for ask in (result.model, result.workspace, result.check, result.fitted):
        with pytest.raises(ModelError, match="3 signals, and none is chosen"):
            ask()
    with pytest.raises(ModelError, match="none is chosen"):
        hl.workspace(result.analysis, result.templates)


def test_points_that_are_not_there_are_named(grid_analysis, grid_files):
    result = grid_analysis().run(grid_files)
    for name, parameters, words in (
        ("Zprime_700", {}, "no signal 'Zprime_700'"),
        (None, {"mass": 700}, "no signal"),
        (None, {"width": 600}, "no signal"),
        (None, {}, "no signal"),
        ("Zprime_600", {"mass": 600}, "no signal"),
    ):
        with pytest.raises(AnalysisError, match=words):
            result.at(name, **parameters)


def test_an_analysis_without_grid_has_no_points(write_events):
    plain = hl.Analysis("plain", luminosity=1.0)
    plain.sample("sig", cross_section=1.0, normalization="mu")
    met = hl.events("nanoaod").MET.pt
    plain.region("SR", observable=hl.axis(met, 2, 0, 100))
    result = plain.run({"sig": write_events("sig", MET_pt=[10, 60])})
    for ask in (result.scan_grid, result.patchset, lambda: result.at(mass=1)):
        with pytest.raises(AnalysisError, match="has no grid of signals"):
            ask()
    with pytest.raises(AnalysisError, match="has no grid of signals"):
        result.look_elsewhere(toys=10)


def test_several_parameters_choose_together(write_events):
    plane = hl.Analysis("plane", luminosity=1.0)
    plane.signal("X", mass=[1, 1, 2], width=[1, 2, 1], cross_section=1.0)
    plane.sample("bkg", cross_section=9.0)
    plane.region("SR", observable=hl.axis(hl.events("nanoaod").MET.pt, 2, 0, 100))
    files = {
        name: write_events(name, MET_pt=[10, 20, 60]) for name in ("bkg", "X_1_1", "X_1_2", "X_2_1")
    }
    result = plane.run(files)
    assert result.at(mass=2).analysis.points[0].name == "X_2_1"
    assert result.at(mass=1, width=2).analysis.points[0].name == "X_1_2"
    with pytest.raises(AnalysisError, match="means several signals"):
        result.at(mass=1)


def test_all_points_are_fitted_in_the_same_bins(write_events):
    """A bin that holds signal alone at one point, and nothing at the other, is merged at both."""
    search = hl.Analysis("search", luminosity=1.0)
    search.signal("X", mass=[1, 2], cross_section=1.0)
    search.sample("bkg", cross_section=9.0)
    search.data()
    search.region("SR", observable=hl.axis(hl.events("nanoaod").MET.pt, 4, 0, 100))
    files = {
        "bkg": write_events("bkg", MET_pt=[10, 30, 60]),
        "X_1": write_events("X_1", MET_pt=[10, 90]),
        "X_2": write_events("X_2", MET_pt=[10, 30]),
        "data": write_events("data", MET_pt=[10, 10, 30, 60, 90]),
    }
    result = search.run(files)
    for mass in (1, 2):
        content = result.at(mass=mass).workspace()
        assert content["observations"][0]["data"] == [2.0, 1.0, 2.0]
    assert [n.kind for n in result.notices].count("merged bins") == 1


def test_without_data_the_background_is_expected(grid_analysis, grid_files):
    """Each point would otherwise be compared with a signal of its own."""
    files = {name: path for name, path in grid_files.items() if name != "data"}
    result = grid_analysis(data="").run(files)
    expected = result.templates["SR", "bkg"].values()
    for sample in result.analysis.points:
        (seen,) = result.at(sample.name).workspace()["observations"]
        np.testing.assert_allclose(seen["data"], expected)


def test_secrets_are_those_of_all_points(write_events):
    """A region that measures one of the signals only is hidden all the same."""
    ev = hl.events("nanoaod")
    hidden = hl.Analysis("hidden", luminosity=1.0, blind="seven sleepy geese")
    hidden.signal("X", mass=[1, 2], cross_section=1.0)
    hidden.sample("bkg", cross_section=9.0)
    hidden.data()
    axis = hl.axis(ev.MET.pt, 2, 0, 100)
    hidden.region("low", where=ev.MET.pt < 50, observable=axis)
    hidden.region("high", where=ev.MET.pt >= 50, observable=axis)
    files = {
        "bkg": write_events("bkg", MET_pt=[10, 30, 60, 90]),
        "X_1": write_events("X_1", MET_pt=[10, 20]),
        "X_2": write_events("X_2", MET_pt=[60, 70]),
        "data": write_events("data", MET_pt=[10, 70, 80]),
    }
    result = hidden.run(files)
    assert result.secrets.hidden == {"low", "high"}
    assert not result.templates.has("low", "data")
    fit, _ = result.at("X_1").fitted()
    assert fit.covariance_quality == "not told while blinded"


def test_a_signal_can_be_subtracted_from_an_estimate(write_events):
    ev = hl.events("nanoaod")
    search = hl.Analysis("search", luminosity=1.0)
    search.signal("X", mass=[1, 2], cross_section=1.0)
    search.data()
    axis = hl.axis(ev.MET.pt, 2, 0, 100)
    search.region("SR", where=~ev.HLT.same, observable=axis)
    search.region("SS", where=ev.HLT.same, observable=axis, fit=False)
    search.estimate("QCD", data="SS", subtract=["X_1", "X_2"])
    files = {
        name: write_events(name, MET_pt=[10, 60, 20, 70], HLT_same=[False, False, True, True])
        for name in ("X_1", "X_2", "data")
    }
    result = search.run(files)
    samples = result.at(mass=2).workspace()["channels"][0]["samples"]
    assert [sample["name"] for sample in samples] == ["X_2", "QCD", "QCD_less_X_2"]

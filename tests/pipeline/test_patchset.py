"""A grid as pyhf exchanges it; the oracle is pyhf."""

import json

import pyhf
import pytest

import hepline as hl
from hepline.errors import AnalysisError, NothingToFit

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_a_patch_makes_the_workspace_of_a_point(grid_analysis, grid_files, tmp_path):
    result = grid_analysis().run(grid_files)
    result.patchset().write(tmp_path)
    read = {
        name: json.loads((tmp_path / f"{name}.json").read_text())
        for name in ("workspace", "patchset")
    }
    patches = pyhf.PatchSet(read["patchset"])  # checks the schema
    background = pyhf.Workspace(read["workspace"])
    patches.verify(background)
    assert patches.labels == ["mass"]
    assert background.samples == ["bkg"]
    for mass in (600, 800, 1000):
        patched = patches.apply(background, f"Zprime_{mass}")
        assert patched == patches.apply(background, (mass,))
        alone = result.at(mass=mass).workspace()
        assert pyhf.utils.digest(patched) == pyhf.utils.digest(alone)


def test_our_model_reads_the_set(grid_analysis, grid_files, tmp_path):
    result = grid_analysis().run(grid_files)
    result.patchset().write(tmp_path)
    patch = f"{tmp_path / 'patchset.json'}:Zprime_800"
    model = hl.Model(tmp_path / "workspace.json", patches=[patch])
    assert model.limit().observed == result.at(mass=800).model().limit().observed


def test_a_set_needs_a_background_and_one_list_of_parameters(write_events):
    search = hl.Analysis("search", luminosity=1.0)
    search.signal("X", mass=[1, 2], cross_section=1.0)
    search.region("SR", observable=hl.axis(hl.events("nanoaod").MET.pt, 2, 0, 100))
    search.data()
    files = {name: write_events(name, MET_pt=[10, 60]) for name in ("X_1", "X_2", "data")}
    with pytest.raises(NothingToFit, match="no background is expected in region 'SR'"):
        search.run(files).patchset()
    search.signal("Y", mass=[1], width=[3], cross_section=1.0)
    search.sample("bkg", cross_section=2.0)
    files |= {name: write_events(name, MET_pt=[10, 60]) for name in ("Y_1_3", "bkg")}
    with pytest.raises(AnalysisError, match="have unlike parameters"):
        search.run(files).patchset()


def test_points_without_events_have_no_patch(grid_analysis, grid_files, write_events):
    far = write_events("far", MET_pt=[10, 20])
    made = grid_analysis().run({**grid_files, "Zprime_600": far}).patchset(hepdata="ins1234567")
    names = [patch["metadata"]["name"] for patch in made.patches["patches"]]
    assert names == ["Zprime_800", "Zprime_1000"]
    assert made.patches["metadata"]["references"] == {"hepdata": "ins1234567"}
    nowhere = {name: far if "Zprime" in name else path for name, path in grid_files.items()}
    with pytest.raises(NothingToFit, match="no signal of 'search' has a likelihood"):
        grid_analysis().run(nowhere).patchset()

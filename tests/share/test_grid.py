"""A grid of signals in the folder of a measurement."""

import dataclasses
import json
import math

import numpy as np
import pyhf
import pytest
import uproot

import hepline as hl
from hepline.pipeline.scanning import GridScan, ScannedPoint
from hepline.share.grid import grid_content, limits_as_json
from hepline.share.measurement import measure
from hepline.stats.inference.results import UpperLimit

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

ANALYSIS = """
import hepline as hl
ev = hl.events("nanoaod")
toy = hl.Analysis("search", luminosity=10.0)
toy.signal("X", mass=[20, 60], cross_section={20: 1.0, 60: 0.5}, axis="$m$ [GeV]")
toy.sample("bkg", cross_section=4.0)
toy.data()
toy.region("SR", observable=hl.axis(ev.MET.pt, 4, 0, 100, "MET [GeV]"))
"""


@pytest.fixture
def search(tmp_path):
    """Arguments of `measure`."""
    random = np.random.default_rng(2)
    columns = {
        "bkg": random.uniform(0, 100, 400),
        "X_20": random.normal(20, 5, 200),
        "X_60": random.normal(60, 5, 200),
        "data": np.concatenate([random.uniform(0, 100, 40), random.normal(60, 5, 8)]),
    }
    for name, values in columns.items():
        branches = {
            "run": np.ones(len(values), np.uint32),
            "MET_pt": values.astype(np.float32),
            "MET_phi": np.zeros(len(values), np.float32),
        }
        with uproot.recreate(tmp_path / f"{name}.root") as file:
            types = {key: column.dtype for key, column in branches.items()}
            file.mktree("Events", types).extend(branches)
    (tmp_path / "search.py").write_text(ANALYSIS)
    (tmp_path / "samples.json").write_text(json.dumps({name: f"{name}.root" for name in columns}))
    return tmp_path / "search.py", tmp_path / "samples.json", tmp_path / "out"


def test_limits_reach_summary_report_and_patches(search):
    done = measure(*search)
    out = search[2]
    summary = json.loads((out / "summary.json").read_text())
    assert [entry["mass"] for entry in summary["limits"]] == [20.0, 60.0]
    for entry, point, section in zip(summary["limits"], done.grid, (1.0, 0.5), strict=True):
        assert entry["observed"] == point.limit.observed
        assert entry["expected"] == list(point.limit.expected)
        assert entry["cross_section"] == section
        assert entry["observed_pb"] == point.limit.observed * section
    assert done.fit["mu"].value == pytest.approx(done.grid["X_60"].strength, abs=1e-4)
    notices = [n["text"] for n in summary["notices"] if n["kind"] == "signal grid"]
    assert len(notices) == 1
    assert "'X_60', which has the largest observed local significance" in notices[0]
    patches = pyhf.PatchSet(json.loads((out / "patchset.json").read_text()))
    workspace = pyhf.Workspace(json.loads((out / "workspace.json").read_text()))
    patched = patches.apply(workspace, "X_60")
    alone = done.result.at("X_60").workspace()
    assert pyhf.utils.digest(patched) == pyhf.utils.digest(alone)
    page = (out / "index.html").read_text()
    assert "limits_X" in page
    names = {path.name for path in (out / "figures").iterdir()}
    assert {"limits_X.pdf", "limits_X.png", "significances_X.pdf"} <= names
    with uproot.open(out / "histograms.root") as file:
        assert {"SR_X_20;1", "SR_X_60;1"} <= set(file.keys())


def test_a_run_without_grid_leaves_no_patches_behind(search):
    measure(*search, report=False)
    assert (search[2] / "patchset.json").exists()
    search[0].write_text(
        ANALYSIS.replace(
            "toy.signal", "toy.sample('X_20', cross_section=1.0, normalization='mu')\n#"
        )
    )
    done = measure(*search, report=False)
    assert not (search[2] / "patchset.json").exists()
    assert done.grid is None
    assert json.loads((search[2] / "summary.json").read_text())["limits"] == []


def test_a_blinded_grid_tells_what_is_expected_alone(search):
    search[0].write_text(ANALYSIS.replace("luminosity=10.0", 'luminosity=10.0, blind="geese"'))
    measure(*search, figures="none")
    (first, _) = json.loads((search[2] / "summary.json").read_text())["limits"]
    assert first["observed"] is first["significance"] is first["strength"] is None
    assert len(first["expected"]) == 5


def test_points_without_a_result_are_noticed(search):
    search[0].write_text(ANALYSIS.replace("mass=[20, 60]", "mass=[20, 60, 300]").replace(
        "{20: 1.0", "{300: 1.0, 20: 1.0"))  # fmt: skip
    listing = json.loads(search[1].read_text())
    search[1].write_text(json.dumps({**listing, "X_300": "far.root"}))
    far = {"run": np.ones(2, np.uint32), "MET_pt": np.full(2, 300, np.float32)}
    far["MET_phi"] = far["MET_pt"]
    with uproot.recreate(search[1].parent / "far.root") as file:
        types = {key: column.dtype for key, column in far.items()}
        file.mktree("Events", types).extend(far)
    done = measure(*search, report=False)
    texts = [n.text for n in done.result.notices if n.kind == "signal grid"]
    assert any(
        text.startswith("there is no limit for 'X_300': no event of X_300") for text in texts
    )
    assert len(done.grid) == 2


def test_no_result_at_all_is_no_fit(search):
    search[0].write_text(ANALYSIS.replace("0, 100", "200, 300"))
    done = measure(*search, report=False)
    assert done.fit is None
    assert done.grid is None
    assert done.no_fit_reason
    summary = json.loads((search[2] / "summary.json").read_text())
    assert summary["limits"] == []


def test_a_region_without_background_has_no_patches(search):
    search[0].write_text(ANALYSIS.replace("toy.sample", "#"))
    done = measure(*search, report=False)
    assert done.grid is not None
    assert not (search[2] / "patchset.json").exists()
    content = json.loads((search[2] / "workspace.json").read_text())
    assert [one["name"] for one in content["channels"][0]["samples"]] == [
        done.grid.strongest.sample
    ]
    assert any("there is no patch set" in n.text for n in done.result.notices)


def point(sample, *parameters, section=2.0, observed=0.5):
    limit = UpperLimit("mu", 0.95, observed, (0.1, 0.2, 0.4, 0.6, 0.9), ())
    return ScannedPoint(sample, parameters, section, limit, 1.5, 0.07, 2.0, 0.02, 0.3, 0.2)


def labelled(**labels):
    made = hl.Analysis("a", luminosity=1.0)
    made.grid_labels.update(labels)
    return made


def test_limits_in_pb_need_all_cross_sections():
    scan = GridScan("mu", 0.95, (point("Z_2", ("m", 2.0)), point("Z_1", ("m", 1.0), section=4.0)))
    (curve,) = grid_content(scan, labelled(m="$m$ [GeV]")).limits
    assert curve.axis_label == "$m$ [GeV]"
    assert [(p.at, p.observed) for p in curve.ordered] == [(1.0, 2.0), (2.0, 1.0)]
    assert curve.theory.values.tolist() == [4.0, 2.0]
    unknown = dataclasses.replace(
        scan, points=(*scan.points, point("Z_3", ("m", 3.0), section=None))
    )
    (curve,) = grid_content(unknown, labelled()).limits
    assert curve.theory is None
    assert (curve.reference, curve.axis_label) == (1.0, "m")
    assert [p.observed for p in curve.points] == [0.5] * 3


def test_two_parameters_make_a_plane_unless_they_are_on_a_line():
    corners = [(1.0, 1.0), (2.0, 1.0), (1.0, 2.0)]
    points = tuple(point(f"X_{x:g}_{y:g}", ("x", x), ("y", y)) for x, y in corners)
    content = grid_content(GridScan("mu", 0.95, points), labelled())
    (plane,) = content.exclusions
    assert (plane.name, plane.x_label, plane.y_label) == ("X", "x", "y")
    assert [(p.x, p.y) for p in plane.points] == corners
    assert not content.limits
    on_a_line = tuple(point(f"X_{x}_{x}", ("x", x), ("y", 2 * x)) for x in (1.0, 2.0, 3.0))
    assert not grid_content(GridScan("mu", 0.95, on_a_line), labelled()).exclusions


def test_two_signals_have_a_curve_each():
    points = (point("A_1", ("m", 1.0)), point("B_b_1", ("m", 1.0)), point("A_2", ("m", 2.0)))
    content = grid_content(GridScan("mu", 0.95, points), labelled())
    assert [(curve.name, len(curve.points)) for curve in content.limits] == [("A", 2), ("B_b", 1)]
    assert grid_content(None, labelled()) is None


def test_hidden_values_are_null():
    scan = GridScan("mu", 0.95, (point("Z_1", ("m", 1.0), observed=math.nan),))
    (entry,) = limits_as_json(scan)
    assert entry["observed"] is entry["observed_pb"] is None
    assert json.loads(json.dumps(entry, allow_nan=False))["m"] == 1.0
    assert limits_as_json(None) == []

"""`hepline run` from end to end, and every bad input that it must survive."""

import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import awkward as ak
import numpy as np
import pyhf
import pytest
import uproot

from hepline.analysis.templates import Templates

ROOT = Path(__file__).parents[2]
RESULTS = {"histograms.root", "workspace.json", "summary.json", "index.html"}


def refused(done, *, kind, what):
    """One message with its three parts, no traceback, the status of a user's error."""
    assert done.code == 2, done.out + done.err
    assert "Traceback" not in done.out + done.err
    assert done.err.count("why:") == done.err.count("fix:") == 1
    first, *_ = done.err.splitlines()
    assert first.startswith(f"{kind}: ")
    assert re.search(what, first), first
    return done.err


def test_run_writes_templates_workspace_summary_and_report(hepline, toy, tmp_path):
    done = hepline(*toy)
    assert done.code == 0, done.err
    out = tmp_path / "out"
    assert {entry.name for entry in out.iterdir() if entry.is_file()} == RESULTS
    assert not list(out.glob(".partial*"))
    assert re.search(r"mu = \d\.\d{4} ± \d\.\d{4}", done.out)
    assert "700 events" in done.out
    assert f"written: {out / 'index.html'}" in done.out
    with uproot.open(out / "histograms.root") as file:
        keys = file.keys(cycle=False)
    assert keys == ["SR_sig", "SR_sig_jes_up", "SR_bkg", "SR_bkg_jes_up"]


@pytest.mark.filterwarnings("ignore:jsonschema.RefResolver:DeprecationWarning")
def test_workspace_predicts_what_the_histograms_hold(hepline, toy, tmp_path):
    hepline(*toy)
    out = tmp_path / "out"
    model = pyhf.Workspace(json.loads((out / "workspace.json").read_text())).model()
    templates = Templates.read(out / "histograms.root")
    total = templates["SR_sig"].values() + templates["SR_bkg"].values()
    expected = [total[:2].sum(), total[2:4].sum(), total[4:].sum()]
    found = model.expected_actualdata(model.config.suggested_init())
    np.testing.assert_allclose(found, expected)


def test_summary_says_what_a_script_wants_to_know(hepline, toy, tmp_path):
    hepline(*toy)
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert summary["events"] == {"sig": {"nominal": 400}, "bkg": {"nominal": 300}}
    assert [part["fraction"] for part in summary["coverage"]] == [1.0, 1.0]
    assert [(flow["region"], flow["sample"]) for flow in summary["cutflow"]] == [
        ("SR", "sig"),
        ("SR", "bkg"),
    ]
    assert [step["name"] for step in summary["cutflow"][0]["steps"]] == ["all events", "a jet"]
    # The data are the sum of what is expected, so the fit finds what went in.
    assert summary["fit"]["poi"]["name"] == "mu"
    assert summary["fit"]["poi"]["value"] == pytest.approx(1.0, abs=1e-3)
    names = set(summary["fit"]["parameters"])
    assert {"mu", "Jet energy scale", "lumi"} <= names
    assert np.isfinite(summary["fit"]["twice_nll"])
    assert {"open", "process", "fit", "report"} <= set(summary["seconds"])
    assert summary["events_per_second"] > 0
    assert [len(file["sha256"]) for file in summary["provenance"]["files"]] == [64, 64]


def test_figures_are_saved_as_asked_for_and_their_time_is_told(hepline, toy, tmp_path):
    done = hepline(*toy, "--figures", "png")
    assert done.code == 0, done.err
    out = tmp_path / "out"
    assert {path.suffix for path in (out / "figures").iterdir()} == {".png", ".json"}
    seconds = json.loads((out / "summary.json").read_text())["seconds"]
    assert 0 < seconds["figures"] < seconds["report"]
    assert '<th scope="row">figures</th>' in (out / "index.html").read_text()


def test_run_without_a_report_leaves_none_of_an_earlier_one(hepline, toy, tmp_path):
    assert hepline(*toy, "--figures", "png").code == 0
    done = hepline(*toy, "--no-report")
    assert done.code == 0, done.err
    out = tmp_path / "out"
    assert f"written: {out / 'summary.json'}" in done.out
    assert {path.name for path in out.rglob("*") if path.is_file()} == RESULTS - {"index.html"}
    assert "figures" not in json.loads((out / "summary.json").read_text())["seconds"]


def test_unknown_format_of_figures_is_refused_before_reading(hepline, toy, tmp_path):
    said = refused(hepline(*toy, "--figures", "gif"), kind="OutputError", what="'gif'")
    assert "both, pdf, png, none" in said
    assert not (tmp_path / "out").exists()


def test_second_run_replaces_the_first(hepline, toy, tmp_path, write_analysis):
    assert hepline(*toy).code == 0
    before = json.loads((tmp_path / "out/summary.json").read_text())
    write_analysis(("cross_section=10.0", "cross_section=20.0"))
    assert hepline(*toy).code == 0
    after = json.loads((tmp_path / "out/summary.json").read_text())
    signal_yields = [s["cutflow"][0]["steps"][0]["events"] for s in (before, after)]
    assert signal_yields == pytest.approx([1000.0, 2000.0])


@pytest.mark.parametrize("options", [("--chunk", "37"), ("--workers", "2", "--chunk", "100")])
@pytest.mark.slow
def test_chunks_and_workers_change_no_bit(hepline, toy, tmp_path, options):
    hepline(*toy)
    hepline(*toy, *options, "--out", tmp_path / "other")
    one, two = (Templates.read(tmp_path / name / "histograms.root") for name in ("out", "other"))
    assert list(one) == list(two)
    for key, histogram in one.items():
        assert histogram.view(flow=True).tobytes() == two[key].view(flow=True).tobytes()


@pytest.mark.slow
def test_ttbar_writes_the_histograms_of_the_grand_challenge(hepline, generated_ttbar, tmp_path):
    processes = ["ttbar", "wjets", "single_top_s_chan", "single_top_t_chan", "single_top_tW"]
    files = {"files": [str(generated_ttbar)]}
    content = {process: {"nominal": files} for process in processes}
    alternatives = ["ME_var", "PS_var", "scaleup", "scaledown"]
    content["ttbar"] |= dict.fromkeys(alternatives, files)
    listing = tmp_path / "samples.json"
    listing.write_text(json.dumps(content))
    analysis, out = ROOT / "analyses/ttbar.py", tmp_path / "out"
    done = hepline("run", analysis, "--samples", listing, "--out", out, "--workers", 1)
    assert done.code == 0, done.err
    varied = ["pt_scale_up", "pt_res_up"]
    varied += [f"btag_var_{i}_{side}" for i in range(4) for side in ("up", "down")]
    expected = {f"{region}_pseudodata" for region in ("4j1b", "4j2b")}
    for region in ("4j1b", "4j2b"):
        for process in processes:
            own = {"ttbar": alternatives, "wjets": ["scale_var_up", "scale_var_down"]}
            suffixes = ["", *(f"_{name}" for name in (*varied, *own.get(process, [])))]
            expected |= {f"{region}_{process}{suffix}" for suffix in suffixes}
    with uproot.open(out / "histograms.root") as file:
        assert set(file.keys(cycle=False)) == expected
        edges = file["4j1b_ttbar"].axis().edges()
    assert len(expected) == 124
    np.testing.assert_allclose(edges, np.arange(50, 551, 20))


def test_events_that_all_fail_give_empty_templates_and_no_fit(
    hepline, toy, tmp_path, write_analysis
):
    assert hepline(*toy).code == 0
    write_analysis(("jet.pt > 30", "jet.pt > 1e6"))
    done = hepline(*toy)
    assert done.code == 0, done.err
    assert "4 of 4 templates are empty" in done.out
    assert "no fit: nothing is expected in region 'SR'." in done.out
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert summary["fit"] is None
    assert "nothing is expected" in summary["no_fit_reason"]
    assert not (tmp_path / "out/workspace.json").exists(), "left over from the run before"


def test_skipped_files_are_named_on_every_output(hepline, toy, tmp_path, write_listing):
    broken = tmp_path / "broken.root"
    broken.write_bytes((tmp_path / "sig.root").read_bytes()[:900])
    write_listing({"sig": ["sig.root", "broken.root"], "bkg": ["bkg.root"]})
    done = hepline(*toy, "--skip-unreadable")
    assert done.code == 0, done.err
    assert str(broken) in done.out
    assert "broken.root" in (tmp_path / "out/index.html").read_text()
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert summary["coverage"][0]["unreadable"][0][0] == str(broken)


def damaged(tmp_path, kind):
    path = tmp_path / "sig.root"
    content = path.read_bytes()
    if kind == "missing":
        path.unlink()
    elif kind == "folder":
        path.unlink()
        path.mkdir()
    else:
        parts = {"no ROOT": b"hello " * 50, "truncated": content[:-500], "no bytes": b""}
        path.write_bytes(parts[kind])


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("missing", r"there is no file .*sig\.root"),
        ("folder", r"sig\.root is a folder"),
        ("no ROOT", r"sig\.root is not a ROOT file"),
        ("truncated", r"sig\.root is truncated"),
        ("no bytes", r"sig\.root is empty"),
    ],
)
def test_damaged_file_is_one_message(hepline, toy, tmp_path, kind, what):
    damaged(tmp_path, kind)
    refused(hepline(*toy), kind="FileUnreadable", what=what)
    assert not (tmp_path / "out").exists()


def test_file_without_events_tree_is_one_message(hepline, toy, tmp_path):
    with uproot.recreate(tmp_path / "sig.root") as file:
        file.mktree("Event", {"run": "uint32"})
        file.mktree("Runs", {"run": "uint32"})
    said = refused(hepline(*toy), kind="FileUnreadable", what="none of which is called 'Events'")
    assert "choose one of 'Event', 'Runs'" in said


def test_file_without_events_leaves_templates_of_zeros_and_no_fit(
    hepline, toy, tmp_path, write_events
):
    write_events("sig.root", 0)
    done = hepline(*toy)
    assert done.code == 0
    assert "the files of sig (nominal) hold no events" in done.out
    assert "no fit: no event of sig lies in the fitted bins" in done.out
    with uproot.open(tmp_path / "out/histograms.root") as file:
        assert not file["SR_sig"].values().any()


def test_lists_that_disagree_are_one_message(hepline, toy, tmp_path, write_analysis):
    write_analysis(("jet.pt > 30", "(jet.pt > 30) & (abs(jet.eta) < 2)"))
    for name in ("sig.root", "bkg.root"):
        branches = {"nJet": "int32", "Jet_pt": "var * float32", "Jet_eta": "var * float32"}
        lists = {"Jet_pt": [[50.0, 40.0], [30.0]], "Jet_eta": [[0.5, 0.1], [0.3, 0.2]]}
        with uproot.recreate(tmp_path / name) as file:
            columns = {
                key: ak.values_astype(ak.Array(value), "float32") for key, value in lists.items()
            }
            tree = file.mktree("Events", branches)
            tree.extend({"nJet": np.array([2, 1], np.int32), **columns})
    done = hepline(*toy)
    assert done.code == 2
    assert "Traceback" not in done.err
    assert "Jet_" in done.err
    assert not (tmp_path / "out").exists()


def test_misspelt_branch_offers_the_nearest_before_reading(hepline, toy, tmp_path, write_analysis):
    write_analysis(("jet[jet.pt > 30]", "jet[jet.ptt > 30]"))
    said = refused(hepline(*toy), kind="ColumnNotFound", what="no field 'ptt'")
    assert "did you mean 'pt'?" in said
    assert "toy.py:7" in said
    assert not (tmp_path / "out").exists()


def test_branch_that_the_file_lacks_is_named(hepline, toy, tmp_path, write_analysis):
    write_analysis(("jet[jet.pt > 30]", "jet[jet.btagCSVV2 > 0.5]"))
    refused(hepline(*toy), kind="ColumnNotFound", what="Jet_btagCSVV2")
    assert not (tmp_path / "out").exists()


def test_sample_without_files_is_one_message(hepline, toy, write_listing):
    write_listing({"sig": [], "bkg": ["bkg.root"]})
    refused(hepline(*toy), kind="DataError", what="'sig/nominal' has no files")


def test_region_named_twice_is_one_message(hepline, toy, write_analysis):
    again = (
        'toy.region("SR", where=hl.count(jet) > 1, observable=hl.axis(hl.sum(jet.pt), 2, 0, 9))\n'
    )
    write_analysis(("    fit_bins=[0, 200, 400, 800],\n)\n", f")\n{again}"))
    said = refused(hepline(*toy), kind="AnalysisError", what="region 'SR' is declared twice")
    assert "toy.py:16" in said


def test_fit_bins_that_do_not_divide_are_one_message(hepline, toy, write_analysis):
    write_analysis(("[0, 200, 400, 800]", "[0, 250, 400, 800]"))
    refused(hepline(*toy), kind="AnalysisError", what="do not divide its axis: 250 is not an edge")


def test_negative_expectation_is_one_message(hepline, toy, tmp_path, write_analysis):
    write_analysis(
        ("luminosity_uncertainty=0.02", "weight=hl.weight(-abs(ev.genWeight))"),
    )
    refused(hepline(*toy), kind="ModelError", what="SR|sig")
    assert not (tmp_path / "out").exists()


def test_negative_pseudodata_are_one_message(hepline, toy, tmp_path, write_analysis):
    write_analysis(
        ("    fit_bins=[0, 200, 400, 800],\n)\n", ')\ntoy.pseudodata({"sig": 1, "bkg": -9})\n')
    )
    said = refused(hepline(*toy), kind="ModelError", what="region 'SR' has -.* events of data")
    assert "Poisson" in said
    assert not (tmp_path / "out").exists()


def test_variation_that_leaves_no_event_is_fitted(hepline, toy, tmp_path, write_analysis):
    assert hepline(*toy).code == 0
    write_analysis(("ev.Jet.pt * 1.03", "ev.Jet.pt * 1e-3"))
    done = hepline(*toy)
    assert done.code == 0
    assert "Traceback" not in done.out + done.err
    workspace = json.loads((tmp_path / "out/workspace.json").read_text())
    modifiers = [
        modifier["data"]
        for sample in workspace["channels"][0]["samples"]
        for modifier in sample["modifiers"]
        if (sample["name"], modifier["type"]) == ("sig", "normsys")
    ]
    # Up, no jet passes; mirrored, twice as many.
    assert {"hi": 0.0, "lo": 2.0} in modifiers


def test_analysis_that_is_not_there_offers_the_nearest(hepline, toy, tmp_path):
    toy[1] = str(tmp_path / "toi.py")
    said = refused(hepline(*toy), kind="AnalysisError", what=r"no analysis file .*toi\.py")
    assert "did you mean 'toy.py'?" in said


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("import hepline as hl\nx = hl.evnts('nanoaod')\n", "stopped at an error of Python"),
        ("import hepline as hl\nx = (\n", "stopped at an error of Python"),
        ("open('/nowhere/weights.txt')\n", "stopped at an error of Python"),
        ("x = 1\n", "defines 0 analyses"),
        (
            "import hepline as hl\na, b = (hl.Analysis(n, luminosity=1) for n in 'ab')\n",
            "defines 2 analyses: a, b",
        ),
    ],
)
def test_file_that_is_no_analysis_is_one_message(hepline, toy, text, what):
    Path(toy[1]).write_text(text)
    refused(hepline(*toy), kind="AnalysisError", what=what)


def test_list_that_is_no_json_is_one_message(hepline, toy, tmp_path):
    (tmp_path / "samples.json").write_text("{")
    refused(hepline(*toy), kind="DataError", what="cannot be read as JSON")


@pytest.mark.parametrize(
    "option", [("--engine", "awkard"), ("--on", "moon"), ("--chunk", "0"), ("--workers", "0")]
)
def test_option_that_means_nothing_is_one_message(hepline, toy, tmp_path, option):
    refused(hepline(*toy, *option), kind="AnalysisError", what="")
    assert not (tmp_path / "out").exists()


def test_file_in_place_of_the_folder_is_said_before_reading(hepline, toy, tmp_path):
    (tmp_path / "out").write_text("a file")
    refused(hepline(*toy), kind="OutputError", what="results cannot be written to")
    assert (tmp_path / "out").read_text() == "a file"


def test_folder_without_permission_is_said_before_reading(hepline, toy, tmp_path, monkeypatch):
    def denied(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("hepline.share.folder.tempfile.mkdtemp", denied)
    said = refused(hepline(*toy), kind="OutputError", what="results cannot be written to")
    assert "Permission denied" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("writer", ["write_report", "_write_json", "Templates.write"])
def test_full_disk_leaves_earlier_results_untouched(hepline, toy, tmp_path, monkeypatch, writer):
    assert hepline(*toy).code == 0
    out = tmp_path / "out"
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    room = "analysis.templates" if writer == "Templates.write" else "share.measurement"
    monkeypatch.setattr(f"hepline.{room}.{writer}", full)
    said = refused(hepline(*toy), kind="OutputError", what="results cannot be written to")
    assert "No space left on device" in said
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert not list(out.glob(".*"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("after", "workers"),
    [
        ("starting", 1),
        ("starting", 2),
        ("reading", 1),
        ("reading", 2),
    ],
)
def test_interrupt_leaves_earlier_results_and_no_process(
    toy, tmp_path, write_events, living, workers, after
):
    out = tmp_path / "out"
    out.mkdir()
    (out / "summary.json").write_text("earlier")
    write_events("sig.root", 200_000)
    command = [sys.executable, "-c", "from hepline.cli import main; main()", *toy[:-2]]
    command += ["--workers", str(workers), "--chunk", "20"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Of a shell that runs the tests in the background, Ctrl-C would be ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    deadline = time.monotonic() + 60
    while not list(out.glob(".partial-*")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    # Workers take seconds to import; a moment after, they are in the middle of that.
    time.sleep(0.7 if after == "starting" else 5.0)
    assert process.poll() is None, "it was over before it could be interrupted"
    os.killpg(process.pid, signal.SIGINT)
    said_out, said_err = process.communicate(timeout=30)
    assert process.returncode == 130, said_out + said_err
    assert "Traceback" not in said_out + said_err
    assert said_err.strip() == "interrupted: nothing half-written was left behind."
    assert [entry.name for entry in out.iterdir()] == ["summary.json"]
    assert (out / "summary.json").read_text() == "earlier"
    deadline = time.monotonic() + 10
    while living(process.pid):
        assert time.monotonic() < deadline, f"orphans: {living(process.pid)}"
        time.sleep(0.05)

"""``hepline lint`` of a workspace; of an analysis: see test_looking.py."""

import json

import pytest


def _workspace(signal, background, observed):
    def sample(name, data, kind, what, value):
        error = [0.2 * events**0.5 for events in data]
        modifiers = [
            {"name": what, "type": kind, "data": value},
            {"name": "stat", "type": "staterror", "data": error},
        ]
        return {"name": name, "data": data, "modifiers": modifiers}

    samples = [
        sample("sig", signal, "normfactor", "mu", None),
        sample("bkg", background, "normsys", "xsec", {"hi": 1.003, "lo": 0.998}),
    ]
    return {
        "channels": [{"name": "SR", "samples": samples}],
        "observations": [{"name": "SR", "data": observed}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }


@pytest.fixture
def write(tmp_path):
    def to_file(*numbers):
        path = tmp_path / "workspace.json"
        path.write_text(json.dumps(_workspace(*numbers)))
        return path

    return to_file


HEALTHY = ([3.0, 8.0, 4.0], [60.0, 50.0, 41.0], [65, 51, 48])


def test_a_healthy_workspace(hepline, write):
    done = hepline("lint", write(*HEALTHY))
    assert done.code == 0
    assert done.out.splitlines()[0].endswith("0 errors, 0 warnings, 0 notes")


def test_errors_give_status_1_and_can_be_found_by_code(hepline, write):
    file = write([3.0, 8.0, 0.0], [60.0, 50.0, 0.0], [65, 51, 48])
    done = hepline("lint", file)
    assert done.code == 1
    line = next(line for line in done.out.splitlines() if line.startswith("HL"))
    assert line == "HL101 error: SR / bin 2: 48 observed, 0 expected"
    assert "  fix: merge the bin with a neighbor" in done.out
    short = hepline("lint", file, "--short").out
    assert "HL101 error: data where nothing is expected: SR / bin 2: 48 observed" in short
    assert "fix:" not in short


def test_pruning_writes_the_new_workspace(hepline, write, tmp_path):
    out = tmp_path / "pruned.json"
    done = hepline("lint", write(*HEALTHY), "--prune", 0.005, "--smooth", "--out", out)
    assert done.code == 0, done.err
    assert "pruned SR / bkg / xsec (normsys): 0.300%" in done.out
    assert "expected error of mu: " in done.out
    assert f"written: {out}" in done.out
    samples = json.loads(out.read_text())["channels"][0]["samples"]
    assert [each["name"] for each in samples[1]["modifiers"]] == ["stat"]


def test_a_file_that_is_no_workspace_is_one_message(hepline, tmp_path):
    (tmp_path / "a.json").write_text("{")
    done = hepline("lint", tmp_path / "a.json")
    assert done.code == 2
    assert done.err.startswith("FileUnreadable: ")
    assert "Traceback" not in done.err


@pytest.mark.parametrize("option", [("--prune", 0.1), ("--smooth",), ("--out", "x.json")])
def test_an_analysis_cannot_be_pruned(hepline, write_analysis, option):
    done = hepline("lint", write_analysis(), *option)
    assert done.code == 2
    assert "these options do not go with" in done.err


def test_a_workspace_has_no_samples_to_read(hepline, write, tmp_path):
    done = hepline("lint", write(*HEALTHY), "--samples", tmp_path / "samples.json")
    assert done.code == 2
    assert "--samples belongs to an analysis" in done.err

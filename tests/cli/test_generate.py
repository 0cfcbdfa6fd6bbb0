import json

import pytest
import uproot

pytest.importorskip("pythia8mc", reason="events are generated with hepline[generate]")


@pytest.mark.slow
def test_process_becomes_a_file_that_can_be_looked_into(hepline, tmp_path):
    path = tmp_path / "ttbar.root"
    done = hepline("generate", "ttbar", "--events", 20, "--seed", 3, "--out", path)
    assert done.code == 0, done.err
    assert f"written: {path} (20 events)" in done.out
    assert uproot.open(path)["Events"].num_entries == 20
    assert "20 events" in hepline("ls", path).out.replace("\n", "")


@pytest.mark.slow
def test_recipe_becomes_a_list_of_files(hepline, tmp_path):
    recipe = tmp_path / "recipe.json"
    nominal = {"process": "ttbar", "events": 10, "seed": 1}
    recipe.write_text(json.dumps({"sig": {"nominal": nominal}}))
    done = hepline("generate", recipe, "--out", tmp_path / "made", "--workers", 1)
    assert done.code == 0, done.err
    (file,) = json.loads((tmp_path / "made/samples.json").read_text())["sig"]["nominal"]["files"]
    assert (tmp_path / "made" / file["path"]).is_file()
    assert file["nevts"] == 10


@pytest.mark.slow
def test_era_and_compression_are_options(hepline, tmp_path):
    path = tmp_path / "z.root"
    options = ("--events", 5, "--era", "2017", "--compression", "none", "--out", path)
    done = hepline("generate", "zprime_mumu_700", *options)
    assert done.code == 0, done.err
    assert "HLT_IsoMu27" in uproot.open(path)["Events"]


def test_list_says_what_can_be_generated(hepline):
    done = hepline("generate", "--list")
    assert done.code == 0, done.err
    for name in ("drellyan_mutau", "zprime_mumu_MASS", "era 2012"):
        assert name in done.out


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("tbar",), "tbar"),
        (("ttbar", "--events", 0), "cannot generate 0 events"),
        (("nowhere.json",), "the recipe nowhere.json cannot be read"),
    ],
)
def test_request_that_means_nothing_is_one_message(hepline, tmp_path, arguments, what):
    done = hepline("generate", *arguments, "--out", tmp_path / "made")
    assert done.code == 2
    assert done.err.startswith("GeneratorError: ")
    assert what in done.err
    assert "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == []

"""``hepline describe``."""

import json


def test_describe_says_what_is_in_a_file(hepline, write_events, tmp_path):
    file, target = write_events("a.root", 500), tmp_path / "a.json"
    done = hepline("describe", file, "--json", target)
    assert done.code == 0
    assert "500 events in 'Events', 6 columns (nanoaod)" in done.out
    assert "duplicates, by run, luminosityBlock, event: 0" in done.out
    assert "columns with a single value (2): run, luminosityBlock" in done.out
    assert "Jet_pt" in done.out
    assert json.loads(target.read_text())["entries"] == 500


def test_duplicates_across_files_come_first(hepline, write_events):
    done = hepline("describe", write_events("a.root", 50), write_events("b.root", 20, seed=2))
    assert "20 events are there already, by run, luminosityBlock, event; 1, 1, 0 is in" in done.out


def test_columns_are_chosen_by_name(hepline, write_events):
    done = hepline("describe", write_events("a.root", 50), "--columns", "Jet_*, event")
    assert "2 columns" in done.out
    assert "genWeight" not in done.out


def test_wide_files_are_listed_by_objects(hepline, shared_data):
    done = hepline("describe", shared_data / "nanoaod/nano_dimuon.root")
    assert done.code == 0
    assert "0 to 4, mean 2.1" in done.out
    assert "HLT" in done.out
    assert "--columns" in done.out
    assert len(done.out.splitlines()) < 80


def test_a_column_that_is_not_there(hepline, write_events):
    done = hepline("describe", write_events("a.root", 5), "--columns", "Jet_ptt")
    assert done.code == 2
    assert "did you mean 'Jet_pt'" in done.err


def test_pairs_stand_on_the_page(hepline, write_events, tmp_path):
    file = write_events("a.root", 50)
    done = hepline("describe", file, "--pairs", "Jet_pt,genWeight", "--out", tmp_path / "out")
    assert done.code == 0
    assert (tmp_path / "out/figures/pairs.png").exists()
    done = hepline("describe", file, "--pairs", "Jet_pt,genWeight")
    assert done.code == 2
    assert "--out" in done.err

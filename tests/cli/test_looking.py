"""The commands that look: ls, head, explain, lint."""

from pathlib import Path

import h5py
import pytest


@pytest.fixture
def file(write_events):
    return write_events("a.root", 5)


def test_ls_lists_columns_and_types(hepline, file):
    done = hepline("ls", file)
    assert done.code == 0
    assert "5 events" in done.out
    assert "convention: nanoaod (CMS NanoAOD)" in done.out
    assert "Jet_pt" in done.out
    assert "float32" in done.out


def test_ls_filters_by_name(hepline, file):
    done = hepline("ls", file, "--pattern", "jet")
    assert "Jet_pt" in done.out
    assert "luminosityBlock" not in done.out


def test_ls_of_root_says_what_is_left_out_and_what_is_verified(hepline):
    corpus = Path(__file__).parents[1] / "data/conformance/files"
    done = hepline("ls", corpus / "split_99.root")
    assert done.code == 0
    assert "40 events in 'tree'" in done.out
    assert "verified by checksums: yes" in done.out
    assert "leaves_z_1" in done.out
    assert "p4: it holds objects of the class TLorentzVector." in done.out
    assert "event * var * string" in done.out
    assert "nested" in done.out
    done = hepline("ls", corpus / "friends.root", "--tree", "tree")
    assert done.code != 0
    assert "ntuple (TNtuple)" in done.err + done.out


def test_head_prints_the_first_events(hepline, file):
    done = hepline("head", file, "event", "Jet_pt", "--events", 2)
    assert done.code == 0
    first, second = done.out.splitlines()
    assert first.split(maxsplit=1) == ["event", "[0, 1]"]
    assert second.startswith("Jet_pt ")


def test_head_without_columns_shows_scalars(hepline, file):
    done = hepline("head", file)
    assert "luminosityBlock" in done.out
    assert "Jet_pt" not in done.out


def test_head_of_an_unknown_column_offers_the_nearest(hepline, file):
    done = hepline("head", file, "Jet_ptt")
    assert done.code == 2
    assert "did you mean 'Jet_pt'" in done.err
    assert "Traceback" not in done.err


def test_ls_and_head_of_a_text_file_say_what_is_left_out(hepline, tmp_path):
    (tmp_path / "a.csv").write_text("E1 [GeV],Type1,Q1,x\n1.5,G,-1,a\n2,T,1,2\n")
    done = hepline("ls", tmp_path / "a.csv")
    assert done.code == 0
    assert "2 events" in done.out
    assert "float64" in done.out
    assert "left out: x: line 2 of" in done.out
    assert "event * string" in done.out
    done = hepline("head", tmp_path / "a.csv")
    assert [line.split(maxsplit=1) for line in done.out.splitlines()] == [
        ["E1", "[1.5, 2.0]"],
        ["Type1", "['G', 'T']"],
        ["Q1", "[-1, 1]"],
    ]


def test_ls_and_head_of_a_group_in_hdf5(hepline, tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["muons/n"], file["muons/pt"], file["x"] = [2, 0], [5.0, 7.0], [1, 2]
        file["other/words"] = [b"a", b"b", b"c"]
        file["other/y"] = [1, 2, 3]
    done = hepline("ls", tmp_path / "a.h5")
    assert done.code == 2
    assert "--tree" in done.err
    done = hepline("ls", tmp_path / "a.h5", "--tree", "other")
    assert "3 events" in done.out
    assert "event * string" in done.out
    done = hepline("head", tmp_path / "a.h5", "y", "--tree", "other", "--events", 2)
    assert done.out.split(maxsplit=1) == ["y", "[1, 2]\n"]


@pytest.mark.parametrize("command", ["ls", "head"])
def test_missing_file_is_one_message(hepline, tmp_path, command):
    done = hepline(command, tmp_path / "b.root")
    assert done.code == 2
    assert done.err.startswith("FileUnreadable: there is no file")


def test_explain_prints_the_plan(hepline, write_analysis):
    done = hepline("explain", write_analysis(), "--stage", "split")
    assert done.code == 0
    assert "jes_up" in done.out


def test_explain_of_an_unknown_stage_is_one_message(hepline, write_analysis):
    done = hepline("explain", write_analysis(), "--stage", "splat")
    assert done.code == 2
    assert "did you mean 'split'?" in done.err


def test_lint_says_what_was_checked(hepline, toy):
    done = hepline("lint", toy[1], "--samples", toy[3])
    assert done.code == 0, done.err
    assert "sig nominal: 1 files, 400 events of CMS NanoAOD, columns ok" in done.out


def test_lint_finds_a_misspelt_field(hepline, write_analysis):
    done = hepline("lint", write_analysis(("jet.pt > 30", "jet.pd > 30")))
    assert done.code == 2
    assert done.err.startswith("ColumnNotFound: no field 'pd'")


def test_help_names_every_command(hepline):
    done = hepline("--help")
    assert done.code == 0
    for command in ("run", "generate", "fit", "ls", "head", "explain", "lint"):
        assert command in done.out

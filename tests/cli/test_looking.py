"""The commands that look: ls, head, explain, lint."""

import pytest


@pytest.fixture
def file(write_events):
    return write_events("a.root", 5)


def test_ls_lists_columns_and_types(hepline, file):
    done = hepline("ls", file)
    assert done.code == 0
    assert "5 events" in done.out
    assert "Jet_pt" in done.out
    assert "float32" in done.out


def test_ls_filters_by_name(hepline, file):
    done = hepline("ls", file, "--pattern", "jet")
    assert "Jet_pt" in done.out
    assert "luminosityBlock" not in done.out


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
    assert "sig nominal: 1 files, 400 events, columns ok" in done.out


def test_lint_finds_a_misspelt_field(hepline, write_analysis):
    done = hepline("lint", write_analysis(("jet.pt > 30", "jet.pd > 30")))
    assert done.code == 2
    assert done.err.startswith("ColumnNotFound: no field 'pd'")


def test_help_names_every_command(hepline):
    done = hepline("--help")
    assert done.code == 0
    for command in ("run", "generate", "fit", "ls", "head", "explain", "lint"):
        assert command in done.out

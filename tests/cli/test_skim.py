"""``hepline skim``."""

import uproot


def test_skim_writes_what_passes_and_says_how_much(hepline, write_events, tmp_path):
    file = write_events("a.root", 20)
    out = tmp_path / "s.root"
    done = hepline("skim", file, "--where", "nJet >= 1", "--columns", "event,Jet", "--out", out)
    assert done.code == 0, done.err
    with uproot.open(file) as opened:
        jets = opened["Events/nJet"].array()
        events = opened["Events/event"].array()
    with uproot.open(out) as opened:
        assert opened["Events/event"].array().to_list() == events[jets >= 1].to_list()
        assert "MET_pt" not in opened["Events"]
    assert f"{sum(jets >= 1)} of 20 events" in done.out
    assert "pass nJet >= 1" in done.out
    assert "MB (ttree)" in done.out


def test_skim_keeps_all_by_default_and_adds_columns(hepline, write_events, tmp_path):
    file = write_events("a.root", 20)
    out = tmp_path / "s.parquet"
    done = hepline("skim", file, file_two := write_events("b.root", 5), "--out", out,
                   "--new", "ht=sum(Jet.pt)")  # fmt: skip
    assert done.code == 0, done.err
    assert "25 of 25 events" in done.out
    assert f"of 5 in {file_two}" in done.out


def test_skim_marks_a_mistake(hepline, write_events, tmp_path):
    file = write_events("a.root", 5)
    done = hepline("skim", file, "--where", "count(Jet.ptt > 3) > 1", "--out", tmp_path / "s.root")
    assert done.code == 2
    assert "did you mean 'pt'" in done.err
    assert done.err.splitlines()[-1].strip() == "^^^^^^^"
    done = hepline("skim", file, "--new", "3x", "--out", tmp_path / "s.root")
    assert done.code == 2
    assert "NAME=EXPRESSION" in done.err
    done = hepline("skim", file, "--format", "tree", "--out", tmp_path / "s.root")
    assert "--format tree" in done.err
    assert not (tmp_path / "s.root").exists()


def test_ls_tells_where_a_skim_came_from(hepline, write_events, tmp_path):
    file = write_events("a.root", 20)
    assert hepline("skim", file, "--where", "nJet >= 1", "--out", tmp_path / "s.root").code == 0
    done = hepline("ls", tmp_path / "s.root")
    assert f"of 20 events of {file}, sha256 " in done.out
    assert "condition: nJet >= 1 (" in done.out


def test_a_stopped_skim_says_that_it_goes_on(hepline, write_events, tmp_path, monkeypatch):
    files = [write_events(name, 20) for name in ("a.root", "b.root")]
    from hepline.exchange import execution

    add = execution._Blocks.add

    def stopped(self, piece):
        if list(tmp_path.rglob("*.piece")):
            raise KeyboardInterrupt
        add(self, piece)

    monkeypatch.setattr(execution._Blocks, "add", stopped)
    done = hepline("skim", *files, "--out", tmp_path / "s.root")
    assert done.code == 130
    assert "finished chunks are kept beside" in done.out
    monkeypatch.undo()
    done = hepline("skim", *files, "--out", tmp_path / "s.root")
    assert done.code == 0
    assert "continued: " in done.out

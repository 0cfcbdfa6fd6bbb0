"""``hepline compare``."""

import json


def test_compare_says_what_differs(hepline, write_events, tmp_path):
    first, second = write_events("a.root", 900), write_events("b.root", 800, seed=2, slope=60.0)
    done = hepline("compare", first, second, "--json", tmp_path / "c.json")
    assert done.code == 0
    assert "900 events" in done.out
    assert "800 events" in done.out
    rows = [line.split() for line in done.out.splitlines()]
    assert next(row[1] for row in rows if row[:1] == ["Jet_pt"]) == "KS"
    content = json.loads((tmp_path / "c.json").read_text())
    assert content["columns"][0]["name"] == "Jet_pt"


def test_few_of_many(hepline, shared_data):
    folder = shared_data / "ml"
    done = hepline("compare", folder / "higgsml_sig.csv", folder / "higgsml_bg.csv", "--most", 2)
    assert "Weight" in done.out
    assert "PRI_met" not in done.out
    assert "more: --most N" in done.out

"""Sums of generator weights that belong to the files, not to the events that are left."""

import hepline as hl
from hepline.exchange.totals import totals_of


def test_sums_are_those_of_the_tree_of_runs(nanoaod):
    paths = nanoaod(10, 20)
    totals = totals_of(hl.open(paths).origin.source)
    assert totals.sums == {paths[0]: 1000.5, paths[1]: 1001.5}
    assert totals.tree == "Runs"
    assert totals.rows["genEventCount"].values.tolist() == [2000, 1, 2001, 1]


def test_files_without_runs_have_none(nanoaod, shared):
    assert totals_of(hl.open(nanoaod(10, runs=False)).origin.source).sums == {}
    hzz = hl.open(shared("formats/uproot-HZZ.root"))
    assert totals_of(hzz.origin.source).tree == ""


def test_lists_of_runs_are_kept(shared):
    source = hl.open(shared("nanoaod/nano_dimuon.root")).origin.source
    totals = totals_of(source)
    assert totals.rows is None or {column.name for column in totals.columns} == set(totals.rows)

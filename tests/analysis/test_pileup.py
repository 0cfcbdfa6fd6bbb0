"""Pile-up weights against ratios of profiles by hand."""

from __future__ import annotations

import awkward as ak
import hist
import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.errors import FileUnreadable, LanguageError, TypeMismatch

DATA = np.array([0.0, 2.0, 5.0, 3.0])
SIMULATION = np.array([1.0, 1.0, 1.0, 1.0, 0.0])
UP = np.array([0.0, 1.0, 4.0, 5.0, 0.0])


def _hist(contents):
    made = hist.Hist(hist.axis.Regular(len(contents), 0, len(contents)))
    made.view()[...] = contents
    return made


def _file(tmp_path, **histograms):
    with uproot.recreate(tmp_path / "pileup.root") as file:
        for name, contents in histograms.items():
            file[name] = _hist(contents)
    return tmp_path / "pileup.root"


def _events(in_memory, interactions):
    return in_memory({"Pileup_nTrueInt": ak.Array(np.asarray(interactions, "f4"))})


@pytest.mark.parametrize("form", ["list", "array", "pair", "hist", "file", "path"])
def test_the_weight_is_the_ratio_of_shares(in_memory, tmp_path, form):
    path = _file(tmp_path, pileup=DATA)
    data = {
        "list": DATA.tolist(),
        "array": DATA,
        "pair": np.histogram([1.5] * 2 + [2.5] * 5 + [3.5] * 3, bins=[0, 1, 2, 3, 4]),
        "hist": _hist(DATA),
        "file": f"{path}:pileup",
        "path": path,
    }[form]
    weight = hl.pileup_weight(data, SIMULATION)
    ev = _events(in_memory, [0.0, 0.5, 1.0, 1.99, 2.5, 3.0, 4.5, -3.0, 99.0])
    found = hl.compute(weight(ev.Pileup.nTrueInt))
    # 10 crossings in data, 4 in simulation.
    expected = [0, 0, 0.8, 0.8, 2.0, 1.2, 0, 0, 0]
    assert found.to_list() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("engine", ["reference", "awkward", "compiled"])
def test_other_profiles_are_a_variation(in_memory, engine):
    nuisance = hl.nuisance("Pile-up")
    down = [0.0, 4.0, 4.0, 2.0]
    weight = hl.pileup_weight(DATA, SIMULATION, nuisance=nuisance, up=UP, down=down)
    ev = _events(in_memory, [1.5, 2.5, 2.5, 3.5])
    event_weight = hl.weight(2.0) * weight(ev.Pileup.nTrueInt)
    made = hl.compute(hl.hist(ev.Pileup.nTrueInt, [1, 2, 3, 4], weight=event_weight), engine=engine)
    assert made.nominal.values() == pytest.approx([1.6, 8.0, 2.4])
    assert made.variations["pile_up_up"].values() == pytest.approx([0.8, 6.4, 4.0])
    assert made.variations["pile_up_down"].values() == pytest.approx([3.2, 6.4, 1.6])


def test_the_mean_over_the_simulated_profile_is_one(in_memory):
    random = np.random.default_rng(2)
    data, simulation = random.uniform(0, 1, 100), random.uniform(0.1, 1, 100)
    weights = np.array(hl.pileup_weight(data, simulation).nominal)
    assert (weights * simulation).sum() / simulation.sum() == pytest.approx(1.0)


def test_profiles_that_do_not_fit_are_refused(tmp_path):
    two = _file(tmp_path, a=DATA, b=DATA)
    nuisance = hl.nuisance("Pile-up")
    for call, error, message in (
        (
            lambda: hl.pileup_weight((DATA, [0, 2, 4, 6, 8]), SIMULATION),
            LanguageError,
            "other bins",
        ),
        (lambda: hl.pileup_weight(-DATA, SIMULATION), LanguageError, "none below zero"),
        (lambda: hl.pileup_weight(0 * DATA, SIMULATION), LanguageError, "some above"),
        (lambda: hl.pileup_weight((DATA, [0, 1]), SIMULATION), LanguageError, "one content"),
        (
            lambda: hl.pileup_weight(DATA, [1, 1, 1, 0]),
            LanguageError,
            "30.0% of the profile of data",
        ),
        (lambda: hl.pileup_weight(two, SIMULATION), FileUnreadable, "it has: a, b"),
        (lambda: hl.pileup_weight(f"{two}:c", SIMULATION), FileUnreadable, "no histogram 'c'"),
        (lambda: hl.pileup_weight("absent.root", SIMULATION), FileUnreadable, "cannot be read"),
        (lambda: hl.pileup_weight(DATA, SIMULATION, up=UP), LanguageError, "all three"),
        (
            lambda: hl.pileup_weight(DATA, SIMULATION, nuisance=nuisance, up=UP),
            LanguageError,
            "two profiles",
        ),
        (
            lambda: hl.pileup_weight(DATA, SIMULATION, nuisance="Pile-up", up=UP, down=UP),
            TypeMismatch,
            "declare it once",
        ),
    ):
        with pytest.raises(error, match=message):
            call()

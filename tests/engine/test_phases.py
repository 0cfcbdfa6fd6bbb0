"""Calls run once per chunk, for the events that still matter, whatever the engine."""

from __future__ import annotations

from dataclasses import dataclass, field

import awkward as ak
import numpy as np
import pytest

import hepline as hl
from hepline.columns.call import Called, call_all, call_one
from hepline.engine.phases import divide
from hepline.errors import CallFailed, LanguageError, UselessWeight

ENGINES = ("reference", "awkward", "compiled")


@dataclass(frozen=True)
class Scaled(Called):
    """Multiplies, and notes for how many elements it is asked at a time."""

    factor: float = 2.0
    seen: list[int] = field(default_factory=list, compare=False, repr=False)

    def run(self, columns):
        """The product of all columns, and its sign."""
        self.seen.append(len(columns[0]))
        product = self.factor * np.prod(columns, axis=0)
        return [product, product > 0][: len(self.outputs)]


def scaled(name: str = "scaled") -> Scaled:
    """A called thing that nothing else shares."""
    return Scaled(name, name, ("float64",))


@pytest.fixture
def events(events_file):
    """Twelve events with muons and a missing momentum."""
    return hl.open(events_file)


@pytest.fixture
def events_file(tmp_path):
    """Written by uproot."""
    import uproot

    rng = np.random.default_rng(7)
    counts = np.array([0, 1, 2, 3, 4, 0, 5, 2, 1, 3, 2, 6])
    muons = ak.unflatten(
        ak.zip({"pt": rng.uniform(5, 90, counts.sum()), "eta": rng.normal(0, 1, counts.sum())}),
        counts,
    )
    path = tmp_path / "events.root"
    with uproot.recreate(path) as file:
        columns = {"Muon": muons, "MET_pt": rng.uniform(0, 100, 12), "run": np.arange(12)}
        types = {name: array.type if name == "Muon" else array.dtype
                 for name, array in columns.items()}  # fmt: skip
        file.mktree("Events", types)
        file["Events"].extend(columns)
    return path


def _arrays(events):
    return hl.compute(events.Muon.pt, events.MET.pt)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("chunk", [1, 5, None])
def test_a_call_equals_numpy_on_flat_columns(events, engine, chunk):
    pt, met = _arrays(events)
    found = hl.compute(
        call_one(scaled(), events.Muon.pt, events.MET.pt), engine=engine, chunk=chunk
    )
    assert ak.to_list(found) == ak.to_list(2.0 * pt * met)


@pytest.mark.parametrize("engine", ENGINES[1:])
def test_a_call_in_a_tight_selection_runs_for_what_passes_only(events, engine):
    called = scaled()
    pt, met = _arrays(events)
    value = call_one(called, events.Muon.pt, events.Muon.eta)
    where = (events.MET.pt > 40) & (hl.count(events.Muon) >= 2) & (hl.max(value) > -1e9)
    histogram = hl.compute(hl.hist(hl.max(value), bins=(1, -1e9, 1e9), where=where), engine=engine)
    passing = (met > 40) & (ak.num(pt) >= 2)
    assert called.seen == [int(ak.sum(ak.num(pt)[passing]))]
    assert histogram.sum(flow=True) == ak.sum(passing)


@pytest.mark.parametrize("engine", ENGINES[1:])
def test_selections_that_share_a_call_run_it_once_for_the_events_of_any(events, engine):
    called = scaled()
    pt, met = _arrays(events)
    value = call_one(called, events.MET.pt)
    low, high = hl.count(events.Muon) == 1, hl.count(events.Muon) >= 5
    hl.compute(
        hl.hist(value, bins=(2, 0, 200), where=low & (events.MET.pt > 10)),
        hl.hist(value, bins=(2, 0, 100), where=high & (events.MET.pt > 10)),
        engine=engine,
    )
    count = ak.num(pt)
    assert called.seen == [int(ak.sum(((count == 1) | (count >= 5)) & (met > 10)))]


@pytest.mark.parametrize("engine", ENGINES[1:])
def test_a_cut_on_a_call_guards_a_call_after_it(events, engine):
    first, second = scaled("first"), scaled("second")
    _, met = _arrays(events)
    tight = call_one(first, events.MET.pt)
    score = call_one(second, tight)
    hl.compute(hl.hist(score, bins=(2, 0, 200), where=tight > 80), engine=engine)
    assert first.seen == [len(met)]
    assert second.seen == [int(ak.sum(2.0 * met > 80))]


@pytest.mark.parametrize("engine", ENGINES[1:])
def test_variations_share_the_calls_that_they_do_not_touch(events, engine):
    called = scaled()
    scale = hl.nuisance("muon scale", one_sided=True)
    muon = events.Muon.vary(scale, up={"pt": events.Muon.pt * 1.1})
    untouched = call_one(called, events.MET.pt)
    varied = hl.compute(hl.hist(untouched + hl.sum(muon.pt), bins=(5, 0, 500)), engine=engine)
    assert set(varied.variations) == {"muon_scale_up"}
    assert called.seen == [12]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_varied_operand_is_called_once_for_each_variation(events, engine):
    called = scaled()
    pt, _ = _arrays(events)
    scale = hl.nuisance("muon scale", one_sided=True)
    muon = events.Muon.vary(scale, up={"pt": events.Muon.pt * 1.5})
    value = call_one(called, muon.pt)
    axis = (40, 0, 400)
    varied = hl.compute(hl.hist(value, bins=axis), engine=engine)
    flat = ak.to_numpy(ak.flatten(pt))
    for histogram, factor in ((varied.nominal, 1), (varied.variations["muon_scale_up"], 1.5)):
        assert (
            histogram.values().tolist()
            == np.histogram(2 * factor * flat, *axis[:1], axis[1:])[0].tolist()
        )


def test_outputs_of_one_call_come_from_one_run(events):
    both = Scaled("both", "both", ("float64", "bool"))
    value, positive = call_all(both, events.MET.pt)
    found = hl.compute(value, positive, engine="awkward")
    assert both.seen == [12]
    assert ak.all(found[1])


@pytest.mark.parametrize("engine", ENGINES)
def test_outputs_that_are_needed_for_unlike_events(events, engine):
    both = Scaled("both", "unlike", ("float64", "bool"))
    value, positive = call_all(both, events.MET.pt)
    count = hl.count(events.Muon)
    found = hl.compute(
        hl.hist(value, bins=(4, 0, 200), where=count == 1),
        hl.hist(hl.where(positive, events.MET.pt, -1.0), bins=(4, -2, 100), where=count >= 3),
        engine=engine,
    )
    pt, met = _arrays(events)
    number = ak.num(pt)
    for histogram, expected, edges in (
        (found[0], 2 * met[number == 1], (0, 200)),
        (found[1], met[number >= 3], (-2, 100)),
    ):
        assert histogram.values().tolist() == np.histogram(expected, 4, edges)[0].tolist()
    if engine != "reference":
        assert both.seen == [int(ak.sum((number == 1) | (number >= 3)))]


@pytest.mark.parametrize("engine", ENGINES)
def test_missing_elements_are_not_passed_on(events, engine):
    pt, _ = _arrays(events)
    second = hl.compute(call_one(scaled(), events.Muon[1].pt), engine=engine)
    expected = ak.to_list(2.0 * ak.pad_none(pt, 2)[:, 1])
    assert ak.to_list(second) == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_objects_chosen_by_a_call_are_called_again(events, engine):
    pt, _ = _arrays(events)
    muon = events.Muon[call_one(scaled("cut"), events.Muon.pt) > 60]
    found = hl.compute(call_one(scaled("again"), muon.pt), engine=engine)
    assert ak.to_list(found) == ak.to_list(2.0 * pt[2.0 * pt > 60])


def test_two_calls_in_conditions_of_two_regions_do_not_wait_for_each_other(events):
    one, two = call_one(scaled("one"), events.MET.pt), call_one(scaled("two"), events.MET.pt)
    fills = [
        hl.hist(two, bins=(2, 0, 200), where=one > 50),
        hl.hist(one, bins=(2, 0, 200), where=two > 50),
    ]
    expected = [h.values().tolist() for h in hl.compute(*fills, engine="reference")]
    for engine in ENGINES[1:]:
        assert [h.values().tolist() for h in hl.compute(*fills, engine=engine)] == expected


def test_a_plan_without_calls_has_one_phase(events):
    fill = hl.hist(events.MET.pt, bins=(2, 0, 200)).node
    (phase,) = divide((fill,), ())
    assert phase.fills == (fill,)


def test_explain_prints_phases_and_calls(events):
    value = call_one(scaled(), events.MET.pt)
    printed = hl.explain(hl.hist(value, bins=(2, 0, 200), where=hl.count(events.Muon) > 1))
    assert "phase 0" in printed
    assert "keep Kept(" in printed
    assert "scaled(MET_pt)" in printed


@dataclass(frozen=True)
class Bad(Called):
    """Returns what it is told to."""

    result: object = field(default=None, compare=False)

    def run(self, columns):  # noqa: ARG002
        """Not what it announces."""
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


@pytest.mark.parametrize("engine", ENGINES[1:])
@pytest.mark.parametrize(
    ("result", "message"),
    [
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
        ([np.zeros((1, 2))], "shape"),
        ([np.zeros(7)], "shape"),
        ([], "0 columns instead of 1"),
        ([np.array(["a"] * 12)], "is not float64"),
    ],
)
def test_a_call_that_fails_says_so(events, engine, result, message):
    bad = Bad("bad", repr(result), ("float64",), result)
    with pytest.raises(CallFailed, match="(?s)bad.*" + message.replace("(", r"\(")):
        hl.compute(call_one(bad, events.MET.pt), engine=engine)


@pytest.mark.parametrize("engine", ["reference", "awkward", "compiled"])
def test_a_missing_weight_is_named_as_it_was_written(collisions, engine):
    muon = collisions.Muon[collisions.Muon.pt > 1e4]
    weight = 2 * hl.call(np.sqrt, muon[0].pt)
    histogram = hl.hist(collisions.MET.pt, 4, 0, 100, weight=weight)
    with pytest.raises(UselessWeight, match=r"sqrt\(Muon_pt.*is missing for") as caught:
        hl.compute(histogram, engine=engine)
    assert "call " not in caught.value.what


def test_a_call_needs_a_column():
    with pytest.raises(LanguageError, match="without a column"):
        call_one(scaled(), 1.0)


def test_lists_of_different_things_do_not_go_into_one_call(events):
    with pytest.raises(hl.HeplineError, match="lists of different things"):
        call_one(scaled(), events.Muon.pt, events.Muon[events.Muon.pt > 20].eta)


def test_many_ranges_are_one_call(tmp_path):
    """Written as a tree of comparisons they took 30 seconds to compile."""
    path = tmp_path / "golden.json"
    path.write_text(str({str(run): [[1, 10], [20, 30]] for run in range(600)}).replace("'", '"'))
    ev = hl.events("nanoaod")
    printed = hl.explain(hl.hist(ev.MET.pt, bins=(2, 0, 200), where=hl.good_luminosity(path)(ev)))
    assert printed.count("good_luminosity(") == 1
    assert len(hl.good_luminosity(path).ranges) == 1200

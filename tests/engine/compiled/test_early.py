"""What is made ahead of the loop over events, against NumPy on the objects of all events."""

import ast
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepline.columns.axes import RegularAxis, VariableAxis
from hepline.columns.elementwise import Cast
from hepline.columns.fill import Fill
from hepline.columns.leaves import Collection, Column, Constant, OptionalColumn
from hepline.columns.lifting import build
from hepline.columns.lists import Combinations, Position, Reduce, Select, Take
from hepline.columns.source import Chunk
from hepline.engine.compiled.compiler import compiled
from hepline.engine.compiled.evaluator import evaluate
from hepline.engine.compiled.lowering import lower

JET, MUON = Collection("Jet"), Collection("Muon")
PT, ETA = Column("Jet_pt", "float32", JET), Column("Jet_eta", "float32", JET)
CHARGE = Column("Muon_charge", "int32", MUON)
MET = Column("MET_pt", "float32", None)
AXIS = RegularAxis("pt", 4, 20.0, 60.0)
EDGES = (20.0, 30.0, 40.0, 50.0, 60.0)
HARD = build("greater", (PT, 30.0))
CENTRAL = build("less", (build("absolute", (ETA,)), 1.0))

lengths = st.lists(st.integers(0, 4), max_size=1300)


def count(mask):
    return Reduce("sum", Cast(mask, "int64"))


def entries(values, weight=None, where=None, axis=AXIS):
    return Fill((axis,), (Cast(values, "float64"),), weight, where)


def chunk_of(jets, muons=None):
    """Events with so many jets each, some of which have no pt that is a number."""
    muons = [len(jets) % 3] * len(jets) if muons is None else muons
    offsets = {
        name: np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))
        for name, counts in (("Jet", jets), ("Muon", muons))
    }
    random = np.random.default_rng(len(jets))
    number, leptons = int(offsets["Jet"][-1]), int(offsets["Muon"][-1])
    pt = random.uniform(10, 70, number).astype(np.float32)
    pt[random.random(number) < 0.1] = np.nan
    contents = {
        "Jet_pt": pt,
        "Jet_eta": random.normal(0, 1, number).astype(np.float32),
        "Muon_charge": random.choice(np.array([-1, 1], np.int32), leptons),
        "MET_pt": random.uniform(0, 80, len(jets)).astype(np.float32),
    }
    return Chunk(len(jets), contents, offsets)


def binned(values, edges=EDGES):
    """Bins with underflow and overflow, then the entries that are not a number and none."""
    values = np.asarray(values, np.float64)
    edges = (-np.inf, *edges, np.inf)
    inside = [
        np.count_nonzero((values >= low) & (values < high))
        for low, high in itertools.pairwise(edges)
    ]
    return [*inside, np.count_nonzero(np.isnan(values)), 0]


def is_ahead(source):
    """Whether there is no loop over the list of an event."""
    loops = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.For)]
    events = [loop for loop in loops if loop.target.id == "event"]
    return all(not isinstance(part, ast.For) for loop in events for part in inside(loop))


def inside(loop):
    return (part for statement in loop.body for part in ast.walk(statement))


def filled(chunk, *fills):
    found, _, _ = evaluate(compiled(lower(fills, [])), chunk)
    return [histogram.counts.tolist() for histogram in found]


@settings(max_examples=30, deadline=None)
@given(lengths)
def test_entries_of_objects_are_made_ahead(jets):
    chunk = chunk_of(jets)
    pt, eta = chunk.contents["Jet_pt"], chunk.contents["Jet_eta"]
    central = Take(PT, Select(CENTRAL), False)
    both = Select(build("greater", (central, 30.0)))
    fills = (
        entries(PT),
        entries(central),
        entries(Take(central, both, False)),
        entries(build("multiply", (PT, 2.0)), axis=VariableAxis("pt", EDGES)),
        entries(CHARGE, axis=RegularAxis("charge", 4, 20.0, 60.0)),
    )
    inside = np.abs(eta) < 1
    expected = [
        binned(pt),
        binned(pt[inside]),
        binned(pt[inside & (pt > 30)]),
        binned(pt * np.float32(2)),
        binned(chunk.contents["Muon_charge"]),
    ]
    assert is_ahead(lower(fills, []).source)
    assert filled(chunk, *fills) == expected


@settings(max_examples=30, deadline=None)
@given(lengths)
def test_objects_that_pass_are_counted_ahead(jets):
    chunk = chunk_of(jets)
    pt, met = chunk.contents["Jet_pt"], chunk.contents["MET_pt"]
    owner = np.repeat(np.arange(len(jets)), jets)
    hard = np.bincount(owner[pt > 30], minlength=len(jets))
    some = np.bincount(owner[np.abs(chunk.contents["Jet_eta"]) < 1], minlength=len(jets)) > 0
    two = build("greater_equal", (count(HARD), 2))
    fills = (
        entries(MET, where=two),
        entries(MET, where=Reduce("any", CENTRAL)),
        entries(count(HARD), axis=RegularAxis("jets", 4, 20.0, 60.0)),
        entries(PT, where=two),
    )
    expected = [
        binned(met[hard >= 2]),
        binned(met[some]),
        binned(hard),
        binned(pt[np.repeat(hard >= 2, jets)]),
    ]
    assert filled(chunk, *fills) == expected


@pytest.mark.parametrize(
    "where",
    [
        pytest.param(build("greater_equal", (count(HARD), 2)), id="count"),
        pytest.param(Reduce("any", build("bitwise_and", (HARD, CENTRAL))), id="any"),
    ],
)
def test_a_cut_on_a_count_needs_no_loop_in_the_event(where):
    assert is_ahead(lower([entries(MET, where=where)], []).source)


@pytest.mark.parametrize(
    "fill",
    [
        pytest.param(entries(PT, weight=MET), id="weights differ"),
        pytest.param(entries(build("multiply", (PT, MET))), id="of the event too"),
        pytest.param(entries(PT, where=build("greater", (MET, 30.0))), id="below a cut"),
        pytest.param(entries(Position(Select(HARD))), id="a place in the event"),
        pytest.param(entries(Take(PT, Combinations(JET, 2, 0), False)), id="pairs"),
        pytest.param(entries(build("log", (PT,))), id="slow"),
        pytest.param(entries(OptionalColumn("Jet_pt", "float32", JET)), id="may be missing"),
        pytest.param(
            entries(MET, where=build("greater", (count(build("greater", (PT, MET))), 1))),
            id="a count that depends on the event",
        ),
    ],
)
def test_what_depends_on_its_event_is_made_there(fill):
    assert not is_ahead(lower([fill], []).source)


def test_a_count_behind_a_cheaper_cut_is_made_for_the_events_that_pass():
    first = build("greater", (MET, 30.0))
    second = build("greater_equal", (count(HARD), 2))
    fill = entries(MET, where=build("bitwise_and", (first, second)))
    assert not is_ahead(lower([fill], []).source)


def test_constant_weights_are_counted_ahead():
    chunk = chunk_of([2, 0, 3, 1])
    fill = entries(PT, weight=Constant(0.5, "float64"))
    assert is_ahead(lower([fill], []).source)
    (found,), _, _ = evaluate(compiled(lower([fill], [])), chunk)
    expected = 0.5 * np.array(binned(chunk.contents["Jet_pt"]))
    assert found.sums().tolist() == expected.tolist()

"""The source of a kernel: costly things behind cuts, nothing twice, whatever columns are called."""

import ast
import os
import subprocess
import sys

import numpy as np
import pytest

import hepline as hl
from hepline.columns.fill import Fill
from hepline.columns.leaves import Collection, Column, Constant
from hepline.columns.lifting import build
from hepline.columns.lists import ArgSort, Combinations, Nest, Reduce, Slice, Take
from hepline.columns.source import Chunk
from hepline.engine import reference
from hepline.engine.compiled.compiler import compiled
from hepline.engine.compiled.evaluator import evaluate
from hepline.engine.compiled.lowering import lower
from hepline.engine.plan import plan


def source_of(collisions, *requests, **options):
    drawn = plan([request.node for request in requests], collisions.origin.schema, **options)
    return lower(drawn.fills, drawn.arrays).source


def statements_around(source, text):
    """Openings of the blocks around the first line that has this text."""
    wanted = next(n for n, line in enumerate(source.splitlines(), 1) if text in line)
    return [
        source.splitlines()[node.lineno - 1].strip()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.If | ast.For) and node.lineno < wanted <= node.end_lineno
    ]


def test_a_kernel_is_python_that_says_what_it_is(collisions):
    source = source_of(collisions, hl.hist(collisions.Jet.combinations(3).mass, bins=(5, 0, 500)))
    module = ast.parse(source)
    assert "hl.explain" in ast.get_docstring(module)
    assert [node.name for node in module.body if isinstance(node, ast.FunctionDef)] == ["kernel"]


def test_cuts_stand_before_combinatorics(collisions):
    jet, met = collisions.Jet, collisions.MET.pt
    top = jet.combinations(3)
    four = hl.count(jet) >= 4
    source = source_of(
        collisions, hl.hist(top.best(top.pt).mass, bins=(5, 0, 500), where=four & (met > 20))
    )
    around = statements_around(source, "for i_1 in range(i_0 + 1")
    cheap = next(place for place, line in enumerate(around) if "in_MET_pt[event] >" in line)
    counted = next(place for place, line in enumerate(around) if ">= 4" in line)
    assert cheap < counted < len(around) - 1
    # Nothing is looked at in events that fail, but lengths.
    assert "in_Jet_pt[" not in source.split("in_MET_pt[event] >")[0].partition("def kernel")[2]


def test_what_two_regions_use_is_written_once(collisions):
    jet, met = collisions.Jet, collisions.MET
    costly = np.exp(hl.sum(jet.pt) / 1000)
    regions = [met.pt > 30, met.phi > 0, met.phi < 1]
    one = source_of(collisions, hl.hist(costly, bins=(5, 0, 9), where=regions[0]))
    many = source_of(collisions, *(hl.hist(costly, bins=(5, 0, 9), where=w) for w in regions))
    assert one.count("math.exp(") == many.count("math.exp(") == 1
    assert one.count("for i_") == many.count("for i_") == 1


def test_a_value_of_one_region_stands_below_its_cut(collisions):
    jet, met = collisions.Jet, collisions.MET
    source = source_of(
        collisions,
        hl.hist(np.exp(met.pt), bins=(5, 0, 9), where=met.phi > 2),
        hl.hist(hl.count(jet), bins=range(9)),
    )
    assert any("in_MET_phi[event] >" in line for line in statements_around(source, "math.exp("))


def test_a_variation_repeats_only_what_it_touches(collisions):
    jes, jet = hl.nuisance("JES", one_sided=True), collisions.Jet
    varied = jet.vary(jes, up={"pt": jet.pt * 1.03})

    def request(jets):
        return hl.hist(jets.combinations(2).mass, bins=(5, 0, 500))

    nominal, both = source_of(collisions, request(jet)), source_of(collisions, request(varied))
    assert both.count("count(out,") == 2 * nominal.count("count(out,") == 2
    for untouched in ("sincos_row(", "sinhcosh_row(", "in_Jet_phi", "for block in"):
        assert both.count(untouched) == nominal.count(untouched) > 0, untouched
    pairs = "range(i_0 + 1,"
    assert both.count(pairs) == nominal.count(pairs) == 1


def test_a_varied_weight_repeats_no_loop(collisions):
    scale, jet = hl.nuisance("scale"), collisions.Jet
    plain = hl.weight(collisions.genWeight)
    varied = plain.vary(scale, up=1.1, down=0.9)

    def request(weight):
        return hl.hist(jet.combinations(2).mass, bins=(5, 0, 500), weight=weight)

    nominal, all_ = source_of(collisions, request(plain)), source_of(collisions, request(varied))
    assert (nominal.count("weigh(out,"), nominal.count("weigh_all(out,")) == (1, 0)
    assert (all_.count("weigh(out,"), all_.count("weigh_all(out,")) == (0, 1)
    for once in ("for i_", "math.sqrt(", "regular("):
        assert all_.count(once) == nominal.count(once) > 0, once


# --- names ---------------------------------------------------------------------------------------

WORDS = [
    "event", "events", "v_0", "class", "for", "True", "in_x", "of_J", "of_block", "made_0", "out",
    "layout", "trouble", "kernel", "count", "np", "math", "float32", "uniform", "c_0", "i_0", "k",
    "block", "block_end", "range", "min", "int64", "there", "found", "row_0", "kept", "n_J", "J",
]  # fmt: skip


def squares_are_right(names):
    columns = [Column(name, "float64", None) for name in names]
    contents = {name: np.arange(3.0) + 10 * place for place, name in enumerate(names)}
    nodes = [build("multiply", (column, column)) for column in columns]
    _, found, _ = evaluate(compiled(lower([], nodes)), Chunk(3, contents, {}))
    for name, array in zip(names, found, strict=True):
        assert array.tolist() == (contents[name] ** 2).tolist(), name


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(WORDS, id="words of kernels"),
        pytest.param(["a.b", "a_b", "a-b", "a b"], id="alike"),
        pytest.param(["a_b_2x", "a.b", "a_b"], id="alike once cleaned"),
        pytest.param(["1st", "", "_", "η", "x'y\"\\n", "{x}"], id="odd letters"),
        pytest.param(["x²", "ﬁ", "fi"], id="letters that Python changes"),
    ],
)
def test_columns_may_be_called_anything(names):
    squares_are_right(names)


@pytest.mark.parametrize(
    "name", ["argmax_0", "argmax_0_0", "argmax_0_of", "row_0", "row_0_there", "kept", "k", "found"]
)
def test_columns_may_be_called_like_values_of_a_loop(name):
    list_, odd = Collection("J"), Column(name, "float64", None)
    pt = Column("J_pt", "float64", list_)
    members = [Take(pt, Combinations(list_, 2, slot), False) for slot in (0, 1)]
    best = Reduce("argmax", build("add", tuple(members)))
    nodes = [build("add", (odd, Take(member, best, False))) for member in members]
    nodes += [build("multiply", (odd, odd)), Take(pt, ArgSort(pt, True), False)]
    contents = {name: np.array([5.5, 6.5, 7.5]), "J_pt": np.array([3.0, 9, 1, 4, 7, 5])}
    chunk = Chunk(3, contents, {"J": np.array([0, 3, 3, 6])})
    _, found, _ = evaluate(compiled(lower([], nodes)), chunk)
    _, expected = reference.evaluate([], nodes, chunk)
    assert [array.tolist() for array in found] == [array.tolist() for array in expected]


# --- one list out of many ------------------------------------------------------------------------

FIRST, SECOND = Collection("A"), Collection("B")
NESTED = Take(Column("B_x", "float64", SECOND), Nest(FIRST, SECOND), False)
LOOSE = Take(NESTED, Constant(0, "int64"), True)


@pytest.mark.parametrize(
    "bounds", [(1, None, None), (None, 2, None), (-2, None, None), (None, None, -1)], ids=str
)
def test_a_slice_of_a_list_taken_out_of_many_is_a_kernel(in_memory, compute, bounds):
    node = Slice(LOOSE, *bounds)
    lower([], [node])
    engines_agree(in_memory, compute, node)
    engines_agree(in_memory, compute, Take(LOOSE, node, False))


def engines_agree(in_memory, compute, node):
    import awkward as ak

    events = in_memory(
        {
            "A_x": ak.Array([[3.0, 9.0], [], [4.0], [1.0, 2.0]]),
            "B_x": ak.Array([[1.0, -2.0], [3.0], [], [6.0, 5.0, 7.0]]),
        }
    )
    (found,) = compute(events, node, engine="compiled")
    (expected,) = compute(events, node, engine="awkward")
    assert found.tolist() == expected.tolist()


def test_numbers_that_numba_does_not_know_fall_back_to_awkward(collisions, compute):
    half = collisions.Jet.pt.astype("float16") * np.float16(0.5)
    requests = [half, hl.hist(half, bins=(5, 0, 50))]
    for one, other in zip(
        compute(collisions, *requests, engine="compiled"),
        compute(collisions, *requests, engine="awkward"),
        strict=True,
    ):
        if hasattr(one, "entries"):
            assert one.entries.tolist() == other.entries.tolist()
        else:
            assert str(one.type) == str(other.type)
            assert repr(one.tolist()) == repr(other.tolist())


# --- order ---------------------------------------------------------------------------------------

WRITE = """
import sys, hepline as hl
from hepline.columns.schema import ColumnSpec, Schema
from hepline.columns.events import Events
from hepline.columns.expression import Origin
from hepline.engine.plan import plan
from hepline.engine.compiled.lowering import lower

fields = ("pt", "eta", "phi", "mass", "btag")
specs = [ColumnSpec(f"{n}_{f}", "float32", n) for n in ("Jet", "Muon") for f in fields]
specs += [ColumnSpec("MET_pt", "float32", None), ColumnSpec("genWeight", "float32", None)]
schema = Schema.from_specs("memory", specs, counters={})
ev = Events(Origin(schema, None))
jet = ev.Jet.vary(hl.nuisance("JES"), up={"pt": ev.Jet.pt * 1.1}, down={"pt": ev.Jet.pt * 0.9})
jet = jet[(jet.pt > 30) & (abs(jet.eta) < 2.4) & (jet.btag > 0.1)]
top, muon = jet.combinations(3), ev.Muon[ev.Muon.pt > 20]
regions = [
    (hl.count(jet) >= 4) & (ev.MET.pt > n) & (hl.count(muon) == 1) & (hl.any(muon.eta > 1))
    for n in (10, 20, 30)
]
weight = hl.weight(ev.genWeight)
requests = [
    hist
    for where in regions
    for hist in (
        hl.hist(top.best(top.pt).mass, bins=(9, 0, 500), where=where, weight=weight),
        hl.hist(hl.sum(jet.pt), bins=(9, 0, 500), where=where, weight=weight),
        hl.hist(jet.nearest(muon).pt, bins=(9, 0, 500), where=where),
    )
]
drawn = plan([r.node for r in requests], schema)
sys.stdout.write(lower(drawn.fills, drawn.arrays).source)
"""


def test_the_source_is_the_same_in_every_process():
    sources = {
        subprocess.run(
            [sys.executable, "-c", WRITE],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(sources) == 1
    assert sources.pop().count("weigh(out,") == 18


def test_fills_without_anything_to_loop_over_are_lowered():
    assert "count(out," in lower([Fill((), (), None, None)], []).source
    assert "pass" in lower([], []).source

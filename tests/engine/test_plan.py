"""Stages keep their promises, and print themselves."""

import ast
from dataclasses import replace

import numpy as np
import pytest

import hepline as hl
from hepline.columns.elementwise import Cast
from hepline.columns.leaves import Constant
from hepline.columns.lists import Combinations, Select
from hepline.columns.nodes import walk
from hepline.engine.compiled.lowering import lower
from hepline.engine.explain import explain
from hepline.engine.plan import STAGES, check, plan
from hepline.engine.transport import pack, unpack
from hepline.errors import LanguageError

EXPLAINED = """\
stage: schedule
reads: MET_pt, Muon_charge, Muon_pt
block 0: all events
    %0  event * float32              Column(MET_pt, float32, None)
    %1  event * float32              Constant(30.0, float32)
    %2  event * bool                 Elementwise(greater, (%0, %1))
    %3  event * var * int64          Collection(Muon)
    %4  event * var * float32        Column(Muon_pt, float32, %3)
    %5  event * var * int32          Column(Muon_charge, int32, %3)
    %6  event * int64                Constant(0, int64)
block 1: events where %2
    %7  event * var * int64          Cast(%5, int64)
    %8  event * var * bool           Elementwise(greater, (%7, %6))
    %9  event * var * int64          Select(%8)
   %10  event * var * float32        Take(%4, %9, False)
   %11  event * var * float64        Cast(%10, float64)
  fill Fill((RegularAxis(label='pt', count=2, low=0.0, high=100.0)), (%11), None, %2)"""


@pytest.fixture
def schema(collisions):
    return collisions.origin.schema


def test_a_small_plan_is_explained(collisions, schema):
    mu = collisions.Muon
    positive = mu[mu.charge > 0].pt
    h = hl.hist(positive, bins=(2, 0, 100), label="pt", where=collisions.MET.pt > 30)
    assert explain([h.node], schema) == EXPLAINED
    for stage in STAGES:
        if stage != "lower":
            assert explain([h.node], schema, stage=stage).startswith(f"stage: {stage}")


def test_the_last_stage_is_explained_by_the_source_of_its_kernel(collisions, schema):
    requests = [hl.hist(collisions.MET.pt, bins=(2, 0, 100)).node, collisions.MET.phi.node]
    source = explain(requests, schema, stage="lower")
    drawn = plan(requests, schema)
    assert source == lower(drawn.fills, drawn.arrays).source
    functions = [n.name for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)]
    assert functions == ["kernel"]


def test_an_unknown_stage_is_refused(collisions, schema):
    with pytest.raises(LanguageError, match="no stage 'shedule'"):
        plan([collisions.MET.pt.node], schema, until="shedule")


def test_symbolic_columns_become_those_of_the_file(collisions, schema):
    ev = hl.events("nanoaod")
    drawn = plan([(ev.Muon.charge + 1).node], schema, until="verify")
    columns = [node for node in walk(drawn.roots) if node.type.dtype == np.dtype("int32")]
    assert [str(node) for node in columns] == ["Muon_charge"]
    assert any(isinstance(node, Cast) for node in walk(drawn.roots))


def test_constants_are_folded_and_neutral_factors_dropped(collisions, schema):
    met = collisions.MET.pt
    two = hl.where(met > 0, 1.0, 1.0)
    drawn = plan([(met * 1.0).node, (met + np.float32(1) * 2).node], schema)
    assert drawn.outputs[0].node is met.node
    assert sum(isinstance(node, Constant) for node in walk(drawn.roots)) == 1
    assert two.type.dtype == np.float64


def test_the_same_thing_in_two_orders_is_computed_once(collisions, schema):
    met = collisions.MET
    drawn = plan([(met.pt + met.phi).node, (met.phi + met.pt).node], schema)
    assert len(drawn.arrays) == 1


def test_the_length_of_a_selection_is_the_sum_of_its_mask(collisions, schema, compute):
    jet = collisions.Jet
    chosen = jet[jet.pt > 40]
    drawn = plan([hl.count(chosen).node], schema)
    assert not any(isinstance(node, Select) for node in walk(drawn.roots))
    found = compute(collisions, hl.count(chosen), hl.sum(jet.pt > 40))
    assert found[0].tolist() == found[1].tolist()


def test_costly_nodes_stand_behind_the_guards_that_need_them(collisions, schema):
    jet, met = collisions.Jet, collisions.MET.pt
    top = jet.combinations(3)
    one, two = met > 50, met > 100
    fills = [
        hl.hist(top.mass, bins=(5, 0, 500), where=one),
        hl.hist(top.best(top.pt).mass, bins=(5, 0, 500), where=two),
        hl.hist(hl.sum(jet.pt), bins=(5, 0, 500), where=two),
    ]
    blocks = plan([h.node for h in fills], schema, until="schedule").blocks[0]
    home = {type(node): block for block in blocks for node in block.nodes}
    assert home[Combinations].guards == (one.node, two.node)
    assert [len(block.fills) for block in blocks] == [0, 0, 1, 2]
    seen = set()
    for block in blocks:
        for node in block.nodes:
            assert node not in seen
            assert set(node.inputs) <= seen
            seen.add(node)


def test_variations_that_do_not_act_on_a_sample_are_pruned(collisions, schema):
    met = collisions.MET.pt
    elsewhere = hl.nuisance("A", one_sided=True, samples=["wjets"])
    nothing = hl.nuisance("B", one_sided=True)
    varied = met.vary(elsewhere, up=met * 2).vary(nothing, up=met * 1.0)
    request = hl.hist(varied, bins=(1, 0, 1)).node
    drawn = plan([request], schema, sample="ttbar")
    assert [output.variation.key for output in drawn.outputs] == [""]
    assert [variation.key for _, variation in drawn.unchanged] == ["b_up"]
    drawn = plan([request], schema, sample="wjets")
    assert [output.variation.key for output in drawn.outputs] == ["", "a_up"]
    assert not plan([request], schema, sample="wjets", systematics=False).unchanged


def test_only_what_is_used_is_read(collisions, compute):
    source = collisions.origin.source
    source.log.clear()
    compute(collisions, hl.hist(collisions.Muon.pt, bins=(1, 0, 1)))
    assert set(source.log) == {("Muon_pt",)}


def test_recipes_survive_the_way_to_another_process(collisions):
    value = collisions.MET.pt
    for _ in range(2000):
        value = np.sqrt(value * value + 1)
    top = collisions.Jet.combinations(3)
    histogram = hl.hist(top.mass, bins=(5, 0, 500), where=value > 2, weight=collisions.genWeight)
    import pickle

    packed = pickle.loads(pickle.dumps(pack([value.node, histogram.node])))  # noqa: S301
    back = unpack(packed)
    assert back[0] is value.node
    assert back[1] is histogram.node


def test_a_stage_that_breaks_a_type_is_caught(collisions, schema):
    request = np.sqrt(collisions.MET.pt + 17.25).node
    drawn = plan([request], schema)
    other = Cast(request, "float64")
    broken = replace(drawn, outputs=(replace(drawn.outputs[0], node=other),))
    with pytest.raises(TypeError, match=r"stage 'fold' left .* float64, not event \* float32"):
        check(broken, "fold", [request])


def test_a_stage_that_leaves_a_variation_is_caught(collisions, schema):
    scale = hl.nuisance("scale", key="left_scale", one_sided=True)
    varied = collisions.MET.pt.vary(scale, up=collisions.MET.pt * 1.1).node
    drawn = plan([varied], schema, until="push")
    check(drawn, "push", [varied])
    with pytest.raises(TypeError, match="stage 'split' left a variation"):
        check(drawn, "split", [varied])

"""The published weight of top-quark pairs, by hand."""

from __future__ import annotations

import math

import awkward as ak
import pytest

import hepline as hl
from hepline.errors import TypeMismatch

LAST = 1 << 13


@pytest.mark.parametrize("engine", ["reference", "awkward", "compiled"])
def test_the_geometric_mean_of_both_tops(in_memory, engine):
    events = [
        # First copies, which do not count; then t and t̄.
        [(6, 0, 70.0), (-6, 0, 60.0), (6, LAST, 100.0), (-6, LAST, 300.0), (5, LAST, 20.0)],
        [(6, LAST, 100.0)],
        [],
        [(-6, LAST, 0.0), (6, LAST, 50.0)],
    ]
    columns = {
        f"GenPart_{name}": ak.values_astype(ak.Array([[p[k] for p in e] for e in events]), dtype)
        for k, (name, dtype) in enumerate((("pdgId", "i4"), ("statusFlags", "i4"), ("pt", "f4")))
    }
    ev = in_memory(columns)
    found = hl.compute(hl.top_pt_weight(ev.GenPart), engine=engine).to_list()
    factor = [math.exp(0.0615 - 0.0005 * pt) for pt in (100.0, 300.0, 0.0, 50.0)]
    expected = [math.sqrt(factor[0] * factor[1]), 1.0, 1.0, math.sqrt(factor[2] * factor[3])]
    assert found == pytest.approx(expected, rel=1e-12)
    other = hl.top_pt_weight(ev.GenPart, intercept=0.2, slope=-0.001)
    assert hl.compute(other, engine=engine)[0] == pytest.approx(1.0, rel=1e-12)


def test_it_takes_the_generator_record(collisions):
    with pytest.raises(TypeMismatch, match=r"ev\.GenPart"):
        hl.top_pt_weight(collisions.MET)

"""Objects that are made in several ways, for eras and for simulation and data."""

from __future__ import annotations

import awkward as ak
import pytest

import hepline as hl
from hepline.columns.eras import in_era
from hepline.columns.expression import Expr
from hepline.columns.vary import variations_of
from hepline.errors import TypeMismatch


def test_fields_that_differ_are_chosen_and_others_shared(collisions):
    jet = collisions.Jet
    scale = hl.nuisance("scale")
    later = hl.rescale(jet.with_fields(pt=jet.pt * 1.5), scale, up=1.1, down=0.9)
    both = hl.by_era({"2016": jet, "2017": later})
    assert both.eta.node is jet.eta.node
    assert [v.key for v in variations_of([both.px.node])] == ["", "scale_up", "scale_down"]
    for era, factor in (("2016", 1.0), ("2017", 1.5)):
        (node,) = in_era([both.px.node], era)
        found, px = hl.compute(Expr(node, jet.origin), jet.px)
        expected = ak.to_numpy(ak.flatten(px)) * factor
        assert ak.to_numpy(ak.flatten(found)) == pytest.approx(expected, rel=1e-6)
    assert hl.by_era({"2016": jet, "2017": jet}) is jet


def test_the_missing_momentum_goes_along(collisions):
    met, jet = collisions.MET, collisions.Jet
    moved = hl.propagate(met, jet, jet.with_fields(pt=jet.pt * 2))
    # Only one of the two has components as fields; both have them.
    found, expected = hl.compute(hl.simulated(moved, met).pt, moved.pt)
    assert ak.to_numpy(found) == pytest.approx(ak.to_numpy(expected), rel=1e-12)


def test_other_objects_are_refused(collisions):
    jet, muon = collisions.Jet, collisions.Muon
    for call in (
        lambda: hl.by_era({"2016": jet, "2017": muon}),
        lambda: hl.simulated(jet, jet.pt),
        lambda: hl.simulated(1.0, jet),
    ):
        with pytest.raises(TypeMismatch, match="the same objects"):
            call()
    with pytest.raises(TypeMismatch, match="have no 'weight'"):
        hl.simulated(jet.with_fields(weight=1.0), jet)

"""The cutflow before the last cut: only the factor that needs an object is left out."""

import numpy as np
import pytest

import hepline as hl

ev = hl.events("nanoaod")
JETS, GENERATOR = [[50], [], [30], [], [40]], [2.0, 3.0, -1.0, 0.5, 1.0]


def scale_factors():
    missing = 1 + ev.Jet[0].pt / 100  # no jet, no value
    undefined = hl.sum(ev.Jet.pt) / hl.count(ev.Jet) / 40  # 0 / 0
    return {"missing": missing, "undefined": undefined}


@pytest.mark.parametrize("kind", ["missing", "undefined"])
@pytest.mark.parametrize("engine", ["reference", "awkward", "compiled"])
def test_only_the_missing_factor_is_left_out(write_events, listing, kind, engine):
    write_events("a.root", JETS, weights=GENERATOR)
    made = hl.Analysis(
        "toy", luminosity=5.0, weight=hl.weight(ev.genWeight) * scale_factors()[kind]
    )
    made.sample("sig", cross_section=1.0)
    made.region("SR", where={"a jet": hl.count(ev.Jet) >= 1},
                observable=hl.axis(hl.sum(ev.Jet.pt), 4, 0, 200))  # fmt: skip
    files = {"sig": {"nominal": [{"path": "a.root", "sumw": 5.5}]}}
    result = made.run(listing(files), engine=engine)
    lead = np.array([event[0] if event else 0 for event in JETS])
    factor = 1 + lead / 100 if kind == "missing" else np.where(lead > 0, lead / 40, 1)
    weights, scale = np.array(GENERATOR) * factor, 5 / 5.5
    (flow,) = result.cutflow
    assert [step.events for step in flow.steps] == pytest.approx(
        [weights.sum() * scale, weights[lead > 0].sum() * scale]
    )
    assert [(step.entries, step.incomplete) for step in flow.steps] == [(5, 2), (3, 0)]
    (text,) = [n.text for n in result.notices if n.kind == "cutflow weight"]
    assert text.startswith("before the last cut, 2 of 5 events of sig ('all events')")


def test_a_weight_that_every_event_has_is_not_noticed(write_events, listing):
    write_events("a.root", JETS, weights=GENERATOR)
    made = hl.Analysis("toy", luminosity=5.0, weight=hl.weight(ev.genWeight))
    made.sample("sig", cross_section=1.0)
    made.region("SR", where=hl.count(ev.Jet) >= 1, observable=hl.axis(ev.Jet[0].pt, 4, 0, 200))
    result = made.run(listing({"sig": {"nominal": [{"path": "a.root", "sumw": 5.5}]}}))
    assert not [n for n in result.notices if n.kind == "cutflow weight"]
    assert result.cutflow[0].steps[0].events == pytest.approx(5.0)

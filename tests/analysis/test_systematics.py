import math

import hepline as hl
from hepline.analysis.systematics import systematics_of

ev = hl.events("nanoaod")


def make(**settings):
    scale = hl.nuisance("scale", **settings)
    made = hl.Analysis("toy", weight=hl.weight(1.0).vary(scale, up=1.1, down=0.9))
    for era in ("16", "17"):
        made.era(era, luminosity=1.0)
    for name in ("sig", "TT"):
        made.sample(name, normalization="mu" if name == "sig" else None)
    axis = hl.axis(ev.MET.pt, 2, 0, 100)
    made.region("SR", where=ev.HLT.a, observable=axis)
    made.region("SS", where=ev.HLT.b, observable=axis, fit=False)
    made.estimate("QCD", data="SS", subtract=["TT"])
    return made


def reached(made, region):
    return {
        systematic.name: {process for place, process in systematic.reach if place == region}
        for systematic in systematics_of(made)
        if any(place == region for place, _ in systematic.reach)
    }


def test_data_of_an_estimate_do_not_vary():
    assert reached(make(), "SR_16") == {"scale": {"sig", "TT", "QCD_less_TT"}}


def test_what_is_subtracted_has_the_parameter_of_its_sample_and_region():
    apart = reached(make(apart="sample"), "SR_16")
    assert apart == {"scale sig": {"sig"}, "scale TT": {"TT", "QCD_less_TT"}}
    apart = reached(make(apart="region"), "SR_16")
    assert apart == {"scale SR": {"sig", "TT"}, "scale SS": {"QCD_less_TT"}}


def test_variances_of_partly_correlated_parameters_add_up():
    shares = {s.name: s.share for s in systematics_of(make(correlation=0.36))}
    assert shares == {"scale": 0.6, "scale 16": 0.8, "scale 17": 0.8}
    assert math.hypot(shares["scale"], shares["scale 16"]) == 1.0

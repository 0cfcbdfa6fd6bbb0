"""Parameters of the fit that would act twice, or mean two things, are refused without events."""

from __future__ import annotations

import pytest

import hepline as hl
from hepline.analysis.checks import check_definition
from hepline.errors import AnalysisError

ev = hl.events("nanoaod")
AXIS = hl.axis(ev.MET.pt, 2, 0, 100)


def make(*, weight=None, top=None, eras=(), **estimate):
    made = hl.Analysis("toy", luminosity=None if eras else 1.0, weight=weight, poi="mu")
    for era in eras:
        made.era(era, luminosity=1.0)
    made.sample("sig", cross_section=1.0, normalization="mu")
    made.sample("TT", cross_section=1.0, normalization=top)
    made.data()
    made.region("SR", where=~ev.HLT.same, observable=AXIS)
    made.region("SS", where=ev.HLT.same, observable=AXIS, fit=False)
    made.estimate("QCD", data="SS", subtract=["TT"], **estimate)
    return made


def test_a_rate_acts_once_on_a_sample():
    made = make()
    made.normalization("xs", 0.05, samples=["TT"])
    made.normalization("xs", 0.10, samples=["sig"])
    check_definition(made)
    made.normalization("xs", 0.10, samples=["TT"])
    with pytest.raises(AnalysisError, match="'xs' acts twice on TT in region 'SR'"):
        check_definition(made)


def test_a_rate_of_an_estimate_is_not_that_of_what_it_subtracts():
    made = make()
    made.normalization("xs", 0.05, samples=["TT", "QCD"])
    with pytest.raises(AnalysisError, match="'xs' acts twice on TT in QCD in region 'SR'"):
        check_definition(made)


def test_what_is_subtracted_is_not_scaled_with_a_square():
    made = make(top="k", normalization="k")
    with pytest.raises(AnalysisError, match="'k' scales the estimate 'QCD', and 'TT'"):
        check_definition(made)
    check_definition(make(top="k", normalization="l"))


def test_a_free_parameter_has_one_pair_of_bounds():
    made = make()
    made.normalization("mu", bounds=(0, 3), samples=["TT"])
    with pytest.raises(AnalysisError, match=r"bounded by \(0.0, 10.0\) and by \(0.0, 3.0\)"):
        check_definition(made)


@pytest.mark.parametrize("settings", [{"apart": "era"}, {"correlation": 0.5}])
def test_names_of_derived_parameters_are_not_taken(settings):
    scale, other = hl.nuisance("scale", **settings), hl.nuisance("scale 2017", key="other")
    weight = hl.weight(1.0).vary(scale, up=1.1, down=0.9)
    check_definition(make(weight=weight, eras=("2016", "2017")))
    with pytest.raises(AnalysisError, match="two parameters of the fit are named 'scale 2017'"):
        check_definition(make(weight=weight.vary(other, up=1.1, down=0.9), eras=("2016", "2017")))
    made = make(weight=weight, eras=("2016", "2017"))
    made.normalization("scale 2017", 0.1, samples=["TT"])
    with pytest.raises(AnalysisError, match="two parameters of the fit are named 'scale 2017'"):
        check_definition(made)
    with pytest.raises(AnalysisError, match="'scale' is not the same in all eras"):
        check_definition(make(weight=weight))


def test_a_nuisance_of_every_era_has_no_correlation_between_them():
    with pytest.raises(AnalysisError, match="the two contradict each other"):
        hl.nuisance("scale", apart="era", correlation=0.5)

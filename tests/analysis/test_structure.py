import pytest

import hepline as hl
from hepline.analysis.structure import check_structure, unestimated_nuisances
from hepline.errors import AnalysisError

ev = hl.events("nanoaod")
AXIS = hl.axis(ev.MET.pt, 2, 0, 100)


def make(*, fit=True, **settings):
    weight = hl.weight(1.0).vary(hl.nuisance("id", **settings), up=1.1, down=0.9)
    made = hl.Analysis("toy", luminosity=1.0, weight=weight)
    for name in ("sig", "TT"):
        made.sample(name, normalization="mu" if name == "sig" else None)
    made.region("SR", where=ev.HLT.a, observable=AXIS, fit=fit)
    made.region("SS", where=ev.HLT.b, observable=AXIS, fit=False)
    made.estimate("QCD", data="SS", subtract=["TT"], regions=["SR"])
    return made


def test_something_is_fitted():
    check_structure(make())
    with pytest.raises(AnalysisError, match="no region of 'toy' is fitted"):
        check_structure(make(fit=False))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"regions": ["XR"]}, "acts on the region 'XR'"),
        ({"regions": []}, "acts on no region"),
        ({"eras": ["2017"]}, "acts on the era '2017'"),
        ({"correlation": 0.5}, "is not the same in all eras"),
        ({"apart": "era"}, "is not the same in all eras"),
    ],
)
def test_places_of_nuisances_exist(settings, words):
    with pytest.raises(AnalysisError, match=words):
        check_structure(make(**settings))


def test_places_of_normalizations_exist():
    made = make()
    made.normalization("xs", 0.1, samples=["WW"])
    with pytest.raises(AnalysisError, match="acts on the sample or estimate 'WW'"):
        check_structure(made)


def test_what_misses_an_estimate_is_noted():
    assert unestimated_nuisances(make()) == []
    assert unestimated_nuisances(make(regions=["SR", "SS"])) == []
    assert unestimated_nuisances(make(regions=["SR"], samples=["sig"])) == []
    (notice,) = unestimated_nuisances(make(regions=["SR"]))
    assert "'id' acts on TT in SR, but not in SS" in notice.text

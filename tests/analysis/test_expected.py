import pytest

import hepline as hl
from hepline.analysis.expected import processes_of, source_region
from hepline.errors import AnalysisError

ev = hl.events("nanoaod")
AXIS = hl.axis(ev.MET.pt, 2, 0, 100)


def make(**estimate):
    made = hl.Analysis("toy", luminosity=1.0, poi="mu")
    made.sample("sig", normalization="mu")
    made.sample("TT", normalization="k", uncertainty=0.06)
    made.region("SR", where=ev.HLT.a, observable=AXIS)
    made.region("SS", where=ev.HLT.b, observable=AXIS, fit=False)
    made.estimate("QCD", subtract=["TT"], **{"data": "SS", **estimate})
    return made


def test_the_parts_of_an_estimate_have_the_parameters_of_both():
    made = make(normalization="q", uncertainty=0.1)
    found = {
        process.name: (dict(process.free).keys(), [rate.name for rate in process.rates])
        for process in processes_of(made, made.regions["SR"])
    }
    assert found == {
        "sig": ({"mu"}, []),
        "TT": ({"k"}, ["TT rate"]),
        "QCD": ({"q"}, ["QCD rate"]),
        "QCD_less_TT": ({"k", "q"}, ["TT rate", "QCD rate"]),
    }
    names = [process.name for process in processes_of(made, made.regions["SS"])]
    assert names == ["sig", "TT"]


def test_the_region_of_the_data_is_of_the_same_era():
    made = make()
    estimate = made.estimates["QCD"]
    assert source_region(made, estimate, made.regions["SR"]) is made.regions["SS"]
    assert source_region(made, estimate, made.regions["SS"]) is None
    missing = make(data="XX")
    with pytest.raises(AnalysisError, match="there is no region 'XX'"):
        source_region(missing, missing.estimates["QCD"], missing.regions["SR"])

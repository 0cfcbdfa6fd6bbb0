import numpy as np

import hepline as hl
from hepline.share.grouping import grouped
from hepline.stats.results import ChannelPrediction

ev = hl.events("nanoaod")


def test_the_parts_of_an_estimate_are_shown_as_one():
    made = hl.Analysis("toy", luminosity=1.0)
    made.sample("TT", cross_section=1.0, normalization="mu")
    made.data()
    for name in ("SR", "SS"):
        made.region(name, where=ev.HLT[name], observable=hl.axis(ev.MET.pt, 2, 0, 10))
    made.estimate("QCD", data="SS", subtract=["TT"], regions=["SR"])
    counts = {"TT": [1.0, 2.0], "QCD": [5.0, 7.0], "QCD_less_TT": [-1.0, -3.0]}
    samples = tuple((name, np.array(events)) for name, events in counts.items())
    one = np.ones(2)
    (joined,) = grouped(made, [ChannelPrediction("SR", samples, one, one, 1.0, one)])
    shown = {name: events.tolist() for name, events in joined.samples}
    assert shown == {"TT": [1.0, 2.0], "QCD": [4.0, 4.0]}

import hist
import pytest

import hepline as hl
from hepline.analysis.collect import empty_templates
from hepline.analysis.templates import Templates

ev = hl.events("nanoaod")


def empty():
    return hist.Hist(hist.axis.Regular(1, 0, 1), storage=hist.storage.Weight())


@pytest.mark.parametrize(("fit", "named"), [(True, "SR_0jet_sig"), (False, "")])
def test_a_region_named_as_another_with_more_is_told_apart(fit, named):
    made = hl.Analysis("toy", luminosity=1.0)
    made.sample("sig", normalization="mu")
    for name, fitted in (("SR", True), ("SR_0jet", fit)):
        made.region(name, where=ev.HLT[name], observable=hl.axis(ev.MET.pt, 1, 0, 1), fit=fitted)
    full = empty()
    full.fill([0.5])
    templates = Templates({"SR_sig": full, "SR_0jet_sig": empty()})
    notices = empty_templates(made, templates)
    assert [named in notice.text for notice in notices] == ([True] if named else [])

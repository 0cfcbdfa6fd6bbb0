"""A keyword that nobody knows ends in an error that offers the nearest one."""

import pytest

import hepline as hl
from hepline.errors import LanguageError

ev = hl.events("nanoaod")
SPEC = {
    "channels": [
        {
            "name": "SR",
            "samples": [
                {
                    "name": "signal",
                    "data": [5.0],
                    "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
                }
            ],
        }
    ],
    "observations": [{"name": "SR", "data": [5.0]}],
    "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
    "version": "1.0.0",
}
MODEL = hl.Model(SPEC)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: hl.Analysis("a", luminosty=3.0), "Analysis() takes no 'luminosty='"),
        (lambda: hl.Analysis("a", luminosity=1.0).sample("s", cross_sections=1.0), "sample()"),
        (lambda: hl.hist(ev.MET.pt, bins=(2, 0, 1), weigth=1), "hist() takes no 'weigth='"),
        (lambda: hl.axis(ev.MET.pt, 2, 0, 1, lable="x"), "axis() takes no 'lable='"),
        (lambda: hl.nuisance("x", onesided=True), "nuisance() takes no 'onesided='"),
        (lambda: hl.compute(ev.MET.pt, sorce=None), "compute() takes no 'sorce='"),
        (lambda: hl.alternative("x", onesided=True), "alternative() takes no 'onesided='"),
        (lambda: hl.open("x.root", tre="Events"), "open() takes no 'tre='"),
        (lambda: hl.events(convntion="plain"), "events() takes no 'convntion='"),
        (lambda: hl.generate("ttbar", event=1), "generate() takes no 'event='"),
        (lambda: hl.normal(ev.Jet, stream="a", sigm=1), "normal() takes no 'sigm='"),
        (lambda: hl.call(abs, ev.MET.pt, return_="bool"), "call() takes no 'return_='"),
        (lambda: hl.lookup(ev.MET.pt, [0, 1], [1], outsid=0), "lookup() takes no 'outsid='"),
        (lambda: hl.sort(ev.Jet.pt, ascending=True), "sort() takes no 'ascending='"),
        (lambda: ev.Jet.sort(ev.Jet.pt, ascending=True), "sort() takes no 'ascending='"),
        (lambda: ev.Jet.match(ev.Muon, witin=0.1), "match() takes no 'witin='"),
        (lambda: MODEL.fit(fixd={}), "Model.fit() takes no 'fixd='"),
        (lambda: MODEL.limit(toy=10), "Model.limit() takes no 'toy='"),
        (lambda: hl.Model(SPEC, patch=[]), "Model() takes no 'patch='"),
    ],
)
def test_unknown_keyword_offers_the_nearest(call, named):
    with pytest.raises(LanguageError) as caught:
        call()
    assert named in caught.value.what
    assert "did you mean" in caught.value.fix
    assert "test_keywords.py" in caught.value.asked_at

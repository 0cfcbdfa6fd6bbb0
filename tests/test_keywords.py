"""A keyword that nobody knows ends in an error that offers the nearest one."""

import pytest

import hepline as hl
from hepline.errors import LanguageError

ev = hl.events("nanoaod")


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
    ],
)
def test_unknown_keyword_offers_the_nearest(call, named):
    with pytest.raises(LanguageError) as caught:
        call()
    assert named in caught.value.what
    assert "did you mean" in caught.value.fix
    assert "test_keywords.py" in caught.value.asked_at

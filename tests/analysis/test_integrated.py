import pytest

import hepline as hl
from hepline.analysis.integrated import with_luminosity
from hepline.analysis.samples import samples_of
from hepline.errors import AnalysisError, DataError


def make(eras=(), **settings):
    made = hl.Analysis("toy", **settings)
    for name, luminosity in eras:
        made.era(name, luminosity=luminosity)
    made.data(files=["mu", "e"])
    return made


def listed(mu=None, e=None):
    numbers = {"mu": mu, "e": e}
    return samples_of(
        {
            name: {"files": ["a.root"], **({} if number is None else {"luminosity": number})}
            for name, number in numbers.items()
        }
    )


def test_the_list_of_files_gives_what_the_analysis_leaves_out():
    made = make()
    assert with_luminosity(made, {"": listed(mu=5)}).luminosity == 5.0
    assert made.declared_luminosity is None, "the declaration stays as it was"
    eras = make(eras=[("16", 3.0), ("17", None)])
    known = with_luminosity(eras, {"16": listed(), "17": listed(e=4)})
    assert (known.luminosity_of("16"), known.luminosity_of("17"), known.luminosity) == (3, 4, 7)


def test_all_that_say_it_agree():
    with pytest.raises(DataError, match="is 5 and 6/pb"):
        with_luminosity(make(), {"": listed(5, 6)})
    with pytest.raises(DataError, match="of the era '16' is 3 and 5/pb"):
        with_luminosity(make(eras=[("16", 3.0)]), {"16": listed(5)})
    with pytest.raises(AnalysisError, match="the luminosity of the era '16' is not given"):
        with_luminosity(make(eras=[("16", None)]), {"16": listed()})

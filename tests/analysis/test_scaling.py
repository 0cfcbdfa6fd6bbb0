import pytest

import hepline as hl
from hepline.analysis.samples import samples_of
from hepline.analysis.scaling import check_cross_sections, cross_sections
from hepline.errors import DataError


def listed(**numbers):
    return samples_of({"W": {"files": ["a.root"], **numbers}})


def make(**settings):
    made = hl.Analysis("toy", luminosity=1.0)
    made.sample("W", **settings)
    return made


def test_a_cross_section_is_given_once():
    check_cross_sections(make(cross_section=3), {"": listed()})
    check_cross_sections(make(), {"": listed(cross_section=3)})
    check_cross_sections(make(cross_section=3), {"": listed(cross_section=3)})
    with pytest.raises(DataError, match="the cross-section of 'W' is not given"):
        check_cross_sections(make(), {"": listed()})
    with pytest.raises(DataError, match="is 3 pb in the analysis and 4 pb in the list"):
        check_cross_sections(make(cross_section=3), {"": listed(cross_section=4)})


def test_cross_sections_are_those_before_the_filter_and_of_all_eras():
    filtered = listed(cross_section=3, filter_efficiency=0.5)
    assert cross_sections(make(), {"": filtered}) == {"W": 3.0}
    assert cross_sections(make(), {"16": filtered, "17": listed(cross_section=4)}) == {}
    assert cross_sections(make(cross_section=3), {"": {}}) == {}

import pytest

import hepline as hl
from hepline.analysis.grid import points_of
from hepline.errors import AnalysisError


def test_a_point_is_a_sample_with_a_name_for_histograms():
    points = list(points_of("Z", {"mass": [600, 1.5], "width": [-1, 1e6]}))
    assert [point.sample for point in points] == ["Z_600_m1", "Z_1p5_1e06"]
    assert points[1].values == (("mass", 1.5), ("width", 1e6))
    assert points[1].spelled("Z' ({mass} GeV)") == "Z' (1.5 GeV)"
    assert points[0].of({(600, -1): 3.0}) == 3.0


@pytest.mark.parametrize("parameters", [{}, {"mass": []}, {"mass": [1, 2], "width": [1]}])
def test_every_point_has_every_parameter(parameters):
    with pytest.raises(AnalysisError, match="the grid of signal 'Z'"):
        list(points_of("Z", parameters))


def test_points_have_names_of_their_own():
    """1.0000001 and 1 are spelled alike."""
    made = hl.Analysis("toy", luminosity=1.0)
    with pytest.raises(AnalysisError, match="'Z_1' is declared twice"):
        made.signal("Z", mass=[1, 1.0000001])


def test_a_cross_section_is_given_for_every_point():
    (point,) = points_of("Z", {"mass": [600]})
    assert point.of(2.0) == point.of({600: 2.0}) == 2.0
    with pytest.raises(AnalysisError, match="cross_section of 'Z_600' is not given"):
        point.of({700: 2.0})

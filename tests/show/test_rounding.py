import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepline.show import rounding


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        # The two examples of the PDG's own text, then its third case.
        (0.827, 0.119, "0.83 ± 0.12"),
        (0.827, 0.367, "0.8 ± 0.4"),
        (14.674, 0.964, "14.7 ± 1.0"),
        (0.9603, 0.1041, "0.96 ± 0.10"),
        (0.9535, 0.0893, "0.95 ± 0.09"),
        (-0.0004, 0.02, "0.000 ± 0.020"),
        (-1.5, 0.3, "−1.50 ± 0.30"),
        (123456.0, 2345.0, "123500 ± 2300"),
        (1.0, 0.0, "1 ± 0"),
    ],
)
def test_values_are_rounded_by_the_rule_of_the_particle_data_group(value, error, text):
    assert rounding.measured(value, error) == text


def test_an_error_that_is_not_a_number_is_shown_as_such():
    assert rounding.measured(0.9, math.nan) == "0.9 ± nan"


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e5))
def test_rounding_moves_a_value_by_less_than_its_error(value, error):
    shown_value, shown_error = (
        float(text.replace("−", "-")) for text in rounding.rounded_pair(value, error)
    )
    assert abs(shown_value - value) <= 0.15 * error
    assert abs(shown_error - error) <= 0.15 * error


def test_thousands_are_apart_and_minus_is_a_minus():
    assert rounding.count(1234567) == "1\u202f234\u202f567"
    assert rounding.events(-999.94) == "−999.9"
    assert rounding.events(23450.3) == "23\u202f450"
    assert rounding.events_pair(23450.3, 208.14) == "23\u202f450 ± 208"
    assert rounding.events_pair(8.17, 0.379) == "8.2 ± 0.4"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0341, "34 ms"),
        (0.9999, "1.0 s"),
        (2.34, "2.3 s"),
        (99.97, "1 min 40 s"),
        (245, "4 min 05 s"),
        (4325, "1 h 12 min"),
    ],
)
def test_durations_are_written_in_the_unit_that_suits_them(seconds, text):
    assert rounding.duration(seconds) == text


@pytest.mark.parametrize(
    ("octets", "text"), [(12, "12 B"), (2_345_678_901, "2.35 GB"), (1.78e12, "1.78 TB")]
)
def test_sizes_have_decimal_prefixes(octets, text):
    assert rounding.size(octets) == text

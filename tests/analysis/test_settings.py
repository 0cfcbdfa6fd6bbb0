"""Settings that an analysis refuses before anything is declared."""

import math

import numpy as np
import pytest

import hepline as hl
from hepline.analysis.settings import check_luminosity, checked_phrase, is_finite


@pytest.mark.parametrize("luminosity", [0.0, -1.0, math.inf, math.nan, "3378", None])
def test_a_luminosity_is_a_positive_number(luminosity):
    with pytest.raises(hl.HeplineError, match="luminosity="):
        check_luminosity(luminosity, 0.0, "lumi")


@pytest.mark.parametrize("uncertainty", [-0.1, 1.0, 3.0, math.nan])
def test_its_uncertainty_is_relative(uncertainty):
    with pytest.raises(hl.HeplineError, match="luminosity_uncertainty="):
        check_luminosity(1.0, uncertainty, "lumi")


@pytest.mark.parametrize("modifier", ["lumi", "normsys"])
@pytest.mark.parametrize("uncertainty", [0.0, 0.025, np.nextafter(1.0, 0.0)])
def test_sound_settings_pass(uncertainty, modifier):
    check_luminosity(np.float32(3378), uncertainty, modifier)


def test_other_modifiers_are_refused():
    with pytest.raises(hl.HeplineError, match="luminosity_modifier='histosys'"):
        check_luminosity(1.0, 0.0, "histosys")


@pytest.mark.parametrize("phrase", [1, b"seven geese", ["seven", "geese"]])
def test_a_phrase_is_text(phrase):
    with pytest.raises(hl.HeplineError):
        checked_phrase(phrase)


def test_a_phrase_is_taken_as_it_is():
    assert checked_phrase("seven geese") == "seven geese"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, True), (np.float64(2), True), (math.inf, False), (math.nan, False), ("1", False)],
)
def test_is_finite(value, expected):
    assert is_finite(value) is expected

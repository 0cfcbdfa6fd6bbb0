"""Data-taking eras."""

from __future__ import annotations

import pytest

from hepline.data.generator.eras import DEFAULT_ERA, ERAS, era_named
from hepline.errors import GeneratorError


def test_energies_are_those_of_the_lhc() -> None:
    energies = {"2012": 8.0, "2015": 13.0, "2016": 13.0, "2017": 13.0}
    assert {name: era.energy for name, era in ERAS.items()} == energies


def test_only_the_first_era_lacks_pile_up() -> None:
    assert [name for name, era in ERAS.items() if not era.full] == [DEFAULT_ERA]


def test_unknown_era_is_refused() -> None:
    with pytest.raises(GeneratorError, match="no era '2018'") as caught:
        era_named("2018")
    assert "2016" in caught.value.why

"""Trigger turn-on."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.stats import norm

from hepline.data.generator.objects import Objects
from hepline.data.generator.randomness import Streams
from hepline.data.generator.trigger import MENUS, trigger_bits, turn_on


def test_turn_on_is_a_normal_distribution_function() -> None:
    pt = np.linspace(15, 40, 26)
    expected = 0.9 * norm.cdf(pt, loc=24, scale=0.48)
    found = turn_on(pt, 24.0, plateau=0.9, resolution=0.02)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_half_of_the_plateau_at_the_threshold() -> None:
    found = turn_on(np.array([24.0]), 24.0, plateau=0.9, resolution=0.02)
    assert found[0] == pytest.approx(0.45)


_EVENTS = 20_000


def _muons(pt: float, isolation: float = 0.0) -> Objects:
    """Two muons in each event."""
    event = np.repeat(np.arange(_EVENTS), 2)
    size = len(event)
    columns = {
        "pt": np.full(size, pt),
        "eta": np.zeros(size),
        "tightId": np.ones(size, dtype=bool),
        "pfRelIso04_all": np.full(size, isolation),
    }
    return Objects(event, columns)


def _fired(era: str, muons: Objects) -> dict[str, int]:
    none = np.empty(0)
    electrons = Objects(np.empty(0, np.int64), {"pt": none, "cutBased": none})
    flags = np.empty(0, dtype=bool)
    taus = Objects(np.empty(0, np.int64), {"pt": none, "idIsoLoose": flags})
    bits = trigger_bits(
        muons,
        electrons,
        taus,
        events=_EVENTS,
        paths=MENUS[era],
        streams=Streams(1, "trigger", 0),
    )
    return {name: int(np.count_nonzero(fired)) for name, fired in bits.items()}


def test_two_muons_fire_as_often_as_their_plateaus_tell() -> None:
    fired = _fired("2016", _muons(100.0))
    for name, expected in {
        "HLT_IsoMu24": 1 - 0.1**2,
        "HLT_Mu50": 1 - 0.1**2,
        "HLT_Mu17_TrkIsoVVL_Mu8_TrkIsoVVL": 0.95**2,
        "HLT_Ele27_WPTight_Gsf": 0.0,
    }.items():
        assert stats.binomtest(fired[name], _EVENTS, expected).pvalue > 1e-3, name


def test_thresholds_and_isolation_are_those_of_the_menu() -> None:
    soft, not_isolated = _fired("2017", _muons(25.0)), _fired("2017", _muons(60.0, 0.5))
    assert soft["HLT_IsoMu27"] < 0.001 * _EVENTS
    assert soft["HLT_Mu50"] == not_isolated["HLT_IsoMu27"] == 0
    assert not_isolated["HLT_Mu50"] > 0.98 * _EVENTS


def test_every_era_has_names_of_its_own() -> None:
    menus = {era: [path.name for path in paths] for era, paths in MENUS.items()}
    assert "IsoMu17_eta2p1_LooseIsoPFTau20" in menus["2012"]
    assert "IsoMu24" in menus["2016"]
    assert "IsoMu27" in menus["2017"]
    assert all(len(set(names)) == len(names) for names in menus.values())

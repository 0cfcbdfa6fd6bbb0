"""Processes of the measurement of H → ττ with a muon and a hadronic tau, at 8 TeV.

Of all decays those with a muon and a hadronic tau are generated, and of them only the events
in which both can be seen are kept. A jet is taken for a tau with a fixed probability, where the
hard process has one; such events are generated on condition that it happens (see `fakes`).
Constants were measured by ``bench/generator_ratios.py``.
"""

from __future__ import annotations

from hepline.data.generator.process import Fakes, Leptons, Part, Process, single_part

__all__ = ["TAU_PROCESSES"]

_ENERGY = 8.0
# Branching fractions in Pythia's table of decays; PDG 2024: 17.39 % and 64.8 %.
TO_MUON, TO_HADRONS = 0.17311, 0.64961
_BOTH = TO_MUON * TO_HADRONS
# That a jet of the hard process is taken for a tau: see `fakes` for what passes tight isolation.
FAKE = 0.02

_HIGGS = ("25:m0 = 125.", "25:onMode = off", "25:onIfMatch = 15 15")
_GLUONS = ("HiggsSM:gg2H = on", *_HIGGS)
_BOSONS = ("HiggsSM:ff2Hff(t:ZZ) = on", "HiggsSM:ff2Hff(t:WW) = on", *_HIGGS)
_Z = ("23:onMode = off", "23:mMin = 50.")
_DRELL_YAN = ("WeakSingleBoson:ffbar2gmZ = on", *_Z)
_TOPS = ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on", "SpaceShower:pTdampMatch = 1")
_HADRONIC = "211 321 323"  # every hadronic decay of the tau has one of these
# Initial-state radiation adds to these momenta or takes from them. None of the 2607 selected events
# behind the cuts of `visible` lay below.
_NEAR: dict[str, float] = {"min_pt": 12.0, "max_eta": 3.0}

# (τ⁻ decays to a muon and τ⁺ to hadrons), and the other way round.
_DECAYS = tuple(
    ("15:onMode = off", f"15:{muon}IfAny = 13", f"15:{hadron}IfAny = {_HADRONIC}")
    for muon, hadron in (("onPos", "onNeg"), ("onNeg", "onPos"))
)


def _tau_pair(settings: tuple[str, ...], share: float) -> tuple[Part, ...]:
    both = Leptons(((15,), (-15,)), **_NEAR)
    return tuple(
        Part((*settings, *decays), share, leptons=both, visible=True, probability=_BOTH)
        for decays in _DECAYS
    )


def _one_muon(*settings: str, share: float = 1.0) -> Part:
    muon = Leptons(((13, -13),), **_NEAR)
    return Part(settings, share, leptons=muon, fakes=Fakes(), visible=True, probability=FAKE)


def _top_parts() -> tuple[Part, ...]:
    settings = (*_TOPS, "24:onMode = off", "24:onIfAny = 13 15")
    parts = []
    for sign, decays in zip((1, -1), _DECAYS, strict=True):
        # The tau that goes to hadrons, with a muon from a W or with a tau that goes to a muon.
        for lepton, decay in ((13, 1.0), (15, TO_MUON)):
            wanted = Leptons(((-15 * sign,), (lepton * sign,)), **_NEAR)
            part = Part(
                (*settings, *decays),
                decay / (2.0 * (1.0 + TO_MUON)),
                leptons=wanted,
                visible=True,
                probability=TO_HADRONS * decay,
            )
            parts.append(part)
    return tuple(parts)


_SEEN = " Of these, events with a muon and a hadronic tau that can be seen: one stands for {:.4g}."

# Ratios: 200 000 to 400 000 events each, ± 0.2 %; cross-sections: Pythia's, leading order.
_GGH, _GGH_RATIO = 0.681, 5.157
_QQH, _QQH_RATIO = 0.0934, 4.924
_DY, _DY_RATIO, _DY_FAKES = 2621.0, 20.52, 0.0271
_W, _W_RATIO = 26910.0, 960.0
_TT, _TT_RATIO = 159.4, 65.08
# Chosen, not derived: it makes multijets about a tenth of what is selected.
_MULTIJET = 60.0
_PAIRS_OF_JETS = 4.17e7  # pb, with pTHat > 30 GeV and both partons in |η| < 2.4

TAU_PROCESSES = (
    single_part(
        "ggH_tautau",
        "gg → H → ττ, 125 GeV, leading order. Tau spins are not correlated.",
        *_GLUONS,
        cross_section_pb=_GGH,
        energy=_ENERGY,
    ),
    single_part(
        "qqH_tautau",
        "qq → Hqq → ττqq by vector-boson fusion, 125 GeV. Tau spins are not correlated.",
        *_BOSONS,
        cross_section_pb=_QQH,
        energy=_ENERGY,
    ),
    single_part(
        "drellyan_ll",
        "γ*/Z → ee, μμ, ττ above 50 GeV; jets come from the shower.",
        *_DRELL_YAN,
        "23:onIfAny = 11 13 15",
        cross_section_pb=_DY,
        energy=_ENERGY,
    ),
    Process(
        "ggH_mutau",
        "gg → H → ττ, 125 GeV." + _SEEN.format(_GGH_RATIO),
        _tau_pair(_GLUONS, 0.5),
        _GGH_RATIO,
        _GGH,
        _ENERGY,
    ),
    Process(
        "qqH_mutau",
        "qq → Hqq → ττqq, 125 GeV." + _SEEN.format(_QQH_RATIO),
        _tau_pair(_BOSONS, 0.5),
        _QQH_RATIO,
        _QQH,
        _ENERGY,
    ),
    Process(
        "drellyan_mutau",
        "γ*/Z → ℓℓ above 50 GeV: Z → ττ, and Z → μμ with a hard jet (pTHat > 20 GeV) that is"
        " taken for a tau; Z → ee gives no muon." + _SEEN.format(_DY_RATIO),
        (
            *_tau_pair((*_DRELL_YAN, "23:onIfAny = 15"), (1.0 - _DY_FAKES) / 2.0),
            _one_muon(
                "WeakBosonAndParton:qqbar2gmZg = on",
                "WeakBosonAndParton:qg2gmZq = on",
                "PhaseSpace:pTHatMin = 20.",
                *_Z,
                "23:onIfAny = 13",
                share=_DY_FAKES,
            ),
        ),
        _DY_RATIO,
        _DY,
        _ENERGY,
    ),
    Process(
        "wjets_mutau",
        "W → ℓν (e, μ, τ): W → μν with a hard jet (pTHat > 20 GeV) that is taken for a tau."
        + _SEEN.format(_W_RATIO),
        (
            _one_muon(
                "WeakBosonAndParton:qqbar2Wg = on",
                "WeakBosonAndParton:qg2Wq = on",
                "PhaseSpace:pTHatMin = 20.",
                "24:onMode = off",
                "24:onIfAny = 13",
            ),
        ),
        _W_RATIO,
        _W,
        _ENERGY,
    ),
    Process(
        "ttbar_mutau",
        "Top pairs in which both W's decay to leptons; jets fake no tau." + _SEEN.format(_TT_RATIO),
        _top_parts(),
        _TT_RATIO,
        _TT,
        _ENERGY,
    ),
    Process(
        "multijet_mutau",
        "Two jets (pTHat > 30 GeV) of which one is taken for a tau and the other gives a muon that"
        " is not prompt: a parametrisation, not a simulation. Charges are opposite 1.06 times as"
        " often as equal, isolations fall exponentially, and none of it depends on anything else."
        " The cross-section is a choice.",
        (
            Part(
                ("HardQCD:all = on", "PhaseSpace:pTHatMin = 30."),
                fakes=Fakes(muon=True, opposite_to_same=1.06, max_eta=2.4),
                probability=_MULTIJET / _PAIRS_OF_JETS,
            ),
        ),
        cross_section_pb=_MULTIJET,
        energy=_ENERGY,
    ),
)

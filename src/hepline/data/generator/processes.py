"""The processes that can be generated, as a table of Pythia settings.

All are proton–proton collisions at leading order plus parton shower, without
multiparton interactions: those double the cost per event and change neither the hard jets
nor the leptons. Cross-sections are Pythia's leading-order ones; an analysis normalises to
its own. Collisions have 13 TeV unless an era says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from hepline.data.generator.lepton_pair_processes import FAMILIES, LEPTON_PAIR_PROCESSES
from hepline.data.generator.process import Part, Process, single_part
from hepline.data.generator.tau_processes import TAU_PROCESSES
from hepline.errors import GeneratorError, nearest

__all__ = ["PROCESSES", "process_named"]

_LEPTONIC_W = ("24:onMode = off", "24:onIfAny = 11 13 15")
# Emissions of the initial state harder than the top's scale are damped like k²/(k² + pT²):
# the recommendation of Corke & Sjöstrand, Eur. Phys. J. C 69 (2010) 1, arXiv:1003.2384.
_DAMPED = ("SpaceShower:pTdampMatch = 1",)
_TTBAR = ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on")


def _scales(factor: float) -> tuple[str, ...]:
    # Pythia multiplies the squared scale: 2 μ is a factor 4.
    scaled = tuple(
        f"{where}MultFac = {factor**2:g}"
        for where in (
            "SigmaProcess:renorm",
            "SigmaProcess:factor",
            "TimeShower:renorm",
            "TimeShower:factor",
            "SpaceShower:renorm",
            "SpaceShower:factor",
        )
    )
    # The damping of hard emissions is set in units of the factorisation scale: keep it.
    return (*scaled, f"SpaceShower:pTdampFudge = {1.0 / factor:g}")


# W → ℓν (e, μ, τ) among the decays of a W, at leading order as Pythia has them.
_TO_LEPTON = 0.3242
_ONE_W, _TWO_W = 1.0 / _TO_LEPTON, 1.0 / (1.0 - (1.0 - _TO_LEPTON) ** 2)


def _leptonic(process: Process, ratio: float) -> Process:
    """The events of a process that can have a lepton: quarks alone fake none here."""
    return Process(
        f"{process.name}_leptonic",
        f"{process.description} Of these, the events in which a W decays to e, μ or τ: one stands"
        f" for {ratio:.4g} of all.",
        tuple(replace(part, leptonic=True) for part in process.parts),
        inclusive_ratio=ratio,
    )


# Of the events with a lepton and four jets above 30 GeV, nine in ten have a W boson with
# more than this (measured with a cut at 60 GeV); a lower cut would waste most events.
_W_PTHAT_MIN = 80
# σ(ffbar → W → ℓν) = 45 633 ± 43 pb over σ(W + parton, pTHat > 80 GeV) = 901.2 ± 1.1 pb, from
# 400 000 and 200 000 events of pythia8mc 8.317 with the common settings. A test measures it.
_W_RATIO = 50.63

_TABLE = (
    single_part(
        "ttbar", "Top pairs, leading order, damped initial-state shower.", *_TTBAR, *_DAMPED
    ),
    single_part(
        "ttbar_ME_var",
        "Top pairs with another treatment of the first hard emission (undamped shower up to the"
        " kinematic limit) and another proton (CTEQ6L1). Stands for a change of matrix-element"
        " generator; the hard process itself stays leading order.",
        *_TTBAR,
        "SpaceShower:pTdampMatch = 0",
        "PDF:pSet = 8",
    ),
    single_part(
        "ttbar_PS_var",
        "Top pairs with another parton shower: dipole recoil in the initial state; in the final"
        " state a strong coupling of 0.118 at two loops with CMW rescaling. Vincia would be a"
        " truer alternative but takes 15 times longer.",
        *_TTBAR,
        *_DAMPED,
        "SpaceShower:dipoleRecoil = on",
        "TimeShower:alphaSvalue = 0.118",
        "TimeShower:alphaSorder = 2",
        "TimeShower:alphaSuseCMW = on",
    ),
    single_part(
        "ttbar_scaleup",
        "Top pairs with all renormalisation and factorisation scales doubled, in the hard"
        " process and in both showers.",
        *_TTBAR,
        *_DAMPED,
        *_scales(2.0),
    ),
    single_part(
        "ttbar_scaledown",
        "Top pairs with all renormalisation and factorisation scales halved, in the hard"
        " process and in both showers.",
        *_TTBAR,
        *_DAMPED,
        *_scales(0.5),
    ),
    single_part(
        "single_top_s_chan",
        "Single top by s-channel W exchange, leptonic W.",
        "Top:ffbar2tqbar(s:W) = on",
        *_LEPTONIC_W,
    ),
    single_part(
        "single_top_t_chan",
        "Single top by t-channel W exchange, all W decays.",
        "Top:qq2tq(t:W) = on",
    ),
    Process(
        "single_top_tW",
        "Single top with a W boson: leading-order b g → t W with hepline's own matrix element,"
        " all W decays. Decay angles of the W do not know the top's spin.",
        (Part((), bottom_gluon=True),),
    ),
    single_part(
        "wjets",
        f"W → ℓν (e, μ, τ) with at least one hard parton, pTHat > {_W_PTHAT_MIN} GeV; further"
        " jets and heavy flavour come from the shower. Unit weights: one event stands for"
        f" {_W_RATIO:.4g} inclusive W → ℓν events.",
        "WeakBosonAndParton:qqbar2Wg = on",
        "WeakBosonAndParton:qg2Wq = on",
        f"PhaseSpace:pTHatMin = {_W_PTHAT_MIN}",
        *_LEPTONIC_W,
        inclusive_ratio=_W_RATIO,
    ),
    single_part(
        "drellyan",
        "γ*/Z → μμ above 2 GeV: low-mass continuum and Z peak.",
        "WeakSingleBoson:ffbar2gmZ = on",
        "PhaseSpace:mHatMin = 2.",
        "23:onMode = off",
        "23:onIfAny = 13",
    ),
    Process(
        "dimuon",
        "A teaching mixture by fixed shares, not by cross-section: half γ*/Z → μμ above 10 GeV,"
        " 30 % charmonium with pTHat > 15 GeV and 20 % bottomonium with pTHat > 10 GeV, below"
        " which the muons are too soft to be seen. J/ψ, ψ(2S) and Υ(1S, 2S, 3S) always decay to"
        " muons; the states of a family come in Pythia's proportions. The cross-section of the"
        " mixture is the sum over its parts and means nothing.",
        (
            Part(
                (
                    "WeakSingleBoson:ffbar2gmZ = on",
                    "PhaseSpace:mHatMin = 10.",
                    "23:onMode = off",
                    "23:onIfAny = 13",
                ),
                0.5,
            ),
            Part(
                (
                    "Charmonium:all = on",
                    "PhaseSpace:pTHatMin = 15.",
                    "443:onMode = off",
                    "443:onIfMatch = 13 -13",
                    "100443:onMode = off",
                    "100443:onIfMatch = 13 -13",
                ),
                0.3,
            ),
            Part(
                (
                    "Bottomonium:all = on",
                    "PhaseSpace:pTHatMin = 10.",
                    *(
                        f"{state}:{mode}"
                        for state in (553, 100553, 200553)
                        for mode in ("onMode = off", "onIfMatch = 13 -13")
                    ),
                ),
                0.2,
            ),
        ),
    ),
    single_part(
        "qcd",
        "Two hard partons, pTHat > 20 GeV, all flavours.",
        "HardQCD:all = on",
        "PhaseSpace:pTHatMin = 20.",
    ),
)

_DECAYING = {"single_top_t_chan": _ONE_W, "single_top_tW": _TWO_W} | dict.fromkeys(
    (entry.name for entry in _TABLE if entry.name.startswith("ttbar")), _TWO_W
)
_LEPTONIC = [
    _leptonic(process, _DECAYING[process.name]) for process in _TABLE if process.name in _DECAYING
]

PROCESSES: Mapping[str, Process] = MappingProxyType(
    {entry.name: entry for entry in (*_TABLE, *_LEPTONIC, *TAU_PROCESSES, *LEPTON_PAIR_PROCESSES)}
)


def process_named(name: str) -> Process:
    """Look a process up by name.

    Parameters
    ----------
    name : str
        A key of `PROCESSES`, such as ``"ttbar"``, or a member of one of `FAMILIES`, such as
        ``"zprime_mumu_600"``.

    Returns
    -------
    Process

    Raises
    ------
    GeneratorError
        If there is no such process; the message offers the nearest names.
    """
    members = (family.member(name) for family in FAMILIES)
    process = PROCESSES.get(name) or next((entry for entry in members if entry), None)
    if process is None:
        families = " and ".join(family.pattern for family in FAMILIES)
        raise GeneratorError(
            f"no process '{name}' to generate.",
            why=f"the generator knows {len(PROCESSES)} processes besides {families}, and this is"
            " not one of them.",
            fix=nearest(name, PROCESSES),
        )
    return process

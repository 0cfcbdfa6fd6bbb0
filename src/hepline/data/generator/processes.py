"""The processes that can be generated, as a table of Pythia settings.

All are proton–proton collisions at 13 TeV at leading order plus parton shower, without
multiparton interactions: those double the cost per event and change neither the hard jets
nor the leptons. Cross-sections are Pythia's leading-order ones; an analysis normalises to
its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from hepline.errors import GeneratorError, nearest

__all__ = ["COMMON_SETTINGS", "PROCESSES", "Part", "Process", "process_named"]

COMMON_SETTINGS = (
    "Beams:idA = 2212",
    "Beams:idB = 2212",
    "Beams:eCM = 13000.",
    "Print:quiet = on",
    "Next:numberCount = 0",
    # Underlying event off, and with it most of what colour reconnection acts on.
    "PartonLevel:MPI = off",
    "ColourReconnection:reconnect = off",
    # Photons radiated by quarks change no jet here; photons from leptons stay on.
    "TimeShower:QEDshowerByQ = off",
    "TimeShower:QEDshowerByGamma = off",
    "TimeShower:QEDshowerByOther = off",
    "SpaceShower:QEDshowerByQ = off",
    "SpaceShower:QEDshowerByL = off",
    # Spin correlations of tau decays cost a quarter of the time of a ttbar event.
    "TauDecays:mode = 0",
    # CMS convention: what flies further than 10 mm reaches the detector (K0S, Λ, …).
    "ParticleDecays:limitTau0 = on",
    "ParticleDecays:tau0Max = 10.",
    "Check:event = off",
    "6:m0 = 172.5",
)


@dataclass(frozen=True)
class Part:
    """One Pythia run that contributes a fixed share of a process's events.

    Attributes
    ----------
    settings : tuple of str
        Lines for ``Pythia.readString``, after `COMMON_SETTINGS`.
    share : float
        Fraction of the events of the process; the shares of a process sum to 1.
    bottom_gluon : bool
        Add b g → t W, which Pythia lacks (see `hepline.data.generator.bottom_gluon`).
    leptonic : bool
        Keep the events in which a W decays to a lepton (see `hepline.data.generator.leptonic`).
    """

    settings: tuple[str, ...]
    share: float = 1.0
    bottom_gluon: bool = False
    leptonic: bool = False


@dataclass(frozen=True)
class Process:
    """What is generated under one name.

    Attributes
    ----------
    name : str
    description : str
        What it is, honestly: which approximations stand behind the name.
    parts : tuple of Part
    inclusive_ratio : float
        Cross-section of the process without its cut, on phase space or decays, over that with it.
        One generated event stands for this many inclusive events.
    """

    name: str
    description: str
    parts: tuple[Part, ...]
    inclusive_ratio: float = 1.0


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


def _single_part(
    name: str, description: str, *settings: str, inclusive_ratio: float = 1.0
) -> Process:
    return Process(name, description, (Part(settings),), inclusive_ratio)


# Of the events with a lepton and four jets above 30 GeV, nine in ten have a W boson with
# more than this (measured with a cut at 60 GeV); a lower cut would waste most events.
_W_PTHAT_MIN = 80
# σ(ffbar → W → ℓν) = 45 633 ± 43 pb over σ(W + parton, pTHat > 80 GeV) = 901.2 ± 1.1 pb, from
# 400 000 and 200 000 events of pythia8mc 8.317 with the common settings. A test measures it.
_W_RATIO = 50.63

_TABLE = (
    _single_part(
        "ttbar", "Top pairs, leading order, damped initial-state shower.", *_TTBAR, *_DAMPED
    ),
    _single_part(
        "ttbar_ME_var",
        "Top pairs with another treatment of the first hard emission (undamped shower up to the"
        " kinematic limit) and another proton (CTEQ6L1). Stands for a change of matrix-element"
        " generator; the hard process itself stays leading order.",
        *_TTBAR,
        "SpaceShower:pTdampMatch = 0",
        "PDF:pSet = 8",
    ),
    _single_part(
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
    _single_part(
        "ttbar_scaleup",
        "Top pairs with all renormalisation and factorisation scales doubled, in the hard"
        " process and in both showers.",
        *_TTBAR,
        *_DAMPED,
        *_scales(2.0),
    ),
    _single_part(
        "ttbar_scaledown",
        "Top pairs with all renormalisation and factorisation scales halved, in the hard"
        " process and in both showers.",
        *_TTBAR,
        *_DAMPED,
        *_scales(0.5),
    ),
    _single_part(
        "single_top_s_chan",
        "Single top by s-channel W exchange, leptonic W.",
        "Top:ffbar2tqbar(s:W) = on",
        *_LEPTONIC_W,
    ),
    _single_part(
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
    _single_part(
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
    _single_part(
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
    _single_part(
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
    {entry.name: entry for entry in (*_TABLE, *_LEPTONIC)}
)


def process_named(name: str) -> Process:
    """Look a process up by name.

    Parameters
    ----------
    name : str
        A key of `PROCESSES`, such as ``"ttbar"``.

    Returns
    -------
    Process

    Raises
    ------
    GeneratorError
        If there is no such process; the message offers the nearest names.
    """
    try:
        return PROCESSES[name]
    except KeyError:
        raise GeneratorError(
            f"no process '{name}' to generate.",
            why=f"the generator knows {len(PROCESSES)} processes and this is not one of them.",
            fix=nearest(name, PROCESSES),
        ) from None

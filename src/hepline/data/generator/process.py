"""What a process is: Pythia's settings, what is kept of its events, and what one stands for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["COMMON_SETTINGS", "Fakes", "Leptons", "Part", "Process", "single_part"]

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
    # Spin correlations of tau decays cost a quarter of the time of a ttbar event, and triple
    # that of H → ττ.
    "TauDecays:mode = 0",
    # CMS convention: what flies further than 10 mm reaches the detector (K0S, Λ, …).
    "ParticleDecays:limitTau0 = on",
    "ParticleDecays:tau0Max = 10.",
    "Check:event = off",
    "6:m0 = 172.5",
)


@dataclass(frozen=True)
class Leptons:
    """Leptons that an event must have before it is worth a shower.

    Attributes
    ----------
    groups : tuple of tuple of int
        For each group the event must have a lepton with one of these PDG codes, signs included.
        A tau counts as it is, not by what it decays to.
    min_pt, max_eta : float, GeV and 1
        For those leptons, before initial-state radiation gives them its recoil.
    min_mass : float, GeV
        Of the first lepton of the first group with the first of the second.
    """

    groups: tuple[tuple[int, ...], ...]
    min_pt: float = 0.0
    max_eta: float = 10.0
    min_mass: float = 0.0


@dataclass(frozen=True)
class Fakes:
    """Leptons that the detector sees in the jets of the hard process: one is taken for a tau.

    Full simulation of fakes is out of reach: of ten thousand jets, a few look like a tau and
    less than one gives an isolated muon. An event is generated on condition that it happens,
    and counts for the probability that it does.

    Attributes
    ----------
    muon : bool
        Another jet gives a muon that is not prompt.
    opposite_to_same : float
        If positive, the tau's charge is drawn with this ratio of opposite to same sign of the
        muon's; else it follows the charge of the parton.
    max_eta : float
        Of the partons of the hard process.
    """

    muon: bool = False
    opposite_to_same: float = 0.0
    max_eta: float = 2.7


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
    leptons : Leptons, optional
        Keep the events with these leptons (see `hepline.data.generator.lepton_filter`).
    fakes : Fakes, optional
        What jets are taken for (see `hepline.data.generator.fakes`).
    visible : bool
        Keep the events in which a muon and the visible part of a hadronic tau decay can be
        seen (see `hepline.data.generator.visible`): the file has fewer events than were
        generated.
    probability : float
        Of what Pythia's cross-section does not know: decays of taus, fakes.
    """

    settings: tuple[str, ...]
    share: float = 1.0
    bottom_gluon: bool = False
    leptonic: bool = False
    leptons: Leptons | None = None
    fakes: Fakes | None = None
    visible: bool = False
    probability: float = 1.0

    def described(self) -> dict[str, Any]:
        """The settings for the sample record; what a process does not use is left out."""
        unused = {name for name in ("leptons", "fakes", "visible") if not getattr(self, name)}
        if self.probability == 1.0:
            unused.add("probability")
        return {name: value for name, value in asdict(self).items() if name not in unused}


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
    cross_section_pb : float, pb, optional
        Of the inclusive process at `energy` (13 TeV if there is none): Pythia's, at leading
        order. None where it was not measured, or means nothing.
    energy : float, TeV, optional
        Of the collisions, if `inclusive_ratio` holds for one energy only.
    """

    name: str
    description: str
    parts: tuple[Part, ...]
    inclusive_ratio: float = 1.0
    cross_section_pb: float | None = None
    energy: float | None = None


def single_part(
    name: str, description: str, *settings: str, inclusive_ratio: float = 1.0, **more: Any
) -> Process:
    """Make a process of one Pythia run.

    Parameters
    ----------
    name, description : str
    *settings : str
    inclusive_ratio : float
    **more
        Other attributes of `Process`.

    Returns
    -------
    Process
    """
    return Process(name, description, (Part(settings),), inclusive_ratio, **more)

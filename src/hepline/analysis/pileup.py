"""Weights that give simulation the number of interactions per crossing that data have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import hist
import numpy as np
import uproot

from hepline.arrays import Floats
from hepline.columns.expression import Expr
from hepline.columns.vary import Nuisance, checked_nuisance
from hepline.columns.words import lookup
from hepline.data.damage import DAMAGE
from hepline.errors import FileUnreadable, LanguageError, checked_keywords

__all__ = ["PileupWeight", "Profile", "pileup_weight"]

Numbers = Sequence[float] | Floats
Profile: TypeAlias = hist.Hist | str | Path | Numbers | tuple[Numbers, Numbers]

# Share of data that may lie where no event is simulated, and is lost.
_LOST = 0.01


@dataclass(frozen=True)
class PileupWeight:
    """The ratio of two profiles; call it with the true number of interactions.

    Attributes
    ----------
    edges : tuple of float
    nominal : tuple of float
        The weight in each bin.
    nuisance : Nuisance or None
    up, down : tuple of float or None
        The weights for other profiles of data.
    """

    edges: tuple[float, ...]
    nominal: tuple[float, ...]
    nuisance: Nuisance | None = None
    up: tuple[float, ...] | None = None
    down: tuple[float, ...] | None = None

    def __call__(self, interactions: Expr) -> Expr:
        """The weight of each event; that of the nearest bin outside of the profiles.

        Parameters
        ----------
        interactions : Expr
            The mean number of interactions with which each event was simulated, such as
            ``ev.Pileup.nTrueInt``.
        """
        weight = lookup(interactions, self.edges, self.nominal)
        if self.nuisance is None or self.up is None:
            return weight
        up = lookup(interactions, self.edges, self.up)
        down = None if self.down is None else lookup(interactions, self.edges, self.down)
        return weight.vary(self.nuisance, up=up, down=down)


@checked_keywords
def pileup_weight(
    data: Profile,
    simulation: Profile,
    *,
    nuisance: Nuisance | None = None,
    up: Profile | None = None,
    down: Profile | None = None,
) -> PileupWeight:
    """Make a weight from the profiles of pile-up in data and in simulation.

    ``hl.weight(ev.genWeight) * hl.pileup_weight(data, simulation)(ev.Pileup.nTrueInt)``.

    Parameters
    ----------
    data, simulation : profile
        Crossings per mean number of interactions, in any normalization: ``hist.Hist``; the contents
        of bins from 0 on, one for each number; a pair of contents and edges, as ``np.histogram``
        returns; or ``"pileup.root"`` with a histogram of this file, ``"pileup.root:pileup"``. One
        may end before the other, if they have the same bins up to there.
    nuisance : Nuisance, optional
    up, down : profile
        Profiles of data under the nuisance, such as those for an inelastic cross-section that is
        4.6 % larger and smaller; `down` is left out for a one-sided nuisance.

    Returns
    -------
    PileupWeight
        Its mean over the simulated profile is 1.

    Raises
    ------
    LanguageError
        If the bins differ, a profile is empty or negative, more than 1 % of data lie where nothing
        is simulated, or the variation is not complete.
    FileUnreadable
        If a file has no such histogram.

    References
    ----------
    CMS Collaboration, "Measurement of the inelastic proton-proton cross section at √s = 13 TeV",
    JHEP 07 (2018) 161, doi:10.1007/JHEP07(2018)161; the uncertainty of 4.6 % is that which CMS
    recommends for weights.
    """
    _check_variation(nuisance, up, down)
    reference = _profile(simulation, "simulation")
    sides = {"data": data, "up": up, "down": down}
    profiles = {name: _profile(side, name) for name, side in sides.items() if side is not None}
    edges = _common_edges({"simulation": reference, **profiles})
    share = _shares(reference, edges)
    weights = {name: _ratio(_shares(part, edges), share, name) for name, part in profiles.items()}
    return PileupWeight(
        tuple(edges.tolist()),
        weights["data"],
        nuisance,
        weights.get("up"),
        weights.get("down"),
    )


def _check_variation(nuisance: Nuisance | None, up: Profile | None, down: Profile | None) -> None:
    if nuisance is not None:
        checked_nuisance(nuisance)
    one_sided = nuisance is not None and nuisance.one_sided
    if (nuisance is None) != (up is None) or (up is None or one_sided) != (down is None):
        raise LanguageError(
            f"pileup_weight(…, nuisance={nuisance}, up={'…' if up is not None else None}, "
            f"down={'…' if down is not None else None}).",
            why="a variation has a nuisance and two profiles of data, or one if it is one-sided.",
            fix="give all three: nuisance=hl.nuisance('Pile-up'), up=…, down=….",
        )


def _profile(source: Profile, name: str) -> tuple[Floats, Floats]:
    """Contents and edges."""
    contents: Any
    edges: Any = None
    if isinstance(source, str | Path):
        contents, edges = _stored(str(source))
    elif isinstance(source, hist.Hist):
        contents, edges = source.values(), source.axes[0].edges
    elif isinstance(source, tuple) and len(source) == 2 and np.ndim(source[0]):
        contents, edges = source
    else:
        contents = source
    contents = np.asarray(contents, np.float64)
    edges = np.arange(contents.size + 1.0) if edges is None else np.asarray(edges, np.float64)
    sound = contents.ndim == 1 and edges.shape == (contents.size + 1,)
    if not (sound and np.isfinite(contents).all() and (contents >= 0).all() and contents.any()):
        raise LanguageError(
            f"the profile of {name}: contents of shape {contents.shape}, edges {edges.shape}.",
            why="a profile has one content for each bin, none below zero and some above.",
            fix="give contents, a pair of contents and edges, a histogram of one axis, or "
            "'file.root:name'.",
        )
    return contents, edges


def _stored(place: str) -> tuple[Floats, Floats]:
    """A histogram of a ROOT file."""
    path, _, name = place.rpartition(":") if place.rpartition(":")[0] else (place, "", "")
    if not Path(path).is_file() and Path(place).is_file():
        path, name = place, ""
    try:
        with uproot.open(path) as file:
            names = list(file.keys(cycle=False, filter_classname="TH1*"))
            wanted = name or (names[0] if len(names) == 1 else "")
            if wanted in names:
                contents, edges = file[wanted].to_numpy()
                return np.asarray(contents), np.asarray(edges)
    except DAMAGE as error:
        raise FileUnreadable(
            f"{path} cannot be read.", why=f"{error}.", fix="check the path."
        ) from error
    raise FileUnreadable(
        f"no histogram '{name}' in {path}." if name else f"which histogram of {path}?",
        why=f"it has: {', '.join(names) or 'none'}.",
        fix=f"name one: '{path}:{names[0] if names else 'pileup'}'.",
    )


def _common_edges(profiles: dict[str, tuple[Floats, Floats]]) -> Floats:
    """The edges of the longest profile, with which the others must agree."""
    longest = max((edges for _, edges in profiles.values()), key=len)
    for name, (_, edges) in profiles.items():
        if not np.allclose(edges, longest[: len(edges)], rtol=0, atol=1e-6):
            raise LanguageError(
                f"the profile of {name} has other bins: {edges[0]:g} to {edges[-1]:g} in "
                f"{len(edges) - 1}.",
                why=f"another one has {len(longest) - 1} from {longest[0]:g} to {longest[-1]:g}; "
                "a ratio needs the same bins.",
                fix="make both with the same bins, such as 100 from 0 to 100.",
            )
    return np.asarray(longest)


def _shares(profile: tuple[Floats, Floats], edges: Floats) -> Floats:
    """The share of crossings in each bin; none beyond the profile."""
    contents, _ = profile
    padded: Floats = np.pad(contents, (0, len(edges) - 1 - len(contents)))
    return np.asarray(padded / contents.sum())


def _ratio(data: Floats, simulation: Floats, name: str) -> tuple[float, ...]:
    lost = float(data[simulation == 0].sum())
    if lost > _LOST:
        raise LanguageError(
            f"{lost:.1%} of the profile of {name} lie where nothing is simulated.",
            why="no weight can make up for events that do not exist.",
            fix="check that both profiles belong to these samples.",
        )
    ratio = np.divide(data, simulation, out=np.zeros_like(data), where=simulation > 0)
    return tuple(ratio.tolist())

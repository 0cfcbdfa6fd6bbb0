"""Profiles of pile-up as histograms in a ROOT file."""

from __future__ import annotations

import uuid
from pathlib import Path

import numpy as np
import uproot

from hepline.data.generator.nanoaod_writer import aside
from hepline.data.generator.pile_up import profile
from hepline.data.writing.fixed_bytes import fix_bytes

__all__ = ["write_profiles"]

_UNCERTAINTY = 0.046  # of the inelastic cross-section: CMS, JHEP 07 (2018) 161
_EDGES = np.arange(0.0, 101.0)


def write_profiles(path: Path, *, simulated: float, recorded: float) -> None:
    """Write the profiles of simulation and data as histograms of ``Pileup_nTrueInt``.

    Parameters
    ----------
    path : Path
        Of a ROOT file with ``simulated``, ``recorded``, and ``recorded_up`` and ``recorded_down``
        for another inelastic cross-section.
    simulated, recorded : float
        Mean number of interactions.
    """
    means = {
        "simulated": simulated,
        "recorded": recorded,
        "recorded_up": recorded * (1.0 + _UNCERTAINTY),
        "recorded_down": recorded * (1.0 - _UNCERTAINTY),
    }
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"hepline:{means}")
    with aside(path) as partial:
        with uproot.recreate(partial, uuid_function=lambda: identity) as file:
            for name, mean in means.items():
                file[name] = (profile(mean, _EDGES), _EDGES)
        fix_bytes(partial)

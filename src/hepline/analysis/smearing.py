"""Resolution of jets: simulation is smeared until it is as wide as data."""

from __future__ import annotations

import math
from typing import Any, overload

import numpy as np

from hepline.analysis.calibration import Factor, check_inputs, evaluated, systematic_of
from hepline.analysis.jettext import SIDES
from hepline.columns.expression import Expr, apply
from hepline.columns.propagation import with_missing
from hepline.columns.random import normal
from hepline.columns.records import Records
from hepline.columns.vary import Nuisance
from hepline.columns.words import simulated
from hepline.errors import LanguageError, TypeMismatch

__all__ = ["smear"]

# The least energy that smearing leaves to a jet, as in CMSSW (SmearedJetProducerT.h), in GeV.
_LEAST_ENERGY = 0.01


@overload
def smear(
    jets: Records, resolution: Factor, scale_factor: Factor, *, met: None = None, **options: Any
) -> Records: ...
@overload
def smear(
    jets: Records, resolution: Factor, scale_factor: Factor, *, met: Records, **options: Any
) -> tuple[Records, Records]: ...
def smear(
    jets: Records,
    resolution: Factor,
    scale_factor: Factor,
    *,
    nuisance: Nuisance | None = None,
    gen: Records | None = None,
    radius: float = 0.4,
    stream: str = "jer",
    met: Records | None = None,
    above: float = 15.0,
    **inputs: Expr | float,
) -> Records | tuple[Records, Records]:
    """Smear simulated jets so that their resolution is that of data; data stay as they are.

    The hybrid method. A jet with a generator jet within R/2 whose pt differs by less than three
    resolutions is scaled: pt_gen + s (pt − pt_gen). Any other jet gets pt (1 + σ √(s² − 1) G) with
    a Gaussian number G, which belongs to the event and the stored jet (`hl.normal`), whatever is
    selected; where s < 1, it keeps its pt.

    Parameters
    ----------
    jets : Records
        After the correction of their energies.
    resolution : Correction, Expr or number
        Relative resolution σ of pt in simulation.
    scale_factor : Correction, Expr or number
        Resolution of data over that of simulation, s. Of a correction with the input
        ``systematic``, the nominal value.
    nuisance : Nuisance, optional
        Varies s up and down, as the correction says.
    gen : Records, optional
        Generator jets (``ev.GenJet``); without them all jets get a random number.
    radius : float
        Of the jets, R.
    stream : str
        The purpose of the random numbers.
    met, above, **inputs
        As for `calibrate`; here the pt before smearing counts.

    Returns
    -------
    Records, or a pair of Records
        The jets (pt and mass in float64), and the missing momentum if it is given.

    Raises
    ------
    LanguageError
        If an input of a correction is missing, or a nuisance is given for a scale factor without
        variations.

    References
    ----------
    CMS Collaboration, "Jet energy scale and resolution in the CMS experiment in pp collisions at
    8 TeV", JINST 12 (2017) P02014, section 9, doi:10.1088/1748-0221/12/02/P02014; the conditions
    of a match are those of CMSSW, ``PhysicsTools/PatUtils/interface/SmearedJetProducerT.h``.
    """
    if not isinstance(jets, Records):
        raise TypeMismatch(
            f"smear({jets!r:.60}, …).",
            why="it smears jets, which have pt, eta and mass.",
            fix="give the collection first: hl.smear(jet, resolution, scale_factor).",
        )
    check_inputs("smear", inputs, (resolution, scale_factor))
    pt = jets.field("pt").astype("float64")
    sigma = evaluated(resolution, jets, inputs)
    ratio = _ratio(scale_factor, nuisance, jets, inputs)
    factor = 1.0 + normal(jets, stream=stream) * sigma * _excess(ratio)
    if gen is not None:
        match = jets.match(gen, within=radius / 2).field("pt").astype("float64")
        close = (abs(pt - match) < 3.0 * sigma * pt).fill_missing(False)
        scaled = (1.0 + (ratio - 1.0) * (pt - match) / pt).fill_missing(1.0)
        factor = apply("where", close, scaled, factor)
    least = _LEAST_ENERGY / (pt * np.cosh(jets.field("eta").astype("float64")))
    factor = apply("maximum", factor, least)
    changed = {
        name: simulated(jets.field(name).astype("float64") * factor, jets.field(name))
        for name in ("pt", "mass")
    }
    where = None if met is None else pt > above
    return with_missing(jets, jets.with_fields(**changed), met, where)


def _excess(ratio: Expr | float) -> Expr | float:
    """√(s² − 1), or 0 where the simulation is too wide already."""
    if not isinstance(ratio, Expr):
        return math.sqrt(max(ratio * ratio - 1.0, 0.0))
    return apply("sqrt", apply("maximum", ratio * ratio - 1.0, 0.0))


def _ratio(
    scale_factor: Factor,
    nuisance: Nuisance | None,
    jets: Records,
    inputs: dict[str, Expr | float],
) -> Expr | float:
    """The scale factor, with its variation."""
    systematic = systematic_of(scale_factor)
    if systematic:
        nominal, up, down = (
            evaluated(scale_factor, jets, inputs, **{systematic: side}) for side in SIDES
        )
        if nuisance is None or not isinstance(nominal, Expr):
            return nominal
        return nominal.vary(nuisance, up=up, down=None if nuisance.one_sided else down)
    if nuisance is not None:
        raise LanguageError(
            f"'{nuisance.name}' varies the scale factor {scale_factor!r:.60}.",
            why=f"it has no input with the keys {', '.join(SIDES)} that would say how.",
            fix="vary it yourself, sf.vary(jer, argument=…, nominal=…, up=…, down=…), and leave "
            "nuisance= out.",
        )
    return evaluated(scale_factor, jets, inputs)

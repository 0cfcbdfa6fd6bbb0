"""Energies of jets: corrections of the raw momentum, and their sources of uncertainty.

References
----------
CMS Collaboration, "Jet energy scale and resolution in the CMS experiment in pp collisions at
8 TeV", JINST 12 (2017) P02014, doi:10.1088/1748-0221/12/02/P02014: corrections are factors that
apply one after the other (section 2), sources of uncertainty are fully correlated shifts
(section 8).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, overload

import numpy as np

from hepline.analysis.corrections import Correction, correction, names_of
from hepline.analysis.jettext import SIDES
from hepline.analysis.variedcorrection import VariedCorrection
from hepline.columns.expression import Expr
from hepline.columns.nuisances import nuisance
from hepline.columns.propagation import with_missing
from hepline.columns.records import Records
from hepline.columns.vary import Nuisance, checked_nuisance
from hepline.errors import ColumnNotFound, LanguageError, TypeMismatch, nearest

__all__ = [
    "Factor",
    "calibrate",
    "check_inputs",
    "evaluated",
    "jes_sources",
    "systematic_of",
]

Factor = Correction | VariedCorrection | Expr | float

# Fields of jets by the names of inputs, in the files of CMS.
_FIELDS = {
    "JetPt": "pt", "JetEta": "eta", "JetPhi": "phi", "JetMass": "mass", "JetM": "mass",
    "JetE": "energy", "JetA": "area",
}  # fmt: skip
_KEYWORDS = ("uncertainties", "met", "above", "nuisance", "gen", "radius", "stream")


@overload
def calibrate(jets: Records, *corrections: Factor, met: None = None, **options: Any) -> Records: ...
@overload
def calibrate(
    jets: Records, *corrections: Factor, met: Records, **options: Any
) -> tuple[Records, Records]: ...
def calibrate(
    jets: Records,
    *corrections: Factor,
    uncertainties: Mapping[Nuisance, Factor] | None = None,
    met: Records | None = None,
    above: float = 15.0,
    **inputs: Expr | float,
) -> Records | tuple[Records, Records]:
    """Correct the energies of jets, with the uncertainties of the correction.

    Parameters
    ----------
    jets : Records
        As they are stored. Corrections start from the raw momentum, pt × (1 − rawFactor), and
        multiply pt and mass, each evaluated with what the ones before it gave.
    *corrections : Correction, Expr or number
        ``hl.correction(FILE)``, or factors. Without any, the jets keep their momentum.
    uncertainties : mapping of Nuisance to Correction, Expr or number, optional
        Relative uncertainty on the momentum for each nuisance, evaluated with the corrected
        momentum: a text file or correction of CMS, ``hl.jes_sources(FILE, …)``, or 0.03.
    met : Records, optional
        The missing momentum, which then follows the jets and is returned as well.
    above : float
        The missing momentum follows jets whose corrected pt, before variations, lies above this;
        15 GeV in CMS, below which the energy counts as unclustered.
    **inputs : Expr or number
        Inputs of the corrections that jets have no field for, by their names in the files:
        ``Rho=ev.fixedGridRhoFastjetAll``.

    Returns
    -------
    Records, or a pair of Records
        The jets (pt and mass in float64), and the missing momentum if it is given.

    Raises
    ------
    LanguageError
        If an input of a correction is neither a field of the jets nor given.
    ColumnNotFound
        If the jets do not say how far they are corrected.

    Examples
    --------
    >>> import hepline as hl
    >>> ev = hl.events("nanoaod")
    >>> jes = hl.nuisance("Jet energy scale")
    >>> jet, met = hl.calibrate(ev.Jet, uncertainties={jes: 0.03}, met=ev.MET)
    """
    sources = _checked_sources(uncertainties)
    check_inputs("calibrate", inputs, (*corrections, *sources.values()))
    corrected = _wide(jets, raw=bool(corrections))
    for factor in corrections:
        corrected = _scaled(corrected, evaluated(factor, corrected, inputs))
    varied = corrected
    for source, uncertainty in sources.items():
        varied = _varied(varied, corrected, source, uncertainty, inputs)
    where = None if met is None else corrected.field("pt") > above
    return with_missing(jets, varied, met, where)


def _checked_sources(uncertainties: object) -> Mapping[Nuisance, Factor]:
    if uncertainties is None:
        return {}
    if not isinstance(uncertainties, Mapping):
        raise TypeMismatch(
            f"uncertainties={uncertainties!r:.60}.",
            why="each belongs to a nuisance.",
            fix="say to which: uncertainties={hl.nuisance('Jet energy scale'): 0.03}.",
        )
    return {checked_nuisance(source): part for source, part in uncertainties.items()}


def _wide(jets: Records, *, raw: bool) -> Records:
    """The jets in float64, without the corrections that their file holds."""
    if not isinstance(jets, Records):
        raise TypeMismatch(
            f"calibrate({jets!r:.60}, …).",
            why="it corrects jets, which have pt, mass and rawFactor.",
            fix="give the collection first: hl.calibrate(ev.Jet, hl.correction(FILE)).",
        )
    left: Expr | float = 1.0
    if raw:
        try:
            left = 1.0 - jets.field("rawFactor").astype("float64")
        except ColumnNotFound as error:
            raise ColumnNotFound(
                f"no field 'rawFactor' in {jets!r}.",
                why="corrections apply to the raw momentum, pt × (1 − rawFactor), and it is not "
                "known which corrections pt holds.",
                fix="if pt is the raw momentum, say so: jets.with_fields(rawFactor=0.0).",
            ) from error
    return _scaled(jets, left)


def _scaled(jets: Records, factor: Expr | float) -> Records:
    """The jets with pt and mass times a factor."""
    wide = {name: jets.field(name).astype("float64") * factor for name in ("pt", "mass")}
    return jets.with_fields(**wide)


def _varied(
    varied: Records,
    corrected: Records,
    source: Nuisance,
    uncertainty: Factor,
    inputs: Mapping[str, Expr | float],
) -> Records:
    """The jets with one more variation, a shift of the corrected momentum."""
    up, down = _shifts(uncertainty, corrected, inputs)

    def moved(factor: Expr | float) -> dict[str, Expr]:
        return {name: corrected.field(name) * factor for name in ("pt", "mass")}

    return varied.vary(source, up=moved(up), down=None if source.one_sided else moved(down))


def _shifts(
    uncertainty: Factor, jets: Records, inputs: Mapping[str, Expr | float]
) -> tuple[Expr | float, Expr | float]:
    """The factors on the momentum, up and down."""
    systematic = systematic_of(uncertainty)
    if systematic:
        _, up, down = (evaluated(uncertainty, jets, inputs, **{systematic: key}) for key in SIDES)
        return up, down
    relative = evaluated(uncertainty, jets, inputs)
    return 1.0 + relative, 1.0 - relative


def systematic_of(factor: Factor) -> str:
    """The input that chooses between nominal, upward and downward values; empty without one."""
    inputs = factor.inputs if isinstance(factor, Correction) else ()
    return next((part.name for part in inputs if set(SIDES) <= set(part.keys)), "")


def check_inputs(
    function: str, inputs: Mapping[str, Expr | float], factors: Iterable[Factor]
) -> None:
    """Refuse an input that no correction takes: it may be a misspelt keyword.

    Raises
    ------
    LanguageError
    """
    known = [part.correction if isinstance(part, VariedCorrection) else part for part in factors]
    names = {i.name: None for part in known if isinstance(part, Correction) for i in part.inputs}
    for name in inputs:
        if name not in names:
            raise LanguageError(
                f"{function}() takes no '{name}='.",
                why=f"the inputs of its corrections are: {', '.join(names) or 'none'}.",
                fix=nearest(name, [*names, *_KEYWORDS]),
            )


def evaluated(
    factor: Factor, jets: Records, inputs: Mapping[str, Expr | float], **settings: str
) -> Expr | float:
    """The value of a correction for each jet.

    Parameters
    ----------
    factor : Correction, VariedCorrection, Expr or number
    jets : Records
    inputs : mapping of str to Expr or number
        Those that jets have no field for.
    **settings : str
        Of inputs that are strings.

    Raises
    ------
    LanguageError
        If an input is missing.
    """
    if isinstance(factor, Correction):
        known, fixed = factor, frozenset(settings)
    elif isinstance(factor, VariedCorrection):
        known, fixed = factor.correction, frozenset(v.argument for v in factor.variations)
    else:
        return _checked_factor(factor)
    arguments: dict[str, Any] = dict(settings)
    for name in (part.name for part in known.inputs if part.name not in fixed):
        if name in inputs:
            arguments[name] = inputs[name]
            continue
        field = _FIELDS.get(name, name)
        try:
            arguments[name] = jets.field(field)
        except ColumnNotFound as error:
            raise LanguageError(
                f"the correction '{known.name}' needs '{name}'.",
                why="it is not a field of the jets.",
                fix=f"give it by this name, {name}=…, such as Rho=ev.fixedGridRhoFastjetAll.",
            ) from error
    return factor(**arguments)


def _checked_factor(factor: object) -> Expr | float:
    if isinstance(factor, Expr | int | float | np.number) and not isinstance(factor, bool):
        return factor if isinstance(factor, Expr) else float(factor)
    raise TypeMismatch(
        f"{factor!r:.60} as a correction.",
        why="corrections are those of files, columns and numbers.",
        fix="load a file first: hl.correction('….jec.txt').",
    )


def jes_sources(path: str | Path, *sources: str) -> dict[Nuisance, Correction]:
    """Declare a nuisance for each source of the uncertainty of the jet energy scale.

    ``hl.calibrate(ev.Jet, uncertainties=hl.jes_sources("UncertaintySources.txt", "FlavorQCD"))``.

    Parameters
    ----------
    path : str or Path
        A text file with sections, or a JSON file of CMS.
    *sources : str
        Sections, or the corrections that have the word in their names (``FlavorQCD`` in
        ``Summer19UL18_V5_MC_FlavorQCD_AK4PFchs``). They are chosen by name because a file also
        holds their sums and alternatives.

    Returns
    -------
    dict of Nuisance to Correction
        ``JES FlavorQCD``, with the key ``jes_flavorqcd``.

    Raises
    ------
    LanguageError
        Without sources, or if the file has not exactly one correction for each.
    """
    names = names_of(path)
    if not sources:
        raise LanguageError(
            f"no sources of {path}.",
            why=f"it also holds sums and alternatives: {', '.join(names)}.",
            fix=f"name those that act: hl.jes_sources(path, {names[0]!r}).",
        )
    return {
        nuisance(f"JES {source}"): correction(path, _named(source, names, path))
        for source in sources
    }


def _named(source: str, names: tuple[str, ...], path: str | Path) -> str:
    """The correction of a source."""
    if source in names:
        return source
    words = [name for name in names if f"_{source}_" in f"_{name}_"]
    if len(words) == 1:
        return words[0]
    raise LanguageError(
        f"'{source}' of {path}.",
        why=f"these corrections have the word in their names: {', '.join(words) or 'none'}.",
        fix="give the whole name of one of them." if words else nearest(source, names),
    )

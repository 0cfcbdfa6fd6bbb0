"""The mass spectrum of a file: which combinations, in which unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import awkward as ak
import numpy as np

from hepline.analysis.compute import compute
from hepline.arrays import Floats, Integers
from hepline.columns.events import Events
from hepline.columns.expression import Expr
from hepline.data.open import open as open_files
from hepline.errors import AnalysisError, DataError
from hepline.spectra.charges import Charges
from hepline.spectra.combination import UNITS, Combination, checked, combination_of
from hepline.spectra.momenta import Momentum, Particle, column_momenta, list_momenta

__all__ = ["Masses", "mass_values", "masses_of"]


_MOST_NEGATIVE = 0.2  # of the masses; more are a mistake rather than rounding
_NEVER_GEV = 500.0  # a median mass above: no spectrum of leptons in GeV, but any in MeV
_CROWDED = 2.0  # combinations for each event that has one


@dataclass(frozen=True, eq=False)
class Masses:
    """Masses of the combinations that were selected, and what became of the others.

    Attributes
    ----------
    values : ndarray, shape (combination,), GeV
    label : str
        Of the axis: ``m(μμ) [GeV]``.
    decay : tuple of str or None
        What was combined, ``("mu+", "mu-")``; None if that is not known.
    charge : int or None
        Total charge, positive where both signs were taken; None if not known or not asked for.
    steps : tuple of (str, int)
        What was counted, from events to selected combinations.
    remarks : tuple of str
        What was found and assumed.
    losses : tuple of str
        What had to be left out.
    sources : tuple of (str, int, int)
        Path, events and bytes of each file.
    recipe : str
        How the mass was made, and the key of its expression.
    """

    values: Floats
    label: str = "m [GeV]"
    decay: tuple[str, ...] | None = None
    charge: int | None = None
    steps: tuple[tuple[str, int], ...] = ()
    remarks: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    sources: tuple[tuple[str, int, int], ...] = ()
    recipe: str = ""


def mass_values(
    files: str | Path | Iterable[str | Path],
    combination: Combination | None = None,
    *,
    tree: str = "Events",
) -> Masses:
    """Read files once and form the masses of what is in them.

    Parameters
    ----------
    files : path, pattern, or iterable of these
    combination : Combination, optional
        If it says neither of what nor how, muons of a list, numbered columns (``pt1``, …) or a
        mass column are looked for, and it is said what was found.
    tree : str

    Returns
    -------
    Masses

    Raises
    ------
    ColumnNotFound, AnalysisError
        Before events are read, for a question that has no meaning in these files.
    DataError
        After it, if nothing is selected, or the masses cannot be in GeV.
    """
    events = open_files(files, tree=tree)
    asked = checked(combination or Combination())
    remarks: tuple[str, ...] = ()
    if not (asked.collection or asked.momenta or asked.column):
        asked, remarks = combination_of(events, asked)
    found = _of_column(events, asked) if asked.column else _of_momenta(events, asked)
    parts = events.origin.source.parts if events.origin.source is not None else ()
    sources = tuple((part.path, part.entries, part.size) for part in parts)
    return replace(found, remarks=(*remarks, *found.remarks), sources=sources)


def masses_of(mass: Expr | Floats, *, label: str = "m [GeV]", unit: str | None = None) -> Masses:
    """Masses of an expression of the language, ``z.mass``, or of numbers.

    Parameters
    ----------
    mass : Expr or ndarray
    label : str
        Of the axis.
    unit : str, optional
        ``GeV`` or ``MeV``, which are converted; GeV if not given, unless the masses speak against
        it.

    Raises
    ------
    AnalysisError
        If there is no such unit.
    DataError
        If nothing is left, or the masses cannot be in GeV.
    """
    checked(Combination(unit=unit))
    values = _flat(compute(mass) if isinstance(mass, Expr) else mass) * UNITS[unit or "GeV"]
    source = mass.origin.source if isinstance(mass, Expr) and mass.origin else None
    parts = () if source is None else source.parts
    kept, steps, losses = _usable(values, "masses")
    _check_unit(kept, unit)
    return Masses(
        kept,
        label,
        steps=(("masses", len(values)), *steps),
        losses=losses,
        sources=tuple((part.path, part.entries, part.size) for part in parts),
        recipe=_recipe("m", mass) if isinstance(mass, Expr) else "given as numbers",
    )


def _of_momenta(events: Events, asked: Combination) -> Masses:
    particle, assumed = asked.combined()
    factor = UNITS[asked.unit or "GeV"]
    mass = None if particle is None else particle.mass / factor
    held = None
    if asked.momenta:
        members, remarks = column_momenta(events, asked.momenta, asked.charges, mass=mass or 0.0)
        if assumed:
            remarks = ("the particles are taken to be muons (--particle says otherwise).", *remarks)
    else:
        members, held, remarks = list_momenta(
            events, asked.collection, asked.size, exactly=not asked.every, mass=mass
        )
    square, total = _invariants(members)
    wanted = [one for one in (square, total, held) if one is not None]
    done = compute(*wanted)
    arrays = list(done) if isinstance(done, tuple) else [done]
    squares = _flat(arrays.pop(0))
    known = _flat(arrays.pop(0)) if total is not None else None
    charges = Charges(known, len(members), asked.charge)
    steps = _events_steps(events, asked, ak.to_numpy(arrays[0]) if held is not None else None)
    steps = (*steps, ("combinations", len(squares)))
    chosen, more = charges.choose()
    squares = squares[chosen]
    with np.errstate(invalid="ignore"):
        values = np.where(squares < 0, -1.0, np.sqrt(np.abs(squares))) * factor
    kept, last, said = _usable(values, "combinations")
    _check_unit(kept, asked.unit)
    return Masses(
        kept,
        f"m({_symbols(particle, asked, len(members))}) [GeV]",
        charges.decay(particle, said=bool(asked.particle)),
        charges.charge,
        (*steps, *more, *last),
        (*remarks, *charges.remarks),
        (*said, *_crowded(steps)),
        recipe=_recipe(f"m² = (ΣE)² − (Σp)² of {_named(asked)}", square),
    )


def _named(asked: Combination) -> str:
    if asked.momenta:
        return " + ".join(",".join(one) for one in asked.momenta)
    return f"{'all' if asked.every else 'the only'} {asked.size} of {asked.collection}"


def _recipe(words: str, mass: Expr) -> str:
    """In words, with the key that tells one expression from another; printed, it fills pages."""
    return f"{words} (key {mass.node.key})"


def _invariants(members: Sequence[Momentum]) -> tuple[Expr, Expr | None]:
    """Mass squared, and total charge in units of the sign."""
    energy, px, py, pz = members[0].energy, members[0].px, members[0].py, members[0].pz
    for one in members[1:]:
        energy, px, py, pz = energy + one.energy, px + one.px, py + one.py, pz + one.pz
    charges = [np.sign(one.charge) for one in members if one.charge is not None]
    total = sum(charges[1:], charges[0]) if len(charges) == len(members) else None
    return energy * energy - (px * px + py * py + pz * pz), total


def _of_column(events: Events, asked: Combination) -> Masses:
    spec = events.origin.schema.column(asked.column)
    mass = Expr(spec.node(), events.origin)
    columns = [
        Expr(events.origin.schema.column(one).node(), events.origin) for one in asked.charges
    ]
    done = compute(mass, *columns)
    values, *beside = (_flat(one) for one in (done if isinstance(done, tuple) else (done,)))
    for name, column in zip(asked.charges, beside, strict=True):
        if column.shape != values.shape:
            raise AnalysisError(
                f"'{asked.column}' has {len(values)} values, its charges '{name}' {len(column)}.",
                why="each mass needs the charges of what it was made of.",
                fix="name charge columns that run alongside the masses, or leave them out.",
            )
    charges = Charges.of_columns(beside, asked.charge)
    chosen, more = charges.choose()
    kept, last, said = _usable(values[chosen] * UNITS[asked.unit or "GeV"], "masses")
    _check_unit(kept, asked.unit)
    particle, _ = asked.combined()
    total = (f"{asked.charges[0]} is taken for the total charge.",) if len(beside) == 1 else ()
    return Masses(
        kept,
        f"m({_symbols(particle, asked, charges.size)}) [GeV]"
        if particle
        else f"{asked.column} [GeV]",
        charges.decay(particle, said=bool(asked.particle)),
        charges.charge,
        (("events", _entries(events)), ("masses", len(values)), *more, *last),
        (*total, *charges.remarks),
        said,
        recipe=_recipe(f"m = {asked.column}", mass),
    )


def _flat(array: object) -> Floats:
    flat = ak.to_numpy(ak.flatten(ak.fill_none(array, np.nan), axis=None))
    if flat.dtype.kind not in "biuf":
        raise AnalysisError(
            f"masses of the type {flat.dtype}.",
            why="masses are real numbers.",
            fix="give numbers, in GeV.",
        )
    return np.asarray(flat, np.float64)


def _entries(events: Events) -> int:
    source = events.origin.source
    return 0 if source is None else sum(part.entries for part in source.parts)


def _events_steps(
    events: Events, asked: Combination, held: Integers | None
) -> tuple[tuple[str, int], ...]:
    steps = [("events", _entries(events))]
    if held is not None:
        name, size = asked.collection, asked.size
        enough = int(np.count_nonzero(held >= size))
        steps.append((f"with at least {size} of {name}", enough))
        if not asked.every:
            steps.append((f"with exactly {size} of {name}", int(np.count_nonzero(held == size))))
    return tuple(steps)


def _crowded(steps: Sequence[tuple[str, int]]) -> tuple[str, ...]:
    """What is wrong with many combinations of one event."""
    events, combinations = steps[-2][1], steps[-1][1]
    if combinations < _CROWDED * events:
        return ()
    return (
        f"{combinations:,} combinations are of {events:,} events: those of one event are not "
        "independent, and a few events with many can look like a peak.",
    )


def _usable(
    values: Floats, what: str
) -> tuple[Floats, tuple[tuple[str, int], ...], tuple[str, ...]]:
    """Drop what is not a mass, and say how much that was."""
    if not len(values):
        raise DataError(
            f"no {what} are left.",
            why="no event has what was asked for.",
            fix="check the selection and hepline head FILE; --all takes every combination.",
        )
    finite = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        # No resonance has no mass; in files, a zero marks what is missing.
        massive = finite & (values > 0)
        negative = int(np.count_nonzero(finite & (values < 0)))
    kept = values[massive]
    strange = int(np.count_nonzero(~finite))
    below = len(values) - strange - len(kept)
    losses = []
    if strange:
        losses.append(_left_out(strange, what, "is not a number", "are not numbers"))
    if below and what == "combinations":
        losses.append(_left_out(below, what, "has no mass (E² ≤ p²)", "have no mass (E² ≤ p²)"))
    elif below:
        losses.append(_left_out(below, what, "is zero or negative", "are zero or negative"))
    if 2 * len(kept) < len(values) or negative > _MOST_NEGATIVE * len(values):
        raise DataError(
            f"{f'only {len(kept)}' if len(kept) else 'none'} of {len(values)} {what} can be used.",
            why=" ".join(losses),
            fix="check the order of the columns (E,px,py,pz or pt,eta,phi) and their units; where "
            "zero or less marks what is missing, select in Python: hl.peaks(mass[mass > 0]).",
        )
    return kept, (("with a mass", len(kept)),) if losses else (), tuple(losses)


def _left_out(number: int, what: str, one: str, many: str) -> str:
    if number > 1:
        return f"{number} {what} {many} and were left out."
    return f"1 {'mass' if what == 'masses' else 'combination'} {one} and was left out."


def _check_unit(values: Floats, unit: str | None) -> None:
    middle = float(np.median(values))
    if unit is None and middle > _NEVER_GEV:
        raise DataError(
            f"the median mass is {middle:.5g}: these look like MeV.",
            why="hepline counts in GeV, and does not guess where that changes every number.",
            fix="say --unit MeV to convert, or --unit GeV if the masses really are that large.",
        )


def _symbols(particle: Particle | None, asked: Combination, size: int) -> str:
    if particle is not None:
        return particle.symbol * size if size < 4 else f"{size}{particle.symbol}"
    return f"{size} {asked.collection or 'particles'}"

"""Errors for fields that objects lack, with a hint what to use instead."""

from __future__ import annotations

from collections.abc import Sequence

from hepline.columns.fields import Fields
from hepline.columns.foreign import FIELDS
from hepline.columns.kinematics import POLAR
from hepline.columns.schema import unreadable
from hepline.errors import ColumnNotFound, LanguageError, nearest

__all__ = ["KINEMATIC", "check_variable", "no_field"]

KINEMATIC = ("px", "py", "pz", "energy", "rapidity", "position")
"""Fields that follow from others."""


def no_field(name: str, fields: Fields, words: Sequence[str], recipe: str) -> ColumnNotFound:
    """The error for a field that objects do not have.

    Parameters
    ----------
    name : str
    fields : Fields
        Of the objects.
    words : sequence of str
        Names of their fields.
    recipe : str
        Of the objects, for the message.
    """
    obstacle = fields.obstacle(name)
    if obstacle:
        return unreadable("field", name, fields.kind, obstacle)
    lacking = fields.lacking(name) if name in (*POLAR, *KINEMATIC) else ()
    if name == "position" or not lacking or lacking == ((name, fields.kind),):
        word = FIELDS.get(name)
        return ColumnNotFound(
            f"no field '{name}' in {recipe}.",
            why=f"it has {len(words)} fields, with what follows from its four-momentum.",
            fix=nearest(name, words) if word is None else f"{word}.",
        )
    kinds = {kind: [need for need, of in lacking if of == kind] for _, kind in lacking}
    needs = ", and ".join(f"{' and '.join(needs)} of {kind}" for kind, needs in kinds.items())
    arguments = ", ".join(f"{need}=…" for need in next(iter(kinds.values())))
    return ColumnNotFound(
        f"no field '{name}' in {recipe}.",
        why=f"{name} needs {needs}, which the events do not have.",
        fix=f"say what it is, {next(iter(kinds))}.with_fields({arguments}), or use "
        f"{', '.join(words[:8])}{', …' if len(words) > 8 else ''}.",
    )


def check_variable(name: str, fields: Fields, recipe: str) -> None:
    """Refuse to vary a field that follows from others.

    Raises
    ------
    LanguageError
    """
    stored = {word for field in fields.names() for word in (field, fields.canonical(field))}
    if name in KINEMATIC and name not in stored:
        raise LanguageError(
            f"'{name}' of {recipe} is varied.",
            why="it follows from pt, eta, phi and mass, which would not follow the variation.",
            fix="vary the stored fields: pt, and mass where it scales along.",
        )

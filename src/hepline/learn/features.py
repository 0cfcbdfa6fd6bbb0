"""What a model sees: expressions with names, units, and what is done to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from hepline.columns.expression import Expr, Origin, common_origin
from hepline.errors import LanguageError, ShapeMismatch, TypeMismatch, checked_keywords, nearest

__all__ = ["Feature", "Features", "Transform", "features"]

Transform = Literal["none", "standardize", "log", "cyclic"]
_MISSING = ("keep", "median")


@dataclass(frozen=True, eq=False)
class Feature:
    """One quantity.

    Attributes
    ----------
    name : str
    values : Expr
    unit : str
        Empty for a number without one.
    transform : str
        ``none``; ``standardize``: minus mean, divided by standard deviation; ``log``: logarithm,
        then the same; ``cyclic``: cosine and sine of an angle in rad.
    missing : str or float
        ``keep``: NaN reaches the model, and only trees know what to do; ``median`` of the training
        sample; a number.
    """

    name: str
    values: Expr
    unit: str = ""
    transform: Transform = "none"
    missing: str | float = "keep"


@dataclass(frozen=True, eq=False)
class Features:
    """The inputs of a model, in order; see `features`.

    Attributes
    ----------
    columns : tuple of Feature
    """

    columns: tuple[Feature, ...] = field(repr=False)

    def __iter__(self) -> Iterator[Feature]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __repr__(self) -> str:
        rows = [f"  {f.name} [{f.unit or '1'}] {f.values.node.brief(60)}" for f in self]
        return "\n".join([f"<Features: {len(self)} for each {self.of}", *rows, ">"])

    @property
    def names(self) -> tuple[str, ...]:
        """Names in order."""
        return tuple(feature.name for feature in self)

    @property
    def units(self) -> tuple[str, ...]:
        """Units in order."""
        return tuple(feature.unit for feature in self)

    @property
    def expressions(self) -> list[Expr]:
        """Expressions in order."""
        return [feature.values for feature in self]

    @property
    def origin(self) -> Origin:
        """The events that they belong to."""
        origin = common_origin(*self.expressions)
        if origin is None:
            raise LanguageError(
                "features of no events.",
                why="all of them are constants.",
                fix="give expressions of events.",
            )
        return origin

    @property
    def depth(self) -> int:
        """0 for features of events, 1 for those of objects."""
        return max(feature.values.type.depth for feature in self)

    @property
    def of(self) -> str:
        """What is learned about: ``event`` or ``object``."""
        return "object" if self.depth else "event"


@checked_keywords
def features(
    columns: Mapping[str, Expr],
    /,
    *,
    units: Mapping[str, str] | None = None,
    transform: Transform | Mapping[str, Transform] = "none",
    missing: str | float | Mapping[str, str | float] = "keep",
) -> Features:
    """Say what a model sees, once for training, histograms and every variation.

    Parameters
    ----------
    columns : mapping of str to Expr
        Of events, or of the objects of one collection.
    units : mapping of str to str, optional
        By name: ``{"m": "GeV"}``. A model refuses features in other units.
    transform : str, or mapping of str to str
        See `Feature`; trees need none, networks want numbers around 0 and 1.
    missing : str or float, or mapping of these
        See `Feature`.

    Returns
    -------
    Features

    Raises
    ------
    LanguageError
        If there is none, units, transformations or policies name others, or a cyclic feature is
        not in rad.
    ShapeMismatch
        If some belong to other objects than the others.

    Examples
    --------
    >>> seen = hl.features({"m": z.mass, "pt": z.pt}, units={"m": "GeV"})   # doctest: +SKIP
    """
    if not columns:
        raise LanguageError(
            "features() of nothing.",
            why="a model needs at least one quantity.",
            fix="give names and expressions: hl.features({'m': z.mass}).",
        )
    for name, values in columns.items():
        if not isinstance(values, Expr) or values.type.depth > 1:
            raise TypeMismatch(
                f"the feature '{name}' is {values!r:.60}.",
                why="a feature is one number for each event, or for each object of a collection.",
                fix="choose objects or reduce lists first: jet[0].pt, hl.sum(jet.pt).",
            )
    axes = {values.type.axes for values in columns.values() if values.type.depth}
    if len(axes) > 1:
        raise ShapeMismatch(
            f"features of {len(axes)} collections.",
            why="a row of features describes one object.",
            fix="reduce the others to one number for each event.",
        )
    changes = _by_name(columns, transform, "transform", get_args(Transform))
    policies = _by_name(columns, missing, "missing", _MISSING)
    known = _by_name(columns, units or {}, "units", ())
    _check_angles(changes, known)
    return Features(
        tuple(
            Feature(
                name,
                values,
                str(known.get(name, "")),
                changes.get(name, "none"),  # type: ignore[arg-type]
                policies.get(name, "keep"),
            )
            for name, values in columns.items()
        )
    )


def _check_angles(changes: Mapping[str, Any], units: Mapping[str, Any]) -> None:
    for name, change in changes.items():
        unit = units.get(name, "")
        if change == "cyclic" and unit not in ("", "rad"):
            raise LanguageError(
                f"the angle '{name}' is in {unit}.",
                why="transform='cyclic' takes cosine and sine of a number of rad.",
                fix="convert it to rad, and say units={…: 'rad'}.",
            )


def _by_name(
    columns: Mapping[str, Expr], given: object, what: str, words: tuple[str, ...]
) -> dict[str, str | float]:
    """A choice for each feature."""
    choices: dict[str, Any] = (
        dict(given) if isinstance(given, Mapping) else dict.fromkeys(columns, given)
    )
    for name, choice in choices.items():
        if name not in columns:
            raise LanguageError(
                f"{what}= names '{name}'.",
                why="there is no feature of this name.",
                fix=nearest(name, columns),
            )
        is_number = isinstance(choice, int | float) and what == "missing"
        if words and not is_number and choice not in words:
            raise LanguageError(
                f"{what}={choice!r} for '{name}'.",
                why=f"the words are {', '.join(words)}{' and numbers' * (what == 'missing')}.",
                fix=nearest(str(choice), words),
            )
    return choices

"""Systematic variations: alternative values of a column or a weight, declared where they act."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from hepline.columns.nodes import Node, rewrite, walk
from hepline.columns.types import Type
from hepline.errors import AnalysisError, TypeMismatch, checked_keywords, users_line

__all__ = [
    "NOMINAL",
    "Nuisance",
    "Variation",
    "Vary",
    "checked_nuisance",
    "choose",
    "nuisance",
    "variations_of",
]


@dataclass(frozen=True)
class Nuisance:
    """A source of systematic uncertainty: one nuisance parameter of the fit.

    Attributes
    ----------
    name : str
        Name in the fit and in figures.
    key : str
        Part of histogram names: ``{region}_{sample}_{key}_{up|down}``.
    one_sided : bool
        Only an upward variation exists; the fit mirrors it.
    samples : tuple of str or None
        The samples it acts on; None for all.
    declared_at : str
        The user's line. Two declarations with equal settings are one nuisance.
    """

    name: str
    key: str
    one_sided: bool
    samples: tuple[str, ...] | None
    declared_at: str = field(compare=False)

    def __str__(self) -> str:
        return self.key


@dataclass(frozen=True)
class Variation:
    """One direction of a nuisance.

    Attributes
    ----------
    nuisance : Nuisance or None
        None for the nominal values.
    direction : str
        ``up``, ``down`` or, for the nominal values, empty.
    """

    nuisance: Nuisance | None
    direction: str

    @property
    def key(self) -> str:
        """``pt_scale_up``; empty for the nominal values."""
        return f"{self.nuisance.key}_{self.direction}" if self.nuisance else ""


NOMINAL = Variation(None, "")


@dataclass(frozen=True, eq=False)
class Vary(Node):
    """A value that depends on the variation under study.

    Attributes
    ----------
    nuisance : Nuisance
    nominal, up : Node
    down : Node or None
        None for a one-sided nuisance.
    """

    spelling: ClassVar[str] = "{nominal}±{nuisance}"

    nuisance: Nuisance
    nominal: Node
    up: Node
    down: Node | None

    def infer(self) -> Type:
        """The nominal type; the variations must have the same shape."""
        nominal = self.nominal.type
        optional = nominal.optional
        for varied in (self.up, self.down):
            if varied is None:
                continue
            optional = optional or varied.type.optional
            if varied.type.axes != nominal.axes or varied.type.dtype != nominal.dtype:
                raise TypeMismatch(
                    f"'{self.nuisance.name}' varies {nominal} into {varied.type}.",
                    why="a variation gives the same objects other values; it cannot add or "
                    "drop any.",
                    fix="write the variation on the same collection as the nominal value.",
                )
        return Type(nominal.dtype, nominal.axes, optional)


@checked_keywords
def nuisance(
    name: str,
    *,
    key: str | None = None,
    one_sided: bool = False,
    samples: Iterable[str] | None = None,
) -> Nuisance:
    """Declare a source of systematic uncertainty.

    A second declaration with equal settings is the same nuisance, and a run notes it; with other
    settings under the same name or key, the analysis is refused.

    Parameters
    ----------
    name : str
        Name in the fit and in figures: ``"Jet energy scale"``.
    key : str, optional
        Part of histogram names; derived from the name by default.
    one_sided : bool
        Only ``up=`` will be given; the fit mirrors it.
    samples : iterable of str, optional
        The samples it acts on; all by default.

    Returns
    -------
    Nuisance

    Examples
    --------
    >>> nuisance("Jet energy scale", one_sided=True).key
    'jet_energy_scale'
    """
    if isinstance(samples, str):
        samples = (samples,)
    word = key or re.sub(r"\W+", "_", name).strip("_").lower()
    if not word or not re.fullmatch(r"\w+", word):
        raise AnalysisError(
            f"the nuisance '{name}' cannot be given the key '{word}'.",
            why="the key becomes part of histogram names: letters, digits and _ only.",
            fix="say key='…' with such a name.",
        )
    return Nuisance(
        name, word, one_sided, None if samples is None else tuple(samples), users_line() or ""
    )


def checked_nuisance(value: object) -> Nuisance:
    """Return the argument, which must be a nuisance.

    Raises
    ------
    TypeMismatch
        If it is anything else, such as a bare name.
    """
    if isinstance(value, Nuisance):
        return value
    raise TypeMismatch(
        f"{value!r:.60} varies a column.",
        why="two places that vary together share one nuisance; a bare name does not say whether "
        "they do.",
        fix="declare it once, jes = hl.nuisance('Jet energy scale'), and give jes.",
    )


def variations_of(roots: Iterable[Node]) -> tuple[Variation, ...]:
    """List the variations in the recipes, nominal first, in order of use."""
    variations: dict[Variation, None] = {NOMINAL: None}
    for node in walk(roots):
        if isinstance(node, Vary):
            variations[Variation(node.nuisance, "up")] = None
            if node.down is not None:
                variations[Variation(node.nuisance, "down")] = None
    return tuple(variations)


def choose(roots: Iterable[Node], variation: Variation) -> tuple[Node, ...]:
    """Evaluate `Vary` nodes for one variation.

    Parameters
    ----------
    roots : iterable of Node
    variation : Variation

    Returns
    -------
    tuple of Node
        Recipes without `Vary` nodes; parts that the variation does not touch are shared with the
        nominal recipe.
    """

    def rule(node: Node) -> Node:
        if not isinstance(node, Vary):
            return node
        if node.nuisance == variation.nuisance:
            varied = node.up if variation.direction == "up" else node.down
            if varied is not None:
                return varied
        return node.nominal

    return rewrite(roots, rule)

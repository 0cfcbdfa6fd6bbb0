"""Systematic variations: alternative values of a column or a weight, declared where they act."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from hepline.columns.nodes import Node, rewrite, walk
from hepline.columns.types import Type
from hepline.errors import TypeMismatch

__all__ = [
    "COMBINATIONS",
    "MEMBERS",
    "NOMINAL",
    "ONE_SIGMA",
    "Members",
    "Nuisance",
    "Variation",
    "Varies",
    "Vary",
    "checked_nuisance",
    "choose",
    "variations_of",
]


MEMBERS = "members"  # the direction of all members of an array of weights together
ONE_SIGMA = math.erf(math.sqrt(0.5))  # the confidence level of one standard deviation, 68.27 %
# Ways to combine members, the first three as LHAPDF names the errors of a set of PDFs.
COMBINATIONS = ("replicas", "hessian", "symmhessian", "quantiles", "envelope", "scale")


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
    combine : str
        How the templates of many weights become those of one standard deviation up and down; empty
        for a nuisance that has an upward and a downward variation of its own.
    confidence_level : float
        Of the errors that the members give.
    regions, eras : tuple of str or None
        The regions and eras it acts in; None for all.
    apart : tuple of str
        What it is independent between: ``region``, ``era``, ``sample``. It is one parameter of the
        fit for each of them.
    correlation : float
        Between eras: with 0.5, half of the variance is common to all eras, and the other half is
        independent in each of them.
    effect : str
        ``both``, ``rate`` or ``shape``: which part of a variation the fit takes.
    """

    name: str
    key: str
    one_sided: bool
    samples: tuple[str, ...] | None
    declared_at: str = field(compare=False)
    combine: str = ""
    confidence_level: float = ONE_SIGMA
    regions: tuple[str, ...] | None = None
    eras: tuple[str, ...] | None = None
    apart: tuple[str, ...] = ()
    correlation: float = 1.0
    effect: str = "both"

    def acts_on(self, sample: str | None, region: str, era: str) -> bool:
        """Whether it varies the events of a sample in a region of an era."""
        return (
            (self.samples is None or sample in self.samples)
            and (self.regions is None or region in self.regions)
            and (self.eras is None or era in self.eras)
        )

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
        ``up``, ``down`` or, for the nominal values, empty; ``members`` for all members of an array
        of weights, in a histogram with one more axis.
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


@dataclass(frozen=True, eq=False)
class Members(Node):
    """A factor of a weight with many alternatives: the members of a set of PDFs, say.

    Attributes
    ----------
    nuisance : Nuisance
    nominal : Node
        One per event.
    members : Node
        The alternatives, a list per event.
    first : int
        Number of the first one: 0 if it is the central member, otherwise 1.
    count : int
        How many there are in each event.
    """

    spelling: ClassVar[str] = "{nominal}±{nuisance}"

    nuisance: Nuisance
    nominal: Node
    members: Node
    first: int
    count: int

    def infer(self) -> Type:
        """The nominal type."""
        return self.nominal.type


Varies = Vary | Members
"""Nodes whose value a nuisance changes."""


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


def variations_of(
    roots: Iterable[Node], needs: Callable[[Node], tuple[Node, ...]] | None = None
) -> tuple[Variation, ...]:
    """List the variations in the recipes, nominal first, in order of use.

    Parameters
    ----------
    roots : iterable of Node
    needs : callable, optional
        The inputs of a node that may vary; all of them by default.
    """
    variations: dict[Variation, None] = {NOMINAL: None}
    for node in walk(roots) if needs is None else walk(roots, needs):
        if isinstance(node, Vary):
            variations[Variation(node.nuisance, "up")] = None
            if node.down is not None:
                variations[Variation(node.nuisance, "down")] = None
        elif isinstance(node, Members):
            variations[Variation(node.nuisance, MEMBERS)] = None
    return tuple(variations)


def choose(
    roots: Iterable[Node], variation: Variation, known: dict[Node, Node] | None = None
) -> tuple[Node, ...]:
    """Evaluate `Vary` and `Members` nodes for one variation; `Members` are nominal.

    Parameters
    ----------
    roots : iterable of Node
    variation : Variation
    known : dict of Node to Node, optional
        See `rewrite`.

    Returns
    -------
    tuple of Node
        Recipes without `Vary` nodes; parts that the variation does not touch are shared with the
        nominal recipe.
    """

    def rule(node: Node) -> Node:
        if not isinstance(node, Varies):
            return node
        if isinstance(node, Vary) and node.nuisance == variation.nuisance:
            varied = node.up if variation.direction == "up" else node.down
            if varied is not None:
                return varied
        return node.nominal

    return rewrite(roots, rule, known)

"""What is computed for a skim: which events pass, and new columns under each variation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from hepline.columns.choices import Choices
from hepline.columns.elementwise import FillMissing
from hepline.columns.leaves import Constant
from hepline.columns.lifting import joined
from hepline.columns.nodes import Node
from hepline.columns.origin import all_of
from hepline.columns.vary import MEMBERS, NOMINAL, Nuisance, Variation
from hepline.data.writing.columns import Written
from hepline.engine.handover import Kept
from hepline.errors import LanguageError
from hepline.exchange.wanted import Made, Selection

__all__ = ["PASSES", "Recipe", "Variant", "recipe_of"]

PASSES = "passes"
"""Column that says which kept events pass, where this depends on the variation."""


@dataclass(frozen=True)
class Variant:
    """A computed column under one variation.

    Attributes
    ----------
    written : Written
    node : Node
        Without variations.
    base : str
        Name of the nominal column.
    variation : Variation
    """

    written: Written
    node: Node
    base: str
    variation: Variation = NOMINAL


@dataclass(frozen=True)
class Recipe:
    """Everything that is computed for the events of a skim.

    Attributes
    ----------
    steps : tuple of (str, Node)
        Label of each condition, and whether an event passes it and all before, nominally.
    passing : Node or None
        Whether an event is kept: it passes nominally or under a variation. None keeps all.
    variants : tuple of Variant
    """

    steps: tuple[tuple[str, Node], ...]
    passing: Node | None
    variants: tuple[Variant, ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Steps of all events, the kept events, then the columns of these."""
        flags = [node for _, node in self.steps]
        flags += [] if self.passing is None else [self.passing]
        columns = [v.node if self.passing is None else Kept(v.node, self.passing)
                   for v in self.variants]  # fmt: skip
        return (*flags, *columns)

    @property
    def nuisances(self) -> tuple[Nuisance, ...]:
        """The nuisances of all variations, in order."""
        of_variants = (variant.variation.nuisance for variant in self.variants)
        return tuple(dict.fromkeys(nuisance for nuisance in of_variants if nuisance))


def recipe_of(selection: Selection, *, variations: bool) -> Recipe:
    """Write down what is computed.

    Parameters
    ----------
    selection : Selection
    variations : bool
        Whether columns are kept under their variations, too.

    Raises
    ------
    LanguageError
        If a variation gives a column other objects.
    """
    where = selection.origin.where
    roots = [made.node for made in selection.made]
    conditions = [node for _, node in selection.origin.selection]
    choices = Choices([*roots, *conditions, *([] if where is None else [where])])
    steps = []
    for number, (label, _) in enumerate(selection.origin.selection, 1):
        passed = all_of(conditions[:number])
        steps.append((label, _certain(_chosen(choices, passed, NOMINAL))))
    if where is None:
        return Recipe((), None, tuple(_variants(choices, selection.made, variations)))
    nominal = _certain(_chosen(choices, where, NOMINAL))
    made = selection.made
    passing: list[Node] = [nominal]
    if variations:
        passing += [_certain(node) for _, node in _varied(choices, where, "the selection")]
    if len(passing) > 1:
        made = (*made, Made(Written(PASSES, "bool"), where))
    kept = joined("bitwise_or", dict.fromkeys(passing))
    return Recipe(tuple(steps), kept, tuple(_variants(choices, made, variations)))


def _certain(node: Node) -> Node:
    """A condition where a missing value counts as false."""
    return FillMissing(node, Constant(False, "bool")) if node.type.optional else node


def _chosen(choices: Choices, node: Node | None, variation: Variation) -> Node:
    value = None if node is None else choices.chosen(node, variation)
    if value is None:
        raise TypeError("a condition has a value under every variation")
    return value


def _varied(choices: Choices, node: Node, name: str) -> Iterator[tuple[Variation, Node]]:
    """The variations that change a recipe."""
    nominal = _chosen(choices, node, NOMINAL)
    for variation in choices.variations(node):
        if variation.direction == MEMBERS and variation.nuisance is not None:
            raise LanguageError(
                f"{name} is varied by all members of '{variation.nuisance.name}'.",
                why="a column holds one value under each variation, not one for each member.",
                fix="keep the array of members as it is, and declare the nuisance on the skim.",
            )
        varied = _chosen(choices, node, variation)
        if varied is not nominal:
            yield variation, varied


def _variants(choices: Choices, made: tuple[Made, ...], variations: bool) -> Iterator[Variant]:
    """Each new column, nominal and varied."""
    for column in made:
        name = column.written.name
        nominal = _chosen(choices, column.node, NOMINAL)
        if name == PASSES:
            nominal = _certain(nominal)
        yield Variant(column.written, nominal, name)
        if not variations:
            continue
        for variation, node in _varied(choices, column.node, f"the column '{name}'"):
            if node.type.axes != nominal.type.axes:
                raise LanguageError(
                    f"the column '{name}' has other objects under '{variation.key}'.",
                    why="a variation that is kept gives the same objects other values: lists of "
                    "other lengths would not pair with the nominal ones.",
                    fix="keep the whole collection, and choose among its objects after opening "
                    "the skim; or say variations=False.",
                )
            written = replace(column.written, name=f"{name}__{variation.key}")
            yield Variant(written, _certain(node) if name == PASSES else node, name, variation)

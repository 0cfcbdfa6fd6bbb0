"""What is computed for a skim: which events pass, and new columns under each variation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hepline.columns.choices import Choices
from hepline.columns.elementwise import FillMissing
from hepline.columns.leaves import Constant
from hepline.columns.lifting import joined
from hepline.columns.nodes import Node
from hepline.columns.origin import all_of
from hepline.columns.skimmed import Alternative
from hepline.columns.vary import MEMBERS, NOMINAL, Nuisance, Variation
from hepline.data.writing.columns import Written
from hepline.engine.handover import Kept
from hepline.errors import LanguageError
from hepline.exchange.wanted import Made, Selection

__all__ = ["PASSES", "Recipe", "Variant", "recipe_of"]

PASSES = "skim_passes"
"""Column that says which kept events pass, where this depends on the variation."""


@dataclass(frozen=True)
class Variant:
    """A computed column, nominal or under one variation.

    Attributes
    ----------
    written : Written
    node : Node
        Without variations.
    """

    written: Written
    node: Node


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
    alternatives : tuple of Alternative
        Which of them are variations of which.
    """

    steps: tuple[tuple[str, Node], ...]
    passing: Node | None
    variants: tuple[Variant, ...]
    alternatives: tuple[Alternative, ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Steps of all events, the kept events, then the columns of these."""
        flags = [node for _, node in self.steps]
        flags += [] if self.passing is None else [self.passing]
        columns = [v.node if self.passing is None else Kept(v.node, self.passing)
                   for v in self.variants]  # fmt: skip
        return (*flags, *columns)


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
    made = selection.made
    conditions = [node for _, node in selection.origin.selection]
    roots = [*(column.node for column in made), *conditions, *_there(where)]
    choices = _Choices(roots, variations=variations)
    if where is None:
        return Recipe((), None, *_variants(choices, made))
    steps = tuple(
        (label, _certain(choices.value(all_of(conditions[:number]) or where, NOMINAL)))
        for number, (label, _) in enumerate(selection.origin.selection, 1)
    )
    varied = choices.varied(where, "the selection")
    if any(node is not None for _, node in varied):
        made = (*made, Made(Written(PASSES, "bool"), where))
    passing = [choices.value(where, NOMINAL), *(node for _, node in varied if node is not None)]
    kept = joined("bitwise_or", map(_certain, passing))
    return Recipe(steps, kept, *_variants(choices, made))


def _there(where: Node | None) -> list[Node]:
    return [] if where is None else [where]


def _certain(node: Node) -> Node:
    """A condition where a missing value counts as false."""
    return FillMissing(node, Constant(False, "bool")) if node.type.optional else node


class _Choices:
    """Recipes under each of their variations.

    Parameters
    ----------
    roots : sequence of Node
    variations : bool
        False leaves all of them out.
    """

    def __init__(self, roots: Sequence[Node], *, variations: bool) -> None:
        self._choices = Choices(roots)
        self._variations = variations

    def value(self, node: Node, variation: Variation) -> Node:
        """A recipe under one variation."""
        value = self._choices.chosen(node, variation)
        if value is None:
            raise TypeError(f"{node} has no value under {variation.key}")
        return value

    def varied(self, node: Node, name: str) -> list[tuple[Variation, Node | None]]:
        """Its variations, each with the recipe if that changes.

        Raises
        ------
        LanguageError
            For the members of a set: they do not make columns.
        """
        if not self._variations:
            return []
        nominal = self.value(node, NOMINAL)
        varied: list[tuple[Variation, Node | None]] = []
        for variation in self._choices.variations(node):
            if variation == NOMINAL:
                continue
            if variation.direction == MEMBERS:
                raise LanguageError(
                    f"{name} is varied by all members of '{variation.nuisance}'.",
                    why="a column holds one value under each variation, not one for each member.",
                    fix="keep the array of members as it is, and declare the nuisance on the skim.",
                )
            value = self.value(node, variation)
            varied.append((variation, None if value is nominal else value))
        return varied


def _variants(
    choices: _Choices, made: Sequence[Made]
) -> tuple[tuple[Variant, ...], tuple[Alternative, ...]]:
    """Each new column, nominal and varied, and what varies it."""
    variants: list[Variant] = []
    alternatives: list[Alternative] = []
    for column in made:
        name = column.written.name
        nominal = choices.value(column.node, NOMINAL)
        variants.append(Variant(*_flag(column.written, nominal)))
        columns: dict[Nuisance, dict[str, str]] = {}
        for variation, node in choices.varied(column.node, f"the column '{name}'"):
            directions = columns.setdefault(_nuisance(variation), {})
            directions[variation.direction] = name
            if node is None:
                continue
            if node.type.axes != nominal.type.axes:
                raise _other_objects(name, variation)
            directions[variation.direction] = f"{name}__{variation.key}"
            written = replace(column.written, name=f"{name}__{variation.key}")
            variants.append(Variant(*_flag(written, node)))
        alternatives += [
            Alternative(name, nuisance, sides["up"], sides.get("down"))
            for nuisance, sides in columns.items()
            if any(side != name for side in sides.values())
        ]
    return tuple(variants), tuple(alternatives)


def _flag(written: Written, node: Node) -> tuple[Written, Node]:
    """A column that may miss values; the flag of events that pass may not."""
    if written.name.partition("__")[0] == PASSES:
        return written, _certain(node)
    return replace(written, optional=node.type.optional), node


def _nuisance(variation: Variation) -> Nuisance:
    if variation.nuisance is None:
        raise TypeError("nominal values have no nuisance")
    return variation.nuisance


def _other_objects(name: str, variation: Variation) -> LanguageError:
    return LanguageError(
        f"the column '{name}' has other objects under '{variation.key}'.",
        why="a variation that is kept gives the same objects other values: lists of other lengths "
        "would not pair with the nominal ones.",
        fix="keep the whole collection, and choose among its objects after opening the skim; or "
        "say variations=False.",
    )

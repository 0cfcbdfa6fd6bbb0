"""Samples: a process with its cross-section, the files that hold it, and its uncertainties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hepline.analysis.regions import cuts_of
from hepline.analysis.settings import is_finite
from hepline.columns.elementwise import FillMissing
from hepline.columns.expression import Expr
from hepline.columns.leaves import Constant
from hepline.columns.lifting import build
from hepline.columns.nodes import Node
from hepline.columns.origin import all_of
from hepline.columns.types import BOOL
from hepline.columns.weight import Weight
from hepline.errors import AnalysisError, checked_keywords, users_line

__all__ = [
    "Alternative",
    "Component",
    "Part",
    "Sample",
    "Side",
    "alternative",
    "check_sides",
    "components_of",
    "part",
    "parts_of",
]


@dataclass(frozen=True)
class Alternative:
    """An uncertainty from a different simulation: one nuisance parameter of the fit.

    Attributes
    ----------
    name : str
        Name in the fit and in figures.
    one_sided : bool
        Only one alternative simulation exists; the fit mirrors it.
    declared_at : str
        The user's line.
    """

    name: str
    one_sided: bool
    declared_at: str

    @property
    def up(self) -> Side:
        """The upward side."""
        return Side(self, "up")

    @property
    def down(self) -> Side:
        """The downward side."""
        return Side(self, "down")


@dataclass(frozen=True)
class Side:
    """One direction of an `Alternative`."""

    alternative: Alternative
    direction: str


@checked_keywords
def alternative(name: str, *, one_sided: bool = False) -> Alternative:
    """Declare an uncertainty that comes from alternative simulations.

    Parameters
    ----------
    name : str
    one_sided : bool

    Examples
    --------
    >>> scale = alternative("ttbar scale variations")
    >>> variations = {"scaleup": scale.up, "scaledown": scale.down}
    """
    return Alternative(name, one_sided, users_line() or "")


@dataclass(frozen=True)
class Part:
    """One entry of the list of files that a sample is made of.

    Attributes
    ----------
    name : str
        As in the list of files.
    cross_section : float or None
        In pb; None takes that of the sample or of the list of files.
    slice : Node or None
        The events that this entry adds to, or that it alone contributes.
    """

    name: str
    cross_section: float | None = None
    slice: Node | None = None


@checked_keywords
def part(*, cross_section: float | None = None, where: Expr | None = None) -> Part:
    """Describe one of several entries of the list of files that make up a sample.

    Parameters
    ----------
    cross_section : float, optional
        In pb.
    where : Expr, optional
        For simulation, the slice of the phase space that these files were generated in, such as
        ``ev.LHE.Njets == 1``. Events of an inclusive entry (without ``where``) in the slice are
        then weighted down, so that both together stand for the cross-section. For data, the trigger
        of a primary dataset: an event counts in the first dataset whose trigger fired.

    Examples
    --------
    >>> files = {"WJets": part(cross_section=61527), "W4Jets": part(cross_section=544.3)}
    """
    node = all_of([node for _, node in cuts_of(where)]) if where is not None else None
    return Part("", _checked_cross_section(cross_section, "hl.part"), node)


def _checked_cross_section(value: float | None, owner: str) -> float | None:
    if value is None:
        return None
    if not (is_finite(value) and value > 0):
        raise AnalysisError(
            f"cross_section={value!r} of {owner}.",
            why="a process that happens has a positive cross-section.",
            fix="give it in pb: cross_section=729.84 * hl.units.pb.",
        )
    return float(value)


def parts_of(
    name: str,
    files: str | Sequence[str] | Mapping[str, Part] | None,
    cross_section: float | None = None,
) -> tuple[Part, ...]:
    """The entries of the list of files behind a sample.

    Raises
    ------
    AnalysisError
        For an entry that is named twice, or cross-sections of the sample and of its entries.
    """
    total = _checked_cross_section(cross_section, f"sample '{name}'")
    if files is None or isinstance(files, str):
        return (Part(files or name, total),)
    if isinstance(files, Mapping):
        parts = tuple(Part(key, given.cross_section, given.slice) for key, given in files.items())
    else:
        parts = tuple(Part(key) for key in files)
    names = [given.name for given in parts]
    if not names or len(set(names)) < len(names):
        raise AnalysisError(
            f"files={files!r:.60} of sample '{name}'.",
            why="a sample is made of at least one entry of the list of files, each of them once.",
            fix='name the entries: files=["DYlow", "DYhigh"].',
        )
    if total is not None and len(parts) > 1:
        raise AnalysisError(
            f"the sample '{name}' has one cross-section and {len(parts)} entries in the list of "
            "files.",
            why="each entry is normalized to its own cross-section.",
            fix='give them apart: files={"WJets": hl.part(cross_section=…), …}.',
        )
    if total is not None and parts[0].cross_section is None:
        parts = (Part(parts[0].name, total, parts[0].slice),)
    return parts


@dataclass(frozen=True)
class Sample:
    """A process in the model of the data, or recorded data.

    Attributes
    ----------
    name : str
    label : str
        For figures.
    recorded : bool
        Whether these are recorded data: neither scaled nor weighted.
    parts : tuple of Part
        Entries of the list of files.
    where : Node or None
        The events of these files that belong to the sample.
    weight : Weight or None
        A factor on the weight of the analysis.
    variations : tuple of (str, Side)
        Name of the alternative file set, and which side of which uncertainty it is.
    normalization : str or None
        Name of the free parameter that scales this sample.
    bounds : tuple of (float, float)
        Of that parameter.
    point : tuple of (str, float)
        Parameters of a signal, such as its mass; empty for any other sample.
    fit : bool
        Whether it is expected in the data; otherwise it is only filled and counted.
    """

    name: str
    label: str
    recorded: bool = False
    parts: tuple[Part, ...] = ()
    where: Node | None = None
    weight: Weight | None = field(default=None, compare=False)
    variations: tuple[tuple[str, Side], ...] = ()
    normalization: str | None = None
    bounds: tuple[float, float] = (0.0, 10.0)
    point: tuple[tuple[str, float], ...] = ()
    fit: bool = True

    @property
    def separate(self) -> tuple[Part, ...]:
        """The parts whose cross-sections add up to that of the sample.

        A slice of an inclusive part belongs to the cross-section of that one.
        """
        inclusive = tuple(given for given in self.parts if given.slice is None)
        stitched = 0 < len(inclusive) < len(self.parts)
        return inclusive[:1] if stitched else self.parts

    @property
    def cross_section(self) -> float | None:
        """Of all its parts together, in pb; None if one is not declared."""
        declared = [given.cross_section for given in self.separate]
        return None if None in declared else sum(value or 0.0 for value in declared)


@dataclass(frozen=True)
class Component:
    """Events of one entry of the list of files that are filled with one scale.

    Attributes
    ----------
    sample : str
    part : str
        The entry of the list of files.
    where : Node or None
        Which of its events.
    together : tuple of str
        All entries that hold such events: their equivalent luminosities add up.
    """

    sample: str
    part: str
    where: Node | None
    together: tuple[str, ...]


def components_of(sample: Sample) -> tuple[Component, ...]:
    """Divide a sample into components, so that every event is counted once.

    An event in several slices belongs to the first of them. Entries without a slice are inclusive
    if others have one; where no entry has a slice, they are separate processes.
    """
    slices = dict.fromkeys(given.slice for given in sample.parts if given.slice is not None)
    if not slices:
        return tuple(_component(sample, given, [], (given.name,)) for given in sample.parts)
    inclusive = [given.name for given in sample.parts if given.slice is None]
    components = []
    earlier: list[Node] = []
    for node in slices:
        here = [given.name for given in sample.parts if given.slice in (node, None)]
        conditions = [*earlier, node]
        components += [
            _component(sample, given, conditions, tuple(here))
            for given in sample.parts
            if given.name in here
        ]
        earlier.append(build("invert", (_decided(node),)))
    components += [
        _component(sample, given, earlier, tuple(inclusive))
        for given in sample.parts
        if given.slice is None
    ]
    return tuple(components)


def _decided(condition: Node) -> Node:
    """The condition, false where it is missing: such an event is outside of the slice."""
    if not condition.type.optional:
        return condition
    return FillMissing(condition, Constant(False, BOOL.name))


def _component(
    sample: Sample, given: Part, conditions: list[Node], together: tuple[str, ...]
) -> Component:
    where = all_of([*conditions, *([] if sample.where is None else [sample.where])])
    return Component(sample.name, given.name, where, together)


def check_sides(
    sample: str, variations: Mapping[str, Alternative | Side]
) -> tuple[tuple[str, Side], ...]:
    """Check that the alternative file sets complete their uncertainties.

    Raises
    ------
    AnalysisError
        If a two-sided uncertainty lacks a side, or a side is given twice.
    """
    sides = tuple(
        (key, side if isinstance(side, Side) else side.up) for key, side in variations.items()
    )
    for key, side in sides:
        directions = [
            other.direction for _, other in sides if other.alternative == side.alternative
        ]
        expected = ["up"] if side.alternative.one_sided else ["down", "up"]
        if sorted(directions) != expected:
            raise AnalysisError(
                f"'{side.alternative.name}' of sample '{sample}' has the sides "
                f"{', '.join(directions)}.",
                why=f"it is {'one' if side.alternative.one_sided else 'two'}-sided: the file set "
                f"'{key}' does not complete it.",
                fix="give name.up and name.down, or declare hl.alternative(…, one_sided=True).",
            )
    return sides

"""Cut a plan into phases at calls, which kernels do not contain.

Each phase is one kernel (or one walk through the blocks of a schedule). It passes values to calls,
whose results are columns for the phases after it. A call runs only for events that still matter:
those that pass the conditions before it in at least one selection that needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from hepline.columns.call import Call
from hepline.columns.elementwise import Cast
from hepline.columns.fill import Fill
from hepline.columns.leaves import Collection, Column, Constant
from hepline.columns.mapping import Map
from hepline.columns.nodes import Node, walk
from hepline.engine.conditions import Path, all_hold, any_holds, paths, ranking
from hepline.engine.handover import Computed, Kept
from hepline.engine.schedule import Block, Sink, parts, schedule

__all__ = ["Phase", "Step", "divide", "is_call"]

Outside = Callable[[Node], bool]


@dataclass(frozen=True)
class Step:
    """One node that is computed between two phases.

    Attributes
    ----------
    node : Node
        A call, or a node that kernels cannot express, with inputs of its phase.
    name : str
        Name of the resulting column.
    kept : tuple of Kept
        Its inputs for the events that need it.
    """

    node: Node
    name: str
    kept: tuple[Kept, ...]


@dataclass(frozen=True)
class Phase:
    """A part of the plan that runs in one go.

    Attributes
    ----------
    fills : tuple of Fill
    arrays : tuple of Node
    steps : tuple of Step
        The calls after it, on its kept values; only the last phase has none.
    selected : tuple of Kept
        Requested columns of some events only.
    """

    fills: tuple[Fill, ...]
    arrays: tuple[Node, ...]
    steps: tuple[Step, ...] = ()
    selected: tuple[Kept, ...] = ()

    @property
    def kept(self) -> tuple[Kept, ...]:
        """The distinct values of some events, in order: for the steps, and as results."""
        needs = (kept for step in self.steps for kept in step.kept)
        return tuple(dict.fromkeys((*needs, *self.selected)))

    @property
    def is_plain(self) -> bool:
        """Whether the phase only passes columns on, without any computation."""
        plain = Column | Collection | Cast | Constant
        return bool(self.steps) and all(
            kept.where is None and all(isinstance(node, plain) for node in walk([kept.values]))
            for kept in self.kept
        )

    def blocks(self) -> tuple[Block, ...]:
        """The blocks for the awkward evaluator."""
        return schedule((*self.fills, *self.kept), self.arrays)


def is_call(node: Node) -> bool:
    """Whether a node always runs between phases: a call, or a map to lists of unknown length."""
    return isinstance(node, Call) or (isinstance(node, Map) and node.makes_list)


def divide(
    fills: Sequence[Fill], arrays: Sequence[Node], outside: Outside = is_call
) -> tuple[Phase, ...]:
    """Cut a graph into phases.

    Parameters
    ----------
    fills : sequence of Fill
        Without variations.
    arrays : sequence of Node
        Computed for every event, or for some (`Kept`).
    outside : callable, optional
        Whether a node is computed between phases.

    Returns
    -------
    tuple of Phase
        The last one holds the histograms and columns, in their order.
    """
    roots = (*fills, *arrays)
    apart = [node for node in walk(roots) if outside(node)]
    if not apart:
        return (_last(fills, arrays),)
    partial = [node for node in arrays if isinstance(node, Kept)]
    whole = [node for node in arrays if not isinstance(node, Kept)]
    cut = _Cut(apart, (*fills, *partial), whole)
    new, step_nodes = _renamed([*roots, *cut.conditions], outside)
    phases: list[Phase] = []
    for depth in range(max(cut.depths.values()) + 1):
        nodes = [node for node in apart if cut.depths[node] == depth]
        phases.append(
            Phase((), (), tuple(_step(step_nodes[node], cut.needs[node], new) for node in nodes))
        )
    return (*phases, _last([new[fill] for fill in fills], [new[node] for node in arrays]))


def _last(fills: Sequence[Node], arrays: Sequence[Node]) -> Phase:
    """The last phase, with the requested outputs."""
    return Phase(
        tuple(fill for fill in fills if isinstance(fill, Fill)),
        tuple(node for node in arrays if not isinstance(node, Kept)),
        selected=tuple(node for node in arrays if isinstance(node, Kept)),
    )


def _step(node: Node, where: Node | None, new: dict[Node, Node]) -> Step:
    condition = None if where is None else new[where]
    inputs = dict.fromkeys(part for part in node.inputs if not isinstance(part, Constant))
    return Step(node, node.key, tuple(Kept(part, condition) for part in inputs))


def _renamed(roots: Sequence[Node], outside: Outside) -> tuple[dict[Node, Node], dict[Node, Node]]:
    """Map every node to its form inside the phases, and the nodes between phases to theirs."""
    new: dict[Node, Node] = {}
    step_nodes: dict[Node, Node] = {}
    columns: dict[Node, Node] = {}
    for node in walk(roots):
        rebuilt = node.rebuild(new.__getitem__)
        if outside(node):
            step_nodes[node] = rebuilt
            makes_list = rebuilt in rebuilt.type.axes
            lists = tuple(
                columns.get(axis, axis) for axis in rebuilt.type.axes if axis is not rebuilt
            )
            type_ = rebuilt.type
            columns[rebuilt] = Computed(
                rebuilt.key, type_.dtype.name, lists, type_.optional, makes_list, str(node)
            )
            rebuilt = columns[rebuilt]
        new[node] = rebuilt
    return new, step_nodes


def _run(node: Node) -> object:
    """A key that nodes share if one run of a call computes them."""
    return (node.called, node.operands) if isinstance(node, Call) else node


class _Cut:
    """Time and events at which the nodes between phases are computed.

    Attributes
    ----------
    needs : dict of Node to (Node or None)
        Condition on events; None for all.
    depths : dict of Node to int
        Number of the phase after which it is computed.
    """

    def __init__(
        self, apart: Sequence[Node], fills: Sequence[Sink], arrays: Sequence[Node]
    ) -> None:
        # All outputs of a call come from one run.
        runs: dict[object, int] = {}
        self._bits = {node: 1 << runs.setdefault(_run(node), len(runs)) for node in apart}
        self._reach: dict[Node, int] = {}
        # Every selection tries its conditions in the same order: of two calls in conditions, the
        # same one always comes first, so none can wait for itself.
        order = self._ordered(apart, ranking(fills))
        selections = paths(fills)
        always = self._calls(arrays)
        self.needs: dict[Node, Node | None] = {}
        self.depths: dict[Node, int] = {}
        earlier = 0
        for node in order:
            bit = self._bits[node]
            self.needs[node] = need = None if always & bit else self._need(bit, selections, earlier)
            before = self._calls((*node.inputs, *(() if need is None else (need,))))
            depths = (self.depths[other] + 1 for other in order if before & self._bits[other])
            self.depths[node] = max(depths, default=0)
            earlier |= bit

    @property
    def conditions(self) -> tuple[Node, ...]:
        """The conditions of all needs."""
        return tuple(dict.fromkeys(need for need in self.needs.values() if need is not None))

    def _calls(self, roots: Iterable[Node]) -> int:
        """Bits of the calls in recipes."""
        roots, reach, bits = tuple(roots), self._reach, 0
        for node in walk(roots, lambda part: () if part in reach else part.inputs):
            if node not in reach:
                reach[node] = self._bits.get(node, 0)
                for part in node.inputs:
                    reach[node] |= reach[part]
        for root in roots:
            bits |= reach[root]
        return bits

    def _ordered(self, apart: Sequence[Node], conditions: Sequence[Node]) -> list[Node]:
        """The calls in the order of the first condition that holds them, inputs first."""
        first = dict.fromkeys(apart, len(conditions))
        for number, condition in enumerate(conditions):
            inside = self._calls([condition])
            for node in apart:
                if inside & self._bits[node]:
                    first[node] = min(first[node], number)
        return sorted(apart, key=first.__getitem__)

    def _need(self, bit: int, selections: dict[Sink, Path], earlier: int) -> Node | None:
        """The condition that any selection still needs a call, from earlier calls alone."""
        terms: list[list[Node]] = []
        for fill, path in selections.items():
            flags = [bool(self._calls([condition]) & bit) for condition in path]
            if not (any(flags) or self._calls(parts(fill)) & bit):
                continue
            before = path[: flags.index(True)] if any(flags) else path
            terms.append(
                [condition for condition in before if not self._calls([condition]) & ~earlier]
            )
        common = [condition for condition in terms[0] if all(condition in term for term in terms)]
        rest = [
            all_hold(condition for condition in term if condition not in common) for term in terms
        ]
        others = [condition for condition in rest if condition is not None]
        if len(others) == len(rest):
            alternatives = any_holds(others)
            common += [] if alternatives is None else [alternatives]
        return all_hold(common)

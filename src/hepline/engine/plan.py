"""The plan of a pass: named stages from request to kernel, each checked.

verify    columns exist in the source, every type is right, lists pair where they must
fold      everything that does not depend on the events is computed
share     commutative operands are ordered, so that equal nodes become one
prune     variations that do not act on this sample are dropped
push      reductions move below the selections that they count
split     one recipe per variation; untouched parts stay shared
divide    calls separate phases; a call runs for events that still matter
schedule  cheap cuts come first; costly parts run only for events that pass
lower     phases become the source of kernels, for the compiled evaluator
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from hepline.columns.call import Call
from hepline.columns.choices import Choices
from hepline.columns.fill import Fill
from hepline.columns.leaves import Collection, Constant, Sublists
from hepline.columns.nodes import Node, rewrite, walk
from hepline.columns.schema import Schema
from hepline.columns.simulated import Simulated
from hepline.columns.types import BOOL
from hepline.columns.vary import NOMINAL, Variation, Varies
from hepline.engine.phases import Phase, divide
from hepline.engine.rules.bind import bind, columns_of
from hepline.engine.rules.fold import fold
from hepline.engine.rules.pair import Pairings, paired
from hepline.engine.rules.push import push
from hepline.engine.rules.share import share
from hepline.engine.schedule import Block
from hepline.errors import LanguageError, nearest

__all__ = ["STAGES", "Output", "Plan", "plan"]


@dataclass(frozen=True)
class Output:
    """One output of the pass over the events.

    Attributes
    ----------
    request : int
        Position among the requests.
    variation : Variation
    node : Node
        A `Fill`, or a column.
    """

    request: int
    variation: Variation
    node: Node


@dataclass(frozen=True)
class Plan:
    """The computation at some stage.

    Attributes
    ----------
    schema : Schema
    sample : str or None
        The sample of the events: nuisances may act on some samples only.
    systematics : bool
        Whether variations are computed.
    simulated : bool
        Whether the events are simulated, so that conditions on data always hold.
    outputs : tuple of Output
    unchanged : tuple of (int, Variation)
        Variations that equal the nominal recipe, by request.
    phases : tuple of Phase
        Empty before `divide`.
    blocks : tuple of tuple of Block
        The blocks of each phase; empty before `schedule`.
    pairings : tuple of tuple of str
        Axes of the source whose lists must be equally long in every event.
    pruned : bool
        Whether the requests hold only the variations that act on their samples.
    """

    schema: Schema
    sample: str | None
    systematics: bool
    simulated: bool
    outputs: tuple[Output, ...]
    unchanged: tuple[tuple[int, Variation], ...] = ()
    phases: tuple[Phase, ...] = ()
    blocks: tuple[tuple[Block, ...], ...] = ()
    pairings: Pairings = ()
    pruned: bool = False

    @cached_property
    def roots(self) -> tuple[Node, ...]:
        """The nodes of all outputs."""
        return tuple(output.node for output in self.outputs)

    @cached_property
    def fills(self) -> tuple[Fill, ...]:
        """Distinct histograms, in order."""
        return tuple(dict.fromkeys(node for node in self.roots if isinstance(node, Fill)))

    @cached_property
    def arrays(self) -> tuple[Node, ...]:
        """Distinct columns, in order."""
        return tuple(dict.fromkeys(node for node in self.roots if not isinstance(node, Fill)))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Columns that are read."""
        return columns_of(self.roots)

    @cached_property
    def collections(self) -> tuple[str, ...]:
        """Axes of the source whose lengths are needed."""
        names = {node.name for node in walk(self.roots) if isinstance(node, Collection | Sublists)}
        return tuple(sorted(names.union(*self.pairings)))

    def rewritten(self, rule: Callable[[Node], Node]) -> Plan:
        """Apply a rule to every node of the plan."""
        nodes = rewrite(self.roots, rule)
        outputs = tuple(
            replace(output, node=node) for output, node in zip(self.outputs, nodes, strict=True)
        )
        return replace(self, outputs=outputs)


def _verify(draft: Plan) -> Plan:
    # Columns that only other samples have are not looked for.
    draft = draft.rewritten(_of_sample(draft))
    bound = draft.rewritten(bind(draft.schema, draft.sample))
    nodes, pairings = paired(bound.roots, draft.schema)
    outputs = tuple(
        replace(output, node=node) for output, node in zip(bound.outputs, nodes, strict=True)
    )
    return replace(bound, outputs=outputs, pairings=pairings)


def _of_sample(draft: Plan) -> Callable[[Node], Node]:
    """Keep what acts on the sample, where it is known: simulation or data, and its variations."""
    recorded = draft.sample is not None and not draft.simulated

    def rule(node: Node) -> Node:
        if isinstance(node, Simulated):
            return node.recorded if recorded else node.simulated
        if isinstance(node, Call) and node.called.data_only and draft.simulated:
            return Constant(True, BOOL.name)
        return node if draft.sample is None else _acting(draft, node)

    return rule


def _acting(draft: Plan, node: Node) -> Node:
    """The nominal value in place of variations that do not act on the sample."""
    if draft.pruned or not isinstance(node, Varies):
        return node
    samples = node.nuisance.samples
    elsewhere = samples is not None and draft.sample not in samples
    return node.nominal if elsewhere or not draft.systematics else node


def _prune(draft: Plan) -> Plan:
    return draft.rewritten(lambda node: _acting(draft, node))


def _split(draft: Plan) -> Plan:
    if not any(isinstance(node, Varies) for node in walk(draft.roots)):
        return draft
    outputs: list[Output] = []
    choices = Choices(draft.roots)
    for output in draft.outputs:
        for variation in choices.variations(output.node):
            node = choices.chosen(output.node, variation)
            if node is None:
                continue
            outputs.append(replace(output, variation=variation, node=node))
    # Choosing a side exposes new constants and common parts.
    split = replace(draft, outputs=tuple(outputs)).rewritten(fold).rewritten(share)
    nominal = {
        output.request: output.node for output in split.outputs if output.variation == NOMINAL
    }
    same = [
        output.variation != NOMINAL and output.node is nominal[output.request]
        for output in split.outputs
    ]
    pairs = list(zip(split.outputs, same, strict=True))
    return replace(
        split,
        outputs=tuple(output for output, is_same in pairs if not is_same),
        unchanged=tuple((output.request, output.variation) for output, is_same in pairs if is_same),
    )


def _divide(draft: Plan) -> Plan:
    return replace(draft, phases=divide(draft.fills, draft.arrays))


def _schedule(draft: Plan) -> Plan:
    return replace(draft, blocks=tuple(phase.blocks() for phase in draft.phases))


STAGES: dict[str, Callable[[Plan], Plan]] = {
    "verify": _verify,
    "fold": lambda draft: draft.rewritten(fold),
    "share": lambda draft: draft.rewritten(share),
    "prune": _prune,
    "push": lambda draft: draft.rewritten(push),
    "split": _split,
    "divide": _divide,
    "schedule": _schedule,
    # `compiled.lowering` writes the kernels; the other evaluators run the blocks.
    "lower": lambda draft: draft,
}


def plan(
    requests: Sequence[Node],
    schema: Schema,
    *,
    sample: str | None = None,
    systematics: bool = True,
    simulated: bool = False,
    pruned: bool = False,
    until: str = "divide",
) -> Plan:
    """Plan one pass over the events.

    Parameters
    ----------
    requests : sequence of Node
        Histograms and columns.
    schema : Schema
        Of the source.
    sample : str, optional
        For nuisances that act on some samples only.
    systematics : bool
        False leaves out all variations.
    simulated : bool
        True for simulated samples: conditions on data only, such as certified luminosity sections,
        hold for all of their events.
    pruned : bool
        True if the requests hold only the variations that act on their samples.
    until : str
        The last stage: a name in `STAGES`. Blocks and kernels are made where a chunk needs them.

    Raises
    ------
    LanguageError
        If there is no such stage, or a column does not exist.
    """
    if until not in STAGES:
        raise LanguageError(
            f"no stage '{until}'.",
            why="a plan goes through: " + " → ".join(STAGES) + ".",
            fix=nearest(until, STAGES),
        )
    outputs = tuple(Output(place, NOMINAL, node) for place, node in enumerate(requests))
    draft = Plan(schema, sample, systematics, simulated, outputs, pruned=pruned)
    for name, stage in STAGES.items():
        draft = stage(draft)
        check(draft, name, requests)
        if name == until:
            break
    return draft


def check(draft: Plan, stage: str, requests: Sequence[Node]) -> None:
    """Check the invariant of every stage: the outputs have the types of the requests.

    The type of a node follows from its inputs; a stage can only break which node stands for a
    request.

    Parameters
    ----------
    draft : Plan
    stage : str
        Its name.
    requests : sequence of Node
        The original requests.

    Raises
    ------
    TypeError
        If a stage broke the graph, which is a bug in hepline.
    """
    for output in draft.outputs:
        required, actual = requests[output.request].type, output.node.type
        if (actual.dtype, actual.depth) != (required.dtype, required.depth):
            raise TypeError(
                f"stage '{stage}' left {output.node} with type {actual}, not {required}"
            )
    if list(STAGES).index(stage) < list(STAGES).index("split"):
        return
    for node in walk(draft.roots):
        if isinstance(node, Varies):
            raise TypeError(f"stage '{stage}' left a variation in {node}")

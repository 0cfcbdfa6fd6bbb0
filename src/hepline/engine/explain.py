"""Print a plan: one line for each node, with a name and its type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hepline.columns.call import Call, Called
from hepline.columns.nodes import Node, walk
from hepline.columns.schema import Schema
from hepline.engine.compiled.lowering import lowered_phases
from hepline.engine.handover import Computed, Kept
from hepline.engine.phases import Phase
from hepline.engine.plan import Plan, plan
from hepline.engine.schedule import Block

__all__ = ["explain", "listing"]


def explain(
    requests: Iterable[Node],
    schema: Schema,
    *,
    stage: str = "schedule",
    simulated: bool = False,
) -> str:
    """Print the plan after a stage.

    Parameters
    ----------
    requests : iterable of Node
    schema : Schema
    stage : str
        ``verify fold share prune push split divide schedule lower``.
    simulated : bool
        See `plan`.

    Returns
    -------
    str
        One line per node: ``%3  var * bool  (%1 > %2)``; for ``lower`` the source of the kernel.
    """
    draft = plan(tuple(requests), schema, simulated=simulated, until=stage)
    if stage == "lower":
        kernels = lowered_phases(draft.fills, draft.arrays).values()
        return "\n\n".join(kernel.source for kernel in kernels if kernel is not None)
    lines = [f"stage: {stage}", f"reads: {', '.join(draft.columns) or 'nothing'}"]
    if draft.phases:
        for number, phase in enumerate(draft.phases):
            lines += [f"phase {number}"] if len(draft.phases) > 1 else []
            lines += _phase(phase, draft.blocks[number] if draft.blocks else ())
        return "\n".join(lines)
    names: dict[Node, str] = {}
    return "\n".join([*lines, *listing(walk(draft.roots), names), *_outputs(draft, names)])


def _phase(phase: Phase, blocks: Sequence[Block]) -> Iterator[str]:
    """Print a phase: its blocks, or before `schedule` its graph; then its calls."""
    names: dict[Node, str] = {}
    for place, block in enumerate(blocks):
        where = " or ".join(names[guard] for guard in block.guards)
        yield f"block {place}: {f'events where {where}' if where else 'all events'}"
        yield from ("  " + line for line in listing(block.nodes, names))
        for sink in block.fills:
            yield f"  {'keep' if isinstance(sink, Kept) else 'fill'} {_spelled(sink, names)}"
    if not blocks:
        yield from listing(walk((*phase.fills, *phase.arrays, *phase.kept)), names)
    for step in phase.steps:
        digest = f" #{step.node.called.fingerprint[:12]}" if isinstance(step.node, Call) else ""
        recipe = f"{step.node.brief(160)}{digest}"
        yield f"call {step.name[:12]}  {step.node.type!s:<28} {recipe}"


def listing(nodes: Iterable[Node], names: dict[Node, str]) -> list[str]:
    """Print one line per node, and add its name to `names`."""
    lines = []
    for node in nodes:
        names[node] = f"%{len(names)}"
        lines.append(f"{names[node]:>4}  {node.type!s:<28} {_spelled(node, names)}")
    return lines


def _spelled(node: Node, names: dict[Node, str]) -> str:
    """Print a node with the names of its inputs."""
    # The recipe of a value from an earlier phase is printed at its call.
    values = node.arguments[:-1] if isinstance(node, Computed) else node.arguments
    arguments = [_argument(argument, names) for argument in values]
    return f"{type(node).__name__}({', '.join(arguments)})"


def _argument(argument: object, names: dict[Node, str]) -> str:
    if isinstance(argument, Node):
        return names[argument] if argument in names else str(argument)
    if isinstance(argument, Called):
        return f"{argument.name} #{argument.fingerprint[:12]}"
    if isinstance(argument, tuple):
        return "(" + ", ".join(_argument(element, names) for element in argument) + ")"
    return str(argument)


def _outputs(draft: Plan, names: dict[Node, str]) -> list[str]:
    return [
        f"output {output.request} {output.variation.key or 'nominal'}: {names[output.node]}"
        for output in draft.outputs
    ]

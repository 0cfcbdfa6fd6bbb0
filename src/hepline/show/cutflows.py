"""Cutflows of several regions, with the steps that they share shown once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hepline.analysis.results import Cutflow, CutStep
from hepline.show.content import RegionInfo, SampleInfo
from hepline.show.tables import Cell, Table

__all__ = [
    "CutflowBlock",
    "CutflowRow",
    "block_title",
    "cutflow_blocks",
    "cutflow_table",
    "entries_table",
    "long_table",
]


@dataclass(frozen=True)
class CutflowRow:
    """One cut, for all samples that meet it.

    Attributes
    ----------
    name : str
    steps : mapping of str to CutStep
        By sample.
    before, first : mapping of str to CutStep
        By sample, the cut before this one and the first step; efficiencies refer to them.
    """

    name: str
    steps: Mapping[str, CutStep]
    before: Mapping[str, CutStep]
    first: Mapping[str, CutStep]

    def efficiency(self, sample: str, *, total: bool = False, raw: bool = False) -> float | None:
        """Share of events that pass, in percent.

        Parameters
        ----------
        sample : str
        total : bool
            Of all events, and not of those before the cut.
        raw : bool
            Of entries, and not of weighted events.

        Returns
        -------
        float or None
            None for the first step, and where there were no events.
        """
        reference = (self.first if total else self.before).get(sample)
        step = self.steps.get(sample)
        if step is None or reference is None or step is reference:
            return None
        passed, seen = (step.entries, reference.entries) if raw else (step.events, reference.events)
        return 100 * passed / seen if seen > 0 else None


@dataclass(frozen=True)
class CutflowBlock:
    """Successive cuts that regions have in common.

    Attributes
    ----------
    regions : tuple of str
        Names of the regions.
    rows : tuple of CutflowRow
    depth : int
        How many cuts come before, in other blocks.
    """

    regions: tuple[str, ...]
    rows: tuple[CutflowRow, ...]
    depth: int = 0

    @property
    def shared(self) -> bool:
        """Whether several regions go through these cuts."""
        return len(self.regions) > 1


def cutflow_blocks(
    cutflows: Sequence[Cutflow], regions: Sequence[str] = ()
) -> tuple[CutflowBlock, ...]:
    """Arrange cutflows as a tree: what regions share comes first, then what sets them apart.

    Two regions share a cut if it has the same name and leaves the same events of each sample, and
    all cuts before are shared.

    Parameters
    ----------
    cutflows : sequence of Cutflow
    regions : sequence of str
        Their order; those of the cutflows by default.

    Returns
    -------
    tuple of CutflowBlock
        Each region has a last block of its own, without rows if it shares all its cuts.
    """
    names = dict.fromkeys([*regions, *(flow.region for flow in cutflows)])
    rows = {name: _rows([flow for flow in cutflows if flow.region == name]) for name in names}
    present = [name for name in names if rows[name]]
    return tuple(_branch(present, rows, 0)) if present else ()


def _rows(flows: Sequence[Cutflow]) -> list[CutflowRow]:
    """Merge the cutflows of a region: a cut that two samples do not share has a row of its own."""
    keys = dict.fromkeys(key for flow in flows for key in _numbered(flow))
    rows: list[CutflowRow] = []
    first: dict[str, CutStep] = {}
    last: dict[str, CutStep] = {}
    numbered = {flow.sample: _numbered(flow) for flow in flows}
    for key in keys:
        steps = {sample: of[key] for sample, of in numbered.items() if key in of}
        for sample, step in steps.items():
            first.setdefault(sample, step)
        rows.append(CutflowRow(key[0], steps, {**first, **last}, dict(first)))
        last |= steps
    return rows


def _numbered(flow: Cutflow) -> dict[tuple[str, int], CutStep]:
    """Steps by name; a repeated name keeps its turn."""
    occurrences: dict[str, int] = {}
    steps = {}
    for step in flow.steps:
        occurrences[step.name] = occurrences.get(step.name, 0) + 1
        steps[step.name, occurrences[step.name]] = step
    return steps


def _branch(
    names: Sequence[str], rows: Mapping[str, list[CutflowRow]], depth: int
) -> list[CutflowBlock]:
    if len(names) == 1:
        return [CutflowBlock((names[0],), tuple(rows[names[0]][depth:]), depth)]
    common = 0
    while _agree(names, rows, depth + common):
        common += 1
    blocks: list[CutflowBlock] = []
    if common:
        here = rows[names[0]][depth : depth + common]
        blocks.append(CutflowBlock(tuple(names), tuple(here), depth))
    for group in _groups(names, rows, depth + common):
        blocks += _branch(group, rows, depth + common)
    return blocks


def _agree(names: Sequence[str], rows: Mapping[str, list[CutflowRow]], place: int) -> bool:
    if any(len(rows[name]) <= place for name in names):
        return False
    first = rows[names[0]][place]
    return all(_same(rows[name][place], first) for name in names[1:])


def _same(row: CutflowRow, other: CutflowRow) -> bool:
    return row.name == other.name and row.steps == other.steps


def _groups(
    names: Sequence[str], rows: Mapping[str, list[CutflowRow]], place: int
) -> list[list[str]]:
    """Regions by their next cut, in their order."""
    groups: list[list[str]] = []
    for name in names:
        fitting = (
            group for group in groups if place < len(rows[name]) and _agree(
                [group[0], name], rows, place)
        )  # fmt: skip
        group = next(fitting, None)
        if group is None:
            groups.append([name])
        else:
            group.append(name)
    return groups


def block_title(block: CutflowBlock, regions: Sequence[RegionInfo]) -> str:
    """Labels of the regions of a block; ``all regions`` where it is all of them."""
    labels = {region.name: region.label for region in regions}
    if block.shared and len(block.regions) == len(regions):
        return "All regions"
    return ", ".join(labels.get(name, name) for name in block.regions)


def cutflow_table(
    blocks: Sequence[CutflowBlock],
    *,
    regions: Sequence[RegionInfo] = (),
    samples: Sequence[SampleInfo] = (),
) -> Table:
    """Weighted events after each cut, with the share of those before it.

    Parameters
    ----------
    blocks : sequence of CutflowBlock
    regions, samples : sequence of RegionInfo, of SampleInfo
        Labels and order.

    Returns
    -------
    Table
        Two columns for each sample; blocks begin with the labels of their regions.
    """
    named = _samples(blocks, samples)
    columns = tuple((label, head) for label in named.values() for head in ("events", "ε [%]"))

    def cells(row: CutflowRow) -> tuple[Cell | None, ...]:
        return tuple(
            cell for sample in named for cell in (_events(row, sample), _share(row, sample))
        )

    return _table(blocks, regions, columns, cells)


def entries_table(
    blocks: Sequence[CutflowBlock],
    *,
    regions: Sequence[RegionInfo] = (),
    samples: Sequence[SampleInfo] = (),
) -> Table:
    """Unweighted entries after each cut; arranged as in `cutflow_table`."""
    named = _samples(blocks, samples)

    def cells(row: CutflowRow) -> tuple[Cell | None, ...]:
        return tuple(
            Cell(float(row.steps[sample].entries)) if sample in row.steps else None
            for sample in named
        )

    return _table(blocks, regions, tuple((label, "") for label in named.values()), cells)


def long_table(cutflows: Sequence[Cutflow]) -> Table:
    """All that is known of each cut, one line for each region, sample and cut: for programs."""
    heads = ("sample", "cut", "entries", "events", "of previous [%]", "of all [%]")
    rows = []
    for name in dict.fromkeys(flow.region for flow in cutflows):
        for row in _rows([flow for flow in cutflows if flow.region == name]):
            for sample, step in row.steps.items():
                numbers = (
                    Cell(float(step.entries)), Cell(step.events), _share(row, sample),
                    _share(row, sample, total=True),
                )  # fmt: skip
                rows.append((name, (sample, row.name, *numbers)))
    return Table(tuple(("", head) for head in heads), tuple(rows), first="region")


def _samples(blocks: Sequence[CutflowBlock], samples: Sequence[SampleInfo]) -> dict[str, str]:
    """Names and labels of the samples that have a cutflow, in the order of the report."""
    met = dict.fromkeys(name for block in blocks for row in block.rows for name in row.steps)
    known = {sample.name: sample.label for sample in samples if sample.name in met}
    return {**known, **{name: name for name in met if name not in known}}


def _table(
    blocks: Sequence[CutflowBlock],
    regions: Sequence[RegionInfo],
    columns: tuple[tuple[str, str], ...],
    cells: Callable[[CutflowRow], tuple[Cell | None, ...]],
) -> Table:
    rows: list[tuple[str, tuple[Cell | str | None, ...]]] = []
    rules = []
    for block in blocks:
        if not block.rows:
            continue
        if rows:
            rules.append(len(rows))
        rows.append((block_title(block, regions), ("",) * len(columns)))
        rows += [(row.name, cells(row)) for row in block.rows]
    return Table(columns, tuple(rows), tuple(rules), first="Cut")


def _events(row: CutflowRow, sample: str) -> Cell | None:
    step = row.steps.get(sample)
    return None if step is None else Cell(step.events)


def _share(row: CutflowRow, sample: str, *, total: bool = False) -> Cell | None:
    share = row.efficiency(sample, total=total)
    return None if share is None else Cell(share, kind="share")

"""The tables of a report as files, for papers and for programs."""

from __future__ import annotations

from collections.abc import Iterator

from hepline.show.content import ReportContent
from hepline.show.cutflows import cutflow_blocks, cutflow_table, entries_table, long_table
from hepline.show.labels import slug
from hepline.show.systematic_tables import limits_table, systematics_table
from hepline.show.tables import Table
from hepline.show.yields import selection_table, yield_table

__all__ = ["report_tables", "table_files", "table_patterns"]

_FAMILIES = ("yields", "selected", "cutflow", "systematics", "limits")
_KINDS = ("tex", "csv")


def report_tables(content: ReportContent) -> dict[str, Table]:
    """The tables of a report, by the stem of their file names."""
    return dict(_tables(content))


def table_files(content: ReportContent) -> dict[str, bytes]:
    """Content of the files in ``tables/``, by path inside of the report's folder.

    Each table is there as LaTeX, for the package ``booktabs``, and as CSV with all digits.
    """
    files = {}
    for name, table in _tables(content):
        files[f"tables/{name}.tex"] = table.latex().encode()
        files[f"tables/{name}.csv"] = table.csv().encode()
    if content.cutflows:
        files["tables/cutflow.csv"] = long_table(content.cutflows).csv().encode()
    return files


def table_patterns() -> tuple[str, ...]:
    """Glob patterns of all files in ``tables/`` that a report may have."""
    return tuple(
        f"tables/{family}{rest}.{kind}"
        for family in _FAMILIES
        for rest in ("", "_*")
        for kind in _KINDS
    )


def _tables(content: ReportContent) -> Iterator[tuple[str, Table]]:
    regions, samples = content.regions, content.samples
    if content.prefit or content.postfit:
        table = yield_table(content.prefit, content.postfit, regions=regions, samples=samples)
        yield "yields", table
    if content.yields:
        known = {sample.name for sample in samples}
        data = [entry.sample for entry in content.yields if entry.sample not in known]
        yield (
            "selected",
            selection_table(content.yields, regions=regions, samples=samples, data=data),
        )
    if content.cutflows:
        blocks = cutflow_blocks(content.cutflows, [region.name for region in regions])
        yield "cutflow", cutflow_table(blocks, regions=regions, samples=samples)
        yield "cutflow_entries", entries_table(blocks, regions=regions, samples=samples)
    for region in regions:
        here = [part for part in content.variations if part.region == region.name]
        if here:
            yield f"systematics_{slug(region.name)}", systematics_table(here, samples=samples)
    for curve in content.grid.limits if content.grid is not None else ():
        yield f"limits_{slug(curve.name)}", limits_table(curve)

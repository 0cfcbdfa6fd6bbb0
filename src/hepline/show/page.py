"""The page of a report: content and figures in its template."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from hepline.analysis.results import Accounting, Tally
from hepline.show import rounding
from hepline.show.content import (
    RegionInfo,
    ReportContent,
    SampleInfo,
    coverage_note,
    files_by_checksum,
    percent_read,
)
from hepline.show.cutflows import CutflowBlock, block_title, cutflow_blocks
from hepline.show.encoding import EncodedFigure, figure_name
from hepline.show.figures import conditions_of
from hepline.show.labels import html_label, slug
from hepline.show.plot_figures import GRID_FAMILIES, Plot
from hepline.show.report_tables import report_tables
from hepline.show.style import sample_colors

__all__ = ["environment", "render_page"]


def render_page(content: ReportContent, figures: Mapping[str, EncodedFigure]) -> str:
    """Render the whole page as self-contained HTML.

    Parameters
    ----------
    content : ReportContent
    figures : mapping of str to EncodedFigure
        As returned by `draw_figures`.

    Returns
    -------
    str
    """
    template = environment().get_template("report.html.j2")
    files = report_tables(content)
    return template.render(
        content=content,
        fit=content.fit,
        figures=figures,
        figure_name=figure_name,
        columns=_columns(content),
        predicted=_predicted(content),
        yields={(entry.region, entry.sample): entry for entry in content.yields},
        cutflows=_titled_blocks(content),
        plots=_by_region(content, figures),
        report_tables=files,
        systematic_tables=[name for name in files if name.startswith("systematics_")],
        limit_tables=[name for name in files if name.startswith("limits_")],
        grid=[name for name in figures if name.startswith(GRID_FAMILIES)],
        accounts={(account.region, account.sample): account for account in content.accounting},
        losses={region.name: _loss_rows(content, region) for region in content.regions},
        prefit={prediction.channel: prediction for prediction in content.prefit},
        postfit={prediction.channel: prediction for prediction in content.postfit},
        variations=[name for name in figures if name.startswith("variations_")],
        titles=_titles(content),
        colors=sample_colors(content.samples),
        warning=coverage_note(content.coverage),
        checksums=files_by_checksum(content.coverage),
        luminosity=conditions_of(content),
    )


def environment() -> Environment:
    """The templates of this folder, with filters for numbers and labels."""
    templates = Environment(
        loader=PackageLoader("hepline.show"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "count": rounding.count,
        "duration": rounding.duration,
        "events": rounding.events,
        "label": html_label,
        "number": _number,
        "seen": math.isfinite,
        "shift": _shift,
        "size": rounding.size,
        "slug": slug,
        "significant": _significant,
    }
    templates.globals |= {
        "events_pair": rounding.events_pair,
        "measured": rounding.measured,
        "percent": percent_read,
        "rounded_pair": rounding.rounded_pair,
    }
    return templates


def _significant(number: float) -> str:
    """Three significant digits with a proper minus."""
    return f"{number:.3g}".replace("-", "−")


def _number(value: float) -> str:
    """Three significant digits; NaN means blinded."""
    return _significant(value) if math.isfinite(value) else "blinded"


def _shift(value: float | None) -> str:
    return "–" if value is None else f"{value:+.3g}".replace("-", "−")


def _titles(content: ReportContent) -> dict[str, str]:
    """Name the figures of the variations, by figure name."""
    regions = {region.name: region.label for region in content.regions}
    samples = {sample.name: sample.label for sample in content.samples}
    return {
        figure_name("variations", variation.region, variation.sample): (
            f"{samples.get(variation.sample, variation.sample)}, "
            f"{regions.get(variation.region, variation.region)}"
        )
        for variation in content.variations
    }


def _columns(content: ReportContent) -> tuple[SampleInfo, ...]:
    """List the samples of the report, then others that have yields or a cutflow."""
    named = {sample.name for sample in content.samples}
    met = [
        *(table.sample for table in content.yields),
        *(table.sample for table in content.cutflows),
    ]
    others = [name for name in dict.fromkeys(met) if name not in named]
    return (*content.samples, *(SampleInfo(name, name) for name in others))


def _predicted(content: ReportContent) -> tuple[SampleInfo, ...]:
    """List the samples that a prediction has: data stand in a column of their own."""
    named = {
        name for prediction in (*content.prefit, *content.postfit) for name, _ in prediction.samples
    }
    return tuple(sample for sample in _columns(content) if sample.name in named)


def _titled_blocks(content: ReportContent) -> list[tuple[str, CutflowBlock]]:
    """Cutflows, with what regions share first; each region ends with a block of its own."""
    blocks = cutflow_blocks(content.cutflows, [region.name for region in content.regions])
    return [(block_title(block, content.regions), block) for block in blocks]


def _by_region(
    content: ReportContent, figures: Mapping[str, EncodedFigure]
) -> dict[str, list[tuple[str, list[str]]]]:
    """Names of the figures of each family of plots, by label of their region."""
    families: dict[str, list[tuple[str, Sequence[Plot]]]] = {
        "plots": [
            ("plot", content.plots), ("profile", content.profiles), ("plane", content.planes),
        ],
        "n_minus_one": [("nminus1", content.n_minus_one)],
        "systematics": [("systematic", content.systematics)],
    }  # fmt: skip
    return {key: _grouped(named, figures) for key, named in families.items()}


def _grouped(
    families: Sequence[tuple[str, Sequence[Plot]]], figures: Mapping[str, EncodedFigure]
) -> list[tuple[str, list[str]]]:
    groups: dict[str, list[str]] = {}
    for family, plots in families:
        for plot in plots:
            name = figure_name(family, plot.name)
            if name in figures:
                groups.setdefault(plot.region, []).append(name)
    return list(groups.items())


def _loss_rows(content: ReportContent, region: RegionInfo) -> list[tuple[str, dict[str, Tally]]]:
    """Rows below the cutflow: from the selected events to those in the fitted bins."""
    here = [account for account in content.accounting if account.region == region.name]
    low, high = (f"{edge:g}" for edge in (region.fit_edges[0], region.fit_edges[-1]))
    values = "values" if any(account.is_list for account in here) else "events"
    rows: tuple[tuple[str, Callable[[Accounting], Tally]], ...] = (
        ("of these, with an empty list", lambda account: account.empty),
        (
            "values of the observable, in all",
            lambda account: account.entries if account.is_list else Tally(),
        ),
        ("without a value of the observable", lambda account: account.missing),
        ("with a value that is not a number", lambda account: account.undefined),
        (f"below the fitted bins (under {low})", lambda account: account.below),
        (f"above the fitted bins (from {high})", lambda account: account.above),
        (f"{values} in the fitted bins", lambda account: account.inside),
        ("of these, in merged bins", lambda account: account.merged),
    )
    table = [(name, {account.sample: of(account) for account in here}) for name, of in rows]
    always = f"{values} in the fitted bins"
    return [row for row in table if row[0] == always or any(t.entries for t in row[1].values())]

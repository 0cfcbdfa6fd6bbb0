"""Notices about events that two fitted regions share: the likelihood counts them twice."""

from __future__ import annotations

from collections.abc import Iterable

from hepline.analysis.blinding import Secrets
from hepline.analysis.definition import Definition
from hepline.analysis.filling import Filling
from hepline.analysis.overlaps import alike, inclusions
from hepline.analysis.requests import Purpose
from hepline.analysis.results import Cutflow, Notice, first_samples

__all__ = ["declared_overlaps", "overlap_notices"]

_WHY = (
    "The fit takes the regions as independent measurements, so its errors come out too small. "
    "Fit one of them, or make the selections exclude each other."
)


def declared_overlaps(analysis: Definition) -> list[Notice]:
    """Name regions whose selections alone show that they share events."""
    regions = analysis.fitted()
    notices = []
    for group in alike(regions):
        if len(group) > 1:
            names = [region.name for region in group]
            listing = f"{', '.join(names[:-1])} and {names[-1]}"
            text = f"the regions {listing} select the same events: their where= are equal. {_WHY}"
            notices.append(Notice("overlap", text))
    for inclusion in inclusions(regions):
        inner, outer = inclusion.inner.name, inclusion.outer.name
        text = (
            f"every event of region {inner} is in {outer} as well: its "
            f"selection is that of {outer} with more cuts. {_WHY}"
        )
        notices.append(Notice("overlap", text))
    return notices


def overlap_notices(
    analysis: Definition,
    fillings: Iterable[Filling],
    cutflows: Iterable[Cutflow],
    secrets: Secrets,
) -> list[Notice]:
    """Name regions that share events, with the number of shared entries.

    Parameters
    ----------
    analysis : Definition
    fillings : iterable of Filling
        After the run.
    cutflows : iterable of Cutflow
    secrets : Secrets
    """
    entries = {(flow.region, flow.sample): flow.steps[-1].entries for flow in cutflows}
    shared: dict[tuple[str, str], dict[str, int]] = {}
    for filling in fillings:
        for request, filled in filling.nominal_histograms():
            if request.purpose is not Purpose.SHARED:
                continue
            secret = secrets.covers(request.process, request.region, request.other)
            count = int(filled.entries.sum())
            if count and not secret:
                counts = shared.setdefault((request.region, request.other), {})
                counts[request.process] = counts.get(request.process, 0) + count
    notices = declared_overlaps(analysis)
    for (region, neighbor), samples in shared.items():
        parts = [
            f"{count} of {sample} ({entries[region, sample]} in {region}, "
            f"{entries[neighbor, sample]} in {neighbor})"
            for sample, count in sorted(samples.items(), key=lambda item: -item[1])
        ]
        text = f"the regions {region} and {neighbor} share entries: {first_samples(parts)}. {_WHY}"
        notices.append(Notice("overlap", text))
    return notices

"""The layers of a stack: which are drawn, in which order and color, and the lines over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import AbstractPathEffect, withStroke

from hepline.arrays import Floats
from hepline.show.bins import Bins
from hepline.show.content import SampleInfo
from hepline.show.labels import drawn_label
from hepline.show.stack_content import StackContent, StackLook, StackSample
from hepline.show.style import INK, sample_colors

__all__ = ["Entry", "draw_layers", "draw_overlays", "merge_small"]

Entry = tuple[Artist | ErrorbarContainer, str]

MOST_LETTERS = 60  # of a label: as many as fit beside each other
_OTHER = "#d3d6dc"
# Dark enough to be seen on all colors of the stack, with a white rim.
_LINES: tuple[tuple[str, Any], ...] = (
    ("#c00000", "-"),
    ("#0b3d91", (0, (5, 1.5))),
    ("#00573f", (0, (1.5, 1.2))),
    ("#6a1b9a", (0, (6, 1.5, 1.5, 1.5))),
)
_RIM: list[AbstractPathEffect] = [withStroke(linewidth=3.6, foreground="white")]


def merge_small(
    layers: Sequence[StackSample],
    total: Floats,
    look: StackLook,
    *,
    beside: Sequence[StackContent] = (),
) -> tuple[StackSample, ...]:
    """Put small samples together into "other", at the bottom.

    Parameters
    ----------
    layers : sequence of StackSample
        From the top.
    total : ndarray, shape (bin,)
    look : StackLook
    beside : sequence of StackContent
        Stacks that stand next to this one: what is large in one of them has a layer in all.

    Returns
    -------
    tuple of StackSample
        As they were if only one is small: "other" would hide its name for nothing.
    """
    plain = [sample for sample in layers if not sample.signal]
    small = _small(plain, total, look)
    for other in beside:
        others = [layer for layer in other.stacked if not layer.signal]
        small &= _small(others, other.expected, look)
    large = [layer for layer in plain if layer.name not in small]
    kept = sorted(large, key=lambda layer: -layer.events)
    room = max(look.most - (len(layers) - len(plain)), 1)
    if len(kept) > room:
        small |= {layer.name for layer in kept[room - 1 :]}
    if len(small) < 2:
        return tuple(layers)
    parts = [layer for layer in layers if layer.name in small]
    return (*(layer for layer in layers if layer.name not in small), _other(parts))


def _small(layers: Sequence[StackSample], total: Floats, look: StackLook) -> set[str]:
    return {layer.name for layer in layers if _is_small(layer, layers, total, look)}


def _is_small(
    sample: StackSample, layers: Sequence[StackSample], total: Floats, look: StackLook
) -> bool:
    everything = sum(abs(layer.events) for layer in layers)
    expected = total > 0
    shares = np.abs(sample.values[expected]) / total[expected]
    return bool(
        abs(sample.events) < look.merge_below * everything
        and np.max(shares, initial=0.0) < 10 * look.merge_below
    )


def _other(small: Sequence[StackSample]) -> StackSample:
    errors = [layer.errors**2 for layer in small if layer.errors is not None]
    return StackSample(
        "other",
        "Other",
        np.sum([layer.values for layer in small], axis=0),
        np.sqrt(np.sum(errors, axis=0)) if errors else None,
        _OTHER,
    )


def draw_layers(
    ax: Axes, content: StackContent, bins: Bins, *, beside: Sequence[StackContent] = ()
) -> list[Entry]:
    """Stack the samples and outline their sum; returns the legend's entries from the top."""
    colors = _colors(content)
    look = content.look
    layers = merge_small(content.ordered_like(beside), content.expected, look, beside=beside)
    entries: list[Entry] = []
    floor = np.zeros(content.bins)
    for sample in reversed(layers):
        color = sample.color or colors[sample.name]
        top = floor + sample.values * bins.factor
        ax.stairs(top, bins.edges, baseline=floor, fill=True, color=color, zorder=1)
        entries.append((Patch(facecolor=color), drawn_label(sample.label, MOST_LETTERS)))
        floor = top
    if layers:
        total = content.expected * bins.factor
        ax.stairs(total, bins.edges, color=INK, linewidth=0.9, zorder=2)
    return entries[::-1]


def draw_overlays(ax: Axes, content: StackContent, bins: Bins) -> list[Entry]:
    """Draw signals as lines over the stack; the legend states their factors."""
    entries: list[Entry] = []
    for index, sample in enumerate(content.overlaid):
        color, dashes = _LINES[index % len(_LINES)]
        color = sample.color or color
        factor = 1.0 if sample.overlay is None else sample.overlay
        line = ax.stairs(
            factor * sample.values * bins.factor,
            bins.edges,
            baseline=None,
            color=color,
            linewidth=1.8,
            linestyle=dashes,
            zorder=4,
        )
        line.set_path_effects(_RIM)
        label = drawn_label(sample.label, MOST_LETTERS)
        scaled = label if factor == 1 else f"{label} × {factor:g}"
        entries.append((Line2D([], [], color=color, linewidth=1.8, linestyle=dashes), scaled))
    return entries


def _colors(content: StackContent) -> dict[str, str]:
    stacked = {sample.name: sample for sample in content.samples if sample.overlay is None}
    names = dict.fromkeys([*content.palette, *stacked])
    known = [
        SampleInfo(name, name, stacked[name].color if name in stacked else None) for name in names
    ]
    return sample_colors(known)

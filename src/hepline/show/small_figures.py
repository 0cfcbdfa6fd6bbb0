"""Small vector figures that stand in the page itself: histograms of hundreds of columns.

They are written as SVG without a plotting library, which would take seconds for what takes
milliseconds here; the style sheet gives them their colors, for dark pages, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from markupsafe import Markup, escape

from hepline.arrays import Floats, Mask
from hepline.show import rounding
from hepline.survey.binning import Binned
from hepline.survey.findings import number

__all__ = ["histogram_figure", "ratio_figure"]

_WIDE, _HIGH = 132, 30  # of a histogram in a row of a table, pixels
_LEFT, _RIGHT, _UPPER, _LOWER, _ROOM = 8, 200, 84, 40, 17
_REACH = 1.0  # what a panel of ratios shows on both sides of one, at most
_FEWEST = 0.2  # and at least


def histogram_figure(binned: Binned) -> Markup:
    """Draw one sample as filled steps, as wide as a cell of a table.

    Parameters
    ----------
    binned : Binned
        Of one sample.
    """
    (counts,) = binned.counts
    most = float(counts.max()) or 1.0
    steps = _steps(counts / most, 0, _WIDE, 1, _HIGH - 1)
    low, high = number(binned.edges[0], 3), number(binned.edges[-1], 3)
    beyond = f", {rounding.count(binned.beyond[0])} beyond" if binned.beyond[0] else ""
    title = escape(f"{low} to {high}, at most {rounding.count(most)} in a bin{beyond}")
    base = _HIGH - 1
    # Numbers, and a title that is escaped.
    return Markup(  # noqa: S704
        f'<svg class="row" width="{_WIDE}" height="{_HIGH}" role="img"><title>{title}</title>'
        f'<path class="fill" d="M0 {base}{steps}V{base}Z"/></svg>'
    )


def ratio_figure(binned: Binned, name: str) -> Markup:
    """Draw the normalized shapes of two samples, and their ratio below.

    Parameters
    ----------
    binned : Binned
        Of two samples.
    name : str
        For those who cannot see it.
    """
    sizes = [float(counts.sum()) or 1.0 for counts in binned.counts]
    shapes = [counts / size for counts, size in zip(binned.counts, sizes, strict=True)]
    errors = [error / size for error, size in zip(binned.errors, sizes, strict=True)]
    highest = max(float((s + e).max()) for s, e in zip(shapes, errors, strict=True)) or 1.0
    drawn = [
        f'<path class="{kind}" d="M{_LEFT} {_UPPER}'
        f'{_steps(shape / highest, _LEFT, _RIGHT, 3, _UPPER)}V{_UPPER}"/>'
        f'<path class="{kind} bar" d="{_bars(shape / highest, error / highest)}"/>'
        for kind, shape, error in zip(("first", "second"), shapes, errors, strict=True)
    ]
    top = _UPPER + 8
    low, high = number(binned.edges[0], 3), number(binned.edges[-1], 3)
    reach, points = _ratio(shapes, errors, top)
    base = top + _LOWER
    # Numbers, and a name that is escaped.
    return Markup(  # noqa: S704
        f'<svg class="panel" viewBox="0 0 {_LEFT + _RIGHT + 34} {base + _ROOM}" role="img">'
        f"<title>{escape(name)}</title>{''.join(drawn)}"
        f'<path class="axis" d="M{_LEFT} {_UPPER}H{_LEFT + _RIGHT}M{_LEFT} {base}'
        f'H{_LEFT + _RIGHT}M{_LEFT} {top + _LOWER / 2:g}H{_LEFT + _RIGHT}"/>{points}'
        f'<text x="{_LEFT}" y="{base + 13}">{low}</text>'
        f'<text class="end" x="{_LEFT + _RIGHT}" y="{base + 13}">{high}</text>'
        f'<text x="{_LEFT + _RIGHT + 3}" y="{top + 8}">{1 + reach:g}</text>'
        f'<text x="{_LEFT + _RIGHT + 3}" y="{base}">{max(1 - reach, 0):g}</text></svg>'
    )


def _steps(heights: Floats, left: float, width: float, top: float, base: float) -> str:
    """A line that goes up and down at the edges of bins; heights are from 0 to 1."""
    step = width / len(heights)
    parts = []
    for place, height in enumerate(heights.tolist()):
        level = base - height * (base - top)
        parts.append(f"V{level:.4g}H{left + (place + 1) * step:.4g}")
    return f"H{left:g}" + "".join(parts)


def _bars(heights: Floats, errors: Floats) -> str:
    """Vertical lines of uncertainties in the middle of bins."""
    step, size = _RIGHT / len(heights), _UPPER - 3
    parts = []
    for place, (height, error) in enumerate(zip(heights.tolist(), errors.tolist(), strict=True)):
        if error:
            x = _LEFT + (place + 0.5) * step
            low, high = max(height - error, 0.0), min(height + error, 1.0)
            parts.append(f"M{x:.4g} {_UPPER - low * size:.4g}V{_UPPER - high * size:.4g}")
    return "".join(parts)


def _ratio(shapes: Sequence[Floats], errors: Sequence[Floats], top: float) -> tuple[float, str]:
    """How far from one the panel reaches, and the ratios with uncertainties of both samples."""
    first, second = shapes
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = second / first
        error = ratio * np.hypot(errors[0] / first, errors[1] / second)
    # Bins with an uncertainty beyond the panel say nothing.
    known = np.isfinite(ratio) & (error < _REACH) & (ratio > 0)
    spread = float(np.max(np.abs(ratio[known] - 1), initial=0.0))
    reach = min(max(math.ceil(10 * spread) / 10, _FEWEST), _REACH)
    return reach, f'<path class="points" d="{"".join(_points(ratio, error, known, reach, top))}"/>'


def _points(ratio: Floats, error: Floats, known: Mask, reach: float, top: float) -> Iterator[str]:
    step, middle, scale = _RIGHT / len(ratio), top + _LOWER / 2, _LOWER / 2 / reach
    for place in np.flatnonzero(known):
        x = _LEFT + (place + 0.5) * step
        value = min(max(float(ratio[place]) - 1, -reach), reach)
        low = max(float(ratio[place] - error[place]) - 1, -reach)
        high = min(float(ratio[place] + error[place]) - 1, reach)
        if high < -reach or low > reach:
            continue
        y = middle - value * scale
        yield f"M{x - 1:.4g} {y:.4g}h2M{x:.4g} {middle - low * scale:.4g}"
        yield f"V{middle - high * scale:.4g}"

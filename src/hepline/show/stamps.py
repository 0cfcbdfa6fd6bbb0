"""The line above every figure: who made it, with which luminosity and energy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from matplotlib.axes import Axes
from matplotlib.text import Text

from hepline.show.style import WARNING, write

__all__ = ["EXPERIMENTS", "Stamp", "eras_text", "luminosity_text", "stamp_axes"]

EXPERIMENTS = ("ALICE", "ATLAS", "CMS", "DUNE", "LHCb")
"""A label that begins with one of these is set as that collaboration sets it."""

_CLOSE = 4.0  # points above the axes
_BESIDE = 0.7  # distance of a warning from the label, in heights of the type


@dataclass(frozen=True)
class Stamp:
    """The line above every figure.

    Attributes
    ----------
    right : str
        Luminosity and energy: ``3.4 fb⁻¹ (13 TeV)``.
    warning : str or None
        Why the numbers are incomplete: ``coverage 98.3 %``.
    left : str
        Who made it: any text, or an experiment with what follows its name, such as
        ``CMS Open Data``.
    """

    right: str = ""
    warning: str | None = None
    left: str = "hepline"

    def under(self, conditions: str) -> Stamp:
        """The stamp with another luminosity and energy, if they are given."""
        return replace(self, right=conditions) if conditions else self


def luminosity_text(luminosity: float, energy: str) -> str:
    """Luminosity and energy as written on figures.

    Parameters
    ----------
    luminosity : float
        In 1/pb.
    energy : str
        Centre-of-mass energy with its unit.

    Returns
    -------
    str
        ``3.4 fb⁻¹ (13 TeV)``; in pb⁻¹ below 100 pb⁻¹.
    """
    if luminosity < 100:
        text = f"{luminosity:.3g} pb⁻¹"
    else:
        inverse_fb = luminosity / 1000
        text = f"{inverse_fb:.{0 if inverse_fb >= 100 else 1}f} fb⁻¹"
    return f"{text} ({energy})" if energy else text


def eras_text(eras: Sequence[tuple[float, str]]) -> str:
    """Luminosities and energies of several eras of data taking.

    Parameters
    ----------
    eras : sequence of (float, str)
        Luminosity in 1/pb, and centre-of-mass energy with its unit.

    Returns
    -------
    str
        ``36 fb⁻¹ + 41 fb⁻¹, 13 TeV``; with different energies each has its own,
        ``19.7 fb⁻¹ (8 TeV) + 36 fb⁻¹ (13 TeV)``. One era is written as `luminosity_text` does.
    """
    if len(eras) == 1:
        return luminosity_text(*eras[0])
    energies = {energy for _, energy in eras}
    if len(energies) > 1:
        return " + ".join(
            f"{_short(luminosity)} ({energy})" if energy else _short(luminosity)
            for luminosity, energy in eras
        )
    text = " + ".join(_short(luminosity) for luminosity, _ in eras)
    energy = "".join(energies)
    return f"{text}, {energy}" if energy else text


def _short(luminosity: float) -> str:
    """Three digits are what a sum on one line has room for."""
    if luminosity < 100:
        return f"{luminosity:.3g} pb⁻¹"
    return f"{luminosity / 1000:.3g} fb⁻¹"


def stamp_axes(ax: Axes, stamp: Stamp, *, size: float = 12.0, above: float = 4.0) -> None:
    """Write the stamp above an axes.

    Parameters
    ----------
    ax : Axes
        The topmost axes of a figure.
    stamp : Stamp
    size : float
        Height of the type, points.
    above : float
        Distance from the axes, points.
    """
    beside: dict[str, Any] = {"textcoords": "offset points", "va": "bottom"}
    experiment = stamp.left.split(" ", 1)[0]
    # Higher up, above a second scale, mplhep has no place for it.
    if experiment in EXPERIMENTS and above <= _CLOSE:
        left = _experiment_label(ax, stamp.left, size)
    else:
        corner: dict[str, Any] = {"xycoords": "axes fraction", "weight": "bold", "size": size + 2}
        left = write(ax.annotate(stamp.left, (0, 1), (0, above), **corner, **beside))
    if stamp.warning:
        red: dict[str, Any] = {
            "xycoords": left,
            "weight": "bold",
            "size": size - 1,
            "color": WARNING,
        }
        write(ax.annotate(stamp.warning, (1, 0), (_BESIDE * size, 0), **red, **beside))
    end: dict[str, Any] = {"xycoords": "axes fraction", "ha": "right", "size": size}
    write(ax.annotate(stamp.right, (1, 1), (0, above), **end, **beside))


def _experiment_label(ax: Axes, label: str, size: float) -> Text:
    """Set the name of an experiment as its collaboration does; returns the last of its words."""
    # It takes as long to import as a figure to draw, and most figures bear no experiment's name.
    import mplhep

    name, _, rest = label.partition(" ")
    words = getattr(mplhep, name.lower()).text(
        rest,
        ax=ax,
        loc=0,
        fontsize=(size + 3, size + 0.5, size, size),
        fontname="DejaVu Sans",
        scilocator_adjust=False,
    )
    written = [text for text in words[:2] if text is not None and text.get_text()]
    for text in written:
        write(text)
    last: Text = written[-1]
    return last

"""Signals by the grid: one declaration, a sample for every point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hepline.errors import AnalysisError

__all__ = ["GridPoint", "points_of"]


@dataclass(frozen=True)
class GridPoint:
    """A point of a grid of signals.

    Attributes
    ----------
    sample : str
        Name of its sample.
    values : tuple of (str, float)
        Parameters with their values.
    """

    sample: str
    values: tuple[tuple[str, float], ...]

    def spelled(self, text: str) -> str:
        """A text with the parameters in place of their names in braces."""
        return text.format(**{name: f"{value:g}" for name, value in self.values})

    def of(self, cross_section: float | Mapping[object, float] | None) -> float | None:
        """The cross-section at this point, in pb.

        Raises
        ------
        AnalysisError
            If a mapping does not have it.
        """
        if not isinstance(cross_section, Mapping):
            return cross_section
        place = tuple(value for _, value in self.values)
        key: object = place if len(place) > 1 else place[0]
        if key not in cross_section:
            raise AnalysisError(
                f"cross_section of '{self.sample}' is not given.",
                why=f"the mapping has {', '.join(map(str, cross_section))}.",
                fix="give the cross-section in pb of every point.",
            )
        return cross_section[key]


def points_of(name: str, parameters: Mapping[str, Sequence[float]]) -> Iterator[GridPoint]:
    """The points of a grid, in order.

    Parameters
    ----------
    name : str
        Of the signal.
    parameters : mapping of str to sequence of float
        Each with one value for every point.

    Raises
    ------
    AnalysisError
        Without parameters or values, or with unlike numbers of values.
    """
    lengths = {len(values) for values in parameters.values()}
    if len(lengths) != 1 or 0 in lengths:
        raise AnalysisError(
            f"the grid of signal '{name}' has {dict(parameters) or 'no parameters'}.",
            why="every point needs a value of every parameter.",
            fix="give values of a parameter: mass=[600, 800].",
        )
    for values in zip(*parameters.values(), strict=True):
        word = "_".join([name, *(f"{value:g}" for value in values)])
        sample = word.replace(".", "p").replace("-", "m").replace("+", "")
        yield GridPoint(sample, tuple(zip(parameters, map(float, values), strict=True)))

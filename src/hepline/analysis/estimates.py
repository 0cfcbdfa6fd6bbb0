"""Backgrounds from data: another region's data, less what simulation expects there, scaled.

The model holds such an estimate as several processes that share its name in figures: the scaled
data, and one of negative yield for every sample that is subtracted. The latter have the modifiers
that the sample has in the region of the data, so that every systematic uncertainty of it, its free
normalization among them, acts on the estimate as it must, and correlated with all else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hepline.columns.vary import Nuisance, variations_of
from hepline.columns.weight import Weight

__all__ = ["DATA_PART", "Estimate", "part_name"]

DATA_PART = ""
"""Name of the part of an estimate that is the data, among the names of subtracted samples."""


@dataclass(frozen=True)
class Estimate:
    """A background estimated from data.

    Attributes
    ----------
    name : str
    label : str
        For figures.
    sources : tuple of (str, str)
        Target region and the region whose data estimate it; names without era.
    subtract : tuple of str
        Samples whose simulation is subtracted from the data.
    factor : float
        On what is left: the transfer factor from one region to the other.
    weight : Weight or None
        A transfer factor of its own for every event, such as a fake factor.
    normalization : str or None
        Name of a free parameter that scales it.
    bounds : (float, float)
        Of that parameter.
    everywhere : str
        The region whose data estimate all regions that are fitted, in place of `sources`.
    """

    name: str
    label: str
    sources: tuple[tuple[str, str], ...]
    subtract: tuple[str, ...]
    factor: float
    weight: Weight | None
    normalization: str | None
    bounds: tuple[float, float]
    everywhere: str = ""

    def source_of(self, base: str, *, fitted: bool) -> str | None:
        """The region whose data estimate a region, by name without era; None if it does not."""
        if self.everywhere:
            return self.everywhere if fitted and base != self.everywhere else None
        return dict(self.sources).get(base)

    def pairs(self, fitted: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Target and source regions, by name without era, given those that are fitted."""
        if not self.everywhere:
            return self.sources
        targets = [base for base in dict.fromkeys(fitted) if base != self.everywhere]
        return tuple((target, self.everywhere) for target in targets)

    def is_varied_by(self, nuisance: Nuisance) -> bool:
        """Whether the weight of the estimate depends on a nuisance."""
        if self.weight is None:
            return False
        variations = variations_of([self.weight.expression.node])
        return any(variation.nuisance == nuisance for variation in variations)

    @property
    def parts(self) -> tuple[str, ...]:
        """The data, and the samples that are subtracted."""
        return (DATA_PART, *self.subtract)


def part_name(estimate: str, sample: str) -> str:
    """Name of the process of an estimate, or of a sample that is subtracted from it."""
    return f"{estimate}_less_{sample}" if sample else estimate

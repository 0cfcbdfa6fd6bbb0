"""Backgrounds from four regions, with free parameters: the shape of one, the rate of two others.

Two independent cuts divide the events into four regions. What is in the signal region is what the
shape region has, bin by bin, times the transfer factor: the ratio of the two others. In the model
all of these are free parameters, which the data of all regions determine together, the signal and
the simulated backgrounds with all their uncertainties among them.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FourRegions"]


@dataclass(frozen=True)
class FourRegions:
    """A background that four regions share.

    Attributes
    ----------
    name : str
    label : str
        For figures.
    signal : str
        The region that gets the estimate; names are those without era.
    shape : str
        The region that gives its shape, in the same bins.
    transfer : (str, str)
        The regions whose ratio takes the shape to the signal region: the first over the second.
    bounds : (float, float)
        Of the parameters for rate and transfer, relative to what the counts give.
    """

    name: str
    label: str
    signal: str
    shape: str
    transfer: tuple[str, str]
    bounds: tuple[float, float] = (0.0, 10.0)

    @property
    def regions(self) -> tuple[str, str, str, str]:
        """Signal, shape, and both regions of the transfer factor."""
        return (self.signal, self.shape, *self.transfer)

    def free_in(self, base: str, era: str) -> tuple[str, ...]:
        """Free parameters that scale it in a region."""
        rate, transfer, _ = self.parameters(era)
        above, below = self.transfer
        return {self.signal: (transfer,), above: (rate, transfer), below: (rate,)}.get(base, ())

    def shape_in(self, base: str, era: str) -> tuple[str, ...]:
        """The free parameter of each bin in a region, if it has one."""
        return self.parameters(era)[2:] if base in (self.signal, self.shape) else ()

    def parameters(self, era: str) -> tuple[str, str, str]:
        """Names of the free parameters: rate, transfer factor, and that of each bin."""
        words = (self.name, "{}", era) if era else (self.name, "{}")
        rate, transfer, shape = (
            " ".join(words).format(kind) for kind in ("rate", "transfer", "shape")
        )
        return rate, transfer, shape

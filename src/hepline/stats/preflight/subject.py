"""What the rules look at: a model, with everything that several of them need computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hepline.arrays import Floats, Mask
from hepline.stats.histfactory import HistFactory
from hepline.stats.preflight.asimov import Asimov, asimov
from hepline.stats.preflight.variations import Variations, variations_of

__all__ = ["Subject"]


@dataclass(frozen=True)
class Subject:
    """A model under inspection.

    Attributes
    ----------
    model : HistFactory
    """

    model: HistFactory

    @cached_property
    def expected(self) -> Floats:
        """Expected events at the initial values, shape (bin,)."""
        return self.model.expected()

    @cached_property
    def variations(self) -> tuple[Variations, ...]:
        """One for each channel that has any."""
        found = map(variations_of, self.model.channels)
        return tuple(each for each in found if each.modifiers)

    @cached_property
    def dead(self) -> Mask:
        """Parameters that no expectation depends on, though nobody holds them; (parameter,)."""
        model = self.model
        idle = np.isin(model.parameter_names, model.idle)
        width = np.where(np.isnan(model.prior_width), 1.0, model.prior_width)
        # Away from the initial values, where symmetry or a signal of zero could hide an effect.
        theta = np.where(model.fixed, model.initial, model.initial + 0.3 * width)
        inside = np.clip(theta, model.lower, model.upper)
        theta = np.where(model.fixed, theta, inside)
        bins = np.maximum(model.expected(theta), 0.0)
        # These data make the slope of the likelihood in each bin a number of its own, so that
        # contributions of several bins to the gradient cannot cancel.
        weight = 0.5 + 0.5 * np.modf(np.arange(1, len(bins) + 1) * 0.6180339887498949)[0]
        data = np.concatenate([bins * (1 - weight / 2), model.expected_auxdata(theta)])
        slope = model.likelihood(data).gradient(theta) * width
        silent = np.abs(slope) <= 1e-11 * max(1.0, float(bins.sum()))
        return idle | (~model.fixed & silent)

    @cached_property
    def asimov(self) -> Asimov:
        """The fit that can be expected of all parameters with an effect."""
        return asimov(self.model, self.dead)

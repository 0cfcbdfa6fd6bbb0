"""What the templates predict where no model could be made: data and simulation, with a band.

A figure of data beside simulation needs no parameter of interest. The band adds in quadrature the
statistical error of the simulation, the luminosity, and each systematic variation, which acts on
all samples together: what a model predicts before its fit, to first order.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from hepline.analysis.binning import FittedRegion
from hepline.analysis.definition import Definition
from hepline.analysis.systematics import Systematic, systematics_of
from hepline.arrays import Floats
from hepline.errors import ModelError
from hepline.pipeline.channels import expected_processes, fitted_regions, observed
from hepline.pipeline.result import Result
from hepline.stats.results import ChannelPrediction

__all__ = ["predictions_of"]


def predictions_of(result: Result, hidden: Collection[str]) -> tuple[ChannelPrediction, ...]:
    """Data and expectation of every region that has both.

    Parameters
    ----------
    result : Result
    hidden : collection of str
        Regions whose data are not shown.
    """
    found = []
    for fitted in fitted_regions(result.analysis, result.templates):
        try:
            found.append(_prediction(result.analysis, fitted, hidden))
        except ModelError:
            # Without data, or with negative ones, there is nothing to compare; a notice says so.
            continue
    return tuple(one for one in found if one.samples)


def _prediction(
    analysis: Definition, fitted: FittedRegion, hidden: Collection[str]
) -> ChannelPrediction:
    samples = tuple(
        (process.name, fitted.contents(process.name))
        for process in expected_processes(analysis, fitted)
    )
    data = observed(analysis, fitted, hidden)
    total = np.sum([events for _, events in samples], axis=0) if samples else np.zeros_like(data)
    shifts = [_shift(systematic, fitted, samples) for systematic in systematics_of(analysis)]
    shifts.append(analysis.luminosity_uncertainty * total)
    variances = sum((fitted.variances(name) for name, _ in samples), np.zeros_like(data))
    squares = variances + sum((shift**2 for shift in shifts), np.zeros_like(data))
    yields = variances.sum() + sum(float(shift.sum()) ** 2 for shift in shifts)
    return ChannelPrediction(
        channel=fitted.region.name,
        samples=samples,
        total=total,
        uncertainty=np.sqrt(squares),
        yield_uncertainty=float(np.sqrt(yields)),
        data=data,
    )


def _shift(
    systematic: Systematic, fitted: FittedRegion, samples: tuple[tuple[str, Floats], ...]
) -> Floats:
    """Half of the difference between up and down, of all samples that it acts on."""
    shift = np.zeros(len(fitted.edges) - 1)
    for name, nominal in samples:
        if not fitted.acts(systematic, name):
            continue
        up = fitted.varied(name, systematic.up)
        if systematic.down is None:
            shift += up - nominal
        else:
            shift += (up - fitted.varied(name, systematic.down)) / 2
    return shift

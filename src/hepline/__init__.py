"""hepline: one lazy pipeline from collision data to a published result.

>>> import hepline as hl                                            # doctest: +SKIP
>>> ev = hl.open("DoubleMuParked.root")                             # doctest: +SKIP
>>> z = ev.Muon[ev.Muon.pt > 20].pairs()                            # doctest: +SKIP
>>> hl.compute(hl.hist(z.mass, bins=(60, 60, 120)))                 # doctest: +SKIP

The façade: nothing inside hepline imports it. An expression is a recipe; nothing is read until
`compute`, or `Analysis.run`.
"""

import importlib
import typing

from hepline import units
from hepline.analysis.compute import Varied, compute, explain
from hepline.analysis.samples import alternative
from hepline.analysis.templates import Templates
from hepline.columns.events import events
from hepline.columns.functions import (
    all,
    any,
    argmax,
    argmin,
    axis,
    concat,
    count,
    hist,
    max,
    mean,
    min,
    sum,
    transverse_mass,
    where,
)
from hepline.columns.random import normal, uniform
from hepline.columns.vary import nuisance
from hepline.columns.weight import weight
from hepline.data.open import open
from hepline.errors import HeplineError
from hepline.physics.boosts import boosted, to_rest_frame

if typing.TYPE_CHECKING:
    from hepline.data.generate import generate
    from hepline.share.peaks import peaks
    from hepline.stats.build import Analysis, Result, workspace
    from hepline.stats.model import Model
    from hepline.stats.particles import (
        branching_fraction,
        decay_table,
        flight_table,
        particle,
    )
    from hepline.stats.peaks.sidebands import subtract_sidebands
    from hepline.stats.peaks.sweights import peak_weights

__version__ = "0.1.0"
__all__ = [
    "Analysis",
    "HeplineError",
    "Model",
    "Result",
    "Templates",
    "Varied",
    "all",
    "alternative",
    "any",
    "argmax",
    "argmin",
    "axis",
    "boosted",
    "branching_fraction",
    "compute",
    "concat",
    "count",
    "decay_table",
    "events",
    "explain",
    "flight_table",
    "generate",
    "hist",
    "max",
    "mean",
    "min",
    "normal",
    "nuisance",
    "open",
    "particle",
    "peak_weights",
    "peaks",
    "subtract_sidebands",
    "sum",
    "to_rest_frame",
    "transverse_mass",
    "uniform",
    "units",
    "weight",
    "where",
    "workspace",
]

# pyhf and the generator take twice as long to import as all the rest; a worker process, or a look
# into a file, needs neither.
_LATER = {
    "Analysis": "hepline.stats.build",
    "Model": "hepline.stats.model",
    "Result": "hepline.stats.build",
    "branching_fraction": "hepline.stats.particles",
    "decay_table": "hepline.stats.particles",
    "flight_table": "hepline.stats.particles",
    "generate": "hepline.data.generate",
    "particle": "hepline.stats.particles",
    "peak_weights": "hepline.stats.peaks.sweights",
    "peaks": "hepline.share.peaks",
    "subtract_sidebands": "hepline.stats.peaks.sidebands",
    "workspace": "hepline.stats.build",
}


def __getattr__(name: str) -> object:
    if name == "stats":
        return importlib.import_module("hepline.stats")
    if name not in _LATER:
        raise AttributeError(f"module 'hepline' has no attribute '{name}'")
    found = getattr(importlib.import_module(_LATER[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER, "stats"})

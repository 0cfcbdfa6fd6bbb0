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
from hepline.columns import preview as _preview
from hepline.errors import HeplineError

if typing.TYPE_CHECKING:
    from hepline.analysis.calibration import calibrate, jes_sources
    from hepline.analysis.compute import Varied, compute, explain
    from hepline.analysis.corrections import correction
    from hepline.analysis.luminosity import good_luminosity, recorded_luminosity
    from hepline.analysis.optimal import optimal_bins
    from hepline.analysis.pileup import pileup_weight
    from hepline.analysis.processes import alternative, part
    from hepline.analysis.smearing import smear
    from hepline.analysis.templates import Templates
    from hepline.analysis.topmomentum import top_pt_weight
    from hepline.columns.calling import call
    from hepline.columns.cleaning import missing
    from hepline.columns.eras import by_era
    from hepline.columns.events import events, filter
    from hepline.columns.fakes import fake_weight, matrix_weight
    from hepline.columns.frames import boosted, to_rest_frame
    from hepline.columns.functions import axis, concat, hist, transverse_mass, where
    from hepline.columns.mapping import map
    from hepline.columns.nuisances import nuisance
    from hepline.columns.profiles import profile
    from hepline.columns.propagation import propagate, rescale
    from hepline.columns.random import normal, uniform
    from hepline.columns.reductions import (
        all,
        any,
        argmax,
        argmin,
        count,
        flatten,
        max,
        mean,
        min,
        sum,
    )
    from hepline.columns.weight import weight
    from hepline.columns.words import (
        argsort,
        bit,
        clip,
        cumsum,
        delta_phi,
        delta_r,
        isin,
        lookup,
        rank,
        simulated,
        sort,
        unique,
        vector,
    )
    from hepline.data.catalogue.dataset import dataset
    from hepline.data.generate import generate
    from hepline.data.open import open
    from hepline.exchange.chunks import chunks
    from hepline.exchange.conversion import (
        to_arrow,
        to_awkward,
        to_pandas,
        to_polars,
        to_torch,
    )
    from hepline.exchange.servicex import deliver
    from hepline.exchange.skim import skim
    from hepline.learn.features import features
    from hepline.learn.predict import predict
    from hepline.learn.training import train
    from hepline.pipeline.channels import workspace
    from hepline.share.analysis import Analysis, Result
    from hepline.share.comparing import compare
    from hepline.share.describing import describe
    from hepline.share.pairing import pairs
    from hepline.share.peaks import peaks
    from hepline.spectra.particles import (
        branching_fraction,
        decay_table,
        flight_table,
        particle,
    )
    from hepline.spectra.sidebands import subtract_sidebands
    from hepline.spectra.sweights import peak_weights
    from hepline.stats.model import Model
    from hepline.survey.labels import check_labels
    from hepline.timeseries.channel import Channel
    from hepline.timeseries.clocks import clock_offset
    from hepline.timeseries.normalization import Normalization, normalization
    from hepline.timeseries.reading import series
    from hepline.timeseries.series import Series
    from hepline.timeseries.windows import windows

__version__ = "0.1.0"
__all__ = [
    "Analysis",
    "Channel",
    "HeplineError",
    "Model",
    "Normalization",
    "Result",
    "Series",
    "Templates",
    "Varied",
    "all",
    "alternative",
    "any",
    "argmax",
    "argmin",
    "argsort",
    "axis",
    "bit",
    "boosted",
    "branching_fraction",
    "by_era",
    "calibrate",
    "call",
    "check_labels",
    "chunks",
    "clip",
    "clock_offset",
    "compare",
    "compute",
    "concat",
    "correction",
    "count",
    "cumsum",
    "dataset",
    "decay_table",
    "deliver",
    "delta_phi",
    "delta_r",
    "describe",
    "events",
    "explain",
    "fake_weight",
    "features",
    "filter",
    "flatten",
    "flight_table",
    "generate",
    "good_luminosity",
    "hist",
    "isin",
    "jes_sources",
    "lookup",
    "map",
    "matrix_weight",
    "max",
    "mean",
    "min",
    "missing",
    "normal",
    "normalization",
    "nuisance",
    "open",
    "optimal_bins",
    "pairs",
    "part",
    "particle",
    "peak_weights",
    "peaks",
    "pileup_weight",
    "predict",
    "profile",
    "propagate",
    "rank",
    "recorded_luminosity",
    "rescale",
    "series",
    "simulated",
    "skim",
    "smear",
    "sort",
    "subtract_sidebands",
    "sum",
    "to_arrow",
    "to_awkward",
    "to_pandas",
    "to_polars",
    "to_rest_frame",
    "to_torch",
    "top_pt_weight",
    "train",
    "transverse_mass",
    "uniform",
    "unique",
    "units",
    "vector",
    "weight",
    "where",
    "windows",
    "workspace",
]

# Each command and each analysis needs a part of the libraries: a fit no awkward, a look into a file
# no pyhf. All of them together take seconds to import.
_LATER = {
    "Analysis": "hepline.share.analysis",
    "Channel": "hepline.timeseries.channel",
    "Model": "hepline.stats.model",
    "Normalization": "hepline.timeseries.normalization",
    "Result": "hepline.share.analysis",
    "Series": "hepline.timeseries.series",
    "Templates": "hepline.analysis.templates",
    "Varied": "hepline.analysis.compute",
    "all": "hepline.columns.reductions",
    "alternative": "hepline.analysis.processes",
    "any": "hepline.columns.reductions",
    "argmax": "hepline.columns.reductions",
    "argmin": "hepline.columns.reductions",
    "argsort": "hepline.columns.words",
    "axis": "hepline.columns.functions",
    "bit": "hepline.columns.words",
    "boosted": "hepline.columns.frames",
    "branching_fraction": "hepline.spectra.particles",
    "by_era": "hepline.columns.eras",
    "calibrate": "hepline.analysis.calibration",
    "call": "hepline.columns.calling",
    "check_labels": "hepline.survey.labels",
    "chunks": "hepline.exchange.chunks",
    "clip": "hepline.columns.words",
    "clock_offset": "hepline.timeseries.clocks",
    "compare": "hepline.share.comparing",
    "compute": "hepline.analysis.compute",
    "concat": "hepline.columns.functions",
    "correction": "hepline.analysis.corrections",
    "count": "hepline.columns.reductions",
    "cumsum": "hepline.columns.words",
    "dataset": "hepline.data.catalogue.dataset",
    "decay_table": "hepline.spectra.particles",
    "deliver": "hepline.exchange.servicex",
    "delta_phi": "hepline.columns.words",
    "delta_r": "hepline.columns.words",
    "describe": "hepline.share.describing",
    "events": "hepline.columns.events",
    "explain": "hepline.analysis.compute",
    "fake_weight": "hepline.columns.fakes",
    "features": "hepline.learn.features",
    "filter": "hepline.columns.events",
    "flatten": "hepline.columns.reductions",
    "flight_table": "hepline.spectra.particles",
    "generate": "hepline.data.generate",
    "good_luminosity": "hepline.analysis.luminosity",
    "hist": "hepline.columns.functions",
    "isin": "hepline.columns.words",
    "jes_sources": "hepline.analysis.calibration",
    "lookup": "hepline.columns.words",
    "map": "hepline.columns.mapping",
    "matrix_weight": "hepline.columns.fakes",
    "max": "hepline.columns.reductions",
    "mean": "hepline.columns.reductions",
    "min": "hepline.columns.reductions",
    "missing": "hepline.columns.cleaning",
    "normal": "hepline.columns.random",
    "normalization": "hepline.timeseries.normalization",
    "nuisance": "hepline.columns.nuisances",
    "open": "hepline.data.open",
    "optimal_bins": "hepline.analysis.optimal",
    "pairs": "hepline.share.pairing",
    "part": "hepline.analysis.processes",
    "particle": "hepline.spectra.particles",
    "peak_weights": "hepline.spectra.sweights",
    "peaks": "hepline.share.peaks",
    "pileup_weight": "hepline.analysis.pileup",
    "predict": "hepline.learn.predict",
    "profile": "hepline.columns.profiles",
    "propagate": "hepline.columns.propagation",
    "rank": "hepline.columns.words",
    "recorded_luminosity": "hepline.analysis.luminosity",
    "rescale": "hepline.columns.propagation",
    "series": "hepline.timeseries.reading",
    "simulated": "hepline.columns.words",
    "skim": "hepline.exchange.skim",
    "smear": "hepline.analysis.smearing",
    "sort": "hepline.columns.words",
    "subtract_sidebands": "hepline.spectra.sidebands",
    "sum": "hepline.columns.reductions",
    "to_arrow": "hepline.exchange.conversion",
    "to_awkward": "hepline.exchange.conversion",
    "to_pandas": "hepline.exchange.conversion",
    "to_polars": "hepline.exchange.conversion",
    "to_rest_frame": "hepline.columns.frames",
    "to_torch": "hepline.exchange.conversion",
    "top_pt_weight": "hepline.analysis.topmomentum",
    "train": "hepline.learn.training",
    "transverse_mass": "hepline.columns.functions",
    "uniform": "hepline.columns.random",
    "unique": "hepline.columns.words",
    "vector": "hepline.columns.words",
    "weight": "hepline.columns.weight",
    "where": "hepline.columns.functions",
    "windows": "hepline.timeseries.windows",
    "workspace": "hepline.pipeline.channels",
}


def _first_values(*arguments: typing.Any) -> typing.Any:
    from hepline.analysis.preview import first_values

    return first_values(*arguments)


_preview.READERS.append(_first_values)


def _hint(name: str) -> str:
    """What to write in place of a name of another library, or of a misspelt one."""
    if name.startswith("_"):
        return ""
    import numpy

    from hepline.columns.foreign import FUNCTIONS
    from hepline.errors import nearest

    if name in FUNCTIONS:
        return f"; {FUNCTIONS[name]}."
    if isinstance(getattr(numpy, name, None), numpy.ufunc):
        return f"; write np.{name}(x)."
    return f"; {nearest(name, __all__)}"


_ROOMS = ("analysis", "columns", "data", "engine", "physics", "stats")


def __getattr__(name: str) -> object:
    if name in _ROOMS:
        return importlib.import_module(f"hepline.{name}")
    if name not in _LATER:
        raise AttributeError(f"module 'hepline' has no attribute '{name}'{_hint(name)}")
    found = getattr(importlib.import_module(_LATER[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER, "stats"})

"""What do the data say? The statistics room; it stands alone on a pyhf JSON workspace.

Start reading at `model.py`. Below it, from the file to the answer: `workspace` (JSON, checked),
`parameters` (which there are), `tables` (flat arrays), `histfactory` (these three together),
`interpolation` and `expectation` (events with exact derivatives), `likelihood`, `newton`, `ladder`
and `valleys` (minimizers), `covariance`, `goodness`, `fit`, `predict`, `store`, `run`. May import
physics, records, units, errors, and pyhf, scipy and iminuit from outside; only `build` may also
import analysis.
"""

from hepline.stats.fit import fit
from hepline.stats.model import Model
from hepline.stats.predict import postfit, prefit
from hepline.stats.results import ChannelPrediction, FitResult, GoodnessOfFit, Parameter
from hepline.stats.run import fit_workspace
from hepline.stats.store import as_json, save

__all__ = [
    "ChannelPrediction",
    "FitResult",
    "GoodnessOfFit",
    "Model",
    "Parameter",
    "as_json",
    "fit",
    "fit_workspace",
    "postfit",
    "prefit",
    "save",
]

"""What do the data say? The statistics room; it stands alone on a pyhf JSON workspace.

Start reading at `model.py`. Below it, from the file to the answer: `workspace` (JSON, checked),
`parameters` and `constraints` (which there are), `tables` (flat arrays; `layout` says where what
is), `histfactory` (these together), `interpolation`, `kernels`, `secondorder` and `expectation`
(events with exact derivatives), `deviance`, `evaluation` and `likelihood`, `search`, `newton`,
`ladder` and `valleys` (minimizers), `minimum` (the door to them), `fit` with `covariance` and
`goodness`, `predict`, `counting`. `compiling` says when kernels are compiled. `inference/` answers
every other question, `preflight/` checks a workspace, `blinding` hides a result, `questions` is the
register of what can be asked, and `run` puts a list of them to a model. May import
physics, records, units, errors, arrays, notebook, processes, jsonfile, and from outside pyhf,
scipy, iminuit, numba, threadpoolctl, xxhash and nutpie.
"""

from hepline.stats.fit import fit
from hepline.stats.inference.combination import combine
from hepline.stats.inference.compatibility import compatibility
from hepline.stats.inference.intervals import joint_test, simultaneous
from hepline.stats.inference.lookelsewhere import global_significance, trials_significance
from hepline.stats.model import Model
from hepline.stats.predict import postfit, prefit
from hepline.stats.preflight import preflight, prune, smooth
from hepline.stats.questions import Answers, Questions
from hepline.stats.results import ChannelPrediction, FitResult, GoodnessOfFit, Parameter
from hepline.stats.run import answer

__all__ = [
    "Answers",
    "ChannelPrediction",
    "FitResult",
    "GoodnessOfFit",
    "Model",
    "Parameter",
    "Questions",
    "answer",
    "combine",
    "compatibility",
    "fit",
    "global_significance",
    "joint_test",
    "postfit",
    "prefit",
    "preflight",
    "prune",
    "simultaneous",
    "smooth",
    "trials_significance",
]

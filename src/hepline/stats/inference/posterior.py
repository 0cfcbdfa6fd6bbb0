"""Bayesian posterior of all parameters, sampled by NUTS with the exact gradient."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hepline.arrays import Floats
from hepline.errors import FitError, MissingPackage
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.density import Whitened, density, whitened
from hepline.stats.inference.priors import Prior, priors_by_index

__all__ = ["Posterior", "posterior"]

# A. Vehtari et al., Bayesian Analysis 16 (2021) 667: what converged chains keep to.
_LARGEST_R_HAT = 1.01
_SMALLEST_ESS = 400.0
# Chains start that many posterior widths away from the mode: only chains that come from far apart
# can disagree.
_SPREAD = 2.0
_ESS = ("bulk", "tail", "mean")


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws from the posterior, and how far they can be trusted.

    Attributes
    ----------
    poi : str
    parameters : tuple of str
        Those that were free.
    draws : ndarray, shape (chain, draw, parameter)
        Without the draws of the tuning.
    r_hat : ndarray, shape (parameter,)
        Rank-normalized; 1 where the chains agree.
    ess_bulk, ess_tail : ndarray, shape (parameter,)
        How many independent draws would tell as much about the center, about the 5 and 95 %
        quantiles.
    mcse : ndarray, shape (parameter,)
        Monte Carlo standard error of `mean`.
    divergences : int
        Draws near which the sampler lost its way: some part of the posterior may be missing.
    acceptance : float
        Mean acceptance probability.
    step_sizes : ndarray, shape (chain,)
        In units of the posterior's width.
    tune, seed : int
    seconds : float

    References
    ----------
    A. Vehtari, A. Gelman, D. Simpson, B. Carpenter, P.-C. Bürkner, "Rank-normalization, folding,
    and localization: an improved R-hat", Bayesian Analysis 16 (2021) 667.
    """

    poi: str
    parameters: tuple[str, ...]
    draws: Floats
    r_hat: Floats
    ess_bulk: Floats
    ess_tail: Floats
    mcse: Floats
    divergences: int
    acceptance: float
    step_sizes: Floats
    tune: int
    seed: int
    seconds: float

    @property
    def mean(self) -> Floats:
        """Posterior means, shape (parameter,)."""
        return np.asarray(self.draws.mean(axis=(0, 1)))

    @property
    def std(self) -> Floats:
        """Posterior standard deviations, shape (parameter,)."""
        return np.asarray(self.draws.std(axis=(0, 1), ddof=1))

    @property
    def covariance(self) -> Floats:
        """Posterior covariance, shape (parameter, parameter)."""
        return np.atleast_2d(np.cov(self.draws.reshape(-1, len(self.parameters)).T))

    @property
    def converged(self) -> bool:
        """Whether nothing speaks against these draws."""
        return not self._complaints()

    @property
    def quality(self) -> str:
        """``converged``, or ``NOT CONVERGED`` and what is wrong, with names and numbers."""
        wrong = self._complaints()
        return f"NOT CONVERGED: {'; '.join(wrong)}" if wrong else "converged"

    def _complaints(self) -> list[str]:
        worst = int(np.argmax(np.nan_to_num(self.r_hat, nan=np.inf)))
        ess = np.nan_to_num(np.minimum(self.ess_bulk, self.ess_tail))
        fewest = int(np.argmin(ess))
        found = []
        # Written so that "not a number", from a chain that never moved, is a complaint.
        if not self.r_hat[worst] <= _LARGEST_R_HAT:
            found.append(
                f"R-hat {self.r_hat[worst]:.3f} of '{self.parameters[worst]}' exceeds "
                f"{_LARGEST_R_HAT:g}: the chains disagree; tune and draw longer"
            )
        if ess[fewest] < _SMALLEST_ESS:
            found.append(
                f"only {ess[fewest]:.0f} effective draws of '{self.parameters[fewest]}', fewer "
                f"than {_SMALLEST_ESS:g}: draw more"
            )
        if self.divergences:
            found.append(
                f"{self.divergences} of {self.draws.shape[0] * self.draws.shape[1]} draws "
                "diverged: a narrow part of the posterior may be missing; raise target_accept"
            )
        return found

    def of(self, name: str) -> Floats:
        """Return all draws of one parameter, shape (chain × draw,).

        Raises
        ------
        FitError
            If it is not among the free parameters.
        """
        if name not in self.parameters:
            raise FitError(
                f"the posterior has no draws of '{name}'.",
                why="it is held in this model, or there is no such parameter.",
                fix=f"choose among {', '.join(self.parameters)}.",
            )
        return self.draws[:, :, self.parameters.index(name)].ravel()

    def quantile(self, name: str, probability: float) -> float:
        """Value below which the parameter lies with this probability."""
        return float(np.quantile(self.of(name), probability))

    def interval(
        self, name: str, level: float = 0.6827, *, central: bool = False
    ) -> tuple[float, float]:
        """Credible interval: the narrowest one (highest posterior density), or the central one.

        Parameters
        ----------
        name : str
        level : float
            Probability that it holds.
        central : bool
            Leave out the same probability on both sides; that never reaches a bound.

        Raises
        ------
        FitError
            If the level is none, or the parameter is not free.
        """
        _check_level(level)
        if central:
            return self.quantile(name, (1 - level) / 2), self.quantile(name, (1 + level) / 2)
        ordered = np.sort(self.of(name))
        inside = int(np.ceil(level * len(ordered)))
        widths = ordered[inside - 1 :] - ordered[: len(ordered) - inside + 1]
        first = int(np.argmin(widths))
        return float(ordered[first]), float(ordered[first + inside - 1])

    def upper_limit(self, name: str = "", level: float = 0.95) -> float:
        """Value that the parameter, by default that of interest, exceeds with 1 − level."""
        _check_level(level)
        return self.quantile(name or self.poi, level)


def posterior(
    model: HistFactory,
    *,
    draws: int = 2000,
    chains: int = 4,
    tune: int = 500,
    seed: int = 1,
    target_accept: float = 0.9,
    data: ArrayLike | None = None,
    priors: Mapping[str, Prior] | None = None,
) -> Posterior:
    """Sample the posterior of all free parameters.

    The constraint terms, with their auxiliary data, are the priors of constrained parameters; all
    others are flat between their bounds, unless given. Bounds hold for all.

    Parameters
    ----------
    model : HistFactory
    draws, tune : int
        Per chain; those of the tuning are thrown away.
    chains : int
        At least two, or nothing can be said about convergence. They start far apart.
    seed : int
        The same seed gives the same draws.
    target_accept : float
        Acceptance that the step size is tuned to. Shorter steps, as for 0.99, cost time and rarely
        diverge.
    data : array_like, shape (bin,) or (bin + auxdata,), optional
        The observed data by default.
    priors : mapping of str to Prior, optional
        For unconstrained parameters.

    Returns
    -------
    Posterior
        Look at `quality` first.

    Raises
    ------
    MissingPackage
        Without nutpie.
    ModelError
        If the data do not fit the model's bins.
    FitError
        If a name is unknown, a prior is given to a constrained parameter, nothing is free, or
        no chain can start.
    """
    _check_numbers(draws, chains, tune, seed, target_accept)
    nutpie, arviz = _packages()
    begin = time.perf_counter()
    placed = priors_by_index(model, priors or {})
    target = whitened(density(model, model.likelihood(data), placed))
    settings = {"draws": draws, "chains": chains, "tune": tune, "seed": seed}
    trace = _sampled(nutpie, target, target_accept=target_accept, **settings)
    theta = np.apply_along_axis(target.parameters, 2, trace.posterior["z"].to_numpy())
    columns = np.moveaxis(theta, 2, 0)
    ess = np.array([[float(arviz.ess(one, method=kind)) for one in columns] for kind in _ESS])
    steps = trace.sample_stats
    return Posterior(
        poi=model.poi,
        parameters=tuple(model.parameter_names[at] for at in target.density.free),
        draws=theta,
        r_hat=np.array([float(arviz.rhat(one)) for one in columns]),
        ess_bulk=ess[0],
        ess_tail=ess[1],
        mcse=theta.std(axis=(0, 1), ddof=1) / np.sqrt(ess[2]),
        divergences=int(steps["diverging"].sum()),
        acceptance=float(steps["mean_tree_accept"].mean()),
        step_sizes=np.asarray(steps["step_size"].to_numpy()[:, -1]),
        tune=tune,
        seed=seed,
        seconds=time.perf_counter() - begin,
    )


def _sampled(nutpie: Any, target: Whitened, **settings: float) -> Any:
    """Run all chains."""
    model = _compiled(nutpie, target)
    try:
        return nutpie.sample(model, save_warmup=False, progress_bar=False, **settings)
    except RuntimeError as error:
        raise FitError(
            "the posterior cannot be sampled.",
            why=f"the sampler says: {str(error).partition(chr(10))[0]}.",
            fix="narrow the bounds of the parameters to where the data are possible.",
        ) from error


def _compiled(nutpie: Any, target: Whitened) -> Any:
    size = len(target.mode)

    def start(seed: int) -> Floats:
        return _SPREAD * np.random.default_rng(seed).standard_normal(size)

    def make_density() -> Callable[[Floats], tuple[float, Floats]]:
        return target.value_and_slope

    def make_output(*_: int) -> Callable[[Floats], dict[str, Floats]]:
        return lambda z: {"z": z}

    return nutpie.compiled_pyfunc.from_pyfunc(
        size,
        make_density,
        make_output,
        expanded_dtypes=[np.dtype(np.float64)],
        expanded_shapes=[(size,)],
        expanded_names=["z"],
        make_initial_point_fn=start,
    )


def _packages() -> tuple[Any, Any]:
    """Import the sampler and the convergence figures, which take seconds, only now."""
    try:
        with warnings.catch_warnings():
            # ArviZ announces its next major version at every import.
            warnings.simplefilter("ignore", FutureWarning)
            import arviz
            import nutpie.compiled_pyfunc
    except ImportError as error:
        raise MissingPackage(
            f"'{error.name}' is not installed.",
            why="posteriors are sampled by nutpie, which comes as an extra.",
            fix="pip install 'hepline[bayes]'",
        ) from error
    return nutpie, arviz


def _check_numbers(draws: int, chains: int, tune: int, seed: int, target_accept: float) -> None:
    if not 0 <= seed < 2**64:
        raise FitError(
            f"seed={seed}.",
            why="the sampler takes whole numbers of 64 bits, without sign.",
            fix="use a small positive number, such as 1.",
        )
    if not 0 < target_accept < 1:
        raise FitError(
            f"target_accept={target_accept:g}.",
            why="it is the probability that a step of the sampler is accepted.",
            fix="give a number between 0 and 1, such as 0.9.",
        )
    if chains < 2 or draws < 4 or tune < 1:
        raise FitError(
            f"{chains} chains of {draws} draws after {tune} of tuning.",
            why="whether a posterior has converged is seen from two chains or more.",
            fix="use the default: draws=2000, chains=4, tune=500.",
        )


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise FitError(
            f"level={level:g}.",
            why="it is the probability that the interval holds.",
            fix="give a number between 0 and 1, such as 0.95.",
        )

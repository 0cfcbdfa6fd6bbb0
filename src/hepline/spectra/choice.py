"""Which model: every sensible one is fitted, compared by Akaike's criterion, and shown.

All are fitted to the same fine bins. The rule, in this order:

1. a polynomial background of higher order must improve χ² by more than chance (F-test, 5 %);
2. a natural width is claimed only where it was asked for, or where it or the resolution is known:
   by itself, a resolution with tails looks like a Breit–Wigner;
3. a parameter that was driven to its limit counts as if AIC were worse by 10;
4. among models within 2 of the smallest AIC, the one with the fewest parameters; among shapes of
   the peak within 6, for a tail or a second Gaussian is easily found in a fluctuation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hepline.arrays import Floats
from hepline.errors import FitError
from hepline.spectra.extended import Best
from hepline.spectra.mixture import Mixture
from hepline.spectra.pearson import Agreement, agreement, f_test

__all__ = ["Choice", "Trial", "choose"]

_CLOSE = 2.0
_RICHER = 6.0
_LIMIT = 10.0
_CHANCE = 0.05


@dataclass(frozen=True, eq=False)
class Trial:
    """One model, fitted.

    Attributes
    ----------
    mixture : Mixture
    best : Best
    counts, expected : ndarray, shape (bin,)
        In the bins that are shown.
    """

    mixture: Mixture
    best: Best
    counts: Floats
    expected: Floats

    @property
    def agreement(self) -> Agreement:
        """χ² in the bins that are shown."""
        return agreement(self.counts, self.expected, self.best.free)

    @property
    def names(self) -> tuple[str, str]:
        """Names of signal and background."""
        return self.mixture.signal.name, self.mixture.background.name


@dataclass(frozen=True, eq=False)
class Choice:
    """The chosen model and those it was chosen from.

    Attributes
    ----------
    chosen : Trial
    trials : tuple of Trial
        The chosen one first, then by AIC; models whose fit failed are last.
    remarks : tuple of str
    """

    chosen: Trial
    trials: tuple[Trial, ...]
    remarks: tuple[str, ...]


def choose(
    fit: Callable[[str, str], Trial],
    signals: Sequence[str],
    backgrounds: Sequence[str],
    *,
    first: str = "chebyshev 2",
    natural: bool = False,
) -> Choice:
    """Fit models and choose one.

    Parameters
    ----------
    fit : callable
        Of the names of a signal and a background.
    signals, backgrounds : sequence of str
        What to choose from.
    first : str
        Background on which signals are compared first, if it is one of them.
    natural : bool
        Whether a natural width may be claimed.

    Returns
    -------
    Choice

    Raises
    ------
    FitError
        If no model could be fitted.
    """
    trials: dict[tuple[str, str], Trial] = {}

    def fitted(signal: str, background: str) -> Trial:
        if (signal, background) not in trials:
            trials[signal, background] = fit(signal, background)
        return trials[signal, background]

    under = first if first in backgrounds else backgrounds[0]
    remarks: list[str] = []
    peak = signals[0]
    # The best signal depends on the background and the other way round: two rounds settle it.
    for _ in range(2):
        shapes = [fitted(signal, under) for signal in signals]
        peak = _simplest(_claimable(shapes, natural), shapes, _RICHER).names[0]
        curves = [fitted(peak, background) for background in backgrounds]
        allowed, remarks = _needed(curves)
        under = _simplest(allowed, curves, _CLOSE).names[1]
    chosen = trials[peak, under]
    if not chosen.best.valid:
        raise FitError(
            "none of the models could be fitted to this window",
            why=f"of '{peak}' on '{under}', {chosen.best.reason}",
            fix="choose a window with more of the background, or name signal= and background=",
        )
    others = sorted(
        (trial for trial in trials.values() if trial is not chosen),
        key=lambda trial: (not trial.best.valid, trial.best.aic),
    )
    remarks += _unclaimed(chosen, others, natural)
    return Choice(chosen, (chosen, *others), tuple(remarks))


def _simplest(allowed: Sequence[Trial], among: Sequence[Trial], margin: float) -> Trial:
    good = [trial for trial in allowed if trial.best.valid]
    if not good:
        good = [trial for trial in among if trial.best.valid] or list(among)
    least = min(_price(trial) for trial in good)
    close = [trial for trial in good if _price(trial) <= least + margin]
    return min(close, key=lambda trial: (trial.best.free, trial.best.aic))


def _price(trial: Trial) -> float:
    """Akaike's criterion; a shape at a limit of its parameters does not describe a peak."""
    return trial.best.aic + _LIMIT * len(trial.best.limits)


def _claimable(trials: Sequence[Trial], natural: bool) -> list[Trial]:
    return [trial for trial in trials if natural or not trial.mixture.signal.natural]


def _needed(trials: Sequence[Trial]) -> tuple[list[Trial], list[str]]:
    """Polynomials up to the order that data ask for, and all that are not polynomials."""
    orders = {int(name[-1]): t for t in trials if (name := t.names[1]).startswith("chebyshev")}
    if len(orders) < 2:
        return list(trials), []
    order, remarks = min(orders), []
    while order + 1 in orders:
        # An even curve gains nothing from the next odd order: look two orders ahead.
        ahead = [k for k in (order + 1, order + 2) if k in orders]
        chances = [_chance(orders[order], orders[k]) for k in ahead]
        p_value, needed = min(zip(chances, ahead, strict=True))
        remarks.append(f"F-test, background chebyshev {order} → {needed}: p = {p_value:.3g}")
        if p_value > _CHANCE:
            break
        order = needed
    too_rich = {id(trial) for k, trial in orders.items() if k > order}
    return [trial for trial in trials if id(trial) not in too_rich], remarks


def _chance(simple: Trial, rich: Trial) -> float:
    # What was held at a limit was free to move all the same.
    pairs = ((trial.expected, len(trial.mixture.parameters)) for trial in (simple, rich))
    return f_test(simple.counts, *pairs)


def _unclaimed(chosen: Trial, others: Sequence[Trial], natural: bool) -> list[str]:
    limit = chosen.best.aic - _CLOSE
    better = [t for t in others if t.mixture.signal.natural and t.best.valid and t.best.aic < limit]
    if natural or not better:
        return []
    return [
        "a Breit–Wigner has a smaller AIC, but tails of the resolution look the same: to claim a "
        "natural width, give it or the resolution, or ask for signal='natural'"
    ]

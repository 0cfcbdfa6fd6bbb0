"""A parameter of interest shown with a secret, reproducible shift.

It keeps honest people from looking: the shift is decided by a phrase, and whoever knows phrase and
result can take it off again. What else would tell the value of a fit is hidden with it.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn, TypeVar

import numpy as np

from hepline.errors import FitError, ModelError
from hepline.stats.covariance import inverse_curvature
from hepline.stats.inference.asimov import expected_data
from hepline.stats.model import Model
from hepline.stats.results import ChannelPrediction, FitResult
from hepline.stats.spread import Covariance

__all__ = [
    "NOT_TOLD",
    "expecting",
    "fit_blinded",
    "fit_hidden",
    "hide_data",
    "hide_poi",
    "secret_shift",
    "shown_while_blinded",
]

AnyResult = TypeVar("AnyResult")

NOT_TOLD = "not told while blinded"
"""Quality of a covariance that is hidden, whatever it is."""

_SMALLEST, _LARGEST = 2.0, 8.0  # size of a shift, in errors
_OF_BINS = ("staterror", "shapesys", "shapefactor")


def secret_shift(phrase: str, poi: str, error: float, *, of: Collection[str] = ()) -> float:
    """Shift that hides the value of a parameter.

    Parameters
    ----------
    phrase : str
    poi : str
        Name of the parameter.
    error : float
        Its uncertainty: only the nearest power of two counts, so that the shift stays the same
        from one version of an analysis to the next.
    of : collection of str
        What is special about the data, such as regions where expected events stand in for them.
        Each has its own shift: where the answer is known beforehand, it tells no other.

    Returns
    -------
    float
        Two to eight errors, of either sign.

    Raises
    ------
    FitError
        For an empty phrase.
    """
    if not phrase.strip():
        raise FitError(
            "an empty phrase to blind with.",
            why="the shift is made from it.",
            fix="give any words of your own: 'seven sleepy geese'.",
        )
    message = "\n".join([f"hepline blinding: {poi}", *sorted(of)])
    digest = hmac.digest(phrase.encode(), message.encode(), hashlib.sha256)
    sign = 1.0 if digest[0] % 2 else -1.0
    fraction = int.from_bytes(digest[8:14], "big") / 2**48
    usable = math.isfinite(error) and error > 0
    scale = 2.0 ** round(math.log2(error)) if usable else 1.0
    return sign * scale * (_SMALLEST + (_LARGEST - _SMALLEST) * fraction)


def hide_poi(fit: FitResult, phrase: str, *, of: Collection[str] = ()) -> FitResult:
    """Shift the parameter of interest of a fit by a secret amount.

    Its error, the covariance and the other parameters stay as they are. What would tell the true
    value goes: the value of the likelihood, whether the covariance is exact (it is not at a bound,
    which everybody knows), and the factors of single bins, which are what the data are in these
    bins over what is fitted.

    Parameters
    ----------
    fit : FitResult
        As from `fit_hidden`.
    phrase : str
        The same phrase gives the same shift; see `secret_shift`.
    of : collection of str
        As for `secret_shift`.

    Returns
    -------
    FitResult
        ``twice_nll`` is not a number, and the parameters of bins are left out. The bounds are
        those of the model: the shifted value may lie outside of them.

    Raises
    ------
    FitError
        If the fit has no parameter of interest that it moved, or that has an error; or if the
        phrase is empty.
    """
    _check_poi(fit)
    if not fit[fit.poi].error > 0:
        _refuse()
    shift = secret_shift(phrase, fit.poi, fit[fit.poi].error, of=of)
    kept = [
        place
        for place, one in enumerate(fit.parameters)
        if one.kind not in _OF_BINS or one.name == fit.poi
    ]
    told = [fit.parameters[place] for place in kept]
    return replace(
        fit,
        parameters=tuple(
            replace(one, value=one.value + shift) if one.name == fit.poi else one for one in told
        ),
        spread=Covariance.of(fit.spread.part(kept, kept)),
        pseudo_inverse=None,
        other_minima=(),
        twice_nll=math.nan,
        covariance_quality=NOT_TOLD,
    )


def _check_poi(fit: FitResult) -> None:
    if not fit.poi:
        raise FitError(
            "a fit without parameter of interest cannot be blinded.",
            why="the workspace names none, so that there is nothing to shift.",
            fix="name it in the workspace's measurement: 'poi'.",
        )
    if fit[fit.poi].fixed:
        raise FitError(
            f"'{fit.poi}' is held in the fit, and cannot be hidden.",
            why="its value is not a secret: the shifted one beside it would tell the shift of "
            "every other fit.",
            fix="free it in the measurement, or drop the blinding.",
        )


def fit_hidden(model: Model) -> FitResult:
    """Fit hidden data, as a start for `hide_poi`.

    Parameters
    ----------
    model : Model

    Returns
    -------
    FitResult
        The true one. Where a bound leaves the parameter of interest no error, the covariance is
        the one that is expected at the best fit: nobody shall see that it stands at its bound.

    Raises
    ------
    FitError
        If its parameter of interest cannot be hidden; if there is no minimum or no covariance:
        what is said of that tells nothing.
    """
    fit = shown_while_blinded(model.fit)
    _check_poi(fit)
    if fit[fit.poi].error > 0:
        return fit
    return shown_while_blinded(lambda: _with_expected_errors(model, fit))


def _with_expected_errors(model: Model, fit: FitResult) -> FitResult:
    theta = np.array([one.value for one in fit.parameters])
    free = np.array([not one.fixed for one in fit.parameters])
    _, hessian = model.likelihood(expected_data(model, theta)).curvature(theta)
    spread = inverse_curvature(hessian, free) if hessian.is_finite else None
    if spread is None:
        _refuse()
    errors = np.sqrt(spread.variances).tolist()
    parameters = zip(fit.parameters, errors, strict=True)
    return replace(
        fit,
        parameters=tuple(replace(one, error=error) for one, error in parameters),
        spread=spread,
    )


def fit_blinded(
    workspace: Mapping[str, Any], phrase: str, *, of: Collection[str] = ()
) -> tuple[FitResult, tuple[ChannelPrediction, ...]]:
    """Fit hidden data.

    Parameters
    ----------
    workspace : mapping
        Of pyhf, with the hidden data.
    phrase : str
    of : collection of str
        As for `secret_shift`.

    Returns
    -------
    fit : FitResult
        Its parameter of interest is shifted; see `hide_poi`.
    predictions : tuple of ChannelPrediction
        After the fit, as it really is: not to be shown where that parameter acts.

    Raises
    ------
    FitError
        As for `fit_hidden` and `hide_poi`.
    """
    model = shown_while_blinded(lambda: Model(workspace))
    fit = fit_hidden(model)
    return hide_poi(fit, phrase, of=of), model.postfit(fit)


def shown_while_blinded(result: Callable[[], AnyResult]) -> AnyResult:
    """Compute with hidden data, without a word of what they are if that fails.

    Parameters
    ----------
    result : callable without arguments

    Raises
    ------
    FitError
        In place of any error of the fit or the model.
    """
    try:
        return result()
    except (FitError, ModelError):
        # The message of this error tells values of parameters and data.
        _refuse()


def _refuse() -> NoReturn:
    raise FitError(
        "the fit of the hidden data failed.",
        why="what went wrong would tell the data, and is not told while blinded.",
        fix="look at the fit of expected events (model.asimov()), or unblind.",
    ) from None


def expecting(model: Model) -> Model:
    """Copy a model, with what is expected at its initial values in place of the data.

    Parameters
    ----------
    model : Model

    Returns
    -------
    Model
        A negative expectation stands for no event.
    """
    return model.observing(np.maximum(model.expected(), 0.0))


def hide_data(
    predictions: Sequence[ChannelPrediction], channels: Collection[str]
) -> tuple[ChannelPrediction, ...]:
    """Replace the data of these channels by "not a number": nothing is drawn there."""
    return tuple(
        replace(one, data=np.full_like(one.data, np.nan)) if one.channel in channels else one
        for one in predictions
    )

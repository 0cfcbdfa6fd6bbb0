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
from typing import Any, TypeVar

import numpy as np

from hepline.errors import FitError, ModelError
from hepline.stats.model import Model
from hepline.stats.results import ChannelPrediction, FitResult

__all__ = ["fit_blinded", "hide_data", "hide_poi", "secret_shift", "shown_while_blinded"]

AnyResult = TypeVar("AnyResult")

_SMALLEST, _LARGEST = 2.0, 8.0  # size of a shift, in errors
_OF_BINS = ("staterror", "shapesys", "shapefactor")
_UNSAID = "not exact; the reason is not told while blinded"


def secret_shift(phrase: str, poi: str, error: float) -> float:
    """Shift that hides the value of a parameter.

    Parameters
    ----------
    phrase : str
    poi : str
        Name of the parameter.
    error : float
        Its uncertainty: only the nearest power of two counts, so that the shift stays the same
        from one version of an analysis to the next.

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
    digest = hmac.digest(phrase.encode(), f"hepline blinding: {poi}".encode(), hashlib.sha256)
    sign = 1.0 if digest[0] % 2 else -1.0
    fraction = int.from_bytes(digest[8:14], "big") / 2**48
    usable = math.isfinite(error) and error > 0
    scale = 2.0 ** round(math.log2(error)) if usable else 1.0
    return sign * scale * (_SMALLEST + (_LARGEST - _SMALLEST) * fraction)


def hide_poi(fit: FitResult, phrase: str) -> FitResult:
    """Shift the parameter of interest of a fit by a secret amount.

    Its error, the covariance and the other parameters stay as they are. What would tell the true
    value goes: the value of the likelihood, the words of a covariance that is not exact, and the
    factors of single bins, which are what the data are in these bins over what is fitted.

    Parameters
    ----------
    fit : FitResult
    phrase : str
        The same phrase gives the same shift; see `secret_shift`.

    Returns
    -------
    FitResult
        ``twice_nll`` is not a number, and the parameters of bins are left out. The bounds are
        those of the model: the shifted value may lie outside of them.

    Raises
    ------
    FitError
        If the fit has no parameter of interest, or the phrase is empty.
    """
    if not fit.poi:
        raise FitError(
            "a fit without parameter of interest cannot be blinded.",
            why="the workspace names none, so that there is nothing to shift.",
            fix="name it in the workspace's measurement: 'poi'.",
        )
    shift = secret_shift(phrase, fit.poi, fit[fit.poi].error)
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
        covariance=fit.covariance[np.ix_(kept, kept)],
        twice_nll=math.nan,
        covariance_quality="exact" if fit.covariance_quality == "exact" else _UNSAID,
    )


def fit_blinded(
    workspace: Mapping[str, Any], phrase: str
) -> tuple[FitResult, tuple[ChannelPrediction, ...]]:
    """Fit hidden data.

    Parameters
    ----------
    workspace : mapping
        Of pyhf, with the hidden data.
    phrase : str

    Returns
    -------
    fit : FitResult
        Its parameter of interest is shifted; see `hide_poi`.
    predictions : tuple of ChannelPrediction
        After the fit, as it really is: not to be shown where that parameter acts.

    Raises
    ------
    FitError
        If there is no minimum; what is said of it tells nothing.
    """
    model = shown_while_blinded(lambda: Model(workspace))
    fit = shown_while_blinded(model.fit)
    return hide_poi(fit, phrase), model.postfit(fit)


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
        raise FitError(
            "the fit of the hidden data failed.",
            why="what went wrong would tell the data, and is not told while blinded.",
            fix="look at the fit of expected events (model.asimov()), or unblind.",
        ) from None


def hide_data(
    predictions: Sequence[ChannelPrediction], channels: Collection[str]
) -> tuple[ChannelPrediction, ...]:
    """Replace the data of these channels by "not a number": nothing is drawn there."""
    return tuple(
        replace(one, data=np.full_like(one.data, np.nan)) if one.channel in channels else one
        for one in predictions
    )

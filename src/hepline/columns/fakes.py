"""Weights that turn loosened objects into an estimate of fakes among the tight ones.

Of loose objects, the share `real` of true ones and the share `fake` of others is tight. Both shares
are measured elsewhere; events with loosened objects then tell how many fakes are tight.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_, mul
from typing import Any

from hepline.columns.expression import Expr
from hepline.columns.functions import where
from hepline.errors import LanguageError

__all__ = ["fake_weight", "matrix_weight"]

Share = Expr | float
Shares = Share | Sequence[Share]


def fake_weight(fake: Share) -> Expr | float:
    """Weight of an event whose object is loose and not tight: f / (1 − f).

    With it, such events, less simulated ones with true objects, are as many as those whose tight
    object is a fake.

    Parameters
    ----------
    fake : Expr or number
        Share of loose fakes that are tight; below one.

    Raises
    ------
    LanguageError
        If a number is not a share below one.

    Examples
    --------
    >>> fake_weight(0.2)
    0.25
    """
    _check_share("fake", fake, highest=0.999999)
    return fake / (1.0 - fake)


def matrix_weight(real: Shares, fake: Shares, tight: Expr | Sequence[Expr]) -> Expr:
    """Weight of an event with loose objects: how many events with tight ones it adds to the fakes.

    Parameters
    ----------
    real, fake : Expr or number, or a sequence of them
        Shares of loose true and fake objects that are tight, for each object.
    tight : Expr of bool, or a sequence of them
        Whether it is tight. Loose ones include tight ones.

    Returns
    -------
    Expr
        The sum over all events with loose objects estimates those in which all are tight and at
        least one is a fake. Weights of tight events are negative.

    Raises
    ------
    LanguageError
        For unlike numbers of objects, or shares that cannot be told apart.

    Notes
    -----
    Of one object, N(loose) = R + F and N(tight) = r R + f F, so that fakes among the tight are
    f F = f (r N(loose) − N(tight)) / (r − f). Of several, the matrix of all combinations is the
    product of those of each object: what is not fake has the product of
    r (tight − f) / (r − f).

    Examples
    --------
    >>> import hepline as hl
    >>> muon = hl.events("nanoaod").Muon[0]
    >>> hl.weight(matrix_weight(0.9, 0.2, muon.tightId))  # doctest: +ELLIPSIS
    <Weight ...>
    """
    objects = [_listed(values) for values in (real, fake, tight)]
    if len({len(values) for values in objects}) != 1 or not objects[0]:
        raise LanguageError(
            f"hl.matrix_weight() of {', '.join(str(len(values)) for values in objects)} objects.",
            why="every object has a share of true and one of fake ones, and is tight or not.",
            fix="give real, fake and tight for each object: ((r1, r2), (f1, f2), (t1, t2)).",
        )
    all_tight, are_real = [], []
    for share, of_fakes, passes in zip(*objects, strict=True):
        _check_shares(share, of_fakes, passes)
        scale = share / (share - of_fakes)
        are_real.append(scale * where(passes, 1.0 - of_fakes, -1.0 * of_fakes))
        all_tight.append(passes)
    fakes: Expr = where(reduce(and_, all_tight), 1.0, 0.0) - reduce(mul, are_real)
    return fakes


def _listed(values: Any) -> list[Any]:
    return [*values] if isinstance(values, list | tuple) else [values]


def _check_shares(real: Share, fake: Share, tight: object) -> None:
    _check_share("real", real)
    _check_share("fake", fake)
    numbers = [share for share in (real, fake) if not isinstance(share, Expr)]
    if len(numbers) == 2 and not numbers[0] > numbers[1]:
        raise LanguageError(
            f"hl.matrix_weight() with real={real!r} and fake={fake!r}.",
            why="true objects are tight more often than fakes, or the two cannot be told apart.",
            fix="give the share of tight ones among loose true objects as real=.",
        )
    if not isinstance(tight, Expr):
        raise LanguageError(
            f"hl.matrix_weight() with tight={tight!r:.60}.",
            why="it is a condition, one for each event.",
            fix="compare a column: muon.iso < 0.15.",
        )


def _check_share(name: str, share: Share, *, highest: float = 1.0) -> None:
    if isinstance(share, Expr) or 0 <= share <= highest:
        return
    raise LanguageError(
        f"{name}={share!r} of loose objects are tight.",
        why="it is a share, from zero to one; f / (1 − f) has no value at one.",
        fix="give the tight ones divided by the loose ones, tight ones included.",
    )

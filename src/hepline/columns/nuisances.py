"""Declaring sources of systematic uncertainty, and checking what is said about them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hepline.columns.vary import COMBINATIONS, ONE_SIGMA, Nuisance
from hepline.errors import AnalysisError, checked_keywords, nearest, users_line

__all__ = ["names_of", "nuisance"]


@checked_keywords
def nuisance(
    name: str,
    *,
    key: str | None = None,
    one_sided: bool = False,
    samples: Iterable[str] | None = None,
    combine: str = "",
    confidence_level: float = ONE_SIGMA,
    regions: Iterable[str] | None = None,
    eras: Iterable[str] | None = None,
    apart: Iterable[str] = (),
    correlation: float = 1.0,
    effect: str = "both",
) -> Nuisance:
    """Declare a source of systematic uncertainty.

    A second declaration with equal settings is the same nuisance, and a run notes it; with other
    settings under the same name or key, the analysis is refused.

    Parameters
    ----------
    name : str
        Name in the fit and in figures: ``"Jet energy scale"``.
    key : str, optional
        Part of histogram names; derived from the name by default.
    one_sided : bool
        Only ``up=`` will be given; the fit mirrors it.
    samples : iterable of str, optional
        The samples it acts on; all by default.
    combine : str, optional
        For ``weight.vary(nuisance, members=…)``, how the histograms of all members become one
        upward and one downward variation, bin by bin: ``hessian``, ``symmhessian`` or ``replicas``,
        as LHAPDF calls the errors of the set (``+as`` if a pair for the strong coupling follows);
        ``quantiles`` (the central 68 % of replicas); ``envelope``; ``scale``, the envelope of the
        scale variations in NanoAOD's order, without those that move the scales apart.
    confidence_level : float, optional
        Of the errors of the set: 0.90 for CTEQ's; one standard deviation by default.
    regions, eras : iterable of str, optional
        The regions and the eras it acts in; all by default.
    apart : str or iterable of str, optional
        ``"region"``, ``"era"`` or ``"sample"``: it is an independent parameter of the fit in each
        of them.
    correlation : float
        Between eras, from 0 (independent) to 1 (one parameter).
    effect : str
        ``"rate"`` leaves the shape of a variation out of the fit, ``"shape"`` its normalization.

    Returns
    -------
    Nuisance

    Examples
    --------
    >>> nuisance("Jet energy scale", one_sided=True).key
    'jet_energy_scale'
    """
    word = key or re.sub(r"\W+", "_", name).strip("_").lower()
    if not word or not re.fullmatch(r"\w+", word):
        raise AnalysisError(
            f"the nuisance '{name}' cannot be given the key '{word}'.",
            why="the key becomes part of histogram names: letters, digits and _ only.",
            fix="say key='…' with such a name.",
        )
    _check_combination(name, combine, one_sided, confidence_level)
    independent = names_of(apart) or ()
    _check_settings(name, independent, correlation, effect)
    return Nuisance(
        name,
        word,
        one_sided,
        names_of(samples),
        users_line() or "",
        combine,
        float(confidence_level),
        names_of(regions),
        names_of(eras),
        independent,
        float(correlation),
        effect,
    )


def _check_combination(name: str, combine: str, one_sided: bool, level: float) -> None:
    kind = combine.partition("+")[0]
    if combine and (kind not in COMBINATIONS or ("+" in combine and kind not in COMBINATIONS[:3])):
        raise AnalysisError(
            f"the nuisance '{name}' combines members as '{combine}'.",
            why=f"the ways are {', '.join(COMBINATIONS)}, the first three also with '+as'.",
            fix=nearest(kind, COMBINATIONS),
        )
    if combine and one_sided:
        raise AnalysisError(
            f"the nuisance '{name}' combines members and is one-sided.",
            why="members are combined to an upward and a downward variation.",
            fix="leave one_sided= out.",
        )
    if not 0 < level < 1 or (level != ONE_SIGMA and "hessian" not in kind):
        raise AnalysisError(
            f"the nuisance '{name}' has confidence_level={level!r}.",
            why="it is that of the errors of Hessian members, which are scaled to one standard "
            "deviation.",
            fix="give a share, such as 0.90, with combine='hessian', or leave it out.",
        )


def names_of(value: str | Iterable[str] | None) -> tuple[str, ...] | None:
    """Names as a tuple; a single one may be given alone."""
    if value is None:
        return None
    return (value,) if isinstance(value, str) else tuple(value)


def _check_settings(name: str, apart: Iterable[str], correlation: float, effect: str) -> None:
    wrong = [word for word in apart if word not in _APART]
    if wrong:
        raise AnalysisError(
            f"the nuisance '{name}' is independent between '{wrong[0]}'.",
            why="it can be independent between regions, eras and samples.",
            fix='say apart="region", apart="era" or apart="sample".',
        )
    if not 0 <= correlation <= 1:
        raise AnalysisError(
            f"correlation={correlation!r} of the nuisance '{name}'.",
            why="it is the correlation between eras, of uncertainties with the same sign.",
            fix="give a number from 0 (independent) to 1 (one parameter).",
        )
    if correlation < 1 and "era" in apart:
        raise AnalysisError(
            f"the nuisance '{name}' is independent between eras, with correlation={correlation:g}.",
            why="the two contradict each other.",
            fix="leave apart= or correlation= out.",
        )
    if effect not in _EFFECTS:
        raise AnalysisError(
            f"effect='{effect}' of the nuisance '{name}'.",
            why="a variation has a rate and a shape.",
            fix="say effect='rate', effect='shape', or leave it out for both.",
        )


_APART = ("region", "era", "sample")
_EFFECTS = ("both", "rate", "shape")

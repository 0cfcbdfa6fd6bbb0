"""Data-taking eras: each has its luminosity, its energy, its files and its own conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hepline.analysis.rates import checked_uncertainty
from hepline.analysis.settings import check_luminosity

__all__ = ["Era", "make_era"]


@dataclass(frozen=True)
class Era:
    """A period of data taking.

    Attributes
    ----------
    name : str
    luminosity : float or None
        In 1/pb; None takes that of the data in the list of files.
    uncertainties : tuple of (str, float, float)
        Parameters of the fit with the factors on the luminosity at plus and minus one standard
        deviation.
    energy : str
        For figures: ``13 TeV``.
    """

    name: str
    luminosity: float | None
    uncertainties: tuple[tuple[str, float, float], ...] = ()
    energy: str = ""


def make_era(
    name: str, luminosity: float | None, uncertainty: float | Mapping[str, float], energy: str
) -> Era:
    """Check the settings of an era; see `Definition.era`.

    Raises
    ------
    AnalysisError
        For a luminosity that is not positive, or an uncertainty that makes no sense.
    """
    if luminosity is not None:
        check_luminosity(luminosity, 0.0, "normsys")
    named = uncertainty if isinstance(uncertainty, Mapping) else {f"Luminosity {name}": uncertainty}
    parameters = tuple(
        (parameter, *checked_uncertainty(f"the luminosity of {name}", relative))
        for parameter, relative in named.items()
        if relative
    )
    value = None if luminosity is None else float(luminosity)
    return Era(name, value, parameters, energy)

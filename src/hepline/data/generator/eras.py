"""Data-taking eras: the energy of the collisions, pile-up and the trigger menu."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hepline.data.generator.trigger import MENUS, Path
from hepline.errors import GeneratorError, nearest

__all__ = ["DEFAULT_ERA", "ERAS", "Era", "era_named"]

DEFAULT_ERA = "2015"


@dataclass(frozen=True)
class Era:
    """One data-taking period.

    Attributes
    ----------
    name : str
    energy : float, TeV
    paths : tuple of Path
        The trigger menu.
    interactions : float, optional
        Mean number of interactions per crossing in simulated samples. None: vertices are drawn
        around 15, and no number of interactions is stored.
    recorded_interactions : float
        The same in data-like mixtures.
    """

    name: str
    energy: float
    paths: tuple[Path, ...]
    interactions: float | None = None
    recorded_interactions: float = 0.0

    @property
    def full(self) -> bool:
        """Whether files have what the first era lacks: pile-up and scale weights."""
        return self.interactions is not None


# Mean interactions: CMS, JINST 15 (2020) P09018, figure 1: 21 in 2012, 23 in 2016, 32 in 2017.
# Simulation of 2016 and 2017 was made before the data and has other profiles, as it always has.
ERAS: Mapping[str, Era] = MappingProxyType(
    {
        "2015": Era("2015", 13.0, MENUS["2015"]),
        "2012": Era("2012", 8.0, MENUS["2012"], 21.0, 21.0),
        "2016": Era("2016", 13.0, MENUS["2016"], 25.0, 23.0),
        "2017": Era("2017", 13.0, MENUS["2017"], 30.0, 32.0),
    }
)


def era_named(name: str) -> Era:
    """Look an era up by name.

    Parameters
    ----------
    name : str
        A key of `ERAS`, such as ``"2012"``.

    Returns
    -------
    Era

    Raises
    ------
    GeneratorError
        If there is no such era.
    """
    try:
        return ERAS[name]
    except KeyError:
        raise GeneratorError(
            f"no era '{name}' to generate for.",
            why=f"the detector is described for the eras {', '.join(ERAS)}.",
            fix=nearest(name, ERAS),
        ) from None

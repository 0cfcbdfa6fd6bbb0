"""The charge of combinations: which have the one that is asked for, what a resonance decays to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hepline.arrays import Floats
from hepline.errors import AnalysisError, DataError
from hepline.spectra.momenta import Particle

__all__ = ["Charges"]


@dataclass(frozen=True, eq=False)
class Charges:
    """Total charges of combinations, and the one that is asked for.

    Attributes
    ----------
    total : ndarray, shape (combination,), or None
        In units of the positron's; None where no column tells.
    size : int
        Particles in a combination, each of charge ±1.
    asked : str or None
        ``opposite``, ``same``, ``any``, ``++`` or ``--``; None takes ``opposite``.
    """

    total: Floats | None
    size: int
    asked: str | None = None

    @classmethod
    def of_columns(cls, columns: list[Floats], asked: str | None) -> Charges:
        """Charges of masses from the columns beside them.

        One column holds the total charge of what the mass was made of, several the charge of each
        particle.
        """
        if not columns:
            return cls(None, 2, asked)
        if len(columns) > 1:
            return cls(np.sum(np.sign(columns), axis=0), len(columns), asked)
        total = np.rint(columns[0])
        odd = bool(np.all(np.abs(total[np.isfinite(total)]) % 2 == 1))
        return cls(total, max(3 if odd else 2, int(np.nanmax(np.abs(total), initial=0))), asked)

    @property
    def charge(self) -> int | None:
        """That of the resonance; where both signs are taken, its antiparticle is meant too."""
        return None if self.total is None else self._charges.get(self._wanted)

    @property
    def remarks(self) -> tuple[str, ...]:
        """That nothing is known, where that is so."""
        if self.total is not None or self.asked == "any":
            return ()
        return ("no charges are known: combinations of every charge are used.",)

    def choose(self) -> tuple[NDArray[np.bool_] | slice, tuple[tuple[str, int], ...]]:
        """Which combinations have the charge that was asked for, and how many of which there are.

        Raises
        ------
        AnalysisError
            If no charges are known.
        DataError
            If there is no such combination.
        """
        if self.total is None and self.asked not in (None, "any"):
            raise AnalysisError(
                f"--charge {self.asked} without charges.",
                why="no column tells the charges of the particles.",
                fix="name them: --charge-columns Q1,Q2, or take --charge any.",
            )
        if self.total is None or self._wanted == "any":
            return slice(None), ()
        charge = self._charges[self._wanted]
        both = self._wanted in ("opposite", "same")
        chosen = np.abs(self.total) == charge if both else self.total == charge
        passed = int(np.count_nonzero(chosen))
        if not passed and len(self.total):
            raise self._none_left(self.total)
        neutral = "total charge ±1" if charge else "total charge 0"
        step = neutral if self._wanted == "opposite" and self.size > 2 else f"{self._wanted} charge"
        return chosen, ((step, passed),)

    def decay(self, particle: Particle | None, *, said: bool = False) -> tuple[str, ...] | None:
        """What a resonance would decay to, for the PDG's table; None if that is not known.

        Parameters
        ----------
        particle : Particle or None
            Of which two make a mass.
        said : bool
            Whether the user named it: without charges, a pair of opposite ones is meant then.
        """
        if particle is None or self.size != 2 or (self.total is None and not said):
            return None
        if particle.name == "gamma":
            return ("gamma", "gamma")
        plus, minus = f"{particle.name}+", f"{particle.name}-"
        return {
            "opposite": (plus, minus),
            "same": (plus, plus),
            "++": (plus, plus),
            "--": (minus, minus),
        }.get(self._wanted)

    @property
    def _wanted(self) -> str:
        return self.asked or "opposite"

    @property
    def _charges(self) -> dict[str, int]:
        # Of an odd number, nothing is nearer to neutral than one unit.
        size = self.size
        return {"opposite": size % 2, "same": size, "++": size, "--": -size}

    def _none_left(self, total: Floats) -> DataError:
        tally = ", ".join(
            f"{np.count_nonzero(total == charge)} of total charge {charge:+.0f}"
            for charge in np.unique(total)
        )
        alike = self._wanted == "opposite" and bool((np.abs(total) == self.size).all())
        return DataError(
            f"all {len(total)} combinations are of the same charge."
            if alike
            else f"none of {len(total)} combinations has the charge '{self._wanted}'.",
            why=f"there are {tally}.",
            fix="choose another --charge (opposite, same, any, ++, --), or check the charges.",
        )

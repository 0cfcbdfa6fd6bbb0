"""Corrections whose systematic variations are keys of an input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hepline.columns.expression import Expr
from hepline.columns.vary import Nuisance, checked_nuisance
from hepline.errors import LanguageError, nearest

if TYPE_CHECKING:
    from hepline.analysis.corrections import Correction

__all__ = ["Variation", "VariedCorrection"]


@dataclass(frozen=True)
class Variation:
    """The effect of a nuisance on a correction.

    Attributes
    ----------
    nuisance : Nuisance
    argument : str
        The input that chooses the variation.
    nominal, up : str
        Its keys.
    down : str or None
    """

    nuisance: Nuisance
    argument: str
    nominal: str
    up: str
    down: str | None


@dataclass(frozen=True)
class VariedCorrection:
    """A correction with systematic variations.

    Attributes
    ----------
    correction : Correction
    variations : tuple of Variation
        One per nuisance. Several may act on one input, with the same nominal key.
    """

    correction: Correction
    variations: tuple[Variation, ...]

    def __call__(self, /, *arguments: Expr | str | float, **named: Expr | str | float) -> Expr:
        """The correction of each element, with its variations.

        Parameters
        ----------
        *arguments, **named : Expr, number or str
            Those of `Correction.__call__`, without the ones that choose variations.
        """
        usual = {variation.argument: variation.nominal for variation in self.variations}
        inputs = [input_ for input_ in self.correction.inputs if input_.name not in usual]
        ordered = self.correction.ordered(inputs, arguments, named)
        by_name = dict(zip((input_.name for input_ in inputs), ordered, strict=True))

        def at(settings: dict[str, str]) -> Expr:
            values = by_name | usual | settings
            return self.correction(*(values[input_.name] for input_ in self.correction.inputs))

        result = at({})
        for variation in self.variations:
            down = None if variation.down is None else at({variation.argument: variation.down})
            result = result.vary(
                variation.nuisance, up=at({variation.argument: variation.up}), down=down
            )
        return result

    def vary(
        self, nuisance: Nuisance, *, argument: str, nominal: str, up: str, down: str | None = None
    ) -> VariedCorrection:
        """Add a variation by another nuisance; see `Correction.vary`.

        Raises
        ------
        LanguageError
            If the correction has no such input or key, if the nuisance already varies it, or if an
            earlier variation of this input has another nominal key.
        """
        checked_nuisance(nuisance)
        name, inputs = self.correction.name, self.correction.inputs
        varied_input = next((other for other in inputs if other.name == argument), None)
        if varied_input is None:
            raise LanguageError(
                f"the correction '{name}' has no input '{argument}'.",
                why=f"it takes {self.correction.signature(inputs)}.",
                fix=nearest(argument, [other.name for other in inputs]),
            )
        for key in (nominal, up, down):
            if key is not None:
                self.correction.check(varied_input, key)
        for other in self.variations:
            if other.nuisance == nuisance:
                raise LanguageError(
                    f"'{nuisance.name}' varies the correction '{name}' twice.",
                    why="a nuisance parameter has one effect on a correction.",
                    fix="give each variation a nuisance of its own.",
                )
            if other.argument == argument and other.nominal != nominal:
                raise LanguageError(
                    f"the nominal key of '{argument}' is {other.nominal!r}, and then {nominal!r}.",
                    why="a correction has one nominal value, which all its variations vary.",
                    fix=f"say nominal={other.nominal!r} again.",
                )
        variation = Variation(nuisance, argument, nominal, up, down)
        return VariedCorrection(self.correction, (*self.variations, variation))

"""What an analysis declares about processes: samples, rates, estimates from data, pseudo-data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hepline.analysis.declared_samples import DeclaredSamples, two_kinds_of_data
from hepline.analysis.estimates import Estimate, part_name
from hepline.analysis.pseudo import PSEUDODATA, PseudoData
from hepline.analysis.rates import Rate, RateUncertainty, checked_bounds, checked_uncertainty
from hepline.analysis.settings import is_finite
from hepline.columns.expression import Expr
from hepline.columns.weight import Weight
from hepline.columns.weight import weight as weight_of
from hepline.errors import AnalysisError, checked_keywords, nearest

__all__ = ["PSEUDODATA", "Declared", "PseudoData"]


class Declared(DeclaredSamples):
    """The processes that an analysis declares; `Definition` adds where they are measured."""

    @checked_keywords
    def normalization(
        self,
        name: str,
        uncertainty: RateUncertainty | None = None,
        *,
        samples: str | Iterable[str] | None = None,
        regions: str | Iterable[str] | None = None,
        eras: str | Iterable[str] | None = None,
        bounds: tuple[float, float] = (0.0, 10.0),
    ) -> None:
        """Add a parameter of the fit that scales processes.

        Parameters
        ----------
        name : str
            In the fit. It may be given again, with other samples and another uncertainty: it is
            one parameter.
        uncertainty : float or (float, float), optional
            Relative, or downwards and upwards; without it the parameter is free.
        samples : str or iterable of str, optional
            Samples and estimates; all simulated samples by default.
        regions, eras : str or iterable of str, optional
            Where it acts; in all of them by default.
        bounds : (float, float)
            Of a free parameter.
        """
        owner = f"normalization '{name}'"
        high, low = (None, None) if uncertainty is None else checked_uncertainty(owner, uncertainty)
        limits = checked_bounds(owner, bounds)
        places = [_names(value) for value in (samples, regions, eras)]
        self.rates.append(Rate(name, high, low, limits, *places))

    @checked_keywords
    def estimate(
        self,
        name: str,
        *,
        data: str | Mapping[str, str],
        subtract: str | Iterable[str] = (),
        factor: float = 1.0,
        weight: Weight | Expr | None = None,
        uncertainty: RateUncertainty | Mapping[str, RateUncertainty] | None = None,
        normalization: str | None = None,
        bounds: tuple[float, float] = (0.0, 10.0),
        regions: str | Iterable[str] | None = None,
        label: str = "",
    ) -> None:
        """Add a background that data of another region estimate.

        It is ``factor × (data − simulation)``, bin by bin, with all systematic uncertainties of the
        simulation that is subtracted.

        Parameters
        ----------
        name : str
        data : str, or mapping of str to str
            The region whose data are taken, or for each region that gets the estimate, the region
            of its data.
        subtract : str or iterable of str
            Samples whose expected events are taken away from the data.
        factor : float
            From that region to this one.
        weight : Weight or Expr, optional
            A factor for every event of that region, such as a fake factor, with its variations.
        uncertainty : float, (float, float), or mapping of str to them, optional
            Of the factor, relative; a mapping names the parameters of the fit.
        normalization : str, optional
            Name of a free parameter that scales the estimate.
        bounds : (float, float)
            Of that parameter.
        regions : str or iterable of str, optional
            The regions that get it; by default all regions that are fitted.
        label : str, optional
            For figures.
        """
        self._new("estimate", name, self.estimates)
        self._new("sample", name, self.samples)
        taken = _names(subtract) or ()
        everywhere = data if isinstance(data, str) and regions is None else ""
        pairs = () if everywhere else _pairs(name, data, _names(regions))
        self._check_parts(name, taken)
        simulated = [sample.name for sample in self.simulated]
        for subtracted in taken:
            if subtracted not in simulated:
                raise AnalysisError(
                    f"the estimate '{name}' subtracts '{subtracted}'.",
                    why="no simulated sample of this name has been declared before.",
                    fix=nearest(subtracted, simulated),
                )
        if not (is_finite(factor) and factor > 0):
            raise AnalysisError(
                f"factor={factor!r} of the estimate '{name}'.",
                why="it takes events of one region to another.",
                fix="give a positive number.",
            )
        limits = checked_bounds(f"estimate '{name}'", bounds)
        self._check_bounds(name, normalization, limits)
        self.estimates[name] = Estimate(
            name,
            label or name,
            pairs,
            taken,
            float(factor),
            None if weight is None else weight_of(weight),
            normalization,
            limits,
            everywhere,
        )
        self._add_rates(name, uncertainty)

    def _check_parts(self, name: str, taken: tuple[str, ...]) -> None:
        """Each part of an estimate has templates of its own."""
        repeated = [sample for sample in taken if taken.count(sample) > 1]
        if repeated:
            raise AnalysisError(
                f"the estimate '{name}' subtracts '{repeated[0]}' twice.",
                why="its events would be taken away twice.",
                fix="name every sample once.",
            )
        for sample in taken:
            self._new("sample", part_name(name, sample), {**self.samples, **self.estimates})

    @checked_keywords
    def pseudodata(
        self,
        terms: Mapping[str, float],
        *,
        truth: Mapping[str, float] | None = None,
        blind: bool = False,
    ) -> None:
        """Replace recorded data by a sum of templates.

        Parameters
        ----------
        terms : mapping of str to float
            ``{"ttbar_ME_var": 0.5, "wjets": 1}``: template (sample, or sample and alternative) to
            factor.
        truth : mapping of str to float, optional
            The parameter values that a fit should find, for the report: free normalizations.
        blind : bool
            Hide them like recorded data, for a rehearsal; by default they are shown.

        Raises
        ------
        AnalysisError
            For terms or parameters that are not declared, and beside recorded data.
        """
        if not terms:
            raise AnalysisError(
                "pseudo-data with no terms.",
                why="they would be empty in every region.",
                fix="give at least one sample: pseudodata({'ttbar': 1}).",
            )
        available = self.sources()
        for term in terms:
            if term not in available:
                raise AnalysisError(
                    f"pseudo-data contain '{term}'.",
                    why="no simulated sample, and no alternative of one, of this name has been "
                    "declared before.",
                    fix=f"choose among {', '.join(available)}.",
                )
        for sample in self.recorded:
            raise two_kinds_of_data(sample.name)
        for name in truth or {}:
            if name not in self.normalizations:
                raise AnalysisError(
                    f"the truth of pseudo-data gives '{name}'.",
                    why="the free normalizations so far are: "
                    f"{', '.join(self.normalizations) or 'none'}.",
                    fix=nearest(name, self.normalizations),
                )
        self.pseudo = PseudoData(tuple(terms.items()), tuple((truth or {}).items()), blind)


def _names(value: str | Iterable[str] | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    return (value,) if isinstance(value, str) else tuple(value)


def _pairs(
    name: str, data: str | Mapping[str, str], regions: tuple[str, ...] | None
) -> tuple[tuple[str, str], ...]:
    """Target and source regions of an estimate."""
    if isinstance(data, str):
        return tuple((region, data) for region in dict.fromkeys(regions or ()))
    if regions is not None:
        raise AnalysisError(
            f"the estimate '{name}' has regions={regions!r}, and data={dict(data)!r}.",
            why="both say which regions get it.",
            fix="leave regions= out.",
        )
    return tuple(data.items())

"""What an analysis declares about processes: samples, rates, estimates from data, pseudo-data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from hepline.analysis.abcd import FourRegions
from hepline.analysis.declared_samples import DeclaredSamples, two_kinds_of_data
from hepline.analysis.estimates import Estimate, part_name
from hepline.analysis.pseudo import PSEUDODATA, PseudoData
from hepline.analysis.rates import Rate, RateUncertainty, checked_bounds, checked_uncertainty
from hepline.analysis.settings import is_finite
from hepline.columns.expression import Expr
from hepline.columns.nuisances import names_of
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
        per_bin: bool = False,
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
        per_bin : bool
            A free parameter for each bin, which all regions share: the data of one region give the
            shape in all.
        """
        owner = f"normalization '{name}'"
        high, low = (None, None) if uncertainty is None else checked_uncertainty(owner, uncertainty)
        limits = checked_bounds(owner, bounds)
        where = (names_of(samples), names_of(regions), names_of(eras))
        if per_bin and uncertainty is not None:
            raise AnalysisError(
                f"the {owner} has an uncertainty, and a parameter for each bin.",
                why="parameters of bins are free.",
                fix="leave uncertainty= out, and give the rate a parameter of its own.",
            )
        self.rates.append(Rate(name, high, low, limits, *where, per_bin=per_bin))

    @checked_keywords
    def transfer(
        self,
        sample: str,
        *,
        control: str,
        signal: str | Iterable[str],
        uncertainty: RateUncertainty | None = None,
    ) -> None:
        """Take the shape of a simulated process from the data of a control region.

        A free parameter for each bin scales it in all of these regions; the ratio between them, the
        transfer factor, remains that of the simulation.

        Parameters
        ----------
        sample : str
            Or an estimate.
        control : str
            A region that is fitted, with the same bins.
        signal : str or iterable of str
            The other regions.
        uncertainty : float or (float, float), optional
            Of the transfer factor, relative.
        """
        others = (signal,) if isinstance(signal, str) else tuple(signal)
        self.normalization(
            f"{sample} shape", samples=sample, regions=(control, *others), per_bin=True
        )
        if uncertainty is not None:
            self.normalization(f"{sample} transfer", uncertainty, samples=sample, regions=others)

    @checked_keywords
    def abcd(
        self,
        name: str,
        *,
        signal: str,
        shape: str,
        transfer: tuple[str, str],
        uncertainty: RateUncertainty | None = None,
        bounds: tuple[float, float] = (0.0, 10.0),
        label: str = "",
    ) -> None:
        """Add a background that four regions determine in the fit (ABCD).

        In the signal region it is what the shape region has, bin by bin, times the transfer factor,
        which is the ratio of the two others. All of these are free parameters; simulated samples
        are in the model of all four regions, and so subtracted with all their uncertainties.

        Parameters
        ----------
        name : str
        signal : str
            The region that gets the estimate. All four are declared before, and fitted.
        shape : str
            The region that gives the shape: same bins, inverted second cut.
        transfer : (str, str)
            The regions with the first cut inverted: that with the second cut of the signal region,
            and that with the inverted one. Each is fitted as one bin.
        uncertainty : float or (float, float), optional
            Of non-closure, relative, in the signal region.
        bounds : (float, float)
            Of the free parameters, relative to what the counts give.
        label : str, optional
            For figures.

        Examples
        --------
        >>> analysis.abcd("QCD", signal="A", shape="B", transfer=("C", "D"))  # doctest: +SKIP
        """
        self._new("sample", name, {**self.samples, **self.estimates})
        four = FourRegions(
            name,
            label or name,
            signal,
            shape,
            (transfer[0], transfer[1]),
            checked_bounds(f"ABCD '{name}'", bounds),
        )
        known = dict.fromkeys(region.base for region in self.regions.values())
        for base in four.regions:
            if base not in known or four.regions.count(base) > 1:
                twice = base in known
                raise AnalysisError(
                    f"the background '{name}' uses the region '{base}'{' twice' if twice else ''}.",
                    why="it needs four regions that are different."
                    if twice
                    else "no region of this name has been declared before.",
                    fix="give each of the four regions once." if twice else nearest(base, known),
                )
        for key, region in self.regions.items():
            if region.base in four.transfer:
                self.regions[key] = replace(region, fit_edges=region.fit_edges[[0, -1]])
        self.four_regions[name] = four
        if uncertainty is not None:
            self.normalization(f"{name} non-closure", uncertainty, samples=name, regions=signal)

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
        taken = names_of(subtract) or ()
        everywhere = data if isinstance(data, str) and regions is None else ""
        pairs = () if everywhere else _pairs(name, data, names_of(regions))
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

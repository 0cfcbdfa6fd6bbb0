"""What a peak is, once found, fitted and named: frozen numbers, all in GeV."""

from __future__ import annotations

from dataclasses import dataclass

from hepline.arrays import Floats

__all__ = ["Bump", "Candidate", "Peak", "PeakFit", "Systematic"]


@dataclass(frozen=True)
class Bump:
    """An excess over a smooth background, before it is fitted.

    Attributes
    ----------
    center, width : float
        Position and standard deviation, GeV.
    low, high : float
        Window in which it can be fitted with its background, GeV.
    events : float
        Excess over the background.
    local_significance, global_significance : float
        In standard deviations; global: after all places and widths where it was looked for.
    neighbors : tuple of float
        Centers of the other bumps in the window, GeV: too near to be left out, so that they are
        to be fitted together. They have the same window.
    """

    center: float
    width: float
    low: float
    high: float
    events: float
    local_significance: float
    global_significance: float
    neighbors: tuple[float, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """A particle of the PDG's table that a peak may be.

    Attributes
    ----------
    name : str
        As the PDG writes it: ``J/psi(1S)``.
    pdgid : int
    mass, mass_error : float
        GeV.
    width : float
        Natural width, GeV.
    decay : str
        How it reaches the measured final state, if known.
    pull : float
        Difference of masses over the uncertainty of the difference, systematics included.
    percent_difference : float
        Measured − table, in percent of the table's mass.
    probability : float
        That a true mass would be measured at least this far away.
    """

    name: str
    pdgid: int
    mass: float
    mass_error: float
    width: float
    decay: str
    pull: float
    percent_difference: float
    probability: float


@dataclass(frozen=True)
class Systematic:
    """One line of the table of systematic uncertainties of a peak.

    Attributes
    ----------
    name : str
        ``signal model``, ``background model``, ``window``, ``binning`` or ``scale``.
    mass, width, events : float
        Shifts (standard deviations) of mass and width in GeV, and of the yield.
    source : str
        What was varied.
    """

    name: str
    mass: float
    width: float
    events: float
    source: str


@dataclass(frozen=True)
class Peak:
    """One resonance of a fit.

    Attributes
    ----------
    mass, mass_error, width, width_error : float
        GeV; errors are statistical (root of the diagonal of the covariance).
    mass_interval, width_interval, events_interval : tuple of (float, float)
        Ends of the profile-likelihood interval of 68 %.
    width_kind : str
        ``natural``: full width Γ of a Breit–Wigner; or ``resolution`` of the detector: full width
        of the curve at half maximum over 2.355, which is σ for a Gaussian.
    width_is_limit : bool
        Whether the width is only bounded from above (`width` is then the 95 % limit).
    resolution : float
        Of the detector, GeV: as above, or the standard deviation where `width` is natural.
    events, events_error : float
        Yield inside of the window.
    background : float
        Background events within two standard deviations (half-widths) of the peak.
    local_significance, global_significance : float
    candidates : tuple of Candidate
        Best first; empty where none is near.
    systematics : tuple of Systematic
    """

    mass: float
    mass_error: float
    width: float
    width_error: float
    mass_interval: tuple[float, float]
    width_interval: tuple[float, float]
    events_interval: tuple[float, float]
    width_kind: str
    width_is_limit: bool
    resolution: float
    events: float
    events_error: float
    background: float
    local_significance: float
    global_significance: float
    candidates: tuple[Candidate, ...] = ()
    systematics: tuple[Systematic, ...] = ()


@dataclass(frozen=True, eq=False)
class PeakFit:
    """One fit of one window.

    Attributes
    ----------
    low, high : float
        Window, GeV.
    signal, background : str
        Names of the shapes: ``crystal ball``, ``chebyshev 2``, …
    peaks : tuple of Peak
        Sorted by mass.
    parameters : tuple of str
    values, errors : ndarray, shape (parameter,)
    covariance : ndarray, shape (parameter, parameter)
    twice_nll : float
    chi2 : float
        Σ (counted − expected)² / expected over the bins of `edges`, merged to at least five
        expected events.
    degrees_of_freedom : int
    aic : float
        Of the likelihood in fine bins, by which models were compared (as in `compared`).
    edges : ndarray, shape (bin + 1,)
    counts : ndarray, shape (bin,)
    expected, expected_background : ndarray, shape (bin,)
        Fitted model and its background.
    entries : int
    binned : bool
        Whether the likelihood is that of the bins or of the single values.
    compared : tuple of (str, str, float, float)
        Models that were tried: signal, background, AIC, p-value of chi2; the chosen one first.
    remarks : tuple of str
        What a reader must know: a limit reached, a width below the resolution, …
    given_resolution, given_width : float or None
        Resolution and natural width that were held fixed, GeV.
    """

    low: float
    high: float
    signal: str
    background: str
    peaks: tuple[Peak, ...]
    parameters: tuple[str, ...]
    values: Floats
    errors: Floats
    covariance: Floats
    twice_nll: float
    chi2: float
    degrees_of_freedom: int
    aic: float
    edges: Floats
    counts: Floats
    expected: Floats
    expected_background: Floats
    entries: int
    binned: bool
    compared: tuple[tuple[str, str, float, float], ...] = ()
    remarks: tuple[str, ...] = ()
    given_resolution: float | None = None
    given_width: float | None = None

    @property
    def price(self) -> float:
        """Akaike's criterion with χ² in place of −2 ln L, to compare fits with the same bins shown.

        Likelihoods in fine bins are relative to those bins, which another fit chooses otherwise.
        """
        return self.chi2 + 2 * len(self.parameters)

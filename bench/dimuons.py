"""How long a full-size sample takes: ten million dimuon masses, scanned, fitted and named.

    .venv/bin/python bench/dimuons.py [--pairs 10_000_000] [--seed 1]

The spectrum is drawn by NumPy and SciPy: a falling continuum and eight resonances with about
the shares of CMS's dimuons, smeared by 1.3 % of their mass. Beside the results stand the generated
masses and widths.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from peak_bias import drawn_breit_wigner

import hepline as hl

_SMEAR = 0.013
_CONTINUUM = 0.8
#: name: share of the pairs, mass and full width in GeV (PDG)
RESONANCES = {
    "omega(782)": (0.004, 0.78266, 0.00868),
    "phi(1020)": (0.008, 1.019461, 0.004249),
    "J/psi(1S)": (0.1, 3.0969, 0.0000926),
    "psi(2S)": (0.006, 3.6861, 0.000293),
    "Upsilon(1S)": (0.03, 9.4604, 0.000054),
    "Upsilon(2S)": (0.01, 10.0234, 0.000032),
    "Upsilon(3S)": (0.007, 10.3551, 0.00002),
    "Z0": (0.035, 91.1880, 2.4955),
}


def masses(pairs: int, seed: int) -> np.ndarray:
    """Measured masses of `pairs` muon pairs, GeV."""
    rng = np.random.default_rng(seed)
    # dN/dm falls like 1/m² between 0.3 and 200 GeV.
    low, high = 1 / 0.3, 1 / 200
    drawn = [1 / (low + (high - low) * rng.random(round(pairs * _CONTINUUM)))]
    for share, mass, gamma in RESONANCES.values():
        number = round(pairs * share)
        natural = drawn_breit_wigner(rng, number, mass, gamma)
        drawn.append(natural + _SMEAR * mass * rng.standard_normal(number))
    return np.concatenate(drawn)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    values = masses(options.pairs, options.seed)
    values = values[(values > 0.25) & (values < 250)]
    started = time.perf_counter()
    found = hl.peaks(values, decay=("mu+", "mu-"))
    seconds = time.perf_counter() - started
    print(
        "| peak | mass, GeV | generated | width | generated | χ²/ndf |\n|---|---|---|---|---|---|"
    )
    for fit in found.fits:
        for peak in fit.peaks:
            name = peak.candidates[0].name if peak.candidates else "?"
            _, mass, gamma = RESONANCES.get(name, (0.0, np.nan, np.nan))
            width = gamma if peak.width_kind == "natural" else _SMEAR * mass
            print(
                f"| {name} | {peak.mass:.5g} ± {peak.mass_error:.2g} | {mass:.5g} "
                f"| {peak.width:.4g} ± {peak.width_error:.2g} ({peak.width_kind}) | {width:.4g} "
                f"| {fit.chi2 / fit.degrees_of_freedom:.2f} |"
            )
    print(f"{len(values):,} pairs: {seconds:.1f} s")


if __name__ == "__main__":
    main()

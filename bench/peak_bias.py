"""Are the fits of peaks unbiased, and their errors right? Pulls of many generated spectra.

    .venv/bin/python bench/peak_bias.py [--toys 500] [--seed 1] [--more 1] [MODEL ...]

Each spectrum is drawn by NumPy and SciPy, not by hepline's own densities, with Poisson numbers of
events, and fitted by the model it was drawn from. Pull: (fitted − true) / error, with the error of
the profile likelihood on the side of the truth. Mean 0 ± 0.1 and width 1 ± 0.1 pass. `--more 0.33`
draws a third of the events: shapes with many parameters need thousands before pulls are normal.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import stats

from hepline.errors import FitError
from hepline.spectra.fitting import fit_model
from hepline.spectra.spectrum import Spectrum

Draw = Callable[[np.random.Generator, int], np.ndarray]


@dataclass(frozen=True)
class Model:
    """How to draw spectra, and what the fit should find."""

    signal: str
    background: str
    low: float
    high: float
    truth: dict[str, float]
    draw: Draw
    draw_background: Draw
    under: float
    settings: dict[str, object] = field(default_factory=dict)
    peaks: tuple[tuple[str, float], ...] = (("events", 0.0),)

    def times(self, factor: float) -> Model:
        """The same with more or fewer events."""
        truth = {k: v * factor if k == "events" else v for k, v in self.truth.items()}
        peaks = tuple((name, number * factor) for name, number in self.peaks)
        return replace(self, truth=truth, under=self.under * factor, peaks=peaks)


def crystal_ball(rng, n, mass, sigma, left, right, power):
    """Gaussian core with power tails, by accept–reject on its textbook formula."""
    span = np.linspace(mass - 12 * sigma, mass + 12 * sigma, 20001)
    t = (span - mass) / sigma
    density = np.exp(-0.5 * t**2)
    for side, beta in ((-t, left), (t, right)):
        a = (power / beta) ** power * np.exp(-0.5 * beta**2)
        b = power / beta - beta
        density = np.where(side > beta, a * (b + np.maximum(side, beta)) ** -power, density)
    below = np.concatenate([[0], np.cumsum(0.5 * (density[1:] + density[:-1]))])
    return np.interp(rng.random(n), below / below[-1], span)


def chebyshev(low, high, *c):
    """Background with the given Chebyshev coefficients, by inverting its integral."""
    x = np.linspace(low, high, 20001)
    density = np.polynomial.chebyshev.chebval(np.linspace(-1, 1, 20001), [1.0, *c])
    below = np.concatenate([[0], np.cumsum(0.5 * (density[1:] + density[:-1]))])
    return lambda rng, n: np.interp(rng.random(n), below / below[-1], x)


def exponential(low, high, folds):
    """Background that falls by `folds` e-folds over the window."""
    return lambda rng, n: (
        low + stats.truncexpon.rvs(folds, scale=(high - low) / folds, size=n, random_state=rng)
    )


def argus(low, endpoint, chi):
    """ARGUS background above `low`."""

    def draw(rng, n):
        x = stats.argus.rvs(chi, scale=endpoint, size=20 * n + 100, random_state=rng)
        return x[x > low][:n]

    return draw


def _double(rng, n):
    narrow = 0.034 / np.sqrt(0.7 + 0.3 * 4)
    return rng.normal(3.1, np.where(rng.random(n) < 0.7, narrow, 2 * narrow))


def _upsilon(shift):
    return lambda rng, n: rng.normal(9.46 + shift, 0.09 * (1 + shift / 9.46), n)


def drawn_breit_wigner(rng, n, mass, gamma):
    """Relativistic Breit–Wigner, by inverting SciPy's integral: its own `rvs` is slow."""
    x = np.linspace(mass - 30 * gamma, mass + 100 * gamma, 200_001)
    # SciPy's has a constant width: the same curve as with one that grows with m², shifted.
    density = stats.rel_breitwigner.pdf(x, mass / gamma, scale=gamma / np.hypot(1, gamma / mass))
    below = np.concatenate([[0], np.cumsum(0.5 * (density[1:] + density[:-1]))])
    return np.interp(rng.random(n), below / below[-1], x)


def _breit_wigner(rng, n):
    return drawn_breit_wigner(rng, n, 91.19, 2.5) + rng.normal(0, 1.2, n)


def _radiative(rng, n):
    """Two Gaussians with tails of power one, as photons of energy k are lost like dk / k."""
    narrow = 1.4 / np.sqrt(0.7 + 0.3 * 4)
    shift = np.linspace(-60, 20, 80_001)
    density = np.zeros_like(shift)
    for share, sigma in ((0.7, narrow), (0.3, 2 * narrow)):
        t = shift / sigma
        tail = np.exp(-0.5 * 1.5**2) / (1 + 1.5 * np.maximum(-t - 1.5, 0))
        density += share / sigma * np.where(t > -1.5, np.exp(-0.5 * t**2), tail)
    below = np.concatenate([[0], np.cumsum(0.5 * (density[1:] + density[:-1]))])
    return drawn_breit_wigner(rng, n, 91.19, 2.5) + np.interp(
        rng.random(n), below / below[-1], shift
    )


def _voigt(rng, n):
    return rng.normal(1.02, 0.003, n) + 0.002 * rng.standard_cauchy(n)


_JPSI = {"mass": 3.1, "width": 0.034, "events": 1500.0}
MODELS = {
    "gaussian": Model(
        "gaussian", "chebyshev 2", 2.8, 3.5, _JPSI, lambda r, n: r.normal(3.1, 0.034, n),
        chebyshev(2.8, 3.5, -0.4, 0.1), 1500,
    ),
    "double gaussian": Model(
        "double gaussian", "exponential", 2.8, 3.5, {**_JPSI, "events": 4000.0}, _double,
        exponential(2.8, 3.5, 1.0), 1500, {"binned": True},
    ),
    "crystal ball": Model(
        "crystal ball", "chebyshev 1", 2.8, 3.5, {**_JPSI, "events": 12_000.0},
        lambda r, n: crystal_ball(r, n, 3.1, 0.034, 1.3, 1.8, 4.0),
        chebyshev(2.8, 3.5, -0.2), 4500, {"binned": True},
    ),
    "voigt": Model(
        "voigt", "bernstein 2", 0.98, 1.06, {"mass": 1.02, "width": 0.004, "events": 3000.0},
        _voigt, lambda r, n: r.uniform(0.98, 1.06, n), 2000, {"resolution": 0.003, "binned": True},
    ),
    "breit-wigner": Model(
        "breit-wigner", "exponential", 60, 120, {"mass": 91.19, "width": 2.5, "events": 4000.0},
        _breit_wigner, exponential(60, 120, 2.0), 800, {"resolution": 1.2, "binned": True},
    ),
    "breit-wigner, both widths": Model(
        "breit-wigner", "exponential", 60, 120, {"mass": 91.19, "width": 2.5, "events": 4000.0},
        _breit_wigner, exponential(60, 120, 2.0), 800, {"binned": True},
    ),
    "radiative breit-wigner": Model(
        "radiative breit-wigner", "exponential", 60, 120,
        {"mass": 91.19, "width": 2.5, "events": 20_000.0}, _radiative,
        exponential(60, 120, 2.0), 2000, {"binned": True},
    ),
    "tied": Model(
        "gaussian", "chebyshev 2", 8, 12, {"mass": 9.46, "width": 0.09}, _upsilon(0.0),
        chebyshev(8, 12, -0.2, 0.05), 3000, {"masses": (9.46, 10.023, 10.355)},
        (("events 1", 1600.0), ("events 2", 800.0), ("events 3", 600.0)),
    ),
    "argus": Model(
        "gaussian", "argus", 5.2, 5.29, {"mass": 5.279, "width": 0.003, "events": 500.0},
        lambda r, n: r.normal(5.279, 0.003, n), argus(5.2, 5.29, 5.0), 2000,
    ),
}  # fmt: skip


def inside(draw: Draw, model: Model, rng: np.random.Generator, mean: float) -> np.ndarray:
    """Poisson number of events of the window."""
    n = rng.poisson(mean)
    x = draw(rng, 2 * n + 50)
    return x[(x > model.low) & (x < model.high)][:n]


def spectrum_of(model: Model, rng: np.random.Generator) -> tuple[Spectrum, dict[str, float]]:
    """One generated spectrum and its true parameters."""
    truth = dict(model.truth)
    parts = [inside(model.draw_background, model, rng, model.under)]
    if "events" in truth:
        parts.append(inside(model.draw, model, rng, truth["events"]))
    else:
        masses = model.settings["masses"]
        for (name, mean), mass in zip(model.peaks, masses, strict=True):
            truth[name] = mean
            parts.append(inside(_upsilon(mass - 9.46), model, rng, mean))
    return Spectrum.of(np.concatenate(parts)), truth


def pulls(model: Model, toys: int, seed: int) -> tuple[dict[str, np.ndarray], int]:
    """Pulls of each parameter, and how many fits failed."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[float]] = {}
    failed = 0
    for _ in range(toys):
        spectrum, truth = spectrum_of(model, rng)
        try:
            mixture, best = fit_model(
                spectrum, model.low, model.high, signal=model.signal,
                background=model.background, **model.settings,
            )  # fmt: skip
        except FitError:
            failed += 1
            continue
        for name, true in truth.items():
            k = mixture.parameters.index(name)
            ends = best.interval(name)
            error = best.errors[k]
            if ends is not None:
                error = best.theta[k] - ends[0] if best.theta[k] > true else ends[1] - best.theta[k]
            found.setdefault(name, []).append((best.theta[k] - true) / error)
    return {name: np.array(values) for name, values in found.items()}, failed


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", default=list(MODELS))
    parser.add_argument("--toys", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--more", type=float, default=1.0)
    options = parser.parse_args()
    print("| model | parameter | mean | width | failed | |\n|---|---|---|---|---|---|")
    for name in options.models:
        started = time.perf_counter()
        found, failed = pulls(MODELS[name].times(options.more), options.toys, options.seed)
        seconds = time.perf_counter() - started
        for parameter, values in found.items():
            mean, width = values.mean(), values.std(ddof=1)
            good = abs(mean) < 0.1 and abs(width - 1) < 0.1
            print(
                f"| {name} | {parameter} | {mean:+.3f} ± {width / np.sqrt(len(values)):.3f} "
                f"| {width:.3f} ± {width / np.sqrt(2 * len(values)):.3f} | {failed} "
                f"| {'pass' if good else 'FAIL'} |",
                flush=True,
            )
        print(f"<!-- {name}: {seconds:.0f} s -->", flush=True)


if __name__ == "__main__":
    main()

"""How often a peak gets the name of its particle, and what each constant of naming does to that.

    python bench/peak_names.py [--peaks 5]

Every particle of the table that decays to a pair of muons, pions, kaons, photons, Kπ or pπ (in the
decay tables) is seen at its mass, shifted by a scale of 0.2 % and by its statistical error, with a
resolution of 1 %. A natural width above that is measured to 10 %, or not told from the resolution.
"""

from __future__ import annotations

import argparse

import numpy as np

from hepline.spectra import naming
from hepline.spectra.particles import decay_table
from hepline.spectra.particles.properties import natural_width
from hepline.spectra.selection_rules import charge_of, known, route

DECAYS = (
    ("mu+", "mu-"), ("pi+", "pi-"), ("K+", "K-"), ("gamma", "gamma"), ("K-", "pi+"), ("p", "pi-"),
)  # fmt: skip
LEAST = 1e-7
VARIATIONS: tuple[dict[str, float], ...] = (
    {},
    {"_UNCALIBRATED": 1e-4}, {"_UNCALIBRATED": 0.01},
    {"_HOPELESS": 6.0}, {"_HOPELESS": np.inf},
    {"_REACH": 2.5}, {"_REACH": 5.0},
    {"_FAR": 0.02}, {"_FAR": np.inf},
    {"_NARROWER": 0.1}, {"_NARROWER": np.inf},
    {"_WIDTH_FACTOR": 0.3}, {"_WIDTH_FACTOR": 1.5}, {"_WIDTH_FACTOR": np.inf},
)  # fmt: skip


def cases(peaks: int) -> list[tuple[str, float, dict[str, object]]]:
    random = np.random.default_rng(1)
    found = []
    for decay in DECAYS:
        for one in known():
            if one.charge != charge_of(decay) or route(one, decay) is None:
                continue
            if decay_table(int(one.pdgid)).fraction(*decay) < LEAST:
                continue
            mass, width = one.mass / 1e3, natural_width(one)
            blur = 0.01 * mass
            for place in range(peaks):
                seen = mass * random.normal(1, 0.002) + random.normal(0, 0.02 * (blur + width))
                if width > blur and place % 2:
                    options = {"resolution": blur, "width": width * random.normal(1, 0.1)}
                else:
                    options = {"resolution": float(np.hypot(blur, width / 2.355))}
                found.append((one.name, seen, {"decay": decay, **options}))
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--peaks", type=int, default=5)
    peaks = cases(options.parse_args().peaks)
    for change in VARIATIONS:
        before = {name: getattr(naming, name) for name in change}
        for name, value in change.items():
            setattr(naming, name, value)
        first = offered = others = 0
        for name, mass, given in peaks:
            names = [one.name for one in naming.candidates(mass, 0.001 * mass, **given)]
            first += names[:1] == [name]
            offered += name in names
            others += len(set(names) - {name})
        for name, value in before.items():
            setattr(naming, name, value)
        print(
            f"{change}: first {first}, offered {offered} of {len(peaks)}; "
            f"{others / len(peaks):.2f} others",
            flush=True,
        )


if __name__ == "__main__":
    main()

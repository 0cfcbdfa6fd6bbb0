"""How often a search in a window finds a bump on a falling spectrum, and how often one of none.

    python bench/peak_search.py [--spectra 40]

6000 entries fall as exp(−m / 150 GeV) from 500 GeV; a Gaussian of 50 GeV stands at 987 GeV. Found
is what has a global significance above three within two widths of it; false is anything else above
three.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from hepline.spectra.search import Question, search
from hepline.spectra.spectrum import Spectrum

LOW, HIGH = 500.0, 2000.0
ENTRIES, FALL = 6000, 150.0
MASS, WIDTH = 987.0, 50.0
CLEAR = 3.0


def spectrum(seed: int, events: int) -> Spectrum:
    random = np.random.default_rng(seed)
    background = LOW + random.exponential(FALL, ENTRIES)
    return Spectrum.of(np.concatenate([background, random.normal(MASS, WIDTH, events)]))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--spectra", type=int, default=40)
    spectra = options.parse_args().spectra
    for events in (0, 100, 150, 250):
        started, true, false = time.process_time(), 0, 0
        for seed in range(spectra):
            peaks = search(spectrum(seed, events), Question((LOW, HIGH))).peaks
            clear = [abs(one.mass - MASS) for one in peaks if one.global_significance > CLEAR]
            hits = sum(distance < 2 * WIDTH for distance in clear) if events else 0
            true, false = true + (hits > 0), false + (len(clear) > hits)
        seconds = (time.process_time() - started) / spectra
        print(
            f"{events} events: found {true} of {spectra}, false {false}, {seconds:.1f} s for each",
            flush=True,
        )


if __name__ == "__main__":
    main()

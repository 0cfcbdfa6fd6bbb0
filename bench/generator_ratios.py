"""How many inclusive events one generated event stands for, and Pythia's cross-sections.

    python bench/generator_ratios.py [EVENTS] [PROCESS ...]

Prints, for every process with a filter, the constants of its table: the cross-section of the
inclusive process, the ratio, and the shares of its parts. Only the hard process is generated, a
few seconds for 100 000 events.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from hepline.data.generator.processes import process_named
from hepline.data.generator.pythia import CrossSection, PythiaRun

_QUICK = ("PartonLevel:all = off", "HadronLevel:all = off")
_ANY_TOP = ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on")
_LEPTONIC_W = ("24:onMode = off", "24:onIfAny = 11 13 15")
# The inclusive process: its name, or its settings.
INCLUSIVE: dict[str, str | tuple[str, ...]] = {
    "ggH_mutau": "ggH_tautau",
    "qqH_mutau": "qqH_tautau",
    "drellyan_mutau": "drellyan_ll",
    "wjets_mutau": ("WeakSingleBoson:ffbar2W = on", *_LEPTONIC_W),
    "ttbar_mutau": _ANY_TOP,
    "ttbar_mumu": _ANY_TOP,
    "ww_mumu": ("WeakDoubleBoson:ffbar2WW = on",),
    "ggH_4l": "ggH_4l",
    "qqZZ_4l": "qqZZ_4l",
}


def cross_section(name: str, part: int | tuple[str, ...], events: int) -> CrossSection:
    """Of a part of a process, or of other settings at its energy."""
    process = process_named(name)
    entry = process.parts[part if isinstance(part, int) else 0]
    if not isinstance(part, int):
        entry = replace(entry, settings=part, leptons=None, fakes=None)
    quick = replace(entry, settings=(*entry.settings, *_QUICK))
    run = PythiaRun(quick, seed=11, energy=process.energy or 13.0)
    for _ in run.batches(events, batch=5000):
        pass
    return run.cross_section()


def main(events: int, names: list[str]) -> None:
    """Print the constants."""
    for name in names:
        inclusive = INCLUSIVE[name]
        by_name = isinstance(inclusive, str)
        settings = process_named(inclusive).parts[0].settings if by_name else inclusive
        whole = cross_section(name, settings, events)
        entries = process_named(name).parts
        parts = [cross_section(name, index, events) for index in range(len(entries))]
        kept = [part.value * e.probability for part, e in zip(parts, entries, strict=True)]
        relative = [(part.error / part.value) ** 2 for part in (whole, *parts)]
        shares = ", ".join(f"{value / sum(kept):.4f}" for value in kept)
        print(
            f"{name:15s} {whole.value:.6g} ± {whole.error:.2g} pb,"
            f" ratio {whole.value / sum(kept):.5g} (± {100 * max(relative) ** 0.5:.2f} %),"
            f" shares {shares}",
            flush=True,
        )


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    chosen = [word for word in sys.argv[1:] if not word.isdigit()]
    main((numbers or [100_000])[0], chosen or list(INCLUSIVE))

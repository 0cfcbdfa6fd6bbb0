"""A user's function of one event: `hl.map` inside of a kernel against numba written by hand.

    python bench/mapped.py FILE.root

Both go over the same arrays of up to 200 000 events, one thread, CPU seconds, least of nine. The
loop by hand is what one writes around a compiled function; it fills the same histogram. Measured
last on generated events, three-body loops over jets, as ratios to numba by hand: with trigonometry
0.83 unchecked and 0.88 checked, without it 0.52 and 0.51. Through numba, as functions are compiled
that the translation does not know, the ratio of the first was 1.34: its way of looking at the
bounds of an index keeps LLVM from lifting functions out of loops.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import Future

import numba
import numpy as np

import hepline as hl
from hepline.engine.chunk import prepare, work
from hepline.engine.compiled.compiler import Kernel, compiled
from hepline.engine.compiled.evaluator import evaluate
from hepline.engine.compiled.lowering import Lowered
from hepline.engine.plan import plan

MOST = 200_000


def trijet(pt, eta, phi, mass):  # type: ignore[no-untyped-def]
    """Transverse momentum of the three jets whose mass is closest to the top quark's."""
    best, found = 1e9, 0.0
    for i in range(len(pt)):
        for j in range(i + 1, len(pt)):
            for k in range(j + 1, len(pt)):
                px = pt[i] * np.cos(phi[i]) + pt[j] * np.cos(phi[j]) + pt[k] * np.cos(phi[k])
                py = pt[i] * np.sin(phi[i]) + pt[j] * np.sin(phi[j]) + pt[k] * np.sin(phi[k])
                pz = pt[i] * np.sinh(eta[i]) + pt[j] * np.sinh(eta[j]) + pt[k] * np.sinh(eta[k])
                energy = np.sqrt(mass[i] ** 2 + (pt[i] * np.cosh(eta[i])) ** 2)
                energy += np.sqrt(mass[j] ** 2 + (pt[j] * np.cosh(eta[j])) ** 2)
                energy += np.sqrt(mass[k] ** 2 + (pt[k] * np.cosh(eta[k])) ** 2)
                total = np.sqrt(max(energy**2 - px**2 - py**2 - pz**2, 0.0))
                if abs(total - 172.5) < best:
                    best, found = abs(total - 172.5), np.sqrt(px**2 + py**2)
    return found


def products(pt, eta, phi, mass):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Three-body loop that does little else than look up."""
    total = 0.0
    for i in range(len(pt)):
        for j in range(i + 1, len(pt)):
            for k in range(j + 1, len(pt)):
                total += pt[i] * pt[j] * pt[k]
    return total


def main() -> None:
    """Print one line for each function."""
    events = hl.open(sys.argv[1])
    jet, source = events.Jet, events.origin.source
    if source is None:
        raise SystemExit("no events")
    for function in (trijet, products):
        for checked in (False, True):
            mapped = hl.map(function, jet.pt, jet.eta, jet.phi, jet.mass, checked=checked)
            drawn = plan([hl.hist(mapped, 50, 0, 500).node], source.schema)
            task = work(source, drawn, "compiled")
            kernels: list[Kernel] = []
            prepare(task, lambda lowered, into=kernels: _now(lowered, into))
            part = source.parts[0]
            stop = min(MOST, part.entries)
            chunk = source.read(part, task.columns, task.collections, 0, stop)
            ours = _least(lambda kernel=kernels[0], chunk=chunk: evaluate(kernel, chunk))
            columns = [chunk.contents[f"Jet_{name}"] for name in ("pt", "eta", "phi", "mass")]
            given = (chunk.offsets["Jet"], *columns, np.zeros(50, np.int64))
            drive = by_hand(function)
            drive(*given)
            theirs = _least(lambda drive=drive, given=given: drive(*given))
            name = f"{function.__name__:<10} checked={checked!s:<6} {stop} events"
            print(f"{name}  hl.map {ours:.4f} s  numba {theirs:.4f} s  {ours / theirs:.2f}")


def by_hand(function):  # type: ignore[no-untyped-def]
    """The loop over events that one writes around a function."""
    inner = numba.njit(error_model="numpy", nogil=True)(function)

    @numba.njit(error_model="numpy", nogil=True)
    def drive(offsets, pt, eta, phi, mass, histogram):  # type: ignore[no-untyped-def]
        for event in range(len(offsets) - 1):
            first, last = offsets[event], offsets[event + 1]
            value = inner(pt[first:last], eta[first:last], phi[first:last], mass[first:last])
            place = int(value / 500 * 50)
            if value >= 0 and place < 50:
                histogram[place] += 1

    return drive


def _now(lowered: Lowered, into: list[Kernel]) -> Future[Kernel]:
    done: Future[Kernel] = Future()
    into.append(compiled(lowered))
    done.set_result(into[-1])
    return done


def _least(action) -> float:  # type: ignore[no-untyped-def]
    times = []
    for _ in range(9):
        began = time.process_time()
        action()
        times.append(time.process_time() - began)
    return min(times)


if __name__ == "__main__":
    main()

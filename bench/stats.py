"""Fits, impacts, toys and limits by hepline and by pyhf with MINUIT, in one run, in turn.

    python bench/stats.py [--workspace FILE] [--toys 1000] [--rounds 5] [--skip-limit] [--json OUT]
    python bench/stats.py --models          # ten minutes

The workspace is that of the ttbar measurement, from published histograms; where these are absent
one of the same shape. pyhf (NumPy backend) uses the lowest of MINUIT's strategies that converges.
Seconds are those of the processor, so that other programs of a busy machine hardly matter; linear
algebra is held to one thread on both sides. (Toys in two processes are timed by the clock.) What
would take pyhf hours is extrapolated from a few fits, and marked with ~. Kernels are compiled
beforehand; what ``hepline fit`` takes on a machine that has none is measured apart.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from peers.fixtures import of_tests
from peers.pyhf_fits import Pyhf, PyhfFit
from peers.systems import save
from peers.ttbar_shape import ttbar_like

from hepline.errors import FitError
from hepline.stats import FitResult, Model, compiling
from hepline.stats.inference.toys import toy_data
from hepline.stats.onecore import on_one_core

BENCH = Path(__file__).resolve().parent
STRATEGIES = (0, 1, 2)
PATIENCE = 60.0  # seconds; pyhf has no answer to what takes it longer
REPEATS = 20
LONG = 2.0  # seconds; repeating it would change no ratio
FEW = 4  # refits of pyhf from which many are extrapolated
NO_LIMIT = "no result: MINUIT does not converge on the way, or CLs is not a number"


@dataclass(frozen=True)
class Line:
    """One row of the table: seconds of both, and whether the target is met."""

    what: str
    ours: float
    theirs: float | None
    extrapolated: bool = False
    target: str = ""
    met: bool | None = None

    def __str__(self) -> str:
        theirs = "-" if self.theirs is None else f"{'~' * self.extrapolated}{self.theirs:.4g}"
        ratio = "-" if self.theirs is None else f"{self.theirs / self.ours:.0f}"
        verdict = {None: "", True: "met", False: "NOT MET"}[self.met]
        return f"{self.what:<38}{self.ours:>11.4g}{theirs:>11}{ratio:>9}  {self.target:<9}{verdict}"


def ttbar() -> tuple[str, dict[str, Any]]:
    """The workspace of the published histograms, or one that looks like it."""
    module = of_tests("agc_workspace")
    if module.reference_file(1).exists():
        return "ttbar, 1 file per process", module.agc_workspace(1)
    return "made up in the shape of ttbar (its histograms are not here)", ttbar_like(seed=1)


def in_turn(rounds: int, *questions: Callable[[], object]) -> list[float]:
    """Median CPU seconds of each; asked once untimed, every round beginning with another one."""
    seconds: list[list[float]] = [[] for _ in questions]
    for question in questions:
        question()
    for number in range(rounds):
        for place in range(len(questions)):
            at = (number + place) % len(questions)
            begin = time.process_time()
            questions[at]()
            seconds[at].append(time.process_time() - begin)
    return [statistics.median(each) for each in seconds]


def many(repeats: int, question: Callable[[], object]) -> Callable[[], None]:
    """The same question often: what takes microseconds."""

    def ask() -> None:
        for _ in range(repeats):
            question()

    return ask


def fits(model: Model, pyhf: Pyhf, rounds: int) -> Line:
    ours, theirs = in_turn(rounds, model.fit, pyhf.fit)
    return Line("fit with uncertainties", ours, theirs, target="≥ 50 x", met=theirs >= 50 * ours)


@on_one_core
def evaluations(model: Model, pyhf: Pyhf, rounds: int) -> list[Line]:
    """One call each; MINUIT has no gradient from pyhf's NumPy backend."""
    likelihood, theta = model.likelihood(), model.initial.copy()
    asked = {
        "log-likelihood": lambda: likelihood.value(theta),
        "gradient": lambda: likelihood.gradient(theta),
        "gradient and Hessian": lambda: likelihood.derivatives(theta),
        "pyhf": lambda: pyhf.value(theta),
    }
    seconds = in_turn(rounds, *(many(200, question) for question in asked.values()))
    *ours, theirs = (each / 200 for each in seconds)
    return [
        Line(what, each, theirs if what == "log-likelihood" else None)
        for what, each in zip(asked, ours, strict=False)
    ]


def impacts(model: Model, pyhf: Pyhf, best: FitResult, rounds: int) -> Line:
    """Every refit that a ranking needs: post-fit up and down, and pre-fit where constrained."""
    ranking = model.impacts()
    refits = sum(2 if one.prefit_up is None else 4 for one in ranking.impacts)
    at = np.array([each.value for each in best.parameters])
    # From the first to the last in the ranking: some refits are harder than others.
    chosen = [ranking.impacts[i] for i in np.linspace(0, len(ranking.impacts) - 1, FEW, dtype=int)]
    steps = [(model.indices(one.parameter)[0], one.value + one.error) for one in chosen]
    begin = time.process_time()
    for index, value in steps:
        pyhf.fit(start=at, held={index: value})
    theirs = (time.process_time() - begin) / FEW * refits
    (ours,) = in_turn(rounds, model.impacts)
    what = f"all impacts ({len(ranking.impacts)} parameters, {refits} refits)"
    return Line(what, ours, theirs, True, "< 2 s", ours < 2)


def toys(model: Model, pyhf: Pyhf, best: FitResult, count: int) -> tuple[list[Line], str]:
    """The same toys for both; both start at the values that the toys were drawn with."""
    truth = np.array([each.value for each in best.parameters])
    few = toy_data(model, FEW, values=truth, seed=1)
    begin = time.process_time()
    found = [pyhf.fit(toy, start=truth) for toy in few]
    theirs = (time.process_time() - begin) / FEW * count
    lines, study = [], None
    for workers in (1, 2):
        clock = time.process_time if workers == 1 else time.perf_counter
        begin = clock()
        study = model.toys(count, seed=1, workers=workers)
        ours = clock() - begin
        what = f"{count} toys with fits"
        if workers == 1:
            lines.append(Line(what, ours, theirs, True, "< 20 s", ours * 1000 / count < 20))
        else:  # for the record: starting processes takes as long as thousands of toys
            lines.append(Line(f"... in {workers} new processes", ours, theirs, True))
    minima = [
        model.fit(data=toy).twice_nll - fit.twice_nll
        for toy, fit in zip(few, found, strict=True)
        if fit is not None
    ]
    worst = f"largest ours - pyhf in 2NLL: {max(minima):+.1e}" if minima else "pyhf: no fit"
    return lines, f"toys: {study.failed} of {count} without a fit; {worst} ({len(minima)} toys)"


def limits(model: Model, pyhf: Pyhf, rounds: int, *, skip: bool) -> tuple[list[Line], str]:
    """Limits of the data, and of background-like data, which pyhf can be asked for.

    The data exclude the background by many standard deviations, where pyhf's CLs is 0 / 0.
    """
    observed = model.limit()
    background = model.asimov(mu=0.0)
    ours = model.limit(data=background)
    here, there = in_turn(rounds, model.limit, lambda: model.limit(data=background))
    begin = time.process_time()
    theirs = None if skip else pyhf.limit(background, 2 * ours.expected[-1])
    elapsed = time.process_time() - begin if theirs else None
    lines = [
        Line("upper limit with bands", here, None, False, "< 2 s", here < 2),
        Line("... of background-like data", there, elapsed, False, "< 2 s", there < 2),
    ]
    said = [
        f"limit: {_limit(observed.observed, observed.expected)}",
        f"of background-like data: {_limit(ours.observed, ours.expected)}",
        "pyhf: " + (_limit(*theirs) if theirs else "not asked" if skip else NO_LIMIT),
    ]
    return lines, "\n".join(said)


def _limit(observed: float, expected: Any) -> str:
    return f"{observed:.5f}, expected " + " ".join(f"{each:.5f}" for each in expected)


def accuracy(model: Model, best: FitResult, found: Mapping[int, PyhfFit | None]) -> list[str]:
    """Minima and errors of the parameter of interest by all ways."""
    poi = best[best.poi]
    (profile,) = model.intervals([poi.name])
    low, high = profile.errors
    lines = [
        f"{'minimum':<22}{'2NLL ours - theirs':>20}{poi.name:>14}{'error':>10}{'off by':>9}",
        f"{'hepline, Hessian':<22}{'':>20}{poi.value:>14.5f}{poi.error:>10.5f}",
    ]
    for strategy, fit in found.items():
        name = f"MINUIT, strategy {strategy}"
        if fit is None:
            lines.append(f"{name:<22}{'no convergence':>20}")
            continue
        at = model.indices(poi.name)[0]
        off = fit.errors[at] / poi.error - 1
        worse = best.twice_nll - fit.twice_nll
        lines.append(
            f"{name:<22}{worse:>+20.1e}{fit.values[at]:>14.5f}{fit.errors[at]:>10.5f}{off:>+9.1%}"
            f"  {'met' if worse <= 1e-6 else 'NOT MET'}"
        )
    mean = (high - low) / 2
    lines.append(
        f"{'profile likelihood':<42}{low:>+14.5f}{high:>+10.5f}{mean / poi.error - 1:>+9.1%}"
    )
    return lines


def starts(content: Mapping[str, Any]) -> list[str]:
    """Seconds of the processor for ``hepline fit``: with an empty cache of kernels, and again."""
    told = []
    for options in ([], ["--limit"]):
        seconds = []
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "workspace.json"
            path.write_text(json.dumps(content))
            line = [Path(sys.executable).with_name("hepline"), "fit", path, "--out", folder]
            for _ in range(4):
                begin = _of_children()
                subprocess.run(  # noqa: S603 - a command of our own
                    [*line, *options],
                    check=True,
                    stdout=subprocess.DEVNULL,
                    env=os.environ | {"NUMBA_CACHE_DIR": f"{folder}/numba"},
                )
                seconds.append(_of_children() - begin)
        cached = statistics.median(seconds[1:])
        command = " ".join(["hepline fit", *options])
        told.append(f"{command}, CPU s of the process: {seconds[0]:.1f} first, {cached:.1f} again")
    return told


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def public_models() -> dict[str, dict[str, Any]]:
    """The models at hand: ttbar, small hard ones, random ones of the tests."""
    found = {}
    for path in sorted((BENCH.parent / "../shared/data/statistics").resolve().glob("*.json")):
        found[path.stem] = json.loads(path.read_text())
    module = of_tests("random_workspace")
    for seed in range(0, 10, 2):
        found[f"random {seed}"] = module.random_workspace(seed)
    return found | dict([ttbar()])


def over_models(rounds: int) -> None:
    """How often faster fits, CLs and limits are than pyhf's, and the medians over all models."""
    ratios: dict[str, list[float]] = {"fit": [], "CLs": [], "limit": []}
    print(f"{'':<24}{'parameters':>11}  seconds of hepline, of pyhf, and their ratio")
    for name, content in public_models().items():
        try:
            model = Model(content)
            systems = [Pyhf(content, strategy) for strategy in STRATEGIES]
            pyhf = next((system for system in systems if system.fit() is not None), None)
        except Exception as error:  # noqa: BLE001 - either side may refuse a hard model
            print(f"{name:<24}{type(error).__name__:>42}")
            continue
        if pyhf is None:
            print(f"{name:<24}{'MINUIT does not converge':>42}")
            continue
        told = [f"{name:<24}{len(model.parameter_names):>11}"]
        for what, (own, other) in questions(model, pyhf).items():
            times = compared(rounds, own, other)
            if times is None:
                told.append(f"{what} -")
                continue
            ratios[what].append(times[1] / times[0])
            told.append(f"{what} {times[0]:.4g} {times[1]:.4g} {ratios[what][-1]:.0f} x")
        print("  ".join(told), flush=True)
    for what, each in ratios.items():
        if each:
            print(f"{what}: median of {len(each)} models: {statistics.median(each):.0f} x")


def questions(
    model: Model, pyhf: Pyhf
) -> dict[str, tuple[Callable[[], object], Callable[[], object]]]:
    """What both are asked of a model: the fit, CLs of 1, the limit with its bands."""
    asked: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "fit": (model.fit, pyhf.fit)
    }
    if model.poi:
        asked["CLs"] = (lambda: model.cls(1.0), lambda: pyhf.cls(1.0))
        try:
            found = model.limit()
        except FitError:
            return asked  # some data limit nothing
        highest = 2 * max(found.observed, *found.expected)
        asked["limit"] = (model.limit, lambda: pyhf.limit(pyhf.data, highest))
    return asked


def compared(
    rounds: int, own: Callable[[], object], other: Callable[[], object]
) -> tuple[float, float] | None:
    """Median CPU seconds of both; None where one has no answer.

    What takes pyhf long is asked once.
    """
    try:
        with at_most(PATIENCE):
            begin = time.process_time()
            if other() is None:
                return None
            theirs = time.process_time() - begin
        if own() is None:
            return None
        # The first call after another program's finds its code and data out of reach: often.
        quick = many(REPEATS, own)
        if theirs < LONG:
            ours, theirs = in_turn(rounds, quick, other)
        else:
            (ours,) = in_turn(rounds, quick)
    except Exception:  # noqa: BLE001 - either side may refuse a hard question
        return None
    return ours / REPEATS, theirs


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise an error in what takes the processor longer."""

    def give_up(*_: object) -> NoReturn:
        raise TimeoutError

    before = signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def main() -> None:
    """Parse the command line, ask both in turn and report."""
    parser = argparse.ArgumentParser(description="hepline and pyhf on one workspace.")
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--toys", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--skip-limit", action="store_true", help="pyhf's takes minutes")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--models", action="store_true", help="fits, CLs, limits of all models")
    given = parser.parse_args()
    compiling._MOST_SECONDS = 0.0  # compiled from the first call on: `starts` times what is not
    if given.models:
        over_models(given.rounds)
        return
    if min(given.toys, given.rounds) < 1:
        parser.error("--toys and --rounds must be at least 1")
    name, content = ttbar()
    if given.workspace:
        name, content = str(given.workspace), json.loads(given.workspace.read_text())
    model = Model(content)
    best = model.fit()
    systems = {strategy: Pyhf(content, strategy) for strategy in STRATEGIES}
    found = {strategy: system.fit() for strategy, system in systems.items()}
    converged = [strategy for strategy, fit in found.items() if fit is not None]
    if not converged:
        sys.exit("MINUIT converges with no strategy: there is nothing to compare with.")
    pyhf = systems[converged[0]]
    bins, parameters = len(model.data), len(model.parameter_names)
    print(f"{name}: {bins} bins, {parameters} parameters; medians of {given.rounds} rounds")
    print(f"pyhf: MINUIT with strategy {pyhf.strategy}; ~ extrapolated from {FEW} fits\n")
    print(f"{'seconds':<38}{'hepline':>11}{'pyhf':>11}{'ratio':>9}  target")
    lines: list[Line] = []

    def tell(*new: Line) -> None:
        lines.extend(new)
        print(*new, sep="\n", flush=True)

    tell(*evaluations(model, pyhf, given.rounds), fits(model, pyhf, given.rounds))
    tell(impacts(model, pyhf, best, given.rounds))
    of_toys, remark = toys(model, pyhf, best, given.toys)
    tell(*of_toys)
    of_limits, limits_found = limits(model, pyhf, given.rounds, skip=given.skip_limit)
    tell(*of_limits)
    print("", *accuracy(model, best, found), "", remark, limits_found, *starts(content), sep="\n")
    save({"workspace": name, "lines": [vars(line) for line in lines]}, given.json)


if __name__ == "__main__":
    main()

"""The systems that take part in a comparison: one process each, asked in turn.

Every system answers lines on its input as `serve` says. All are pinned to the same CPUs, as many
as they have threads, so that helper threads of one system do not win it a second core.
"""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
_LIBRARIES = [
    "ROOTDataFrame",
    "ROOTVecOps",
    "TreePlayer",
    "Tree",
    "Hist",
    "MathCore",
    "RIO",
    "Core",
]


def pin(threads: int) -> None:
    """Keep this process on `threads` CPUs, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])


class System:
    """A running system.

    Parameters
    ----------
    name : str
    command : sequence of str
    threads : int
    """

    def __init__(self, name: str, command: Sequence[str], threads: int = 1) -> None:
        self.name = name
        self.process = subprocess.Popen(  # noqa: S603 - commands of our own
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: pin(threads),
        )

    def ask(self, question: str) -> dict[str, object]:
        """One answer: ``seconds`` and what the system found."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            print(question, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            sys.exit(f"{self.name} has died; its message is above.")
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.name} failed on {question}; its message is above.")
        return json.loads(line)

    def close(self) -> None:
        """End the process and wait for it."""
        self.process.communicate()


def moved(ours: Sequence[float], theirs: Sequence[float]) -> int:
    """Entries that another system puts into another bin, or does not have."""
    differences = [a - b for a, b in zip(ours, theirs, strict=True)]
    return int(max(sum(max(d, 0) for d in differences), sum(max(-d, 0) for d in differences)))


@dataclass
class Timing:
    """What one system answered to one question, over all rounds."""

    first: float
    answer: dict[str, object]
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Median seconds of the rounds after the first call."""
        return statistics.median(self.seconds)


def take_turns(systems: Sequence[System], question: str, rounds: int) -> dict[str, Timing]:
    """Ask everyone once untimed, then in turn, each round beginning with another system."""
    timings = {}
    for system in systems:
        answer = system.ask(question)
        timings[system.name] = Timing(answer["seconds"], answer)
    for number in range(rounds):
        shift = number % len(systems)
        for system in (*systems[shift:], *systems[:shift]):
            timings[system.name].seconds.append(system.ask(question)["seconds"])
    return timings


def run(command: Sequence[object], *, check: bool = True, quiet: bool = False) -> str | None:
    """Run a command to its end; its output if `quiet`, None if it failed and need not succeed."""
    line = [str(word) for word in command]
    done = subprocess.run(line, check=check, capture_output=quiet, text=True)  # noqa: S603
    return done.stdout if done.returncode == 0 else None


def has(python: str, module: str) -> bool:
    """Whether that Python can import the module."""
    line = [python, "-W", "ignore", "-c", f"import {module}"]
    return run(line, check=False, quiet=True) is not None


def compiled(python: str, source: str) -> Path | None:
    """Compile a program against the ROOT wheel of that Python, or say why it cannot be done."""
    if not has(python, "ROOT"):
        print(f"RDataFrame is left out: no ROOT in {python}")
        return None
    line = "import importlib.util as u; print(u.find_spec('ROOT').submodule_search_locations[0])"
    root = Path(run([python, "-c", line], quiet=True).strip())
    version = hashlib.sha256((HERE / source).read_bytes() + str(root).encode()).hexdigest()[:12]
    target = Path(tempfile.gettempdir()) / f"hepline-bench-{version}" / Path(source).stem
    if target.is_file():
        return target
    target.parent.mkdir(exist_ok=True)
    aside = target.with_suffix(".part")
    command = [
        "g++", "-O3", "-march=native", "-std=c++17", "-pthread", f"-I{root}/include",
        HERE / source, "-o", aside, f"-L{root}/lib", f"-Wl,-rpath,{root}/lib",
        # Libraries that ROOT's own need lie in a folder that only the loader knows.
        "-Wl,--allow-shlib-undefined", *(f"-l{library}" for library in _LIBRARIES),
    ]  # fmt: skip
    try:
        run(command)
    except FileNotFoundError:
        print("RDataFrame is left out: no g++ (apt-get install g++)")
        return None
    aside.rename(target)
    return target


def save(content: object, path: Path | None) -> None:
    """Write JSON aside and then rename; nothing without a path."""
    if path is not None:
        aside = path.with_suffix(".part")
        aside.write_text(json.dumps(content))
        aside.rename(path)


def geometric_mean(values: Mapping[str, float]) -> float:
    """Over the eight queries: the two halves of Q6 count as one."""
    halves = [value for name, value in values.items() if name in ("Q6a", "Q6b")]
    rest = [value for name, value in values.items() if name not in ("Q6a", "Q6b")]
    if halves:
        rest.append(statistics.geometric_mean(halves))
    return statistics.geometric_mean(rest)

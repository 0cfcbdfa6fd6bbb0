"""How long does a file behind an address take, beside the same file on disk?

    python bench/in_place.py files/zlib.root [--workers 1 2] [--latency 0 20] [--rounds 7]
    python bench/in_place.py files/zlib.root --lanes 2 4 8 16 --latency 20
    python bench/in_place.py files/small.root --alone --lanes 8 16 32 --latency 20
    python bench/in_place.py files/small.root --gaps

XRootD's server runs on loopback and serves both protocols; where it is not installed, that of the
tests serves HTTP. ``--latency`` puts so many milliseconds between a request and its answer, by a
relay that holds back what passes without limiting how much. Disk, HTTP and XRootD take turns;
printed are the fastest of the rounds, its ratio to the disk, bytes that have come over the
compressed size of the columns, requests, and the most bytes that waited in memory. ``cpu`` is the
ratio of the least CPU time of this process: walls are noisy on a machine that does other things.
Histograms must be equal, bit for bit. The clock runs from opening the file (whose description is
known from the round before, as on disk) to the filled histogram.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import multiprocessing
import os
import resource
import socket
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import hepline as hl
from hepline.data import filesource
from hepline.data.access import remote_file
from hepline.data.remote import http, joining, opening, store, xrootd

ROOT = Path(__file__).resolve().parents[1]


def servers():
    """The servers of the tests."""
    path = ROOT / "tests" / "data" / "remote" / "servers.py"
    spec = importlib.util.spec_from_file_location("servers", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def dimuons(ev):
    """Pairs of muons, and jets beside them: six columns and two counters."""
    mu = ev.Muon[ev.Muon.pt > 10]
    pairs = mu.pairs()
    pairs = pairs[pairs[0].charge != pairs[1].charge]
    return [
        hl.hist(pairs.mass, bins=(100, 0, 200)),
        hl.hist(ev.Jet.pt, bins=(50, 0, 200), where=hl.count(ev.Jet) > 1),
    ]


def missing(ev):
    """One column."""
    return [hl.hist(ev.MET.pt, bins=(100, 0, 200))]


def many(ev):
    """Momenta of all objects, and their histograms: most of the file."""
    asked = []
    for objects in (ev.Muon, ev.Electron, ev.Jet):
        own = objects[(objects.pt > 15) & (abs(objects.eta) < 2.4)]
        asked += [hl.hist(own[name], bins=(50, -100, 100)) for name in ("pt", "eta", "phi", "mass")]
        pairs = own.pairs()
        asked.append(hl.hist(pairs.mass, bins=(100, 0, 500)))
    return [*asked, hl.hist(ev.MET.pt, bins=(100, 0, 200))]


QUESTIONS = {"dimuons": dimuons, "met": missing, "many": many}


@dataclass(frozen=True)
class Run:
    """One answer, and what it took."""

    values: list
    seconds: float
    cpu: float
    bytes: int = 0
    requests: int = 0


def asked(path: str, question, workers: int) -> Run:
    """Open a file and fill the histograms."""
    before = remote_file(path).traffic if "://" in path else store.Traffic()
    start, cpu = time.perf_counter(), time.process_time()
    histograms = hl.compute(*question(hl.open(path)), workers=workers)
    histograms = histograms if isinstance(histograms, tuple) else (histograms,)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    values = [histogram.values().tolist() for histogram in histograms]
    after = remote_file(path).traffic if "://" in path else before
    moved = after.bytes - before.bytes, after.requests - before.requests
    return Run(values, seconds, cpu, *moved)


def used_ranges(path: str, question) -> set[tuple[int, int]]:
    """The baskets or pages of the columns that a question reads, counters included."""
    noted: set[tuple[int, int]] = set()
    reader = filesource._reader(path, "Events")
    source = getattr(reader, "_bytes", None) or reader._pages._source
    plain = type(source).get

    def noting(self, begin, end, room=None):
        noted.add((begin, end))
        return plain(self, begin, end, room)

    type(source).get = noting
    largest, type(source).largest = type(source).largest, 0
    try:
        hl.compute(*question(hl.open(path)), workers=1)
    finally:
        type(source).get, type(source).largest = plain, largest
    return noted


def gaps(ranges: set[tuple[int, int]], used: int) -> None:
    """Requests and bytes for each share of gaps, where a server gives one range at a time."""
    for share in (0.0, 0.05, 0.1, 0.15, 0.2):
        made = joining.requests(ranges, replace(http.ALONE, share=share))
        moved = sum(request.size for request in made) / used
        print(f"gaps {share:4.2f}  {len(made):6} requests  {moved:6.3f} of the bytes")


@contextmanager
def process(target, *arguments):
    """A server in a process of its own; what it says first."""
    context = multiprocessing.get_context("fork")
    answer = context.Queue()
    running = context.Process(target=target, args=(answer, *arguments), daemon=True)
    running.start()
    try:
        yield answer.get(timeout=30)
    finally:
        running.terminate()
        running.join()


def serve_http(answer, folder):
    with servers().http_server(folder) as traffic:
        answer.put(traffic.address)
        time.sleep(1e6)


def relay(answer, port, seconds):
    asyncio.run(relayed(answer, port, seconds))


async def relayed(answer, port, seconds):
    """Pass on what comes, each piece so much later; half of it in each direction."""

    async def pump(reader, writer):
        loop, pieces = asyncio.get_running_loop(), asyncio.Queue()

        async def write():
            while (piece := await pieces.get()) is not None:
                await asyncio.sleep(piece[0] - loop.time())
                writer.write(piece[1])
                await writer.drain()
            writer.close()

        writing = asyncio.create_task(write())
        while content := await reader.read(1 << 20):
            pieces.put_nowait((loop.time() + seconds / 2, content))
        pieces.put_nowait(None)
        await writing

    async def connected(reader, writer):
        there = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        for stream in (writer, there[1]):
            own = stream.get_extra_info("socket")
            own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=1 << 20)
    answer.put(server.sockets[0].getsockname()[1])
    await server.serve_forever()


@contextmanager
def addresses(path: Path, milliseconds: float):
    """The file on disk and behind each server."""
    with ExitStack() as stack:
        origins = {"http": stack.enter_context(process(serve_http, path.parent))}
        if servers().xrootd_program():
            server = stack.enter_context(servers().xrootd_server())
            if path.stat().st_dev == server.files.stat().st_dev:
                os.link(path, server.files / path.name)
            else:
                server.put(path)
            (server.files / path.name).chmod(0o644)
            origins |= {"http": server.web_address, "xrootd": server.address}
        there = {"disk": str(path)}
        for kind, origin in origins.items():
            address = origin
            if milliseconds:
                port = int(origin.partition("://")[2].partition(":")[2].partition("/")[0])
                new = stack.enter_context(process(relay, port, milliseconds / 1e3))
                address = origin.replace(f":{port}", f":{new}")
            there[kind] = f"{address}/{path.name}"
        yield there


def compare(there: dict[str, str], question, workers: int, rounds: int, used: int, note: str):
    """Ask the same of all of them in turn, and print a line for each."""
    store.shared_store().most = 0
    expected, runs = None, {kind: [] for kind in there}
    for turn in range(rounds + 1):
        for kind, path in there.items():
            run = asked(path, question, workers)
            expected = run.values if expected is None else expected
            assert run.values == expected, f"{kind} gives other numbers"
            if turn:
                runs[kind].append(run)
    disk = min(run.seconds for run in runs["disk"])
    disk_cpu = min(run.cpu for run in runs["disk"])
    for kind, ran in runs.items():
        best = min(ran, key=lambda run: run.seconds)
        median = float(np.median([run.seconds for run in ran]))
        cpu = min(run.cpu for run in ran) / disk_cpu
        moved = "" if kind == "disk" else (
            f"  {best.bytes / used:6.3f} of the bytes  {best.requests:5} requests"
            f"  {store.shared_store().most / 2**20:6.1f} MiB at most"
        )  # fmt: skip
        print(
            f"{note}  {workers} thread{'s' if workers > 1 else ' '}  {kind:7} {best.seconds:7.3f} s"
            f"  median {median:7.3f}  ratio {best.seconds / disk:5.2f}  cpu {cpu:5.2f}{moved}",
            flush=True,
        )


def peak(answer, path: str, name: str, workers: int) -> None:
    run = asked(path, QUESTIONS[name], workers)
    answer.put((run.seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def memory(there: dict[str, str], name: str, workers: int) -> None:
    """Peak memory of a process that asks once."""
    context = multiprocessing.get_context("spawn")
    for kind, path in there.items():
        answer = context.Queue()
        running = context.Process(target=peak, args=(answer, path, name, workers))
        running.start()
        _, mebibytes = answer.get(timeout=300)
        running.join()
        print(f"{workers} threads  {kind:7} {mebibytes:6.0f} MiB", flush=True)


def main() -> None:
    """Parse the command line and print the table."""
    parser = argparse.ArgumentParser(description="Time files behind addresses.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--question", choices=QUESTIONS, default="dimuons")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--latency", type=float, nargs="+", default=[0.0], help="milliseconds")
    parser.add_argument("--memory", action="store_true", help="peak memory, in place of times")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--lanes", type=int, nargs="+", default=[store.LANES])
    parser.add_argument("--alone", action="store_true", help="one range in each HTTP request")
    parser.add_argument("--gaps", action="store_true", help="counts for shares of gaps, no times")
    parser.add_argument("--size", type=int, nargs="+", default=[http.ALONE.size], help="bytes")
    given = parser.parse_args()
    path, question = given.file.resolve(), QUESTIONS[given.question]
    ranges = used_ranges(str(path), question)
    used = sum(end - begin for begin, end in ranges)
    size = path.stat().st_size
    print(f"{path.name}: {size / 1e6:.1f} MB, of which the columns take {used / 1e6:.1f} MB")
    if given.gaps:
        gaps(ranges, used)
        return
    for milliseconds in given.latency:
        with addresses(path, milliseconds) as there:
            if given.memory:
                for workers in given.workers:
                    memory(there, given.question, workers)
                continue
            for lanes, most in ((lanes, most) for lanes in given.lanes for most in given.size):
                store.shared_store()._lanes._most = lanes
                http.ALONE = replace(http.ALONE, size=most)
                http.MANY = http.ALONE if given.alone else replace(http.MANY, size=most)
                opening._files.clear()
                filesource._opened.cache_clear()
                xrootd.XRootDTransfer.joining = replace(xrootd.XRootDTransfer.joining, size=most)
                note = f"{milliseconds:4.0f} ms  {lanes:2} lanes  {most >> 10:5} KiB"
                for workers in given.workers:
                    compare(there, question, workers, given.rounds, used, note)


if __name__ == "__main__":
    sys.exit(main())

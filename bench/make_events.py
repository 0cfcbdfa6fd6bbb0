"""Make the files that the benchmarks read, of any size, with fixed seeds.

    python bench/make_events.py --events 1000000 --out DIR [--formats zlib zstd rntuple]
    python bench/make_events.py --events 8500000 --out DIR --lhcb
    python bench/make_events.py --events 1000000 --out DIR --baskets 1000

Whole events of hepline's generator (of the public JSON sample where Pythia is absent) are drawn
with replacement, so that the numbers of muons, electrons and jets are those of the CMS 2012B
SingleMu sample, and smeared by one per cent, so that no basket holds the same bytes twice.

With the peers' Python (--peers, see README.md) ROOT writes the files, with its own clusters and
baskets; otherwise uproot does. Formats, all float32 and int32 in a tree ``Events``:

    zlib     TTree, zlib level 4, ``Muon_pt[nMuon]`` as in NanoAOD
    zstd     the same, zstd level 5
    rntuple  RNTuple, zstd level 5, every ``Muon_pt`` a vector, beside the counters

``--lhcb`` makes ``lhcb.root``: 26 flat columns like ../shared/data/lhcb, zlib level 1.
``--baskets`` makes ``small.root``: the TTree of ``zlib``, with so many events in each basket.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import awkward as ak
import uproot
from peers.systems import has, run
from sampling import LISTS, event_pieces, lhcb_pieces, pool_of

BENCH = Path(__file__).resolve().parent
FORMATS = {"zlib": (1, 4), "zstd": (5, 5), "rntuple": (5, 5)}
_UPROOT = {1: uproot.ZLIB, 5: uproot.ZSTD}


def write(pieces: Iterator[dict], path: Path, tree: str, *, codec: tuple[int, int] | None,
          rntuple: bool = False) -> None:  # fmt: skip
    """Write piece after piece with uproot, aside and then renamed."""
    aside = path.with_suffix(".part")
    compression = _UPROOT[codec[0]](codec[1]) if codec else None
    with uproot.recreate(aside, compression=compression) as file:
        made = None
        for piece in pieces:
            columns = _vectors(piece) if rntuple else piece
            if made is None:
                types = {name: ak.type(ak.Array(v)).content for name, v in columns.items()}
                made = (file.mkrntuple if rntuple else file.mktree)(tree, types)
            made.extend(columns)
    aside.rename(path)


def _vectors(piece: dict[str, object]) -> dict[str, object]:
    """Counters and one list per field, in place of lists of records."""
    columns = {}
    for name, values in piece.items():
        if name not in LISTS:
            columns[name] = values
            continue
        columns[f"n{name}"] = ak.to_numpy(ak.num(values)).astype("i4")
        columns |= {f"{name}_{field}": values[field] for field in values.fields}
    return columns


def make(out: Path, events: int, formats: list[str], peers: str) -> None:
    """Write ``zlib.root``, ``zstd.root`` and ``rntuple.root``, as asked for."""
    pool = pool_of(out / "generated")
    if not has(peers, "ROOT"):
        print(f"no ROOT in {peers}: uproot writes")
        for form in formats:
            codec, rntuple = FORMATS[form], form == "rntuple"
            pieces = event_pieces(pool, events)
            write(pieces, out / f"{form}.root", "Events", codec=codec, rntuple=rntuple)
        return
    plain = out / "uncompressed.root"
    write(event_pieces(pool, events), plain, "Events", codec=None)
    for form in formats:
        rewrite(peers, plain, out / f"{form}.root", "Events", FORMATS[form], form == "rntuple")
    plain.unlink()


def rewrite(
    peers: str, plain: Path, path: Path, tree: str, codec: tuple[int, int], rntuple: bool
) -> None:
    """Let ROOT write a file again, aside and then renamed."""
    aside = path.with_suffix(".part")
    kind = "rntuple" if rntuple else "tree"
    run([peers, "-W", "ignore", BENCH / "peers" / "rewrite.py", plain, aside, tree, kind, *codec])
    aside.rename(path)


def slices(pieces: Iterator[dict], events: int) -> Iterator[dict]:
    """The same events, a few at a time."""
    for piece in pieces:
        for start in range(0, len(next(iter(piece.values()))), events):
            yield {name: values[start : start + events] for name, values in piece.items()}


def make_small(out: Path, events: int, in_basket: int) -> None:
    """Write ``small.root``."""
    pieces = slices(event_pieces(pool_of(out / "generated"), events), in_basket)
    write(pieces, out / "small.root", "Events", codec=FORMATS["zlib"])


def make_lhcb(out: Path, rows: int, peers: str) -> None:
    """Write ``lhcb.root``."""
    if not has(peers, "ROOT"):
        write(lhcb_pieces(rows), out / "lhcb.root", "PhaseSpaceTree", codec=(1, 1))
        return
    plain = out / "uncompressed-lhcb.root"
    write(lhcb_pieces(rows), plain, "PhaseSpaceTree", codec=None)
    rewrite(peers, plain, out / "lhcb.root", "PhaseSpaceTree", (1, 1), rntuple=False)
    plain.unlink()


def main() -> None:
    """Parse the command line and make the files."""
    parser = argparse.ArgumentParser(description="Make the files that the benchmarks read.")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=list(FORMATS))
    parser.add_argument("--lhcb", action="store_true", help="the flat file instead")
    parser.add_argument("--baskets", type=int, help="events in each, of a file of small ones")
    parser.add_argument("--peers", default=sys.executable, help="Python that has ROOT")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    if given.lhcb:
        make_lhcb(given.out, given.events, given.peers)
    elif given.baskets:
        make_small(given.out, given.events, given.baskets)
    else:
        make(given.out, given.events, given.formats, given.peers)
    for path in sorted(given.out.glob("*.root")):
        print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

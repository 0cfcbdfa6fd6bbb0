"""The least time that a query can take: unpacking the columns it touches, and nothing else.

    python bench/floor.py FILE [--rounds 5]

Compressed baskets (of an RNTuple: pages) lie in memory before the clock starts; one thread;
libdeflate for zlib, libzstd for zstd. Counters (``nJet``) belong to the columns touched. Baskets
stored uncompressed cost nothing.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import cramjam
import deflate
import numpy as np
import uproot

_POLAR = ("pt", "eta", "phi", "mass")


def _columns(kind: str, *fields: str) -> list[str]:
    return [f"n{kind}", *(f"{kind}_{field}" for field in fields)]


COLUMNS = {
    "Q1": ["MET_pt"],
    "Q2": _columns("Jet", "pt"),
    "Q3": _columns("Jet", "pt", "eta"),
    "Q4": ["MET_pt", *_columns("Jet", "pt")],
    "Q5": ["MET_pt", *_columns("Muon", *_POLAR, "charge")],
    "Q6a": _columns("Jet", *_POLAR),
    "Q6b": _columns("Jet", *_POLAR, "btag"),
    "Q7": [name for kind in ("Jet", "Electron", "Muon") for name in _columns(kind, *_POLAR[:3])],
    "Q8": [
        "MET_pt", "MET_phi",
        *_columns("Electron", *_POLAR, "charge"), *_columns("Muon", *_POLAR, "charge"),
    ],
}  # fmt: skip

Block = tuple[bytes, bytes, int]  # algorithm, compressed bytes, size when unpacked


def blocks(path: str, columns: list[str], name: str = "Events") -> list[Block]:
    """All compressed blocks of some columns of a tree, read from disk now."""
    with uproot.open(path) as file, Path(path).open("rb") as raw:
        tree = file[name]
        pieces = _pages if isinstance(tree, uproot.behaviors.RNTuple.HasFields) else _baskets
        found = []
        for start, packed, unpacked in pieces(tree, columns):
            if packed < unpacked:
                raw.seek(start)
                found += _split(raw.read(packed))
        return found


def _baskets(tree: uproot.TTree, columns: list[str]) -> Iterator[tuple[int, int, int]]:
    """Place, compressed and uncompressed size of the baskets."""
    for branch in (tree[name] for name in columns):
        for number in range(branch.num_baskets):
            key = branch.basket_key(number)
            yield key.data_cursor.index, key.data_compressed_bytes, key.data_uncompressed_bytes


def _pages(tree: uproot.behaviors.RNTuple.HasFields, columns: list[str]) -> Iterator[tuple]:
    """Place, compressed and uncompressed size of the pages, of offsets too."""
    fields = tree.ntuple.field_records
    wanted = {i for i, field in enumerate(fields) if field.field_name in columns}
    wanted |= {i for i, field in enumerate(fields) if field.parent_field_id in wanted}
    for number, column in enumerate(tree.ntuple.column_records):
        if column.field_id not in wanted:
            continue
        for cluster in tree.ntuple.page_link_list:
            for page in cluster[number].pages:
                size = -(-page.num_elements * column.nbits // 8)
                yield page.locator.offset, page.locator.num_bytes, size


def _split(packed: bytes) -> Iterator[Block]:
    """Undo ROOT's framing: nine bytes before every block of up to 16 MiB."""
    place = 0
    while place < len(packed):
        small = int.from_bytes(packed[place + 3 : place + 6], "little")
        large = int.from_bytes(packed[place + 6 : place + 9], "little")
        yield packed[place : place + 2], packed[place + 9 : place + 9 + small], large
        place += 9 + small


def unpacking_seconds(given: list[Block]) -> float:
    """Time to unpack all blocks, one after the other, into one buffer where the library can."""
    buffer = np.empty(max((size for *_, size in given), default=1), np.uint8)
    gc.collect()
    began = time.perf_counter()
    for algorithm, packed, size in given:
        if algorithm == b"ZL":
            deflate.zlib_decompress(packed, size)
        elif algorithm == b"ZS":
            cramjam.zstd.decompress_into(packed, buffer[:size])
        else:
            raise SystemExit(f"no floor for the compression {algorithm!r}: zlib and zstd only")
    return time.perf_counter() - began


def main() -> None:
    """Print the floor of every query."""
    parser = argparse.ArgumentParser(description="Time the unpacking alone of the ADL queries.")
    parser.add_argument("file")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print(f"{'query':<6}{'median s':>10}{'packed MB':>12}{'unpacked MB':>13}")
    for query, columns in COLUMNS.items():
        held = blocks(given.file, columns)
        seconds = statistics.median(unpacking_seconds(held) for _ in range(given.rounds))
        packed, unpacked = (sum(sizes) / 1e6 for sizes in zip(
            *((len(data), size) for _, data, size in held), strict=True))  # fmt: skip
        print(f"{query:<6}{seconds:>10.4f}{packed:>12.1f}{unpacked:>13.1f}")


if __name__ == "__main__":
    main()

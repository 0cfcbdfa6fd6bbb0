"""What the header of a TTree tells beside its columns: what is missing, what is verified."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hepline.data.reader import Facts
from hepline.data.treecolumns import Stored
from hepline.errors import FileUnreadable

__all__ = ["facts_of", "suspicious"]

# The hundreds of ROOT's compression setting, and the checksum that the method brings along.
_METHODS = {1: "zlib", 2: "lzma", 3: "zlib", 4: "lz4", 5: "zstd"}
_LEAVES = re.compile(r"/[A-Za-z]$")  # "Muon_pt[nMuon]/F"
_CHECKSUMS = {"zlib": "Adler-32", "lzma": "CRC", "lz4": "xxHash"}


def facts_of(
    path: str, tree: str, columns: Mapping[str, Stored], entries: int, doubts: Iterable[str]
) -> Facts:
    """Compare what the branches hold with what the tree announces.

    Parameters
    ----------
    path, tree : str
    columns : mapping of str to Stored
    entries : int
        That the tree announces.
    doubts : iterable of str
        About names, see `suspicious`.

    Raises
    ------
    FileUnreadable
        If no branch holds all entries of the tree.
    """
    counts = {c.branch.name: int(c.branch.member("fEntries")) for c in columns.values()}
    short = {name: count for name, count in counts.items() if count < entries}
    if short and len(short) == len(counts):
        name, count = next(iter(short.items()))
        raise FileUnreadable(
            f"{path} holds fewer events than its tree '{tree}' announces.",
            why=f"the tree says {entries}; its branch '{name}' holds {count}, and no other holds "
            f"more than {max(short.values())}.",
            fix="the file is damaged, or was not closed: fetch or make it again.",
        )
    notices = [
        f"the branch '{name}' holds {count} of the {entries} entries and cannot be read."
        for name, count in short.items()
    ]
    notices += doubts
    slow = [name for name, column in columns.items() if column.record is None]
    if slow:
        notices.append(f"{', '.join(slow)}: read by uproot, which is slower.")
    return Facts(tree, _checked(columns), tuple(notices), titles=_titles(columns))


def _titles(columns: Mapping[str, Stored]) -> dict[str, str]:
    """What branches say that they are; without words for it, ROOT takes the list of leaves."""
    titles = {name: str(column.branch.title) for name, column in columns.items()}
    return {n: t for n, t in titles.items() if t not in ("", n) and not _LEAVES.search(t)}


def suspicious(columns: Mapping[str, Stored]) -> Iterator[tuple[str, str]]:
    """Branches whose names look as if a bit of the file had been flipped.

    Nothing in a file verifies its names; but each branch of one variable is named twice.

    Returns
    -------
    iterator of (str, str)
        The other name, and what a user should know.
    """
    for branch in _branches(columns):
        name, leaves = str(branch.name), branch.member("fLeaves")
        if not name.isprintable():
            yield name, f"the branch {name!r} has a name that cannot be printed; is it damaged?"
        other = str(leaves[0].member("fName")) if len(leaves) == 1 else name
        if _one_letter_apart(name, other) and other not in columns:
            yield (
                other,
                f"the branch '{name}' calls its variable '{other}': one of these names may be "
                "damaged.",
            )


def _branches(columns: Mapping[str, Stored]) -> Iterable[Any]:
    """Every branch once: several columns may lie in one."""
    return {id(column.branch): column.branch for column in columns.values()}.values()


def _one_letter_apart(first: str, second: str) -> bool:
    if first == second or len(first) != len(second):
        return False
    return sum(a != b for a, b in zip(first, second, strict=True)) == 1


def _checked(columns: Mapping[str, Stored]) -> str:
    """Which baskets a checksum verifies, by the compression that the branches announce."""
    settings = [_setting(branch) for branch in _branches(columns)]
    # Without a level nothing is compressed, whatever the method.
    methods = Counter(
        _METHODS.get(max(setting // 100, 1), "") if setting % 100 else "" for setting in settings
    )
    blind = sum(count for method, count in methods.items() if method not in _CHECKSUMS)
    named = sorted(method for method in methods if method in _CHECKSUMS)
    how = " and ".join(f"{method}: {_CHECKSUMS[method]}" for method in named)
    if not blind:
        return f"yes, by a checksum of every compressed basket ({how})." if how else ""
    others = sorted(method for method in methods if method and method not in _CHECKSUMS)
    bare = " and ".join([*others, *(["uncompressed"] if methods[""] else [])])
    if not how:
        return f"no: {bare} baskets carry no checksum."
    return f"in part: {blind} of {len(settings)} branches are {bare}, without a checksum ({how})."


def _setting(branch: Any) -> int:
    """ROOT's number for the method of a branch, or that of its file where it has none.

    uproot compresses what it writes without saying so in the branch.
    """
    setting = int(branch.member("fCompress"))
    if not setting and branch.member("fZipBytes") < branch.member("fTotBytes"):
        return int(branch.file.fCompress)
    return setting

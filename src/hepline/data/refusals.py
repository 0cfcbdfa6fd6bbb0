"""Files that cannot be opened, and what to do with them instead."""

from __future__ import annotations

from hepline.errors import FileUnreadable

__all__ = ["refusal"]

_PICKLES = (".pkl", ".pickle", ".p", ".joblib", ".dill", ".pt", ".pth")
_ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_PACKED = (".gz", ".bz2", ".xz", ".zst")
_GZIP = b"\x1f\x8b"


def refusal(path: str, magic: bytes) -> FileUnreadable:
    """The error for a file of no format that is read.

    Parameters
    ----------
    path : str
    magic : bytes
        The first bytes of the file.
    """
    name = path.lower()
    bare = next((name.removesuffix(end) for end in _PACKED if name.endswith(end)), name)
    if bare.endswith(_PICKLES) or (magic[:1] == b"\x80" and magic[1:2] in b"\x02\x03\x04\x05"):
        return FileUnreadable(
            f"{path} is a pickle.",
            why="a pickle is a program: opening one from somebody else can do anything that you "
            "may do on this machine, so hepline never opens any.",
            fix="ask for Parquet, ROOT, HDF5 or CSV; if you made the file yourself, convert it "
            "where you trust it: pandas.read_pickle(path).to_parquet('events.parquet').",
        )
    if name.endswith(_ARCHIVES) or (magic.startswith(b"PK\x03\x04") and not name.endswith(".npz")):
        return FileUnreadable(
            f"{path} is an archive.",
            why="events are read from the files in it.",
            fix=f"unpack it: hepline fetch {path} does that, too, if it is told to (unpack=True).",
        )
    if magic.startswith(b"\x93NUM") or name.endswith((".npy", ".npz")):
        return FileUnreadable(
            f"{path} holds arrays without names of columns.",
            why="expressions name their columns, and NumPy's files do not.",
            fix="give them names: pandas.DataFrame({'x': array}).to_parquet('events.parquet').",
        )
    if magic.startswith(_GZIP):
        return FileUnreadable(
            f"{path} is packed with gzip.",
            why="text is read packed, .csv.gz or .jsonl.gz; formats with columns pack each of "
            "them on its own.",
            fix=f"unpack it: gunzip -k {path}",
        )
    return FileUnreadable(
        f"{path} is not a ROOT file." if magic else f"{path} is empty (0 bytes).",
        why=f"a ROOT file begins with the letters 'root' (Parquet with 'PAR1', HDF5 with "
        f"'\\x89HDF', and text ends in .csv, .tsv, .txt or .jsonl), this one with {magic!r}.",
        fix="name a ROOT, Parquet, HDF5, CSV or JSON file; if a download broke off, fetch it "
        "again.",
    )

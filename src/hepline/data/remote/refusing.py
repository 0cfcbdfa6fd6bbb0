"""What users are told when a file cannot be read where it lies."""

from __future__ import annotations

from hepline.errors import FileUnreadable

__all__ = ["changed", "no_ranges"]


def changed(address: str, how: str) -> FileUnreadable:
    """A file that is not what it was when it was opened.

    Parameters
    ----------
    address : str
    how : str
        What tells that.
    """
    return FileUnreadable(
        f"{address} changed while it was read.",
        why=f"{how}; parts of two files would not fit together.",
        fix="start again, when nobody writes it any more.",
    )


def no_ranges(address: str, reason: str) -> FileUnreadable:
    """A file that a server gives only whole."""
    return FileUnreadable(
        f"{address} cannot be read in place.",
        why=f"the server {reason}, and hepline reads only parts of files in place.",
        fix=f"fetch it first: hl.open(hl.dataset('{address}')).",
    )

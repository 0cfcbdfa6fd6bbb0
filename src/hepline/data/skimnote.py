"""The note that a skim carries in its own file: where it came from."""

from __future__ import annotations

__all__ = ["FORMAT", "KEY"]

KEY = "hepline_skim"
"""Name of the note: a string in a ROOT file, metadata of a Parquet file."""

FORMAT = 1
"""Version of the layout of the note."""

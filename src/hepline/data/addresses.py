"""Addresses among paths of files."""

from __future__ import annotations

__all__ = ["is_dataset", "is_remote"]

_CATALOGUES = ("cod:", "zenodo:", "hf:", "atlas:", "rucio:")


def is_dataset(path: str) -> bool:
    """Whether a path is the address of a dataset in a catalogue, such as ``cod:12341``."""
    return path.startswith(_CATALOGUES)


def is_remote(path: str) -> bool:
    """Whether a path is the address of a file, such as ``https://…`` or ``root://…``."""
    return "://" in path

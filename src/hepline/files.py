"""Files that are written whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["replacing"]


@contextmanager
def replacing(path: Path, *, under: str = "") -> Iterator[Path]:
    """Lend a path to write to, which takes the place of `path` if all goes well.

    A reader sees the earlier file or the new one, and a failure leaves the earlier one.

    Parameters
    ----------
    path : Path
        Its folder is made if need be.
    under : str, optional
        Name of the file while it is written, for formats that note their own name; that of
        `path` by default.

    Yields
    ------
    Path
        In a hidden folder beside `path`, so that the rename is atomic.

    Raises
    ------
    OSError
        If the file system refuses.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent))
    try:
        partial = folder / (under or path.name)
        yield partial
        partial.replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)

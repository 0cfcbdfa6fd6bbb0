"""A JSON file that is written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepline.errors import OutputError

__all__ = ["write_json"]


def write_json(content: Mapping[str, Any], path: str | Path, *, what: str) -> Path:
    """Write an object aside, then rename.

    Parameters
    ----------
    content : mapping
        Of types of JSON; numbers are finite.
    path : str or Path
        Its folder is made if need be.
    what : str
        For the message: ``fit``.

    Returns
    -------
    Path

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    target = Path(path)
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(json.dumps(content, indent=1, allow_nan=False), encoding="utf-8")
        aside.replace(target)
    except OSError as error:
        # Where the folder is a file, even looking for something to remove is an error.
        if aside.exists():
            aside.unlink()
        raise OutputError(
            f"cannot write the {what} to '{target}'.",
            why=f"the system says: {error.strerror or error}.",
            fix="choose a folder that exists and that you may write to, with space left.",
        ) from error
    return target

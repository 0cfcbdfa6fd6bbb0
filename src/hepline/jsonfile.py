"""A JSON file that is written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepline.errors import OutputError
from hepline.files import replacing

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
    text = json.dumps(content, indent=1, allow_nan=False)
    try:
        with replacing(target) as partial:
            partial.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"cannot write the {what} to '{target}'.",
            why=f"the system says: {error.strerror or error}.",
            fix="choose a folder that exists and that you may write to, with space left.",
        ) from error
    return target

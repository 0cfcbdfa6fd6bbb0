"""JSON patches of a workspace: a list of operations, a file of one, or one of a set.

Published likelihoods come as a workspace of the background and a set of patches, each of which adds
one signal.

References
----------
RFC 6902 (JSON Patch); pyhf's schemas ``patchset.json`` and ``jsonpatch.json``, version 1.0.0.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jsonpatch

from hepline.errors import FileUnreadable, ModelError, nearest

__all__ = ["Patch", "Patches", "patched", "read_json"]

Operations = Sequence[Mapping[str, Any]]
Patch = str | Path | Mapping[str, Any] | Operations
Patches = Patch | Sequence[Patch]


def patched(content: Any, patches: Patches) -> Any:
    """Apply patches in order.

    Parameters
    ----------
    content : object of JSON
        The workspace.
    patches : one patch, or a sequence of patches
        Each is a list of operations, an object with the key ``patch`` (one entry of a set), a set
        with a single patch, or the path of a JSON file that holds one of these. ``FILE:NAME`` is
        the patch of this name in a set.

    Returns
    -------
    object of JSON
        A new one; `content` stays as it is.

    Raises
    ------
    FileUnreadable
        If there is no such file, or if it is not JSON.
    ModelError
        If there is no such patch, or if it does not apply to this workspace.
    """
    for patch in _listed(patches):
        content = _applied(content, *_operations(content, patch))
    return content


def read_json(path: Path, what: str) -> Any:
    """Read a JSON file.

    Parameters
    ----------
    path : Path
    what : str
        For the message: ``workspace``.

    Raises
    ------
    FileUnreadable
        If there is no such file, or if it is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileUnreadable(
            f"cannot read the {what} '{path}'.",
            why=f"the system says: {error.strerror or error}.",
            fix=f"give the path of a {what} in JSON.",
        ) from error
    except ValueError as error:
        raise FileUnreadable(
            f"'{path}' is not JSON.",
            why=f"the parser says: {error}.",
            fix=f"give a {what} in JSON; XML and ROOT become one with 'pyhf xml2json'.",
        ) from error


def _listed(patches: Patches) -> list[Patch]:
    if isinstance(patches, str | Path | Mapping):
        return [patches]
    operations = [part for part in patches if isinstance(part, Mapping) and "op" in part]
    if operations and len(operations) == len(patches):
        return [operations]
    return list(patches)


def _operations(content: Any, patch: Patch) -> tuple[Operations, str]:
    """Operations of a patch, and how messages call it."""
    if isinstance(patch, str | Path):
        path, name = _divided(str(patch))
        return _of_object(content, read_json(path, "patch"), name, f"the patch '{patch}'")
    return _of_object(content, patch, "", "this patch")


def _divided(text: str) -> tuple[Path, str]:
    """Split ``FILE:NAME``; colons may be part of both."""
    places = [at for at, letter in enumerate(text) if letter == ":"]
    for at in places if not Path(text).exists() else []:
        if Path(text[:at]).is_file():
            return Path(text[:at]), text[at + 1 :]
    return Path(text), ""


def _of_object(content: Any, found: Any, name: str, called: str) -> tuple[Operations, str]:
    if isinstance(found, Mapping) and "patches" in found:
        _verify(content, found)
        return _of_set(found["patches"], name), called
    if isinstance(found, Mapping) and "patch" in found:
        return list(found["patch"]), called
    if isinstance(found, Sequence) and not isinstance(found, str):
        return list(found), called
    raise ModelError(
        f"{called} is none.",
        why="a JSON patch is a list of operations, and a set of patches has the key 'patches'.",
        fix="give the file of the patches, not that of the workspace or of anything else.",
    )


def _of_set(entries: Any, name: str) -> Operations:
    by_name = {entry["metadata"]["name"]: entry["patch"] for entry in entries}
    if name in by_name:
        return list(by_name[name])
    if not name and len(by_name) == 1:
        return list(*by_name.values())
    raise ModelError(
        f"there is no patch '{name}' in this set."
        if name
        else f"this is a set of {len(by_name)} patches, and none of them was named.",
        why="each of its patches adds another signal to the workspace.",
        fix=f"give FILE:NAME; {nearest(name, by_name)}",
    )


def _verify(content: Any, found: Mapping[str, Any]) -> None:
    """Refuse a set that was made for another workspace, as pyhf does."""
    for algorithm, wanted in found.get("metadata", {}).get("digests", {}).items():
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)  # as pyhf writes it
        if hashlib.new(algorithm, text.encode()).hexdigest() != wanted:
            raise ModelError(
                "the set of patches belongs to another workspace.",
                why=f"the {algorithm} digest of this workspace is not the one that the set names.",
                fix="give the workspace that was published together with the patches, unchanged.",
            )


def _applied(content: Any, operations: Operations, called: str) -> Any:
    try:
        return jsonpatch.apply_patch(content, list(operations))
    except Exception as error:
        said = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise ModelError(
            f"{called} does not apply: {said}",
            why="it names a place that this workspace does not have, or is not an RFC 6902 patch.",
            fix="patch the workspace that the patch was written for.",
        ) from error

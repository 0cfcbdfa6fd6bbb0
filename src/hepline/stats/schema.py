"""pyhf's schema of a workspace, without pyhf: importing it with its backends takes a second."""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
from jsonschema.validators import validator_for
from referencing import Registry, Resource

__all__ = ["first_error"]


def first_error(content: Any) -> str:
    """Say what is wrong with a workspace under pyhf's schema 1.0.0; empty if nothing is.

    Parameters
    ----------
    content : object of JSON

    Returns
    -------
    str
        One line.
    """
    error = jsonschema.exceptions.best_match(_validator().iter_errors(content))
    if error is None:
        return ""
    where = "/".join(str(step) for step in error.absolute_path)
    said = str(error.message).splitlines()[0]
    return f"{said} (at {where})" if where else said


@cache
def _validator() -> Any:
    package = find_spec("pyhf")
    places = package.submodule_search_locations if package else None
    folder = Path((places or ["pyhf"])[0]) / "schemas/1.0.0"
    schema, shared = (_read(folder / name) for name in ("workspace.json", "defs.json"))
    # In this draft, what stands beside a $ref is ignored, the base of its address among it.
    resources = [("defs.json", Resource.from_contents(shared))]
    return validator_for(schema)(schema, registry=Registry().with_resources(resources))


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))

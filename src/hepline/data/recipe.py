"""Recipes of samples: the processes to generate for an analysis, with numbers of events."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hepline.data.generate import SampleRequest, generate_samples
from hepline.data.generator.nanoaod_writer import aside
from hepline.errors import GeneratorError

__all__ = ["generate_recipe"]

_LAYOUT = 'write {"ttbar": {"nominal": {"process": "ttbar", "events": 10000, "seed": 1}}}.'


def generate_recipe(
    recipe: str | Path,
    folder: str | Path,
    *,
    workers: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
) -> Path:
    """Generate all samples of a recipe, and list them for `Analysis.run`.

    Parameters
    ----------
    recipe : path
        JSON: sample → ``nominal`` or alternative → process, events, seed.
    folder : path
        For the ROOT files and ``samples.json``; existing files are kept.
    workers : int
    progress : callable, optional
        Called with process, events done and events in total.

    Returns
    -------
    Path
        Of ``samples.json``, in the layout of the Analysis Grand Challenge; ``nevts`` is the number
        of generated events that the file stands for.

    Raises
    ------
    GeneratorError
        If the recipe cannot be read.
    OutputError
        If the folder cannot be written to.
    """
    entries = list(_entries(Path(recipe)))
    files = generate_samples(
        [request for _, _, request in entries], folder=folder, workers=workers, progress=progress
    )
    listed: dict[str, dict[str, Any]] = {}
    for (sample, variation, _), file in zip(entries, files, strict=True):
        # A relative path, so that the folder can be moved.
        entry = {"path": Path(file.path).name, "nevts": file.generated_equivalent}
        listed.setdefault(sample, {})[variation] = {"files": [entry]}
    target = Path(folder) / "samples.json"
    with aside(target) as partial:
        partial.write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
    return target


def _entries(recipe: Path) -> Iterator[tuple[str, str, SampleRequest]]:
    try:
        content = json.loads(recipe.read_text("utf-8"))
        for sample, variations in content.items():
            for variation, entry in variations.items():
                request = SampleRequest(
                    str(entry["process"]), int(entry["events"]), int(entry["seed"])
                )
                yield sample, variation, request
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise GeneratorError(
            f"the recipe {recipe} cannot be read.",
            why=f"{type(error).__name__}: {error}",
            fix=_LAYOUT,
        ) from error

"""Make a notebook of a lab's page: text becomes Markdown cells, code becomes code cells.

    python labs/notebook.py labs/particle_discovery/lab.md      # writes lab.ipynb beside it

Outputs are left out: a notebook makes its own. The page stays the source.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIRST = "%matplotlib inline"


def notebook(text: str) -> dict[str, object]:
    """The page as a notebook, nbformat 4."""
    cells = [cell("code", FIRST)]
    end = 0
    for block in blocks().finditer(text):
        cells += prose(text[end : block.start()])
        cells.append(cell("code", block["code"]))
        end = block.end()
    cells += prose(text[end:])
    for number, one in enumerate(cells):
        one["id"] = f"cell-{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def blocks():
    """The pattern by which docs/execute.py finds code and its output."""
    spec = importlib.util.spec_from_file_location("execute", ROOT / "docs/execute.py")
    execute = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(execute)
    return execute.BLOCK


def prose(text: str) -> list[dict[str, object]]:
    """A Markdown cell, unless there is nothing to say."""
    return [cell("markdown", text)] if text.strip() else []


def cell(kind: str, source: str) -> dict[str, object]:
    """One cell; code without outputs."""
    lines = source.strip().splitlines(keepends=True)
    ran = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {}, "source": lines, **ran}


def written(text: str) -> str:
    """The notebook as the text of its file."""
    return json.dumps(notebook(text), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for page in map(Path, sys.argv[1:]):
        page.with_suffix(".ipynb").write_text(written(page.read_text("utf-8")), "utf-8")

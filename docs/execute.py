"""Run the Python blocks of a page and put what they print into the text block that follows.

    python docs/execute.py docs/how-it-works.md          # rewrite the outputs

A block ```` ```python ```` is executed in order, in one namespace, in an empty folder; what it
prints stands in the ```` ```text ```` block right behind it, if there is one.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import tempfile
from pathlib import Path

BLOCK = re.compile(r"```python\n(?P<code>.*?)```\n(?:\n```text\n(?P<output>.*?)```\n)?", re.DOTALL)


def executed(text: str, *, name: str) -> str:
    """The page with fresh outputs."""
    namespace: dict[str, object] = {"__name__": "__docs__"}

    def fresh(block: re.Match[str]) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block["code"], name, "exec"), namespace)  # noqa: S102
        if block["output"] is None:
            return block[0]
        return f"```python\n{block['code']}```\n\n```text\n{printed.getvalue()}```\n"

    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            return BLOCK.sub(fresh, text)
        finally:
            os.chdir(before)


if __name__ == "__main__":
    for page in map(Path, sys.argv[1:]):
        sys.path.insert(0, str(page.parent.resolve()))  # as for a script
        page.write_text(executed(page.read_text("utf-8"), name=page.name), "utf-8")

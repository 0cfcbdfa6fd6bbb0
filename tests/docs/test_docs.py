"""The code in the documentation runs, and prints what the pages say."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["docs/how-it-works.md"]


def _execute_module():
    spec = importlib.util.spec_from_file_location("docs_execute", ROOT / "docs/execute.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES)
def test_outputs_on_the_page_are_what_its_code_prints(page):
    text = (ROOT / page).read_text("utf-8")
    assert _execute_module().executed(text, name=page) == text, f"refresh with: make docs ({page})"


def test_every_page_with_code_and_output_is_executed():
    with_output = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "docs").rglob("*.md")
        if "```text" in path.read_text("utf-8")
    ]
    assert sorted(with_output) == sorted(PAGES)


def test_readme_names_existing_files_and_targets():
    text = (ROOT / "README.md").read_text("utf-8")
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / link).exists(), link
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^ {4}make (\w+)", text, re.MULTILINE):
        assert f"\n{target}:" in makefile


def test_readme_maps_every_room():
    text = (ROOT / "README.md").read_text("utf-8")
    rooms = [path.parent.name for path in (ROOT / "src/hepline").glob("*/__init__.py")]
    missing = [room for room in rooms if f"`{room}/`" not in text]
    assert missing == []

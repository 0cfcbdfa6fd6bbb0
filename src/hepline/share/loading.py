"""Load an analysis from the Python file that a user wrote."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from hepline.analysis.definition import Definition
from hepline.errors import AnalysisError, nearest
from hepline.stats.build import Analysis

__all__ = ["load_analysis"]


def load_analysis(path: str | Path) -> Analysis:
    """Execute an analysis file and find the analysis in it.

    Parameters
    ----------
    path : path
        ``ANALYSIS.py``; its top level defines one `Analysis`.

    Returns
    -------
    Analysis

    Raises
    ------
    AnalysisError
        If there is no such file, or it does not define exactly one analysis.
    """
    file = Path(path)
    if not file.is_file():
        folder = file.parent if file.parent.is_dir() else Path()
        raise AnalysisError(
            f"there is no analysis file {file}.",
            why="an analysis is a Python file that defines an hl.Analysis.",
            fix=nearest(file.name, (entry.name for entry in folder.glob("*.py"))),
        )
    name = f"hepline_analysis_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise AnalysisError(
            f"{file} is no Python file.",
            why="its name does not end in .py.",
            fix="rename it, or name the analysis file.",
        )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(file.resolve().parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(file.resolve().parent))
    found = {
        label: value for label, value in vars(module).items() if isinstance(value, Definition)
    }
    distinct = {id(value): value for value in found.values() if isinstance(value, Analysis)}
    if len(distinct) != 1:
        raise AnalysisError(
            f"{file} defines {len(distinct)} analyses{': ' if found else ''}{', '.join(found)}.",
            why="a run needs exactly one.",
            fix="keep one hl.Analysis(…) at the top level of the file.",
        )
    return distinct.popitem()[1]

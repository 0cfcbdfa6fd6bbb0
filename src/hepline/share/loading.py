"""Load an analysis from the Python file that a user wrote."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType

from hepline.analysis.definition import Definition
from hepline.errors import AnalysisError, HeplineError, nearest
from hepline.pipeline.analysis import Analysis

__all__ = ["execute", "load_analysis"]


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
        If there is no such file, it stops at an error of Python, or it does not define exactly
        one analysis.
    """
    file = Path(path)
    module = execute(file, "an analysis", "an hl.Analysis")
    found = {label: value for label, value in vars(module).items() if isinstance(value, Definition)}
    distinct = {id(value): value for value in found.values() if isinstance(value, Analysis)}
    if len(distinct) != 1:
        raise AnalysisError(
            f"{file} defines {len(distinct)} analyses{': ' if found else ''}{', '.join(found)}.",
            why="a run needs exactly one.",
            fix="keep one hl.Analysis(…) at the top level of the file.",
        )
    return distinct.popitem()[1]


def execute(file: Path, kind: str, content: str) -> ModuleType:
    """Execute a Python file of the user.

    Parameters
    ----------
    file : Path
    kind, content : str
        What it is, and what it defines, for messages: ``an analysis``, ``an hl.Analysis``.

    Raises
    ------
    AnalysisError
        If there is no such file, or it stops at an error of Python.
    """
    noun = kind.partition(" ")[2]
    if not file.is_file():
        folder = file.parent if file.parent.is_dir() else Path()
        present = [entry.name for entry in folder.glob("*.py")]
        raise AnalysisError(
            f"there is no {noun} file {file}.",
            why=f"{kind} is a Python file that defines {content}.",
            fix=nearest(file.name, present)
            if present
            else "check the path, and the folder you are in.",
        )
    name = f"hepline_analysis_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise AnalysisError(
            f"{file} is not a Python file.",
            why="its name does not end in .py.",
            fix=f"rename it, or name the {noun} file.",
        )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(file.resolve().parent))
    try:
        spec.loader.exec_module(module)
    except HeplineError:
        raise
    except Exception as error:
        raise AnalysisError(
            f"the {noun} {file} stopped at an error of Python.",
            why=f"{type(error).__name__}: {error}",
            fix="correct the line; `python FILE` shows how it was reached.",
            asked_at=_line(error, file),
        ) from error
    finally:
        sys.path.remove(str(file.resolve().parent))
    return module


def _line(error: Exception, file: Path) -> str:
    """Where in the analysis file an error arose."""
    if isinstance(error, SyntaxError):
        return f"{file.name}:{error.lineno}  {(error.text or '').strip()}"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).name == file.name
    ]
    return f"{file.name}:{frames[-1].lineno}  {frames[-1].line}" if frames else file.name

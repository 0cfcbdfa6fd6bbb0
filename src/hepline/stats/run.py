"""From the file of a workspace to the file of its fit: what ``hepline fit`` does."""

from __future__ import annotations

from pathlib import Path

from hepline.stats.model import Model
from hepline.stats.results import FitResult
from hepline.stats.store import save

__all__ = ["fit_workspace"]


def fit_workspace(
    path: str | Path, out: str | Path | None = None, *, measurement: str | None = None
) -> FitResult:
    """Fit a pyhf workspace.

    Parameters
    ----------
    path : str or Path
        JSON file of the workspace.
    out : str or Path, optional
        Folder for ``fit.json``; nothing is written where not given.
    measurement : str, optional
        The first of the workspace where not given.

    Returns
    -------
    FitResult

    Raises
    ------
    FileUnreadable, ModelError, FitError, OutputError
        The file cannot be read, is no model, cannot be fitted; ``fit.json`` cannot be written.
    """
    fit = Model(path, measurement=measurement).fit()
    if out is not None:
        save(fit, Path(out) / "fit.json")
    return fit

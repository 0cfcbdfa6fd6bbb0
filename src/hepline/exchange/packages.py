"""Libraries that columns are handed over to; none of them has to be installed."""

from __future__ import annotations

import importlib
from typing import Any

from hepline.errors import MissingPackage

__all__ = ["needed"]

_EXTRAS = {"pyarrow": "parquet", "pandas": "pandas", "polars": "polars", "torch": "torch"}


def needed(package: str) -> Any:
    """Import a library.

    Parameters
    ----------
    package : str

    Raises
    ------
    MissingPackage
        With the line that installs it.
    """
    try:
        return importlib.import_module(package)
    except ImportError:
        raise MissingPackage(
            f"columns cannot be handed over to {package}.",
            why=f"{package} is not installed, and hepline itself does not need it.",
            fix=f"pip install 'hepline[{_EXTRAS[package]}]'",
        ) from None

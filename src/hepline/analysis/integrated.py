"""The integrated luminosity of an analysis: declared, or that of the data in the list of files."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from hepline.analysis.definition import Definition
from hepline.analysis.samples import NOMINAL_SET, Samples
from hepline.errors import AnalysisError, DataError

__all__ = ["with_luminosity"]

AnyAnalysis = TypeVar("AnyAnalysis", bound=Definition)


def with_luminosity(analysis: AnyAnalysis, files: Mapping[str, Samples]) -> AnyAnalysis:
    """Take the luminosity from the list of files where the analysis does not declare it.

    Parameters
    ----------
    analysis : Definition
    files : mapping of str to Samples
        By era.

    Raises
    ------
    DataError
        If it is not known, or two of them differ.
    """
    known = copy.copy(analysis)
    if not analysis.eras:
        declared = analysis.declared_luminosity
        known.declared_luminosity = _luminosity(analysis, declared, files[""], "")
        return known
    known.eras = {
        name: replace(era, luminosity=_luminosity(analysis, era.luminosity, files[name], name))
        for name, era in analysis.eras.items()
    }
    return known


def _luminosity(analysis: Definition, declared: float | None, listed: Samples, era: str) -> float:
    """The luminosity of an era in 1/pb, which all that say it must agree on."""
    parts = [part.name for sample in analysis.recorded for part in sample.parts]
    sets = [listed[part][NOMINAL_SET] for part in parts if part in listed]
    given = [files.luminosity for files in sets if files.luminosity is not None]
    values: dict[float, None] = dict.fromkeys([*([] if declared is None else [declared]), *given])
    of_era = f" of the era '{era}'" if era else ""
    if not values:
        where = f"era('{era}', luminosity=…)" if era else "hl.Analysis(…, luminosity=…)"
        raise AnalysisError(
            f"the luminosity{of_era} is not given: luminosity=None.",
            why="expected events are cross-section times luminosity.",
            fix=f'say {where} in 1/pb, or give "luminosity" beside the data in the list of files.',
        )
    if len(values) > 1:
        raise DataError(
            f"the luminosity{of_era} is {' and '.join(f'{value:g}' for value in values)}/pb.",
            why="the analysis and the entries of its data in the list of files must agree.",
            fix="give it in one place; primary datasets of one era have one luminosity.",
        )
    return next(iter(values))

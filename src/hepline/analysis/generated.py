"""Sums of generator weights behind files, where the list of files does not give them."""

from __future__ import annotations

from dataclasses import replace

from hepline.analysis.samples import FileSet
from hepline.columns.fill import Fill
from hepline.columns.lifting import cast
from hepline.columns.types import FLOAT64
from hepline.data.filesource import FileSource
from hepline.data.open import source
from hepline.engine.plan import plan
from hepline.engine.run import Job, Options, run
from hepline.errors import DataError

__all__ = ["with_sums"]


def with_sums(files: FileSet, opened: FileSource, options: Options) -> FileSet:
    """Add the sums of generator weights that the files themselves hold.

    NanoAOD has them in the tree ``Runs``, for all events that were generated, whatever a skim has
    left; hepline's own skims remember them.

    Parameters
    ----------
    files : FileSet
        Returned as it is if it gives ``sumw`` or ``nevts``, or if a file does not hold the sum.
    opened : FileSource
        The events of these files.
    options : Options
    """
    stored = opened.schema.convention.sums
    if stored is None or files.sums_of_weights or any(files.generated):
        return files
    paths = [part.path for part in opened.parts]
    sums = []
    for part in opened.parts:
        remembered = None if part.skimmed is None else part.skimmed.sum_of_weights
        if remembered is not None:
            sums.append(remembered)
            continue
        path = part.path
        try:
            runs = source(path, tree=stored.tree)
            weight = cast(runs.schema.column(stored.column).node(), FLOAT64)
        except (DataError, KeyError, AttributeError):
            return files
        graph = plan([Fill((), (), weight, None)], runs.schema, systematics=False)
        (result,) = run([Job(f"{path} {stored.tree}", runs, graph)], Options(engine=options.engine))
        sums.append(float(result.histograms[graph.fills[0]].sums().sum()))
    return replace(
        files, paths=tuple(paths), generated=(None,) * len(paths), sums_of_weights=tuple(sums)
    )

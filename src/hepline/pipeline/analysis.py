"""`hl.Analysis`: a definition that can be run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from hepline.analysis.blinding import unblinded
from hepline.analysis.definition import Definition
from hepline.analysis.run import run_definition
from hepline.engine.run import Options, Progress
from hepline.errors import checked_keywords
from hepline.pipeline.result import Result

__all__ = ["Analysis", "run"]


class Analysis(Definition):
    """An analysis that can be run; see `hepline.analysis.definition.Definition`."""

    result_kind: ClassVar[type[Result]] = Result

    @checked_keywords
    def run(
        self,
        samples: str | Path | Mapping[str, object],
        *,
        on: str = "local",
        engine: str = "auto",
        workers: int | None = None,
        chunk: int | None = None,
        skip_unreadable: bool = False,
        progress: Progress | None = None,
        unblind: bool = False,
    ) -> Result:
        """Read the events once and fill every template.

        Parameters
        ----------
        samples : path of a JSON file, or its content
            ``{"ttbar": {"nominal": {"files": [{"path": …, "nevts": …}]}}}``; in place of
            ``nevts``, ``sumw`` gives the sum of generator weights.
        on : str
            ``local``.
        engine : str
            ``auto``, ``compiled``, ``awkward`` or ``reference``.
        workers : int, optional
            Threads of the compiled engine, by default one for every core. Processes of the other
            engines, by default one; a script that asks for more must keep its top level under
            ``if __name__ == "__main__"``.
        chunk : int, optional
            Events per chunk; by default, chunks end where nothing needs unpacking twice.
        skip_unreadable : bool
            Skip damaged files; the coverage names them.
        progress : callable, optional
            Called with the name, the events done and the total.
        unblind : bool
            Show what ``blind=`` hides.

        Returns
        -------
        Result
        """
        options = Options(engine, on, workers, chunk, skip_unreadable, progress)
        return run(self, samples, options, unblind=unblind, kind=self.result_kind)


def run(
    analysis: Definition,
    samples: str | Path | Mapping[str, object],
    options: Options,
    *,
    unblind: bool = False,
    kind: type[Result] = Result,
) -> Result:
    """Read the events once and fill every template; see `Analysis.run`."""
    declared = unblinded(analysis) if unblind else analysis
    return run_definition(declared, samples, options, kind=kind)

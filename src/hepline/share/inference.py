"""From the file of a workspace to ``fit.json`` and the page of its fit: ``hepline fit``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hepline.share.fit_json import save
from hepline.stats.model import Model
from hepline.stats.questions import Answers, Questions
from hepline.stats.run import answer

__all__ = ["ModelOptions", "infer", "model_of"]


@dataclass(frozen=True)
class ModelOptions:
    """What to change in a workspace before it is fitted.

    Attributes
    ----------
    measurement, poi : str or None
        The first of the workspace, and that of the measurement, where None.
    patches : tuple of str
        ``FILE`` or ``FILE:NAME``, applied in order.
    exclude : tuple of str
        Channels to leave out.
    fixed : mapping of str to float
        Parameters to hold in every question.
    asimov : float or None
        Value of the parameter of interest whose expected data stand in for the observed.
    """

    measurement: str | None = None
    poi: str | None = None
    patches: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fixed: Mapping[str, float] = field(default_factory=dict)
    asimov: float | None = None


def model_of(path: str | Path, options: ModelOptions) -> Model:
    """Build the model of a workspace.

    Parameters
    ----------
    path : str or Path
    options : ModelOptions

    Raises
    ------
    FileUnreadable, ModelError, FitError
        The file cannot be read or is not a model; a parameter to hold is unknown.
    """
    model = Model(
        path,
        measurement=options.measurement,
        poi=options.poi,
        patches=options.patches,
        exclude=options.exclude,
    ).holding(options.fixed)
    if options.asimov is None:
        return model
    return model.observing(model.asimov(mu=options.asimov))


def infer(
    path: str | Path,
    out: str | Path | None = None,
    questions: Questions | None = None,
    *,
    options: ModelOptions | None = None,
    report: bool = False,
    figures: str = "both",
    drawing_workers: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
) -> Answers:
    """Fit a workspace, answer questions about it and write the answers.

    Parameters
    ----------
    path : str or Path
        JSON file of a pyhf workspace.
    out : str or Path, optional
        Folder for ``fit.json``; nothing is written by default.
    questions : Questions, optional
        Only the fit by default.
    options : ModelOptions, optional
        What to change in the workspace.
    report : bool
        Draw everything into ``index.html`` too.
    figures : str
        What figures are saved as: ``both`` (PDF and PNG), ``pdf``, ``png`` or ``none``.
    drawing_workers : int
        Processes that draw.
    progress : callable, optional
        Called with ``"drawing figures"``, those done and all.

    Returns
    -------
    Answers

    Raises
    ------
    FileUnreadable, ModelError, FitError, OutputError
        The file cannot be read, is not a model or cannot be fitted; the results cannot be written.
    """
    if out is None:
        return answer(model_of(path, options or ModelOptions()), questions)
    folder = Path(out)
    studio = None
    if report:
        # matplotlib takes a second to import, and most fits are not drawn. Before the fit: an
        # option that makes no sense must be refused at once.
        from hepline.show.drawing import Studio

        studio = Studio(figures, drawing_workers, folder, progress)
    model = model_of(path, options or ModelOptions())
    answers = answer(model, questions)
    save(answers, folder / "fit.json")
    if studio is not None:
        from hepline.share.inference_page import write_page

        write_page(folder, Path(path), model, answers, studio)
    return answers

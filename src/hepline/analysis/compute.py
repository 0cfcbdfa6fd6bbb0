"""`hl.compute`: one pass over the events for any number of results."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import awkward as ak
import hist
import numpy as np
from numpy.typing import NDArray

from hepline.analysis.histograms import to_hist
from hepline.analysis.members import combined
from hepline.analysis.profiles import ProfileResult
from hepline.analysis.templates import TemplateKey
from hepline.analysis.texts import decoded, words_of
from hepline.columns.events import Events
from hepline.columns.expression import Expr, Origin, common_origin
from hepline.columns.fill import Fill
from hepline.columns.functions import Histogram
from hepline.columns.nodes import Node
from hepline.columns.origin import all_of
from hepline.columns.profiles import Profile
from hepline.columns.records import Records
from hepline.columns.selection import choose_events
from hepline.columns.source import Source
from hepline.columns.text import Text, is_text
from hepline.columns.vary import Nuisance
from hepline.engine.explain import explain as explain_plan
from hepline.engine.filled import Filled
from hepline.engine.handover import Kept
from hepline.engine.plan import plan
from hepline.engine.run import Job, Options, run
from hepline.errors import DataError, LanguageError, UndefinedValues, checked_keywords
from hepline.notebook import html_table

__all__ = ["Varied", "compute", "explain"]


_Result = Histogram | Profile | Expr | Text | Records


@dataclass(frozen=True)
class Varied:
    """A histogram and what it becomes under each systematic variation.

    Attributes
    ----------
    nominal : hist.Hist
    variations : mapping of str to hist.Hist
        Key of the variation (``pt_scale_up``) to histogram; variations that change nothing are
        left out.
    """

    nominal: hist.Hist
    variations: Mapping[str, hist.Hist]

    def __array__(self, dtype: object = None, copy: bool | None = None) -> NDArray[Any]:
        """The nominal contents of the bins, as NumPy takes them from a histogram."""
        return np.array(self.nominal.view(), dtype, copy=copy)  # type: ignore[call-overload, no-any-return]

    def __repr__(self) -> str:
        lines = [f"{name:<32} {total:>14} {change:>10}" for name, total, change in self._rows()]
        return "\n".join(["Varied histogram: sum of all bins, and its change", *lines])

    def _repr_html_(self) -> str:
        return html_table(["variation", "sum of all bins", "change"], self._rows())

    def _rows(self) -> Iterator[tuple[str, str, str]]:
        total = _total(self.nominal)
        yield "nominal", f"{total:.6g}", ""
        for key, histogram in self.variations.items():
            varied = _total(histogram)
            change = f"{varied / total - 1:+.2%}" if total else ""
            yield key, f"{varied:.6g}", change


@checked_keywords
def compute(
    *results: object,
    where: Expr | Mapping[str, Expr] | None = None,
    source: Source | Events | None = None,
    engine: str = "auto",
    workers: int | None = None,
    chunk: int | None = None,
) -> object:
    """Read the events once and compute all results in this pass.

    Parameters
    ----------
    *results : Histogram, Profile, Expr, Text or Records, or a mapping or sequence of these
        Of any depth: ``hl.compute({"mass": z.mass, "muons": [mu.pt, mu.eta]})``.
    where : Expr of bool, or mapping of label to Expr, optional
        Compute everything for the events that pass only.
    source : Events or Source, optional
        For expressions on symbolic events: ``hl.open(FILE)``, or those of its events that pass
        conditions.
    engine : str
        ``auto``, ``compiled``, ``awkward`` or ``reference``.
    workers : int, optional
        Threads of the compiled engine, by default one for every core. Processes of the other
        engines, by default one; a script that asks for more must keep its top level under
        ``if __name__ == "__main__"``.
    chunk : int, optional
        Events per chunk; by default, chunks end where nothing needs unpacking twice.

    Returns
    -------
    hist.Hist, Varied, ProfileResult or awkward.Array, or a tuple of these
        In the mappings and sequences of the request. A histogram that depends on systematic
        variations becomes `Varied`; columns and collections become arrays of nominal values.
        Missing values and NaN are in no bin: ``histogram.metadata`` counts them.

    Warns
    -----
    UndefinedValues
        If values of a histogram are NaN.

    Raises
    ------
    LanguageError
        If a result is of another type, or there are no events to compute from.
    DataError
        If a file is damaged.
    """
    leaves = [_among(_where(leaf, where), source) for leaf in _leaves(results)]
    if not leaves:
        raise LanguageError(
            "compute(…) is asked for nothing.",
            why="it was given no result, or only empty mappings and lists.",
            fix="give histograms, columns or collections: hl.compute(hl.hist(…), mu.pt).",
        )
    requests: list[tuple[Node, ...]] = [_chosen(leaf) for leaf in leaves]
    events = _source(source, common_origin(*leaves))
    flat = [node for nodes in requests for node in nodes]
    graph = plan(flat, events.schema)
    (outcome,) = run(
        [Job(events.name, events, graph)], Options(engine=engine, workers=workers, chunk=chunk)
    )
    if not outcome.parts:
        raise DataError(
            f"no file of {events.name} was read.", why="all were left out.", fix="check the files."
        )
    values_of: dict[int, dict[str, object]] = {}
    for output in graph.outputs:
        node = output.node
        value = outcome.histograms[node] if node in outcome.histograms else outcome.arrays[node]
        values_of.setdefault(output.request, {})[output.variation.key] = value
    _warn(value for values in values_of.values() for value in values.values())
    nuisances = {o.variation.nuisance: None for o in graph.outputs if o.variation.nuisance}
    words = words_of(events, (node for leaf in leaves for node in _texts(leaf)))
    answers = []
    place = 0
    for leaf, nodes in zip(leaves, requests, strict=True):
        values = [values_of[place + offset] for offset in range(len(nodes))]
        answers.append(_answer(leaf, values, words, nuisances))
        place += len(nodes)
    remaining = iter(answers)
    shaped = tuple(_shaped(result, remaining) for result in results)
    return shaped[0] if len(shaped) == 1 else shaped


def _leaves(request: object) -> Iterator[object]:
    """Yield the results inside mappings and sequences."""
    if isinstance(request, Mapping):
        for part in request.values():
            yield from _leaves(part)
    elif isinstance(request, list | tuple):
        for part in request:
            yield from _leaves(part)
    else:
        yield request


def _shaped(request: object, answers: Iterator[object]) -> object:
    """Put the answers into the mappings and sequences of the request."""
    if isinstance(request, Mapping):
        return {name: _shaped(part, answers) for name, part in request.items()}
    if isinstance(request, list | tuple):
        parts = [_shaped(part, answers) for part in request]
        kind: Callable[..., object] = type(request)
        # A named tuple takes its parts as separate arguments.
        return kind(*parts) if hasattr(request, "_fields") else kind(parts)
    return next(answers)


def _where(result: object, where: Expr | Mapping[str, Expr] | None) -> object:
    """The result, restricted to the events that pass."""
    if where is None or not isinstance(result, _Result):
        return result
    steps = where if isinstance(where, Mapping) else {"": where}
    base = common_origin(result, *steps.values())
    if base is None:
        raise LanguageError(
            f"compute(…, where={where!r:.60}).",
            why="where= chooses events: it is a condition on columns, true or false in each event.",
            fix="write a condition, such as where=ev.MET.pt > 30.",
        )
    return _living_on(result, choose_events(base, steps))


def _among(result: object, source: object) -> object:
    """The result, restricted to the chosen events of a source."""
    steps = source.origin.selection if isinstance(source, Events) else ()
    base = common_origin(result)
    if not steps or base is None or not isinstance(result, _Result):
        return result
    selection = tuple(dict.fromkeys((*steps, *base.selection)))
    return _living_on(result, replace(base, selection=selection))


def _living_on(result: _Result, origin: Origin) -> _Result:
    if isinstance(result, Text):
        return Text(replace(result.codes, origin=origin))
    if isinstance(result, Histogram):
        return Histogram(_among_chosen(result.node, origin), origin)
    if isinstance(result, Profile):
        first, second, third = (_among_chosen(fill, origin) for fill in result.fills)
        return replace(result, fills=(first, second, third), origin=origin)
    return replace(result, origin=origin)


def _among_chosen(fill: Fill, origin: Origin) -> Fill:
    conditions = [] if fill.where is None else [fill.where]
    passing = all_of([*(node for _, node in origin.selection), *conditions])
    return Fill(fill.axes, fill.values, fill.weight, passing)


def _total(histogram: hist.Hist) -> float:
    return float(histogram.values().sum())


def _source(source: object, origin: Origin | None) -> Source:
    """The source of the call, else that of the expressions."""
    if isinstance(source, Events):
        _check_policies(source.origin, origin)
        source = source.origin.source
    elif source is None:
        source = origin.source if origin else None
    if source is None:
        raise LanguageError(
            "nothing to compute from.",
            why="the expressions stand on symbolic events, or on constants only.",
            fix="open a file (hl.open), or give compute(…, source=hl.open(FILE)).",
        )
    if not isinstance(source, Source):
        raise LanguageError(
            f"compute(…, source={source!r:.60}).",
            why="a source is a file, or several, that have been opened.",
            fix="give source=hl.open(FILE).",
        )
    return source


def _check_policies(events: Origin, origin: Origin | None) -> None:
    """Refuse policies for missing values that the expressions would ignore."""
    mine = origin.schema.columns if origin else {}
    for name, spec in events.schema.columns.items():
        if name in mine and spec.policies and spec.policies != mine[name].policies:
            raise LanguageError(
                f"the source says which values of '{name}' are missing, and the expressions do "
                "not.",
                why="expressions follow the policies of the events that they are made of.",
                fix="clean these events, ev = ev.clean({…}), and make the expressions of them.",
            )


def _warn(values: Iterable[object]) -> None:
    """Warn of NaN entries, with the largest number of any variation."""
    worst: dict[str, Filled] = {}
    for filled in values:
        if isinstance(filled, Filled) and filled.undefined:
            label = " and ".join(f"'{axis.label}'" for axis in filled.axes)
            worst[label] = max(filled, worst.get(label, filled), key=lambda entry: entry.undefined)
    for label, filled in worst.items():
        text = (
            f"{filled.undefined} of {filled.counts.sum()} entries of the histogram of {label} are "
            "not a number (NaN): they are in no bin, nor in the overflow."
        )
        warnings.warn(text, UndefinedValues, stacklevel=3)


def _chosen(result: object) -> tuple[Node, ...]:
    """The nodes to compute for a result; columns are cut to its chosen events."""
    nodes = _nodes(result)
    origin = None if isinstance(result, Histogram | Profile) else common_origin(result)
    where = None if origin is None else origin.where
    return nodes if where is None else tuple(Kept(node, where) for node in nodes)


def _nodes(result: object) -> tuple[Node, ...]:
    if isinstance(result, Histogram | Expr):
        return (result.node,)
    if isinstance(result, Profile):
        return result.fills
    if isinstance(result, Text):
        return (result.codes.node,)
    if isinstance(result, Records):
        return tuple(node for name in result.fields.names() for node in _nodes(result[name]))
    raise LanguageError(
        f"compute({result!r:.60}).",
        why="only histograms, columns and collections can be computed.",
        fix="give hl.hist(…), mu.pt or mu.",
    )


def _texts(result: object) -> tuple[Node, ...]:
    """The codes of the texts in a result."""
    if not isinstance(result, Text | Records):
        return ()
    return tuple(node for node in _nodes(result) if is_text(node))


def _answer(
    result: object,
    parts: list[dict[str, object]],
    words: Mapping[int, str],
    nuisances: Iterable[Nuisance],
) -> object:
    if isinstance(result, Text | Records):
        nodes = _nodes(result)
        values = [
            decoded(part[""], words) if is_text(node) else part[""]
            for node, part in zip(nodes, parts, strict=True)
        ]
        if isinstance(result, Text):
            return values[0]
        columns = dict(zip(result.fields.names(), values, strict=True))
        return ak.zip(columns, depth_limit=len(result.fields.axes) + 1)
    if isinstance(result, Profile):
        sums = [to_hist(part[""]) for part in parts if isinstance(part[""], Filled)]
        return ProfileResult.of(result.label, (sums[0], sums[1], sums[2]))
    (varied,) = parts
    if isinstance(result, Expr):
        return varied[""]
    filled = {
        TemplateKey("", "", key): to_hist(part)
        for key, part in varied.items()
        if isinstance(part, Filled)
    }
    histograms = {key.variation: made for key, made in combined(filled, nuisances).items()}
    nominal = histograms.pop("")
    return Varied(nominal, histograms) if histograms else nominal


def explain(*results: object, stage: str = "schedule") -> str:
    """Describe how results would be computed, without reading events.

    Parameters
    ----------
    *results : Histogram, Expr or Records, or a mapping or sequence of these
    stage : str
        ``verify fold share prune push split divide schedule lower``.

    Returns
    -------
    str
        One line per step, with its type.
    """
    leaves = [*_leaves(results)]
    origin = common_origin(*leaves)
    if origin is None:
        raise LanguageError(
            "nothing to explain.",
            why="the expressions are constants.",
            fix="give expressions of events.",
        )
    nodes = [node for leaf in leaves for node in _chosen(leaf)]
    return explain_plan(nodes, origin.schema, stage=stage)

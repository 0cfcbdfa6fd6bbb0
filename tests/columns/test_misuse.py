"""Wrong questions fail at the line that asks them, with what, why and fix."""

import copy
import math

import awkward as ak
import numpy as np
import pytest

import hepline as hl
from hepline.columns.schema import ColumnSpec, Schema
from hepline.errors import (
    AnalysisError,
    ColumnNotFound,
    LanguageError,
    ShapeMismatch,
    TypeMismatch,
)

ev = hl.events("nanoaod")
other = hl.events(schema=Schema.from_specs("other", [ColumnSpec("x", "float32")]))
mu, jet, met = ev.Muon, ev.Jet, ev.MET
good = mu[mu.pt > 20]
jes = hl.nuisance("JES", one_sided=True)
jer = hl.nuisance("JER")

# name: (what is written, error, a word of the message)
MISUSES = {
    "misspelt field": (lambda: mu.ptt, ColumnNotFound, "did you mean 'pt'"),
    "misspelt collection": (lambda: ev.Muons, ColumnNotFound, "did you mean 'Muon'"),
    "misspelt column": (lambda: ev["Muon_ptt"], ColumnNotFound, "did you mean 'Muon_pt'"),
    "misspelt event column": (lambda: ev.luminosityblock, ColumnNotFound, "'luminosityBlock'"),
    "unknown convention": (lambda: hl.events("nanoad"), LanguageError, "'nanoaod'"),
    "brackets on events": (lambda: ev[mu.pt > 20], TypeMismatch, "hl.any"),
    "mask of another collection": (lambda: mu[jet.pt > 20], ShapeMismatch, "Jet"),
    "mask after a selection": (lambda: good[mu.eta > 1], ShapeMismatch, "before (or after)"),
    "mask of events": (lambda: mu[met.pt > 20], ShapeMismatch, "where="),
    "mask that is true": (lambda: mu[True], TypeMismatch, "[True]"),
    "index of the wrong kind": (lambda: mu["a" + "b"], ColumnNotFound, "'ab'"),
    "index by a float": (lambda: mu[1.5], TypeMismatch, "1.5"),
    "index by a float column": (lambda: mu[mu.pt], TypeMismatch, "float32"),
    "slice without step": (lambda: mu[::0], TypeMismatch, "slice"),
    "largest of another list": (lambda: mu[hl.argmax(jet.pt)], ShapeMismatch, "Jet"),
    "best by another list": (lambda: mu.best(jet.pt), ShapeMismatch, "best()"),
    "sort by one value": (lambda: mu.sort(met.pt), ShapeMismatch, "sort()"),
    "sort by an old list": (lambda: good.sort(mu.pt), ShapeMismatch, "sort()"),
    "closest by another list": (lambda: mu.closest(jet.pt, 91), ShapeMismatch, "closest()"),
    "and": (lambda: (mu.pt > 20) and (mu.eta < 2), LanguageError, "& | ~"),
    "or": (lambda: (mu.pt > 20) or (mu.eta < 2), LanguageError, "& | ~"),
    "not": (lambda: not mu.pt > 20, LanguageError, "& | ~"),
    "if": (lambda: 1 if met.pt > 20 else 2, LanguageError, "hl.where"),
    "if there are objects": (lambda: 1 if mu else 2, LanguageError, "truth"),
    "chained comparison": (lambda: 60 < met.pt < 120, LanguageError, "(60 < m) & (m < 120)"),
    "forgotten parentheses": (lambda: mu.pt > 20 & abs(mu.eta) < 2.4, TypeMismatch, "parentheses"),
    "forgotten parentheses around flags": (
        lambda: mu.charge == 1 & mu.tightId,
        TypeMismatch,
        "parentheses",
    ),
    "loop over objects": (lambda: list(mu), LanguageError, "loop"),
    "loop over numbers": (lambda: sum(mu.pt), LanguageError, "hl.sum"),
    "length": (lambda: len(mu), LanguageError, "hl.count"),
    "in": (lambda: 1 in mu.charge, LanguageError, "hl.any"),
    "function of math": (lambda: math.sqrt(met.pt), LanguageError, "np.sqrt"),
    "assignment": (lambda: mu.__setitem__("pt", 1), LanguageError, "with_fields"),
    "comparison of objects": (lambda: mu == jet, TypeMismatch, "name a field"),
    "any of floats": (lambda: hl.any(mu.pt), TypeMismatch, "hl.any(jet.pt > 30)"),
    "any of one value": (lambda: hl.any(met.pt > 20), ShapeMismatch, "list"),
    "sum of one object": (lambda: hl.sum(mu[0]), ShapeMismatch, "mu[0] + mu[1]"),
    "largest of objects": (lambda: hl.max(mu), TypeMismatch, "hl.max(jet.pt)"),
    "count of one object": (lambda: hl.count(met), ShapeMismatch, "is_missing"),
    "count of the first": (lambda: hl.count(mu[0]), ShapeMismatch, "one object"),
    "brackets on a scalar": (lambda: met.pt[0], TypeMismatch, "not a list"),
    "brackets on one object": (lambda: met[0], TypeMismatch, "one object"),
    "pairs of one object": (lambda: met.pairs(), TypeMismatch, "combinations"),
    "combinations of one": (lambda: mu.combinations(1), LanguageError, "2 or more"),
    "third of a pair": (lambda: mu.pairs()[2], LanguageError, "0 to 1"),
    "padding to a negative length": (lambda: mu.pad(-1), LanguageError, "zero or more"),
    "two sources": (lambda: met.pt + other.x, LanguageError, "mixes columns"),
    "lists of different things": (lambda: mu.pt + jet.pt, ShapeMismatch, "Jet"),
    "different selections": (lambda: mu.pt + good.pt, ShapeMismatch, "same selection"),
    "adding jets to muons": (lambda: mu + jet, ShapeMismatch, "cross()"),
    "adding a number to objects": (lambda: mu + 1, TypeMismatch, "four-momentum"),
    "distance to a number": (lambda: mu.delta_r(0.4), TypeMismatch, "four-momentum"),
    "nearest to what has no eta": (lambda: mu.nearest(met), ColumnNotFound, "'eta'"),
    "concat of one object": (lambda: hl.concat(mu, met), ShapeMismatch, "lists of objects"),
    "transverse mass of numbers": (
        lambda: hl.transverse_mass(mu.pt, met.pt),
        TypeMismatch,
        "two objects",
    ),
    "where by a number": (lambda: hl.where(mu.pt, 1, 2), TypeMismatch, "comparison"),
    "a string": (lambda: mu.pt > "20", TypeMismatch, "str"),
    "a list": (lambda: mu.pt * [1, 2], TypeMismatch, "list"),
    "an array": (lambda: np.array([1.0, 2.0]) + met.pt, TypeMismatch, "ndarray"),
    "an integer of 70 bits": (lambda: ev.event == 2**70, TypeMismatch, "64 bits"),
    "astype of nonsense": (lambda: mu.pt.astype("flaot32"), TypeMismatch, "float32"),
    "foreign ufunc": (lambda: np.logaddexp(met.pt, 1.0), TypeMismatch, "logaddexp"),
    "reduction by numpy": (lambda: np.add.reduce(mu.pt), TypeMismatch, "add"),
    "where of numpy, for positions": (lambda: np.where(mu.pt > 3), LanguageError, "hl.where"),
    "running sum over events": (lambda: np.cumsum(met.pt), LanguageError, "numpy.cumsum"),
    "differences undone": (lambda: np.diff(jet.pt, n=-1), LanguageError, "numpy.diff"),
    "differences over events": (lambda: met.pt.diff(), ShapeMismatch, "diff"),
    "differences of conditions": (lambda: (jet.pt > 3).diff(), TypeMismatch, "condition"),
    "order across events": (lambda: np.argsort(mu.pt, axis=0), LanguageError, "numpy.argsort"),
    "conversion to an array": (lambda: np.asarray(mu.pt), LanguageError, "hl.compute"),
    "objects as an array": (lambda: np.array(mu), LanguageError, "hl.compute"),
    "concatenation by numpy": (lambda: np.concatenate([mu.pt, mu.pt]), LanguageError, "hl.concat"),
    "clip of numpy into an array": (
        lambda: np.clip(met.pt, 0, 1, out=np.zeros(1)),
        LanguageError,
        "np.maximum",
    ),
    "fill of what does not fit": (
        lambda: mu[0].charge.fill_missing(0.5),
        TypeMismatch,
        "cannot hold",
    ),
    "random numbers like numbers": (
        lambda: hl.normal(mu.pt, stream="s"),
        TypeMismatch,
        "like=ev.Jet",
    ),
    "histogram without bins": (lambda: hl.hist(met.pt), LanguageError, "without bins"),
    "histogram of objects": (lambda: hl.hist(mu, bins=(10, 0, 1)), TypeMismatch, "mu.pt"),
    "axis without bins": (lambda: hl.axis(met.pt), LanguageError, "without bins"),
    "axis of objects": (lambda: hl.axis(mu, 10, 0, 1), TypeMismatch, "mu.pt"),
    "a factor in place of varied values": (
        lambda: mu.vary(hl.nuisance("scale", one_sided=True), up={"pt": 1.01}),
        LanguageError,
        "1.01 * jet.pt",
    ),
    "a factor in place of a varied list": (
        lambda: mu.pt.vary(hl.nuisance("scale", one_sided=True), up=1.01),
        LanguageError,
        "not a factor",
    ),
    "an axis whose count was forgotten": (
        lambda: hl.axis(met.pt, 0, 100),
        LanguageError,
        "hl.axis(x, 50, 0, 100)",
    ),
    "an axis with a count and one edge": (
        lambda: hl.axis(met.pt, 5, 0),
        LanguageError,
        "hl.axis(x, 50, 0, 100) for 50 bins from 0 to 100",
    ),
    "an axis with edges that are not a list": (
        lambda: hl.axis(met.pt, 0, 10, 20, 50),
        LanguageError,
        "hl.axis(x, [0, 10, 20, 50])",
    ),
    "an axis with a number too many": (
        lambda: hl.axis(met.pt, 10, 0, 100, 200),
        LanguageError,
        "has 4 numbers",
    ),
    "bins whose count was forgotten": (
        lambda: hl.hist(met.pt, bins=(0, 100)),
        LanguageError,
        "bins=(50, 0, 100)",
    ),
    "bins in place of quantities": (
        lambda: hl.hist(50, 0, 100),
        LanguageError,
        "bins=(50, 0, 100)",
    ),
    "bins upside down": (lambda: hl.hist(met.pt, bins=(10, 5, 1)), LanguageError, "increase"),
    "no bins": (lambda: hl.hist(met.pt, bins=(0, 0, 1)), LanguageError, "at least one bin"),
    "bins of NaN": (lambda: hl.hist(met.pt, bins=[0, math.nan]), LanguageError, "increase"),
    "bins of text": (lambda: hl.hist(met.pt, bins=["a", "b"]), LanguageError, "no axis"),
    "one edge": (lambda: hl.hist(met.pt, bins=[1]), LanguageError, "no axis"),
    "a number of bins alone": (lambda: hl.hist(met.pt, bins=10), LanguageError, "60 bins"),
    "weight per object": (
        lambda: hl.hist(met.pt, bins=(1, 0, 1), weight=mu.pt),
        ShapeMismatch,
        "more values",
    ),
    "weight of other objects": (
        lambda: hl.hist(mu.pt, bins=(1, 0, 1), weight=jet.pt),
        ShapeMismatch,
        "different things",
    ),
    "weight per object in a counter": (
        lambda: hl.hist(weight=mu.pt),
        ShapeMismatch,
        "more values",
    ),
    "where per object": (
        lambda: hl.hist(met.pt, bins=(1, 0, 1), where=mu.pt > 1),
        TypeMismatch,
        "hl.any",
    ),
    "where by a number of events": (
        lambda: hl.hist(met.pt, bins=(1, 0, 1), where=met.pt),
        TypeMismatch,
        "true or false",
    ),
    "axes of different lists": (
        lambda: hl.hist(hl.axis(mu.pt, 1, 0, 1), hl.axis(jet.pt, 1, 0, 1)),
        ShapeMismatch,
        "different things",
    ),
    "event weight of a list": (lambda: hl.weight(mu.pt), ShapeMismatch, "one weight"),
    "weight varied by a list": (
        lambda: hl.weight().vary(jes, up=jet.pt / 50),
        ShapeMismatch,
        "one weight",
    ),
    "one-sided with down": (
        lambda: jet.vary(jes, up={"pt": jet.pt}, down={"pt": jet.pt}),
        LanguageError,
        "one-sided",
    ),
    "two-sided without down": (lambda: hl.weight().vary(jer, up=1.1), LanguageError, "down="),
    "variation of another list": (
        lambda: jet.vary(jes, up={"pt": mu.pt}),
        TypeMismatch,
        "same collection",
    ),
    "variation of a misspelt field": (
        lambda: jet.vary(jes, up={"ptt": jet.pt}),
        ColumnNotFound,
        "'pt'",
    ),
    "variation without a field": (lambda: jet.vary(jes, up=jet.pt), LanguageError, "say which"),
    "variation of nothing": (lambda: jet.vary(jes, up={}), LanguageError, "say which"),
    "variation of what follows": (
        lambda: jet.vary(jes, up={"energy": jet.energy * 1.03}),
        LanguageError,
        "follows",
    ),
    "integer varied into a float": (
        lambda: mu.charge.vary(jes, up=mu.charge * 1.5),
        TypeMismatch,
        "fractions",
    ),
    "field of another list": (lambda: mu.with_fields(x=jet.pt), ShapeMismatch, "'x'"),
    "two quantities with one binning": (
        lambda: hl.hist(met.pt, met.phi, bins=(10, 0, 1)),
        LanguageError,
        "hl.axis(x",
    ),
    "binning beside an axis": (
        lambda: hl.hist(hl.axis(met.pt, 10, 0, 1), bins=(20, 0, 1)),
        LanguageError,
        "bins of 1 axis",
    ),
    "label of two axes": (
        lambda: hl.hist(hl.axis(met.pt, 1, 0, 1), hl.axis(met.phi, 1, 0, 1), label="x"),
        LanguageError,
        "label of 2 axes",
    ),
    "where that is true": (
        lambda: hl.hist(met.pt, bins=(1, 0, 1), where=True),
        TypeMismatch,
        "where=True",
    ),
    "where that is an array": (
        lambda: hl.hist(met.pt, bins=(1, 0, 1), where=np.ones(3, bool)),
        TypeMismatch,
        "condition on columns",
    ),
    "weight that is an array": (
        lambda: hl.hist(met.pt, bins=(1, 0, 1), weight=np.ones(3)),
        TypeMismatch,
        "ndarray",
    ),
    "event weight that is an array": (lambda: hl.weight(np.ones(3)), TypeMismatch, "genWeight"),
    "event weight times an array": (lambda: hl.weight() * np.ones(3), TypeMismatch, "genWeight"),
    "event weight of objects": (lambda: hl.weight(mu), TypeMismatch, "a weight that is"),
    "variation by a bare name": (
        lambda: mu.vary("jes", up={"pt": mu.pt}),
        TypeMismatch,
        "hl.nuisance(",
    ),
    "column varied by a bare name": (
        lambda: met.pt.vary("jes", up=met.pt),
        TypeMismatch,
        "hl.nuisance(",
    ),
    "weight varied by a bare name": (
        lambda: hl.weight().vary("jes", up=1.1),
        TypeMismatch,
        "hl.nuisance(",
    ),
    "stored index on a selection": (
        lambda: jet[jet.pt > 30][mu.jetIdx],
        ShapeMismatch,
        "index the stored collection: ev.Jet[ev.Muon.jetIdx]",
    ),
    "stored index on a field of a selection": (
        lambda: jet.pt[jet.pt > 30][mu.jetIdx],
        ShapeMismatch,
        "index the stored collection",
    ),
    "stored index on a sorted list": (
        lambda: jet.sort(jet.pt)[hl.max(mu.jetIdx) + 0],
        ShapeMismatch,
        "index Muon_jetIdx",
    ),
    "position in a selection on the stored list": (
        lambda: mu[good[0].position],
        ShapeMismatch,
        "the list counts Muon",
    ),
    "order of the stored list on a selection": (
        lambda: good[hl.argmax(mu.pt) + 1],
        ShapeMismatch,
        "positions are those of Muon",
    ),
    "mass of a sum with MET": (
        lambda: (jet[0] + met).mass,
        ColumnNotFound,
        "mass needs eta and mass of MET",
    ),
    "momentum without coordinates": (
        lambda: ev.GenMET.pz,
        ColumnNotFound,
        "pz needs eta of GenMET",
    ),
    "nuisance without letters": (lambda: hl.nuisance("±"), AnalysisError, "key="),
}


@pytest.mark.parametrize("misuse", MISUSES)
def test_misuse_is_refused_at_its_own_line(misuse):
    written, kind, word = MISUSES[misuse]
    with pytest.raises(kind) as caught:
        written()
    error = caught.value
    assert type(error) is kind
    assert error.what
    assert error.why
    assert error.fix
    assert word in str(error)
    first = written.__code__.co_firstlineno
    assert error.asked_at.startswith(
        tuple(f"test_misuse.py:{line} " for line in (first, first + 1))
    ), error.asked_at


def test_misspelt_column_of_a_convention_is_found_when_the_file_is_known(collisions):
    with pytest.raises(ColumnNotFound, match="no column 'Muon_sip3d' in memory"):
        hl.compute(hl.hist(mu.sip3d, bins=(1, 0, 1)), source=collisions.origin.source)


def test_column_of_another_shape_in_the_file_is_refused(in_memory):
    import awkward as ak

    events = in_memory({"Muon_pt": ak.Array([1.0, 2.0])})
    with pytest.raises(hl.HeplineError, match="one value per event"):
        hl.compute(hl.sum(mu.pt), source=events.origin.source)


def test_column_that_the_recipe_cannot_hold_is_refused(in_memory):
    import awkward as ak

    events = in_memory({"Muon_charge": ak.Array([[1.5], [2.0]])})
    with pytest.raises(hl.HeplineError, match="float64"):
        hl.compute(hl.sum(mu.charge), source=events.origin.source)


def test_numpy_scalars_are_numbers():
    assert (np.float32(3) > met.pt).node is np.greater(3, met.pt).node
    assert (np.float64(2) * met.pt).node is (2 * met.pt).node
    assert (np.int64(1) + mu.charge).node is (1 + mu.charge).node


@pytest.mark.parametrize(
    ("misuse", "fix"),
    [
        (lambda pt: pt.std(), "hl.mean"),
        (lambda pt: pt.fillna(0), "fill_missing"),
        (lambda pt: np.sum(pt), "hl.sum"),
        (lambda pt: np.histogram(pt, 5), "hl.hist"),
        (lambda pt: ak.num(pt), "hl.count"),
        (lambda pt: ak.sum(pt, axis=1), "hl.sum"),
        (lambda pt: ak.flatten(pt), "hl.flatten"),
        (lambda pt: ak.firsts(pt), "mu[0]"),
        (lambda _: ak.num(mu), "hl.count"),
        (lambda _: ak.pad_none(mu, 2), "mu.pad"),
        (lambda _: ak.combinations(mu, 2), "mu.pairs()"),
        (lambda _: ak.cartesian([mu, jet]), "ele.cross(mu)"),
        (lambda _: ak.zip({"pt": mu.pt}), "hl.vector"),
        (lambda _: mu.deltaR(jet), "a.delta_r(b)"),
        (lambda _: mu.delta_r(jet), "nearest()"),
        (lambda pt: pt[:, 0], "mu[0]"),
        (lambda _: mu.max(), "mu.pt.max()"),
        (lambda pt: ak.where(pt > 3, 1, 2), "hl.where"),
        (lambda _: mu.M, "'mass'"),
        (lambda _: mu.E, "'energy'"),
        (lambda _: mu.p4, "hl.sum(mu)"),
        (lambda _: mu.mag, "np.cosh"),
        (lambda _: ev.Muon.Pt, "'pt'"),
        (lambda _: mu.boostCM_of(mu), "to_rest_frame"),
        (lambda pt: pt.plot(), "hl.hist"),
        (lambda pt: pt.to_numpy(), "hl.compute"),
        (lambda pt: pt.eta, "collections"),
        (lambda pt: f"{pt:.2f}", "hl.compute"),
    ],
)
def test_what_arrays_can_do_is_explained_where_it_is_asked_of_a_recipe(misuse, fix):
    with pytest.raises(LanguageError) as caught:
        misuse(mu.pt)
    assert fix in caught.value.fix


def test_python_can_ask_whether_a_field_exists():
    for known, name in [(ev, "Muon"), (mu, "pt"), (mu, "pdgId")]:
        assert hasattr(known, name)
    for known in (ev, mu, mu.pt):
        assert not hasattr(known, "noSuchField")
        assert getattr(known, "noSuchField", None) is None


def test_a_recipe_can_be_printed_copied_and_inspected():
    assert f"{mu.pt}" == repr(mu.pt)
    assert copy.copy(mu.pt).node is mu.pt.node
    assert "float32" in mu.pt._repr_html_()
    assert not hasattr(mu.pt, "_repr_png_")

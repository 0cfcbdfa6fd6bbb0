"""Corrections against correctionlib itself, on jagged columns."""

from __future__ import annotations

import gzip
import json

import awkward as ak
import correctionlib
import numpy as np
import pytest

import hepline as hl
from hepline.errors import CallFailed, FileUnreadable, LanguageError, TypeMismatch

REAL = {"name": "pt", "type": "real", "description": "transverse momentum"}
ETA = {"name": "eta", "type": "real"}
SYST = {"name": "systematic", "type": "string", "description": "up, down or nominal"}
NUMBER = {"name": "njet", "type": "int"}
EDGES = [0.0, 20.0, 50.0, 1000.0]


def _one(name, inputs, data, **more):
    output = {"name": "weight", "type": "real"}
    return {"name": name, "version": 1, "inputs": inputs, "output": output, "data": data} | more


def _binning(content, **more):
    known = {"nodetype": "binning", "input": "pt", "edges": EDGES, "flow": "clamp"}
    return known | {"content": content} | more


def _formula(expression, variables):
    return {"nodetype": "formula", "expression": expression, "parser": "TFormula",
            "variables": variables}  # fmt: skip


def _category(name, **content):
    items = [{"key": key, "value": value} for key, value in content.items()]
    return {"nodetype": "category", "input": name, "content": items}


# One correction for each kind of node that correctionlib has.
NODES = {
    "binning": _one("binning", [REAL], _binning([0.9, 1.0, 1.1])),
    "uniform": _one(
        "uniform", [REAL], _binning([1.0, 2.0, 3.0], edges={"n": 3, "low": 0.0, "high": 90.0})
    ),
    "multibinning": _one(
        "multibinning", [ETA, REAL],
        {"nodetype": "multibinning", "inputs": ["eta", "pt"],
         "edges": [[-9.0, 0.0, 9.0], EDGES], "content": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
         "flow": "clamp"},
    ),
    "formula": _one("formula", [REAL, ETA], _formula("0.1*x+y*y", ["pt", "eta"])),
    "formularef": _one(
        "formularef", [REAL],
        _binning([{"nodetype": "formularef", "index": 0, "parameters": [k]} for k in EDGES[1:]]),
        generic_formulas=[_formula("[0]*x", ["pt"])],
    ),
    "transform": _one(
        "transform", [REAL],
        {"nodetype": "transform", "input": "pt", "rule": _formula("x/2", ["pt"]),
         "content": _binning([5.0, 6.0, 7.0])},
    ),
    "hashprng": _one(
        "hashprng", [REAL, ETA],
        {"nodetype": "hashprng", "inputs": ["pt", "eta"], "distribution": "stdnormal"},
    ),
    "integer category": _one(
        "integer category", [NUMBER],
        {"nodetype": "category", "input": "njet", "content": [{"key": 4, "value": 2.0}],
         "default": 1.0},
    ),
}  # fmt: skip
SYSTEMATIC = _one(
    "systematic",
    [REAL, SYST],
    _category("systematic", nominal=_binning([1.0, 1.1, 1.2]), up=_binning([1.1, 1.3, 1.5]),
              down=_binning([0.9, 0.9, 0.9])),
)  # fmt: skip
COMPOUND = {
    "name": "both",
    "inputs": [REAL, ETA],
    "output": {"name": "pt", "type": "real"},
    "inputs_update": ["pt"],
    "input_op": "*",
    "output_op": "*",
    "stack": ["binning", "formula"],
}


@pytest.fixture(params=["json", "json.gz"])
def path(request, tmp_path):
    """All of them in one file."""
    content = {
        "schema_version": 2,
        "corrections": [*NODES.values(), SYSTEMATIC],
        "compound_corrections": [COMPOUND],
    }
    text = json.dumps(content).encode()
    made = tmp_path / f"corrections.{request.param}"
    made.write_bytes(gzip.compress(text) if request.param.endswith("gz") else text)
    return made


def _arguments(known, events):
    columns = {"pt": events.Jet.pt, "eta": events.Jet.eta, "njet": hl.count(events.Jet)}
    return [columns[each.name] for each in known.inputs]


@pytest.mark.parametrize("engine", ["reference", "awkward", "compiled"])
def test_every_kind_of_node_equals_correctionlib(collisions, path, engine):
    own = correctionlib.CorrectionSet.from_file(str(path))
    for name in (*NODES, "both"):
        known = hl.correction(path, name)
        arguments = _arguments(known, collisions)
        chunk = 50 if engine == "reference" else 217
        found = hl.compute(known(*arguments), source=collisions, engine=engine, chunk=chunk)
        columns = hl.compute(*arguments, hl.count(collisions.Jet), source=collisions)[:-1]
        evaluator = own.compound[name] if name == "both" else own[name]
        flat = [ak.to_numpy(ak.flatten(each, axis=None)) for each in columns]
        expected = evaluator.evaluate(*(each if each.dtype.kind != "f" else each.astype(float)
                                        for each in flat))  # fmt: skip
        assert np.array_equal(ak.to_numpy(ak.flatten(found, axis=None)), expected), name


def test_a_systematic_is_said_once(collisions, path):
    nuisance = hl.nuisance("scale factor")
    known = hl.correction(path, "systematic")
    factor = known.vary(nuisance, argument="systematic", nominal="nominal", up="up", down="down")
    weight = hl.weight(factor(collisions.MET.pt))
    result = hl.compute(hl.hist(collisions.MET.pt, bins=(1, 0, 1e4), weight=weight))
    met = ak.to_numpy(hl.compute(collisions.MET.pt)).astype(float)
    own = correctionlib.CorrectionSet.from_file(str(path))["systematic"]
    for key, histogram in {"nominal": result.nominal, **result.variations}.items():
        direction = key.removeprefix("scale_factor_")
        expected = own.evaluate(met, direction).sum()
        assert histogram.values()[0] == pytest.approx(expected, rel=1e-12)
    assert set(result.variations) == {"scale_factor_up", "scale_factor_down"}


def test_arguments_have_the_names_of_the_inputs(collisions, path):
    jet = collisions.Jet
    known = hl.correction(path, "formula")
    for found in (
        known(pt=jet.pt, eta=jet.eta),
        known(eta=jet.eta, pt=jet.pt),
        known(jet.pt, eta=jet.eta),
    ):
        assert found.node is known(jet.pt, jet.eta).node
    known = hl.correction(path, "systematic")
    assert known(systematic="up", pt=jet.pt).node is known(jet.pt, "up").node
    varied = known.vary(
        hl.nuisance("named"), argument="systematic", nominal="nominal", up="up", down="down"
    )
    assert varied(pt=jet.pt).node is varied(jet.pt).node
    for wrong, message in (
        (lambda: known(jet.pt, syst="up"), "did you mean 'systematic'"),
        (lambda: known(jet.pt, "up", pt=jet.pt), "2 arguments and pt="),
        (lambda: known(pt=jet.pt), "or by their names"),
        (lambda: varied(jet.pt, "up"), "it takes 1: pt"),
        (lambda: varied(jet.pt, systematic="up"), "it takes 1: pt"),
    ):
        with pytest.raises(TypeMismatch, match=message):
            wrong()


TWICE = _one(
    "twice",
    [REAL, SYST, {"name": "year", "type": "string"}],
    _category("year", early=_category(
        "systematic", nominal=_binning([1.0, 1.1, 1.2]), stat_up=_binning([1.1, 1.3, 1.5]),
        stat_down=_binning([0.9, 0.9, 0.9]), shape=_binning([2.0, 3.0, 4.0]),
    ), late=_category("systematic", nominal=_binning([7.0, 8.0, 9.0]))),
)  # fmt: skip


def test_one_correction_has_several_nuisances(collisions, tmp_path):
    made = tmp_path / "twice.json"
    made.write_text(json.dumps({"schema_version": 2, "corrections": [TWICE]}))
    known, stat = hl.correction(made), hl.nuisance("stat of twice")
    shape, year = (hl.nuisance(f"{name} of twice", one_sided=True) for name in ("shape", "year"))
    varied = (
        known.vary(stat, argument="systematic", nominal="nominal", up="stat_up", down="stat_down")
        .vary(shape, argument="systematic", nominal="nominal", up="shape")
        .vary(year, argument="year", nominal="early", up="late")
    )
    weight = hl.weight(varied(pt=collisions.MET.pt))
    result = hl.compute(hl.hist(collisions.MET.pt, bins=(1, 0, 1e4), weight=weight))
    met = ak.to_numpy(hl.compute(collisions.MET.pt)).astype(float)
    own = correctionlib.CorrectionSet.from_file(str(made))["twice"]
    keys = {
        "nominal": ("nominal", "early"), "stat_of_twice_up": ("stat_up", "early"),
        "stat_of_twice_down": ("stat_down", "early"), "shape_of_twice_up": ("shape", "early"),
        "year_of_twice_up": ("nominal", "late"),
    }  # fmt: skip
    found = {"nominal": result.nominal, **result.variations}
    assert found.keys() == keys.keys()
    for name, histogram in found.items():
        expected = own.evaluate(met, *keys[name]).sum()
        assert histogram.values()[0] == pytest.approx(expected, rel=1e-12)
    for again, message in (
        ((stat, "systematic", "nominal", "stat_up", "stat_down"), "twice"),
        ((hl.nuisance("z"), "systematic", "shape", "stat_up", "stat_down"), "nominal key"),
        ((hl.nuisance("z"), "syst", "nominal", "stat_up", "stat_down"), "no input 'syst'"),
        ((hl.nuisance("z"), "systematic", "nominal", "stat_op", "stat_down"), "did you mean"),
    ):
        nuisance, argument, nominal, up, down = again
        with pytest.raises(LanguageError, match=message):
            varied.vary(nuisance, argument=argument, nominal=nominal, up=up, down=down)


def test_missing_objects_have_no_correction(collisions, path):
    known = hl.correction(path, "binning")
    found, count = hl.compute(known(collisions.Jet[5].pt), hl.count(collisions.Jet))
    assert ak.to_list(ak.is_none(found)) == ak.to_list(count < 6)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("binning", (), "takes 1: pt"),
        ("binning", ("nominal",), "a column or a number"),
        ("systematic", (20.0, "upp"), "did you mean 'up'"),
        ("systematic", (20.0, 1), "a string"),
        ("integer category", (1.5,), "an integer"),
    ],
)
def test_arguments_are_checked_where_they_are_written(path, name, arguments, message):
    with pytest.raises((TypeMismatch, LanguageError), match=message):
        hl.correction(path, name)(*arguments)


def test_floats_for_an_integer_input_are_refused(collisions, path):
    with pytest.raises(TypeMismatch, match="integers"):
        hl.correction(path, "integer category")(collisions.MET.pt)


def test_an_unknown_name_is_answered_with_the_nearest(path):
    with pytest.raises(LanguageError, match="did you mean 'binning'"):
        hl.correction(path, "bining")
    with pytest.raises(LanguageError, match="which correction"):
        hl.correction(path)
    known = hl.correction(path, "systematic")
    with pytest.raises(LanguageError, match="no input 'syst'"):
        known.vary(hl.nuisance("x"), argument="syst", nominal="nominal", up="up", down="down")


def test_what_is_no_file_of_corrections_is_refused(tmp_path):
    with pytest.raises(FileUnreadable, match="cannot be read"):
        hl.correction(tmp_path / "absent.json")
    for text in ("{", "{}", '{"schema_version": 2, "corrections": 3}'):
        path = tmp_path / "bad.json"
        path.write_text(text)
        with pytest.raises(FileUnreadable, match="not a file of corrections"):
            hl.correction(path, "x")
        path.unlink()


def test_values_that_a_correction_does_not_cover_end_the_run(collisions, tmp_path):
    strict = _one("strict", [REAL], _binning([1.0, 1.0, 1.0], flow="error"))
    path = tmp_path / "strict.json"
    path.write_text(json.dumps({"schema_version": 2, "corrections": [strict]}))
    with pytest.raises(CallFailed, match="strict"):
        hl.compute(hl.correction(path)(collisions.MET.pt * -1.0))


def test_a_changed_file_is_another_correction(tmp_path):
    path = tmp_path / "one.json"
    ev = hl.events("nanoaod")
    keys = set()
    for value in (1.0, 2.0):
        content = {"schema_version": 2, "corrections": [_one("c", [REAL], value)]}
        path.write_text(json.dumps(content))
        keys.add(hl.correction(path)(ev.MET.pt).node.key)
    assert len(keys) == 2


@pytest.mark.parametrize("file", ["corrections/testSF2d.corr.json.gz", "agc/corrections.json"])
def test_public_corrections_equal_correctionlib(shared_data, file):
    path = shared_data / file
    ev = hl.open(shared_data / "nanoaod/nanoAOD_2015_CMS_Open_Data_ttbar.root")
    known = hl.correction(path)
    own = correctionlib.CorrectionSet.from_file(str(path))[known.name]
    strings = ["btag_var_1", "up"] if file.startswith("agc") else []
    columns = [ev.Jet.pt] if strings else [ev.Electron.eta, ev.Electron.pt]
    found, *values = hl.compute(known(*strings, *columns), *columns)
    flat = [ak.to_numpy(ak.flatten(each)).astype(float) for each in values]
    assert np.array_equal(ak.to_numpy(ak.flatten(found)), own.evaluate(*strings, *flat))

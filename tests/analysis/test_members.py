"""Combinations of weights against LHAPDF's formulas, written as its loops, and by hand."""

from __future__ import annotations

import math

import awkward as ak
import numpy as np
import pytest
import uproot
from scipy import stats

import hepline as hl
from hepline.analysis.members import envelope, errors, scale_envelope
from hepline.errors import (
    AnalysisError,
    ColumnNotFound,
    LanguageError,
    ShapeMismatch,
    TypeMismatch,
    UselessWeight,
)

ENGINES = ["reference", "awkward", "compiled"]
ONE_SIGMA = math.erf(1 / math.sqrt(2))


def _lhapdf(kind, values, level=ONE_SIGMA):
    """`PDFSet::uncertainty` of LHAPDF 6 for one number per member: errplus, errminus."""
    parameters = kind.count("+")
    members = len(values) - 1 - 2 * parameters
    scale = 1.0
    if kind.startswith("quantiles"):
        ordered = [None, *sorted(values[1 : members + 1])]
        middle = ordered[members // 2 + 1]
        if members % 2 == 0:
            middle = 0.5 * (ordered[members // 2] + ordered[members // 2 + 1])
        upper = math.floor(0.5 * (1 + ONE_SIGMA) * members + 0.5)
        lower = 1 + math.floor(0.5 * (1 - ONE_SIGMA) * members + 0.5)
        plus, minus = ordered[upper] - middle, middle - ordered[lower]
    elif kind.startswith("replicas"):
        average = square = 0.0
        for member in range(1, members + 1):
            average += values[member] / members
            square += values[member] ** 2 / members
        plus = minus = math.sqrt(members / (members - 1) * (square - average**2))
    elif kind.startswith("symmhessian"):
        plus = minus = math.sqrt(sum((values[k] - values[0]) ** 2 for k in range(1, members + 1)))
    else:
        plus = minus = 0.0
        for k in range(1, members // 2 + 1):
            one, two = values[2 * k - 1] - values[0], values[2 * k] - values[0]
            plus += max(one, two, 0.0) ** 2
            minus += max(-one, -two, 0.0) ** 2
        plus, minus = math.sqrt(plus), math.sqrt(minus)
    if "hessian" in kind:
        scale = math.sqrt(stats.chi2.ppf(ONE_SIGMA, 1) / stats.chi2.ppf(level, 1))
    extra = 0.0
    for k in range(1, parameters + 1):
        extra += (values[members + 2 * k - 1] - values[members + 2 * k]) ** 2
    extra = scale * 0.5 * math.sqrt(extra)
    return math.hypot(scale * plus, extra), math.hypot(scale * minus, extra)


@pytest.mark.parametrize("kind", ["hessian", "symmhessian", "replicas", "quantiles"])
@pytest.mark.parametrize("more", ["", "+as", "+as+mc"])
def test_errors_equal_the_loops_of_lhapdf(kind, more):
    kind += "" if kind == "quantiles" else more
    random = np.random.default_rng(5)
    for count in (3, 5, 41, 101):
        values = random.normal(10, 2, (count + 2 * kind.count("+"), 6))
        for level in (ONE_SIGMA, 0.90):
            if level != ONE_SIGMA and "hessian" not in kind:
                continue
            found = np.array(errors(kind, values, level)).T
            expected = [_lhapdf(kind, column, level) for column in values.T]
            assert found == pytest.approx(np.array(expected), rel=1e-9)


def test_errors_by_hand():
    hessian = np.array([10.0, 12.0, 9.0, 11.0, 10.5, 9.0, 8.0])
    assert errors("hessian", hessian) == pytest.approx((math.sqrt(5), math.sqrt(1 + 4)))
    assert errors("symmhessian", np.array([1.0, 1.3, 0.6])) == pytest.approx((0.5, 0.5))
    assert errors("replicas", np.array([99.0, 1.0, 2.0, 3.0])) == pytest.approx((1.0, 1.0))
    # CTEQ's 90 % errors are 1.645 standard deviations.
    assert errors("symmhessian", np.array([0.0, 1.645]), 0.90)[0] == pytest.approx(1.0, rel=1e-3)


def test_envelopes_by_hand():
    nominal = np.array([10.0, 10.0])
    members = np.array([[11.0, 9.0], [12.0, 9.5]])
    high, low = envelope(nominal, members)
    assert (high.tolist(), low.tolist()) == ([2, 0], [0, 1])
    # (½, 2) and (2, ½), the third and the seventh of nine, do not count.
    nine = np.array([[11], [12], [99], [9], [10], [10.5], [-99], [9.5], [8]], float)
    assert [side.item() for side in scale_envelope(nominal[:1], nine)] == [2, 2]
    eight = np.delete(nine, 4, axis=0)
    assert [side.item() for side in scale_envelope(nominal[:1], eight)] == [2, 2]


# -- with events ----------------------------------------------------------------------------------

EVENTS = 60


@pytest.fixture
def columns():
    """Events with two jets on average, seven PDF weights and nine scale weights."""
    random = np.random.default_rng(3)
    counts = random.poisson(2, EVENTS)
    pt = random.uniform(10, 100, counts.sum()).astype("f4")
    return {
        "Jet_pt": ak.unflatten(pt, counts),
        "MET_pt": ak.Array(random.uniform(0, 100, EVENTS).astype("f4")),
        "genWeight": ak.Array(random.normal(1, 0.5, EVENTS).astype("f4")),
        "LHEPdfWeight": _rows(random.normal(1, 0.1, (EVENTS, 7))),
        "LHEScaleWeight": _rows(random.normal(1, 0.2, (EVENTS, 9))),
    }


def _rows(weights):
    return ak.from_regular(ak.Array(weights.astype("f4")))


EDGES = [0.0, 30.0, 50.0, 100.0]


def _templates(columns, values, weights, factor=None):
    """Sums of weights in each bin, for every member."""
    rows = []
    for member in range(weights.shape[1]):
        weight = np.asarray(columns["genWeight"], "f8") * weights[:, member]
        flat = np.asarray(ak.flatten(ak.broadcast_arrays(weight, values)[0], axis=None))
        entries = np.asarray(ak.flatten(values, axis=None))
        rows.append(np.histogram(entries, EDGES, weights=flat)[0])
    return np.array(rows)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("observable", ["MET_pt", "Jet_pt"])
def test_variations_are_combined_bin_by_bin(in_memory, columns, observable, engine):
    ev = in_memory(columns)
    pdf = hl.nuisance("PDF", combine="hessian")
    scales = hl.nuisance("QCD scales", key="qcd", combine="scale")
    plain = hl.nuisance("plain", one_sided=True)
    weight = (
        hl.weight(ev.genWeight)
        .vary(pdf, members=ev.LHEPdfWeight, count=7)
        .vary(scales, members=ev.LHEScaleWeight, count=9)
        .vary(plain, up=1.5)
    )
    made = hl.compute(hl.hist(ev[observable], EDGES, weight=weight), engine=engine)
    assert set(made.variations) == {"PDF_up".lower(), "pdf_down", "qcd_up", "qcd_down", "plain_up"}
    nominal = _templates(columns, columns[observable], np.ones((EVENTS, 1)))[0]
    assert made.nominal.values() == pytest.approx(nominal, rel=1e-6)
    members = _templates(columns, columns[observable], np.asarray(columns["LHEPdfWeight"], "f8"))
    for place in range(3):
        plus, minus = _lhapdf("hessian", members[:, place])
        for key, value in (("pdf_up", nominal[place] + plus), ("pdf_down", nominal[place] - minus)):
            assert made.variations[key].values()[place] == pytest.approx(value, rel=1e-6)
    members = _templates(columns, columns[observable], np.asarray(columns["LHEScaleWeight"], "f8"))
    physical = np.concatenate([np.delete(members, [2, 4, 6], axis=0), [nominal]])
    assert made.variations["qcd_up"].values() == pytest.approx(physical.max(axis=0), rel=1e-6)
    assert made.variations["qcd_down"].values() == pytest.approx(physical.min(axis=0), rel=1e-6)


def test_the_nominal_weight_may_be_the_central_member(in_memory, columns):
    ev = in_memory(columns)
    pdf = hl.nuisance("PDF", combine="symmhessian+as")
    weight = hl.weight(ev.genWeight).vary(pdf, members=ev.LHEPdfWeight, count=7, central=False)
    made = hl.compute(hl.hist(ev.MET.pt, EDGES, weight=weight))
    values = columns["MET_pt"]
    nominal = _templates(columns, values, np.ones((EVENTS, 1)))
    members = _templates(columns, values, np.asarray(columns["LHEPdfWeight"], "f8"))
    for place, column in enumerate(np.concatenate([nominal, members]).T):
        plus, _ = _lhapdf("symmhessian+as", column)
        assert made.variations["pdf_up"].values()[place] == pytest.approx(
            column[0] + plus, rel=1e-6
        )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("length", [0, 6, 8])
def test_an_array_of_another_length_is_an_error(in_memory, columns, engine, length):
    rows = [[1.0] * (7 if event != 5 else length) for event in range(EVENTS)]
    lists = ak.unflatten(np.ones(sum(map(len, rows)), "f4"), [len(row) for row in rows])
    ev = in_memory(columns | {"LHEPdfWeight": lists})
    pdf = hl.nuisance("PDF", combine="hessian")
    weight = hl.weight(ev.genWeight).vary(pdf, members=ev.LHEPdfWeight, count=7)
    with pytest.raises(UselessWeight) as caught:
        hl.compute(hl.hist(ev.MET.pt, EDGES, weight=weight), engine=engine)
    assert "weights of 'PDF' are missing" in caught.value.what
    assert "an array of 7" in caught.value.why
    assert "samples=[…]" in caught.value.fix
    # Events that fail may have any.
    bad = np.asarray(columns["MET_pt"])[5]
    chosen = hl.hist(ev.MET.pt, EDGES, weight=weight, where=ev.MET.pt != float(bad))
    assert set(hl.compute(chosen, engine=engine).variations) == {"pdf_up", "pdf_down"}
    if length == 8:
        cut = hl.weight(ev.genWeight).vary(pdf, members=ev.LHEPdfWeight[:7], count=7)
        assert hl.compute(hl.hist(ev.MET.pt, EDGES, weight=cut), engine=engine).variations


def test_real_weights_of_2015(shared_data):
    path = shared_data / "nanoaod/nanoAOD_2015_CMS_Open_Data_ttbar.root"
    ev = hl.open(path)
    pdf = hl.nuisance("PDF", combine="replicas+as")
    weight = hl.weight(ev.genWeight).vary(pdf, members=ev.LHEPdfWeight, count=102, central=False)
    made = hl.compute(hl.hist(ev.MET.pt, [0, 1e6], weight=weight))
    read = uproot.open(path)["Events"].arrays(["LHEPdfWeight", "genWeight"])
    weights = np.asarray(read.LHEPdfWeight, "f8") * np.asarray(read.genWeight, "f8")[:, None]
    sums = [np.asarray(read.genWeight, "f8").sum(), *weights.sum(axis=0)]
    plus, _ = _lhapdf("replicas+as", sums)
    assert made.variations["pdf_up"].values()[0] == pytest.approx(sums[0] + plus, rel=1e-6)


def _write(path, columns, *, names=("LHEPdfWeight", "LHEScaleWeight")):
    flat = {"event": np.arange(EVENTS).astype("u8"), "run": np.ones(EVENTS, "u4"),
            "luminosityBlock": np.ones(EVENTS, "u4")}  # fmt: skip
    flat |= {n: columns[n] for n in ("MET_pt", "genWeight", *names)}
    flat = {n: np.asarray(c) if n in ("MET_pt", "genWeight") else c for n, c in flat.items()}
    types = {n: c.type.content if isinstance(c, ak.Array) else c.dtype for n, c in flat.items()}
    with uproot.recreate(path) as file:
        file.mktree("Events", types).extend(flat)
    return {"nominal": {"files": [str(path)]}}


def _analysis(pdf, scales):
    ev = hl.events("nanoaod")
    weight = (
        hl.weight(ev.genWeight)
        .vary(pdf, members=ev.LHEPdfWeight, count=7)
        .vary(scales, members=ev.LHEScaleWeight, count=9)
    )
    made = hl.Analysis("toy", luminosity=1.0, weight=weight)
    made.sample("sig", cross_section=50.0, normalization="mu")
    made.sample("bkg", cross_section=50.0)
    made.region("SR", observable=hl.axis(ev.MET.pt, EDGES))
    return made


def test_one_variation_up_and_one_down_reach_model_and_files(tmp_path, columns):
    files = {"sig": _write(tmp_path / "s.root", columns)}
    unity = columns | {"LHEScaleWeight": _rows(np.ones((EVENTS, 9)))}
    files["bkg"] = _write(tmp_path / "b.root", unity, names=("LHEScaleWeight",))
    pdf = hl.nuisance("PDF", combine="hessian", samples=["sig"])
    analysis = _analysis(pdf, hl.nuisance("scales", combine="scale"))
    result = analysis.run(files)
    assert {name.removeprefix("SR_sig") for name in result.templates if "_sig" in name} == {
        "", "_pdf_up", "_pdf_down", "_scales_up", "_scales_down",
    }  # fmt: skip
    assert not any("pdf" in name for name in result.templates if "_bkg" in name)
    assert not any("members" in account.variation for account in result.accounting)
    nominal = result.templates["SR", "sig"]
    members = _templates(columns, columns["MET_pt"], np.asarray(columns["LHEPdfWeight"], "f8"))
    scale = nominal.values()[0] / _templates(columns, columns["MET_pt"], np.ones((EVENTS, 1)))[0, 0]
    plus, _ = _lhapdf("hessian", members[:, 0] * scale)
    varied = result.templates["SR", "sig", "pdf_up"]
    assert varied.values()[0] == pytest.approx(nominal.values()[0] + plus, rel=1e-6)
    assert varied.variances() == pytest.approx(nominal.variances())
    (channel,) = hl.workspace(analysis, result.templates)["channels"]
    names = {m["name"] for sample in channel["samples"] for m in sample["modifiers"]}
    assert {"PDF", "scales"} <= names


def test_members_of_the_parts_of_a_sample_are_added_before_they_combine(tmp_path, columns):
    ev = hl.events("nanoaod")
    other = columns | {"LHEPdfWeight": _rows(np.random.default_rng(8).normal(1, 0.1, (EVENTS, 7)))}
    files = {"A": _write(tmp_path / "a.root", columns), "B": _write(tmp_path / "b.root", other)}
    pdf = hl.nuisance("PDF", combine="hessian")
    weight = hl.weight(ev.genWeight).vary(pdf, members=ev.LHEPdfWeight, count=7)
    made = hl.Analysis("toy", luminosity=1.0, weight=weight)
    parts = {"A": hl.part(cross_section=60.0), "B": hl.part(cross_section=120.0)}
    made.sample("sig", files=parts, normalization="mu")
    made.region("SR", observable=hl.axis(ev.MET.pt, EDGES))
    templates = made.run(files).templates
    values, members = columns["MET_pt"], 0.0
    for source, scale in ((columns, 1.0), (other, 2.0)):
        members = members + scale * _templates(columns, values, _weights(source))
    nominal = 3.0 * _templates(columns, values, np.ones((EVENTS, 1)))[0]
    assert templates["SR", "sig"].values() == pytest.approx(nominal, rel=1e-6)
    expected = [n + _lhapdf("hessian", m)[0] for n, m in zip(nominal, members.T, strict=True)]
    assert templates["SR", "sig", "pdf_up"].values() == pytest.approx(expected, rel=1e-6)


def _weights(columns):
    return np.asarray(columns["LHEPdfWeight"], "f8")


def test_weights_that_change_nothing_are_noted(tmp_path, columns):
    unity = {
        n: _rows(np.ones((EVENTS, k))) for n, k in (("LHEPdfWeight", 7), ("LHEScaleWeight", 9))
    }
    files = {name: _write(tmp_path / f"{name}.root", columns | unity) for name in ("sig", "bkg")}
    analysis = _analysis(
        hl.nuisance("PDF", combine="hessian"), hl.nuisance("scales", combine="scale")
    )
    notices = [notice.text for notice in analysis.run(files).notices]
    for name in ("PDF", "scales"):
        assert any(f"'{name}' changes no template" in notice for notice in notices)


def test_files_without_the_weights_are_refused_before_events_are_read(tmp_path, columns):
    files = {
        "sig": _write(tmp_path / "s.root", columns),
        "bkg": _write(tmp_path / "b.root", columns, names=()),
    }
    analysis = _analysis(
        hl.nuisance("PDF", combine="hessian"), hl.nuisance("scales", combine="scale")
    )
    with pytest.raises(ColumnNotFound, match="for the sample 'bkg'"):
        analysis.run(files)


def test_misuse_is_refused(in_memory, columns):
    ev = in_memory(columns)
    weight, plain = hl.weight(ev.genWeight), hl.nuisance("plain")
    pdf, scales = hl.nuisance("PDF", combine="hessian"), hl.nuisance("s", combine="scale")
    array = ev.LHEPdfWeight
    for call, error, message in (
        (lambda: hl.nuisance("x", combine="hesian"), AnalysisError, "did you mean 'hessian'"),
        (lambda: hl.nuisance("x", combine="scale+as"), AnalysisError, "the first three"),
        (lambda: hl.nuisance("x", combine="hessian", one_sided=True), AnalysisError, "one-sided"),
        (lambda: hl.nuisance("x", combine="replicas", confidence_level=0.9), AnalysisError, "0.9"),
        (lambda: hl.nuisance("x", combine="hessian", confidence_level=90), AnalysisError, "share"),
        (lambda: weight.vary(plain, members=array, count=7), LanguageError, "combine='hessian'"),
        (lambda: weight.vary(pdf, members=array), LanguageError, "count=None"),
        (lambda: weight.vary(pdf, members=array, count=6), LanguageError, "two for each"),
        (lambda: weight.vary(scales, members=array, count=7), LanguageError, "8 or 9"),
        (lambda: weight.vary(pdf, members=ev.MET.pt, count=7), ShapeMismatch, "one list per event"),
        (lambda: weight.vary(pdf, up=1.1, down=0.9), LanguageError, "takes an array"),
        (
            lambda: weight.vary(pdf, up=1.1, members=array, count=7),
            LanguageError,
            "up= and members",
        ),
        (lambda: weight.vary(pdf), LanguageError, "with nothing"),
        (lambda: weight.vary("PDF", members=array, count=7), TypeMismatch, "declare it once"),
        (lambda: ev.MET.pt.vary(pdf, up=1.0, down=1.0), LanguageError, "takes an array"),
        (
            lambda: weight.vary(pdf, members=array, count=7).vary(pdf, members=array, count=7),
            LanguageError,
            "twice",
        ),
    ):
        with pytest.raises(error, match=message):
            call()

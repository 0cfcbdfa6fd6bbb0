import dataclasses
import math
import re
from html import unescape

import numpy as np
import pytest

from hepline.analysis.results import Blinding
from hepline.errors import OutputError
from hepline.show.encoding import EncodedFigure
from hepline.show.inference import InferenceContent
from hepline.show.inference_figures import INFERENCE_FAMILIES, draw_inference
from hepline.show.inference_page import render_inference, write_inference
from hepline.stats.blinding import NOT_TOLD
from hepline.stats.inference.posterior import Posterior
from hepline.stats.inference.results import (
    Breakdown,
    Component,
    HypothesisTest,
    Impact,
    Interval,
    Ranking,
    Scan,
    Significance,
    Surface,
    ToyStudy,
    UpperLimit,
)
from hepline.stats.inference.toystudy import ToyGoodness
from hepline.stats.preflight.findings import Finding
from hepline.stats.questions import Answers
from hepline.stats.results import ChannelPrediction, FitResult, GoodnessOfFit, Parameter
from hepline.stats.spread import Covariance

TEST = HypothesisTest("mu", 1.0, 3.9, 0.02, 0.45, 0.0525, (0.0026, 0.0138, 0.0645, 0.2353, 0.573))
LIMIT = UpperLimit("mu", 0.95, 1.01, (0.56, 0.76, 1.06, 1.49, 2.02), (TEST,))
BLINDED = Blinding("blinded", note="Hidden until --unblind.")
NO_EXCESS = dataclasses.replace(LIMIT, observed=0.81)


def one_fit():
    parameters = (
        Parameter("mu", "normfactor", -0.34, 0.71, 1.0, None, None, (-5.0, 10.0)),
        Parameter("JES", "histosys", 0.12, 0.93, 0.0, 0.0, 1.0, (-5.0, 5.0)),
    )
    covariance = Covariance.of(np.array([[0.5041, 0.02], [0.02, 0.8649]]))
    good = GoodnessOfFit(2.4, 3, 0.4936)
    return FitResult("mu", parameters, covariance, 37.2145, "newton", "exact", good, 0.021)


def posterior():
    rng = np.random.default_rng(1)
    ones = np.ones(2)
    return Posterior(
        "mu", ("mu", "JES"), rng.normal(size=(2, 300, 2)), 1.3 * ones, 90 * ones, 80 * ones,
        0.1 * ones, 3, 0.8, ones, 500, 1, 2.0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def full():
    prediction = ChannelPrediction(
        "SR <1>",
        (("signal", np.array([12.0, 11.0])), ("background", np.array([50.0, 52.0]))),
        np.array([62.0, 63.0]),
        np.array([3.0, 7.0]),
        8.2,
        np.array([51.0, 48.0]),
    )
    statistics = np.linspace(0.1, 9.0, 40)
    values = np.linspace(-1.0, 1.0, 80).reshape(40, 2)
    return InferenceContent(
        title="workspace & co",
        answers=Answers(
            fit=one_fit(),
            findings=(
                Finding("HL201", "error", "Empty bin", "0 events", "w", "f", "SR <1>", bin=1),
                Finding("HL206", "note", "Noise", "chi2 = 3", "w", "f", "SR <1>", "signal", "JES"),
            ),
            cls=TEST,
            limit=LIMIT,
            significance=Significance("mu", 2.31, 0.0104, 2.64),
            impacts=Ranking(
                "mu",
                -0.34,
                0.71,
                (Impact("JES", "histosys", 0.12, 0.93, 0.12, 0.93, 0.213, -0.187, 0.22, -0.2),),
            ),
            breakdown=Breakdown("mu", -0.34, 0.71, (Component("jets", ("JES",), 0.2),), 0.68, 0.2),
            intervals=(Interval("mu", -0.34, -1.01, 0.38, 0.6827),),
            scans=(Scan("mu", -0.34, 0.71, np.arange(-2.0, 2), np.array([5.5, 0.9, 0.2, 3.6])),),
            toys=ToyStudy(
                ("mu", "JES"), np.zeros(2), values, np.ones((40, 2)), statistics, 2.4, 1, 77
            ),
            goodness=ToyGoodness(2.4, 0.512, 0.05, 40),
            posterior=posterior(),
        ),
        question="Is there a signal?",
        conditions="139 fb⁻¹ (13 TeV)",
        prefit=(prediction,),
        surfaces=(
            Surface("mu", "JES", (0.0, 0.0), np.arange(3.0), np.arange(3.0), np.ones((3, 3))),
        ),
        tests=(dataclasses.replace(TEST, mu=2.0, method="toys", toys=5000, error=0.002),),
        limits=((500.0, LIMIT), (800.0, NO_EXCESS)),
        limits_label="$m_X$ [GeV]",
        seconds={"impacts": 0.9},
    )


@pytest.fixture(scope="module")
def page(full):
    return render_inference(full, pretended(full))


def pretended(content):
    """Figures of the right names that need no drawing."""
    names = ["pulls", "ranking", "breakdown", "limit", "limits", "goodness", "toypulls"]
    names += ["scan_mu", "contours_mu__JES", "posterior", "posterior_chains", "posterior_pairs"]
    names += ["prefit_SR"]
    empty = (("svg", b""), ("pdf", b""))
    return {one: EncodedFigure(one, f"alt {one}", "svg", (9, 9), empty) for one in names}


def with_fit(content, fit):
    return dataclasses.replace(content, answers=dataclasses.replace(content.answers, fit=fit))


def words(page):
    body = page.partition("<body>")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_the_headline_is_the_fit(page):
    text = words(page)
    assert "workspace & co Is there a signal? 139 fb⁻¹ (13 TeV)" in text
    assert "mu = −0.3 ± 0.7" in text
    assert "−2 ln L at the minimum 37.2145" in text
    assert "2.4 / 3 d.o.f., p = 0.494 p = 0.512 among 40 toys" in text
    assert "2.31 σ, p = 0.0104 expected 2.64 σ" in text
    assert "95 % CL upper limit 1.01 expected 1.06, ±1σ 0.76 to 1.49" in text


def test_every_number_has_a_table(page):
    text = words(page)
    for piece in (
        "HL201 error SR <1> / bin 1 Empty bin: 0 events",
        "1 note Code Severity Where What HL206 note SR <1> / signal / JES Noise: chi2 = 3",
        "JES +0.213 −0.187 +0.22 −0.2 0.12 0.93",
        "jets 0.2 JES",
        "mu 68.3 % −0.34 −1.01 0.38",
        "500 1.01 0.56 0.76 1.06 1.49 2.02",
        "800 0.81 0.56",
        "mu = 1 0.0525 0.0026 0.0138 0.0645 0.235 0.573 asymptotic",
        "mu = 2 0.0525 ± 0.002",
        "toys, 5 000".replace(" 000", "\u202f000"),
        "40 toys with fits, seed 77; 1 more had no result",
        "Total 125 ± 8",
        "impacts 900 ms",
    ):
        assert " ".join(piece.split()) in text


def test_draws_that_have_not_converged_are_not_to_be_trusted(page):
    assert "Not to be trusted. NOT CONVERGED: R-hat 1.300 of 'mu'" in words(page)


def test_the_contents_lead_to_sections_that_exist(page):
    assert set(re.findall(r'href="#([^"]+)"', page)) == set(
        re.findall(r'section id="([^"]+)"', page)
    )


def test_every_figure_is_on_the_page_and_nothing_is_loaded(page, full):
    for name in pretended(full):
        assert f'alt="alt {name}"' in page
        assert f'href="figures/{name}.pdf"' in page
    assert "<script" not in page
    assert "url(" not in page
    assert not re.search(r'(src|href)="(?!data:|#|figures/)', page)


def test_what_was_not_asked_for_has_no_section():
    page = render_inference(InferenceContent("workspace", Answers(one_fit())), {})
    assert re.findall(r'section id="([^"]+)"', page) == ["result", "parameters"]
    assert "banner" not in page.partition("</style>")[2]


def test_a_hidden_result_is_nowhere(full):
    fit = full.fit
    hidden = dataclasses.replace(fit.parameters[0], value=math.nan, error=math.nan)
    content = dataclasses.replace(
        full,
        answers=dataclasses.replace(
            full.answers,
            fit=dataclasses.replace(
                fit, twice_nll=math.nan, parameters=(hidden, *fit.parameters[1:])
            ),
            limit=dataclasses.replace(LIMIT, observed=math.nan),
            significance=Significance("mu", math.nan, math.nan, 2.64),
            cls=None,
            intervals=None,
            posterior=None,
        ),
        blinding=BLINDED,
        limits=(),
        tests=(),
    )
    text = words(render_inference(content, pretended(full)))
    assert "Blinding: blinded. Hidden until --unblind." in text
    assert "mu is blinded" in text
    assert "95 % CL upper limit blinded expected 1.06" in text
    assert "blinded expected 2.64 σ" in text
    assert "mu normfactor blinded blinded" in text
    assert "at the minimum blinded" in text
    assert "1.01" not in text
    assert "nan" not in text.lower().split()


def test_an_unblinded_result_says_when(full):
    lifted = Blinding(
        "unblinded", "2026-11-22T09:00:00Z", "approved", (), "mu", "Lifted 2026-11-22: approved."
    )
    page = render_inference(dataclasses.replace(full, blinding=lifted), pretended(full))
    assert "Blinding: unblinded. Lifted 2026-11-22: approved." in words(page)
    assert 'role="alert"' not in page
    assert "Not the measured value." not in words(page)


def test_a_shifted_result_is_not_taken_for_the_measured_one(full):
    shifted = dataclasses.replace(full, blinding=dataclasses.replace(BLINDED, poi="mu"))
    text = words(render_inference(shifted, pretended(full)))
    assert "Not the measured value. mu is shifted by a secret amount" in text


def test_an_inexact_covariance_is_said_beside_the_result(full):
    fit = dataclasses.replace(full.fit, covariance_quality="at a bound: mu")
    text = words(render_inference(with_fit(full, fit), pretended(full)))
    assert "Uncertainties are not reliable. Covariance: at a bound: mu." in text


def test_what_is_not_told_while_blinded_is_no_warning(full):
    fit = dataclasses.replace(full.fit, covariance_quality=NOT_TOLD)
    page = render_inference(with_fit(full, fit), pretended(full))
    assert "not reliable" not in words(page)


def test_a_workspace_without_a_parameter_of_interest_has_a_page():
    fit = dataclasses.replace(one_fit(), poi="", spread=Covariance.of(np.zeros((2, 2))))
    content = InferenceContent("background only", Answers(fit))
    assert "names no parameter of interest" in words(render_inference(content, {}))
    assert list(draw_inference(content)) == ["pulls"]


def test_all_figures_are_drawn_blinded_where_the_content_is(full, monkeypatch):
    drawn = {}

    def note(drawing, formats):
        name, figure = drawing.name, drawing.draw()
        warnings = [text.get_text() for ax in figure.axes for text in ax.texts]
        drawn[name] = (drawing.alt, any(text.startswith("BLINDED") for text in warnings))
        return EncodedFigure(name, drawing.alt, drawing.shown, (9, 9), ())

    monkeypatch.setattr("hepline.show.drawing.encode", note)
    draw_inference(dataclasses.replace(full, blinding=BLINDED))
    assert [name.partition("_")[0] for name in drawn] == [
        "pulls", "ranking", "breakdown", "scan", "contours", "limit", "limits", "goodness",
        "toypulls", "posterior", "posterior", "posterior", "prefit",
    ]  # fmt: skip
    assert all(blinded for _, blinded in drawn.values())
    assert {name.partition("_")[0] for name in drawn} <= set(INFERENCE_FAMILIES)
    assert drawn["limit"][0] == (
        "CLs against mu: upper limit 1.01 observed, 1.06 expected, at 95 % confidence level."
    )


def test_a_page_and_its_figures_are_written_and_old_ones_removed(tmp_path, full):
    old = tmp_path / "figures" / "ranking.pdf"
    old.parent.mkdir()
    old.write_bytes(b"old")
    mine = tmp_path / "figures" / "mine.pdf"
    mine.write_bytes(b"")
    content = InferenceContent("workspace", Answers(full.fit, limit=LIMIT), tests=full.tests)
    page = write_inference(tmp_path, content)
    assert page == tmp_path / "index.html"
    assert "data:image/svg+xml;base64," in page.read_text()
    files = {one.name for one in (tmp_path / "figures").iterdir()}
    drawn = {f"{one}.{kind}" for one in ("pulls", "limit") for kind in ("pdf", "png", "svg")}
    assert files == {"mine.pdf", "drawn.json", *drawn}


def test_a_folder_that_cannot_be_written_is_said(tmp_path, full):
    (tmp_path / "out").write_text("")
    with pytest.raises(OutputError, match="out"):
        write_inference(tmp_path / "out", InferenceContent("workspace", Answers(full.fit)))

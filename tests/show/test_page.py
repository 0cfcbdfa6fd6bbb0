import dataclasses
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from hepline.analysis.results import Cutflow, CutStep, Notice
from hepline.records import FileRecord
from hepline.show.content import SampleInfo, Yield
from hepline.show.encoding import EncodedFigure
from hepline.show.grid_content import GridContent, LimitCurve, LimitPoint
from hepline.show.page import render_page
from hepline.show.plot_content import SystematicContent
from hepline.show.stack_content import StackContent, StackSample

VOID = {"meta", "img", "br", "link", "hr"}


class Outline(HTMLParser):
    """Tags of a page, its text, and whether each closed what it opened."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.text = [], [], []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag not in {"span", "i", "sub", "sup", "code", "strong"}:
            self.text.append(" ")

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)
            if self.open[-1] == "td":
                self.text.append(" ")

    def words(self):
        return " ".join("".join(self.text).split())


def drawn(*names):
    """Figures that need no drawing."""
    return {
        name: EncodedFigure(name, f"alt of {name}", "svg", (640, 620), (("svg", b"<svg/>"),))
        for name in names
    }


FIGURES = drawn("prefit_4j1b", "postfit_4j1b", "pulls", "correlation", "variations_4j1b__ttbar")


@pytest.fixture(scope="module")
def page(content):
    return render_page(content, FIGURES)


@pytest.fixture(scope="module")
def words(page):
    return Outline(page).words()


def test_the_headline_is_the_measured_value_with_truth_and_goodness_of_fit(words):
    assert "ttbar_norm = 0.96 ± 0.10" in words
    assert "Truth of the pseudo-data 1" in words
    # (0.9603 − 1) / 0.1041
    assert "(fitted − truth) / error −0.38" in words
    assert "13.2 / 21 d.o.f., p = 0.901" in words
    assert "141.3336" in words


def test_collision_data_have_no_truth(changed):
    page = render_page(changed(truth=None), FIGURES)
    assert "truth" not in Outline(page).words().lower()


def test_an_inexact_covariance_is_said_beside_the_result(content, changed):
    fit = dataclasses.replace(content.fit, covariance_quality="not positive definite")
    words = Outline(render_page(changed(fit=fit), FIGURES)).words()
    assert "Uncertainties are not reliable. Covariance: not positive definite." in words


def test_the_page_loads_nothing_and_runs_nothing(page):
    outline = Outline(page)
    tags = [tag for tag, _ in outline.tags]
    assert "script" not in tags
    assert "link" not in tags
    for tag, attributes in outline.tags:
        assert not any(name.startswith("on") for name in attributes)
        if tag == "img":
            assert attributes["src"].startswith("data:image/")
            assert attributes["alt"]
        if tag == "a":
            assert attributes["href"].startswith(("#", "figures/", "tables/"))
    assert "url(" not in page
    assert "@import" not in page


def test_the_contents_lead_to_sections_that_exist(page):
    outline = Outline(page)
    anchors = {
        attributes["href"][1:]
        for tag, attributes in outline.tags
        if tag == "a" and attributes["href"].startswith("#")
    }
    sections = {attributes["id"] for tag, attributes in outline.tags if tag == "section"}
    assert anchors == sections
    assert {"result", "yields", "cutflow", "regions", "parameters", "provenance"} <= anchors


def test_yields_have_entries_and_events_of_each_sample(words):
    assert "23 450 ± 208 12 693" in words
    assert "6 073 ± 504 145" in words


def test_data_that_are_no_sample_get_the_last_column(content, changed):
    data = (*content.yields, Yield("4j1b", "data", 28388, 28388.0, 168.5))
    page = render_page(changed(yields=data), FIGURES)
    heads = re.findall(r'<th scope="col" title="([^"]+)">', page)
    assert heads[:6][-1] == "data"


def test_data_that_are_no_sample_have_one_column_beside_predictions(content, changed):
    data = (*content.yields, Yield("4j1b", "data", 28388, 28388.0, 168.5))
    page = render_page(changed(yields=data), FIGURES)
    (head,) = re.findall(r"<thead>.*Total</th><th scope=\"col\">Data</th>.*</thead>", page)
    assert "data</th>" not in head
    assert head.count("<th ") == 1 + len(content.samples) + 2


def test_a_share_that_is_not_known_is_shown_as_such(incomplete):
    unknown = tuple(
        dataclasses.replace(one, events_expected=0) if one.unreadable else one
        for one in incomplete.coverage
    )
    page = render_page(dataclasses.replace(incomplete, coverage=unknown), FIGURES)
    words = Outline(page).words()
    assert "Incomplete: 1 file not read." in words
    assert "not known –" in words


def test_cutflows_have_a_row_per_cut_in_order(words):
    table = words[words.index("Cut ") :]
    cuts = ("all events", "exactly one lepton", "count(jet) >= 4", "b tags (4j1b)")
    places = [table.index(cut) for cut in cuts]
    assert places == sorted(places)


def test_a_cut_of_one_sample_only_leaves_the_others_empty(content, changed):
    flows = (
        Cutflow("4j1b", "ttbar", (CutStep("all events", 10, 10.0), CutStep("filter", 7, 7.0))),
        Cutflow("4j1b", "wjets", (CutStep("all events", 20, 20.0),)),
    )
    words = Outline(render_page(changed(cutflows=flows), FIGURES)).words()
    assert "filter 7.0 7 70 % – – – –" in words


def test_names_with_special_characters_are_shown_and_not_obeyed(content, changed):
    evil = "<script>alert('x')</script> & \"co\""
    region = dataclasses.replace(content.regions[0], label=evil)
    provenance = dataclasses.replace(
        content.provenance, command=evil, expressions=((evil, "a < b && c"),)
    )
    page = render_page(
        changed(
            title=evil,
            question=evil,
            data=evil,
            regions=(region, *content.regions[1:]),
            samples=(SampleInfo("ttbar", evil), *content.samples[1:]),
            notices=(Notice(evil, evil),),
            provenance=provenance,
        ),
        drawn("prefit_4j1b"),
    )
    outline = Outline(page)
    assert "script" not in [tag for tag, _ in outline.tags]
    assert outline.words().count(evil) >= 8
    assert "a < b && c" in outline.words()


def test_incomplete_coverage_is_a_banner_with_every_lost_file(incomplete):
    page = render_page(incomplete, FIGURES)
    words = Outline(page).words()
    assert 'class="banner" role="alert"' in page
    assert "Incomplete: coverage 98.3 %." in words
    assert "/data/agc/wjets/nominal_7.root (wjets, nominal): basket 12 of Jet_pt" in words
    assert "91.5 %" in words
    assert page.count('<tr class="bad">') == 1


def test_complete_coverage_has_no_banner(page, words):
    assert 'role="alert"' not in page
    assert "Every event of every file was read." in words


def test_notices_are_shown_before_the_yields(incomplete):
    page = render_page(incomplete, FIGURES)
    assert page.index('id="notices"') < page.index('id="yields"')
    assert "8 500 of 100 000 events are missing" in page


def test_without_a_fit_the_page_says_what_was_asked_and_why_there_is_none(changed):
    content = changed(
        fit=None,
        postfit=(),
        no_fit_reason="region 4j2b has no events of wjets.",
        notices=(Notice("empty template", "wjets in 4j2b has no entries"),),
    )
    outline = Outline(render_page(content, drawn("prefit_4j1b")))
    words = outline.words()
    assert "How many top-quark pairs are there, relative to 729.84 pb?" in words
    assert "No fit" in words
    assert "region 4j2b has no events of wjets." in words
    assert "empty template wjets in 4j2b has no entries" in words
    assert "parameters" not in {attributes.get("id") for _, attributes in outline.tags}


def test_checksums_are_short_with_the_whole_at_hand(page):
    assert f'title="{"1" * 64}">{"1" * 12}<' in page


def test_a_file_on_a_server_has_what_the_server_says(content, changed, words):
    file = FileRecord("root://server//a.root", 7, 80, "", "adler32:e5c82ef4")
    provenance = dataclasses.replace(content.provenance, files=(file,))
    page = Outline(render_page(changed(provenance=provenance), FIGURES)).words()
    assert "root://server//a.root 7 80 B adler32:e5c82ef4" in page
    assert "what the server says" in page
    assert "what the server says" not in words


def test_provenance_and_timings_are_all_there(words):
    for piece in (
        "Jet.combinations(3)[argmax(pt)].mass",
        "jet_pt_resolution 20260101",
        "numpy 2.4.6",
        "2.35 GB",
        "events per second 146 000",
        "read 1 min 11 s",
    ):
        assert piece in words.replace("71.3 s", "1 min 11 s")


def test_the_least_content_is_a_page_too(changed):
    bare = changed(
        regions=(),
        samples=(),
        yields=(),
        cutflows=(),
        prefit=(),
        postfit=(),
        fit=None,
        variations=(),
        coverage=(),
        seconds={},
        events_per_second=None,
        truth=None,
    )
    assert "no reason was given" in Outline(render_page(bare, {})).words()


def test_plots_have_sections_of_their_own(changed):
    edges, steps = np.array([0.0, 1, 2]), np.array([1.0, 2])
    plot = StackContent("4j1b__pt", "x", edges, (StackSample("a", "A", steps),), region="4 jets")
    systematic = SystematicContent("s", "JES", "x", edges, steps, steps, region="4 jets")
    curve = LimitCurve("z", "m", "σ", (LimitPoint(1.0, (1.0, 2.0, 3.0, 4.0, 5.0)),))
    whole = changed(
        plots=(plot,), n_minus_one=(plot,), systematics=(systematic,), grid=GridContent((curve,))
    )
    names = ("plot_4j1b__pt", "nminus1_4j1b__pt", "systematic_s", "limits_z")
    figures = {name: dataclasses.replace(FIGURES["pulls"], name=name) for name in names}
    page = render_page(whole, {**FIGURES, **figures})
    for anchor in ("plots", "n-minus-one", "variations", "grid"):
        assert f'href="#{anchor}"' in page
        assert f'<section id="{anchor}">' in page
    for name in names:
        assert f'href="figures/{name}.' in page
    assert 'href="tables/limits_z.tex"' in page
    assert 'href="tables/systematics_4j2b.csv"' in page


def test_sections_without_content_are_not_there(page):
    for anchor in ("plots", "n-minus-one", "grid"):
        assert f'id="{anchor}"' not in page


def test_cuts_that_regions_share_are_shown_once(changed):
    def flow(region, last):
        steps = (
            CutStep("all events", 9, 9.0),
            CutStep("one lepton", 6, 6.0),
            CutStep(last, 3, 3.0),
        )
        return Cutflow(region, "ttbar", steps)

    page = render_page(changed(cutflows=(flow("4j1b", "1 b"), flow("4j2b", "2 b"))), FIGURES)
    assert page.count(">one lepton</th>") == 1
    assert "All regions" in page
    assert page.count(">2 b</th>") == 1

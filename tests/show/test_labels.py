import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepline.show.labels import (
    drawn_label,
    has_math,
    html_label,
    latex_label,
    plain_label,
    shortened,
    slug,
    unit_of,
)


@pytest.mark.parametrize(
    ("label", "html"),
    [
        ("single top, tW", "single top, tW"),
        ("$t\\bar{t}$ + jets", "tt\u0304 + jets"),
        ("$m_{bjj}$ [GeV]", "m<sub>bjj</sub> [GeV]"),
        ("$H_T$ < 5 & more", "H<sub>T</sub> &lt; 5 &amp; more"),
        ("$\\Delta\\phi$", "Δφ"),
        ("$p_{\\mathrm{T}}^{2}$", "p<sub>T</sub><sup>2</sup>"),
        ("costs 5 $", "costs 5 $"),
        ("$\\notacommand{$", "$\\notacommand{$"),
    ],
)
def test_labels_become_html(label, html):
    assert str(html_label(label)) == html


@pytest.mark.parametrize(
    ("label", "latex"),
    [
        ("W+jets, s-channel", "W+jets, s-channel"),
        ("$t\\bar{t}$ & b_1", "$t\\bar{t}$ \\& b\\_1"),
        ("≥ 4 jets, 50 %", "$\\geq$ 4 jets, 50 \\%"),
        ("a\\b~c^d{e}#", r"a\textbackslash{}b\textasciitilde{}c\textasciicircum{}d\{e\}\#"),
        ("costs 5 $", r"costs 5 \$"),
        ("p < q > r", r"p \textless{} q \textgreater{} r"),
        ("−1σ", r"$-$1$\sigma$"),
    ],
)
def test_labels_become_latex(label, latex):
    assert latex_label(label) == latex


def test_markup_in_a_label_is_shown_and_not_obeyed():
    assert str(html_label("<script>alert(1)</script>")).startswith("&lt;script&gt;")


@given(st.text(alphabet="ab$_^{}<>&\"'/ script", max_size=30))
def test_no_label_can_bring_a_tag_of_its_own(label):
    assert set(re.findall(r"<[^>]*>?", str(html_label(label)))) <= {
        "<sub>",
        "</sub>",
        "<sup>",
        "</sup>",
    }


def test_a_lone_dollar_sign_is_not_mathtext():
    assert not has_math("5 $")
    assert not has_math("$\\frac{1$")
    assert has_math("$x^2$ [GeV]")


def test_a_label_that_is_read_aloud_has_no_tags():
    assert plain_label("$m_{bjj}$ [GeV]") == "mbjj [GeV]"


def test_the_unit_stands_in_the_last_brackets():
    assert unit_of("m [bjj] [GeV]") == "GeV"
    assert unit_of("number of jets") == ""


@settings(max_examples=40)
@given(st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12))
def test_different_names_get_different_file_names_without_slashes(first, second):
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", slug(first))
    assert not slug(first).startswith(".")
    assert (slug(first) == slug(second)) == (first == second)


@pytest.mark.parametrize("most", [6, 20, 33])
def test_long_names_lose_their_middle(most):
    name = "very_long_nuisance_parameter_name_2018"
    short = shortened(name, most)
    assert len(short) == most
    first, last = short.split("…")
    assert name.startswith(first)
    assert name.endswith(last)
    assert shortened("short", most) == "short"


def test_recipes_are_shortened_on_figures_but_mathtext_is_not():
    recipe = "sum(Jet_pt[(Jet_pt > 30) & (abs(Jet_eta) < 2.4) & (Jet_jetId >= 6)]) [GeV]"
    short = drawn_label(recipe, 40)
    assert len(short) == 40
    assert short.endswith("[GeV]")
    math = "$p_{T}$ " * 20
    assert drawn_label(math, 40) == math


def test_combining_bars_become_latex():
    assert latex_label("tt\u0304 + b\u0304") == r"t$\bar{t}$ + $\bar{b}$"

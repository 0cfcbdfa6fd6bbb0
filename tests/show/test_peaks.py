"""The spectrum, the fits and their page, by their numbers and by what stands on what."""

import re
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from matplotlib.patches import StepPatch
from scipy.stats import norm

from hepline.records import Provenance
from hepline.show.peaks_content import FitView, Marker, PeaksContent
from hepline.show.peaks_fit import draw_peak_fit
from hepline.show.peaks_lines import peak_lines
from hepline.show.peaks_names import particle_symbol, peak_name, peak_width
from hepline.show.peaks_page import peaks_files
from hepline.show.peaks_spectrum import draw_spectrum
from hepline.show.style import renderer_of
from hepline.spectra.results import Bump, Candidate, Peak, PeakFit, Systematic

AXIS = "m(μμ) [GeV]"
DIMUONS = (
    Marker(0.548, "η", False), Marker(0.775, "ρ", False), Marker(0.783, "ω", True),
    Marker(1.0195, "φ", True), Marker(3.097, "J/ψ", True), Marker(3.686, "ψ(2S)", True),
    Marker(9.46, "Υ(1S)", True), Marker(10.02, "Υ(2S)", True), Marker(10.355, "Υ(3S)", True),
    Marker(91.19, "Z", True),
)  # fmt: skip


def peak(mass=3.0924, name="J/psi(1S)", **changes):
    candidate = Candidate(name, 443, 3.0969, 6e-6, 9.3e-5, "through a photon", -1.4, -0.15, 0.16)
    lines = (
        Systematic("window", 0.003, 0.001, 20.0, "2.9 to 3.4 GeV"),
        Systematic("scale", 0.004, 0.0, 0.0, "known to 0.001"),
    )
    made = Peak(
        mass, 0.0007, 0.034, 0.0006, (3.09, 3.1), (0.03, 0.04), (3000.0, 3200.0), "resolution",
        False, 0.034, 3098.0, 61.0, 373.0, 55.0, 54.5, (candidate,), lines,
    )  # fmt: skip
    return replace(made, **changes)


def view(*peaks, low=2.8, high=3.5, bins=70, entries=4000):
    edges = np.linspace(low, high, bins + 1)
    found = peaks or (peak(),)
    density = [np.diff(norm.cdf(edges, one.mass, 0.02 * one.mass)) for one in found]
    background = np.full(bins, entries / 4 / bins)
    expected = background + 0.75 * entries / len(found) * np.sum(density, axis=0)
    counts = np.random.default_rng(2).poisson(expected).astype(float)
    counts[5] = 0.0
    fit = PeakFit(
        low, high, "crystal ball", "chebyshev 2", found, ("mass", "width"), np.array([3.09, 0.03]),
        np.array([0.0007, 0.0006]), np.eye(2), 12.0, 81.2, 66, 20.0, edges, counts, expected,
        background, int(counts.sum()), False,
        (("crystal ball", "chebyshev 2", 20.0, 0.3), ("gaussian", "exponential", 31.5, 0.01)),
        ("F-test: p = 0.2",),
    )  # fmt: skip
    centers = (edges[1:] + edges[:-1]) / 2
    interval = np.stack([np.maximum(counts - np.sqrt(counts), 0), counts + 1.84])
    return FitView("J/ψ", fit, interval, centers, expected, background)


def spectrum():
    random = np.random.default_rng(4)
    edges = np.geomspace(0.21, 300, 341)
    values = [np.exp(random.uniform(np.log(0.21), np.log(300), 40_000))]
    values += [random.normal(one.mass, 0.012 * one.mass, 700) for one in DIMUONS]
    return edges, np.histogram(np.concatenate(values), edges)[0].astype(float)


def content(**changes):
    edges, counts = spectrum()
    made = PeaksContent(
        "Peaks of m(μμ)", "What is there?", AXIS, edges, counts, Provenance("hepline peak", "now"),
        markers=DIMUONS, fits=(view(),), peaks=(peak(),),
        bumps=(Bump(3.09, 0.04, 2.7, 3.5, 3100.0, 52.3, 52.1),),
        steps=(("events", 100_000),), remarks=("12 masses were left out.",), notes=("found Muon.",),
        scale_note="known to 0.1 %", seconds={"reading": 0.5},
    )  # fmt: skip
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("J/psi(1S)", "J/ψ"), ("psi(2S)", "ψ(2S)"), ("Upsilon(3S)", "Υ(3S)"), ("phi(1020)", "φ"),
        ("omega(782)", "ω"), ("rho(770)0", "ρ0"), ("Z0", "Z"), ("K(S)0", "K(S)0"), ("D+", "D+"),
        ("Upsilon(11020)", "Υ(11020)"), ("psi(3770)", "ψ(3770)"), ("phi(1680)", "φ(1680)"),
        ("K*(892)0", "K*0"), ("K(2)*(1430)0", "K(2)*(1430)0"),
    ],
)  # fmt: skip
def test_particles_are_written_as_physicists_do(name, symbol):
    assert particle_symbol(name) == symbol


def test_spectrum_shows_events_per_gev():
    edges, counts = spectrum()
    figure = draw_spectrum(edges, counts, axis_label=AXIS)
    ax = figure.axes[0]
    drawn = next(one for one in ax.patches if isinstance(one, StepPatch))
    assert drawn.get_data().values == pytest.approx(counts / np.diff(edges))
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert ax.get_ylabel() == "Events / GeV"


@pytest.mark.filterwarnings("error")
def test_masses_out_of_this_world_are_drawn_without_warnings():
    edges = np.geomspace(0.2, 1e300, 401)
    counts = np.zeros(400)
    counts[[0, 3, 399]] = 50.0, 20.0, 1.0
    marker = Marker(3.1, "J/ψ", True)
    draw_spectrum(edges, counts, axis_label=AXIS, markers=(marker,)).canvas.draw()


def test_narrow_range_has_a_linear_axis():
    edges = np.geomspace(60, 120, 61)
    figure = draw_spectrum(edges, np.full(60, 9.0), axis_label=AXIS, window=(80, 100))
    assert figure.axes[0].get_xscale() == "linear"


def test_names_stand_free_of_each_other_and_of_the_spectrum():
    edges, counts = spectrum()
    figure = draw_spectrum(edges, counts, axis_label=AXIS, markers=DIMUONS)
    ax, renderer = figure.axes[0], renderer_of(figure)
    texts = {one.get_text(): one.get_window_extent(renderer) for one in ax.texts}
    names = {"η", "ρ, ω", "φ", "J/ψ", "ψ(2S)", "Υ(1S, 2S, 3S)", "Z"}
    assert names <= set(texts)
    boxes = [texts[name] for name in names]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    tops = ax.transData.transform(
        np.stack([np.sqrt(edges[1:] * edges[:-1]), counts / np.diff(edges) + 1e-9], axis=1)
    )
    for box in boxes:
        under = tops[(tops[:, 0] > box.x0) & (tops[:, 0] < box.x1), 1]
        assert under.max() <= box.y0 + 1


def test_fit_shows_counts_and_pulls():
    shown = view()
    main, below = draw_peak_fit(shown, axis_label=AXIS).axes
    points = main.containers[0].lines[0]
    assert points.get_ydata() == pytest.approx(shown.fit.counts)
    bars = np.array([bar.get_height() for bar in below.containers[0]])
    fit = shown.fit
    expected = (fit.counts - fit.expected) / np.sqrt(fit.expected)
    assert bars == pytest.approx(np.clip(expected, -5, 5))
    text = main.texts[0].get_text()
    assert "m = 3.0924 ± 0.0007 GeV" in text
    assert "χ²/ndf = 81.2/66" in text
    assert main.get_ylabel() == "Events / 0.01 GeV"


@pytest.mark.parametrize("several", [False, True])
def test_numbers_and_legend_stand_above_the_data(several):
    family = [peak(mass, f"Upsilon({n}S)") for n, mass in ((1, 9.46), (2, 10.02), (3, 10.355))]
    shown = view(*family, low=8.5, high=11.5) if several else view()
    figure = draw_peak_fit(shown, axis_label=AXIS)
    main, renderer = figure.axes[0], renderer_of(figure)
    boxes = [main.texts[0].get_window_extent(renderer), main.get_legend().get_window_extent()]
    assert not boxes[0].overlaps(boxes[1])
    centers = (shown.fit.edges[1:] + shown.fit.edges[:-1]) / 2
    tops = main.transData.transform(np.stack([centers, shown.interval[1]], axis=1))
    for box in boxes:
        assert not any(box.contains(*top) for top in tops)


def test_width_that_is_a_limit_is_said_to_be_one():
    limit = peak(width=0.2, width_kind="natural", width_is_limit=True)
    text = draw_peak_fit(view(limit), axis_label=AXIS).axes[0].texts[0].get_text()
    assert "Γ < 0.2 GeV (95 %)" in text
    assert peak_width(limit) == "Γ < 0.2 GeV (95 %)"
    assert peak_width(limit) in list(peak_lines((), (), (limit,)))[1]


def test_unknown_peak_is_called_by_its_mass():
    assert peak_name(peak(candidates=())) == "3.092 GeV"


def test_a_fluctuation_is_not_headlined_by_a_particle():
    weak = peak(11.32, "Upsilon(11020)", global_significance=2.9, local_significance=4.0)
    assert peak_name(weak) == "11.32 GeV"
    assert peak_name(replace(weak, global_significance=3.0)) == "Υ(11020)"
    assert peak_name(replace(weak, global_significance=np.nan)) == "11.32 GeV"
    line = list(peak_lines((), (), (weak,)))[1]
    assert line.startswith("11.32 GeV m = ")
    assert "would be Upsilon(11020): " in line
    assert draw_peak_fit(view(weak), axis_label=AXIS).axes[0].texts[0].get_text()[:5] == "11.32"


@pytest.mark.slow
def test_page_tells_what_a_fluctuation_would_be():
    weak = peak(11.32, "Upsilon(11020)", global_significance=0.0)
    page = peaks_files(content(fits=(view(weak),), peaks=(weak,)))["index.html"].decode()
    row = page[page.index("<tbody>") : page.index("</tbody>")]
    assert re.search(r'<th scope="row">11.32 GeV<br><span[^>]*>would be Υ\(11020\)<', row)


def test_lines_tell_everything_once():
    steps = (("events", 100_000), ("opposite charge", 37_183))
    first, note, line = peak_lines(steps, ("x",), (peak(),))
    assert first == "100 000 events; 37 183 opposite charge".replace(" ", "\u202f", 1).replace(
        "37 183", "37\u202f183"
    )
    assert note == "note: x"
    assert "J/psi(1S): 3.0969 GeV, pull -1.4" in line
    assert list(peak_lines((), (), ()))[-1] == "no peak was found."


@pytest.mark.slow
def test_page_holds_all_numbers_and_needs_nothing_else():
    files = peaks_files(content())
    assert list(files)[-1] == "index.html"
    stems = {"spectrum", "peak_1_3.092GeV"}
    assert {f"figures/{stem}.{kind}" for stem in stems for kind in ("pdf", "png")} < set(files)
    page = files["index.html"].decode()
    assert not re.search(r'(src|href)="(http|//)', page)
    # Systematic: √(3² + 4²) MeV; total with 0.7 MeV.
    assert "3.0924 ± 0.0007 ± 0.0050" in page
    assert "0.0340 ± 0.0006 ± 0.0010" in page
    assert re.search(r"<strong>total</strong></th><td>5\.0</td>", page)
    for said in ("12 masses were left out.", "found Muon.", "F-test: p = 0.2", "11.5", "52 σ"):
        assert said in page


@pytest.mark.parametrize(
    ("events", "error", "systematic", "written"),
    [
        (7450.0, 121.0, 248.0, "7450 ± 120 ± 250"),
        (189.0, 20.0, 4.8, "189 ± 20 ± 5"),
        (189.0, 20.0, 0.3, "189 ± 20 ± 0.30"),
        (2.53, 0.42, 0.0612, "2.5 ± 0.4 ± 0.1"),
    ],
)
@pytest.mark.slow
def test_both_errors_have_the_digits_of_the_value(events, error, systematic, written):
    line = Systematic("window", 0.0, 0.0, systematic, "")
    one = peak(events=events, events_error=error, systematics=(line,))
    page = peaks_files(content(fits=(), bumps=(), peaks=(one,)))["index.html"].decode()
    assert f">{written}</td>" in page


@pytest.mark.slow
def test_page_without_peaks_says_so():
    page = peaks_files(content(fits=(), peaks=(), markers=(), bumps=()))["index.html"].decode()
    assert "No peak was found." in page


@pytest.mark.slow
def test_names_cannot_bring_markup():
    page = peaks_files(content(notes=("<script>x</script>",)))["index.html"].decode()
    assert "<script>" not in page

import dataclasses
import io
import pickle
from functools import partial

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.patches import StepPatch
from PIL import Image
from scipy.stats import chi2

from hepline.errors import OutputError
from hepline.show.digest import digest_of
from hepline.show.encoding import Drawing, encode
from hepline.show.stack_content import Cut, StackContent, StackLook, StackSample
from hepline.show.stacks import draw_stack
from hepline.show.stamps import Stamp
from hepline.stats.results import GoodnessOfFit

EDGES = np.array([50.0, 60, 80, 120, 200])
PARTS = {"tt": [30.0, 20, 10, 8], "ztt": [10.0, 400, 60, 5], "w": [50.0, 40, 30, 20]}
ERRORS = {"tt": [3.0, 2, 2, 1], "ztt": [1.0, 9, 3, 1], "w": [4.0, 4, 3, 3]}
TOTAL = np.array([90.0, 460, 100, 33])
DATA = np.array([85.0, 470, 0, 30])
SIGNAL = StackSample("zp", "Z′ (1 TeV)", np.array([0.0, 0.5, 2, 6]), signal=True, overlay=10)
SAMPLES = tuple(
    StackSample(name, label, np.array(PARTS[name]), np.array(ERRORS[name]))
    for name, label in (("tt", "$t\\bar{t}$"), ("ztt", "Z → ττ"), ("w", "W + jets"))
)
PLAIN = StackContent(
    "SR__mvis",
    "$m_{vis}$(µ, τ) [GeV]",
    EDGES,
    (*SAMPLES, SIGNAL),
    data=DATA,
    uncertainty=np.array([9.0, 40, 10, 5]),
    region="µτ, 0 jets",
)


def changed(**parts):
    return dataclasses.replace(PLAIN, **parts)


def look(**parts):
    return changed(look=StackLook(**parts))


def steps(ax, *, filled):
    return [
        patch for patch in ax.patches if isinstance(patch, StepPatch) and patch.get_fill() == filled
    ]


def legend(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def points(ax):
    line, _, bars = ax.containers[0]
    return line.get_xydata(), bars[-1].get_segments()


def interval(count):
    tail = (1 - 0.6826894921370859) / 2
    low = chi2.ppf(tail, 2 * count) / 2 if count else 0.0
    return low, chi2.isf(tail, 2 * (count + 1)) / 2


def test_the_stack_and_its_legend_are_ordered_by_events():
    figure = draw_stack(PLAIN)
    floor = np.zeros(4)
    for name, patch in zip(("tt", "w", "ztt"), steps(figure.axes[0], filled=True), strict=False):
        values, edges, baseline = patch.get_data()
        assert np.array_equal(edges, EDGES)
        assert np.allclose(values - baseline, PARTS[name])
        assert np.allclose(baseline, floor)
        floor = values
    assert np.allclose(floor, TOTAL)
    assert legend(figure) == [
        "Data", "Z′ (1 TeV) × 10", "Z → ττ", "W + jets", "$t\\bar{t}$", "Stat.", "Stat. ⊕ syst.",
    ]  # fmt: skip


def test_a_signal_in_the_stack_is_on_top_however_small():
    stacked = dataclasses.replace(SIGNAL, overlay=None)
    content = changed(samples=(stacked, *SAMPLES))
    assert [one.name for one in content.stacked] == ["zp", "ztt", "w", "tt"]
    assert np.allclose(content.expected, TOTAL + SIGNAL.values)
    assert legend(draw_stack(content))[1] == "Z′ (1 TeV)"


def test_a_signal_over_the_stack_is_a_line_times_its_factor():
    line = next(
        patch
        for patch in steps(draw_stack(PLAIN).axes[0], filled=False)
        if np.allclose(patch.get_data().values, 10 * SIGNAL.values)
    )
    assert to_hex(line.get_edgecolor()) == "#c00000"
    assert np.allclose(PLAIN.expected, TOTAL)


def test_bands_are_the_statistical_and_the_whole_uncertainty():
    ax = draw_stack(PLAIN).axes[0]
    statistical, whole = (
        next(patch for patch in steps(ax, filled=True) if test(patch))
        for test in (lambda one: one.get_alpha() == 0.35, lambda one: one.get_hatch())
    )
    quadrature = np.sqrt(np.sum(np.square(list(ERRORS.values())), axis=0))
    for patch, half in ((statistical, quadrature), (whole, PLAIN.uncertainty)):
        values, _, baseline = patch.get_data()
        assert np.allclose(values - TOTAL, half)
        assert np.allclose(TOTAL - baseline, half)


def test_without_systematic_uncertainties_the_band_says_so():
    assert legend(draw_stack(changed(uncertainty=None)))[-1] == "Stat. uncertainty"


def test_data_have_garwood_intervals_also_where_there_are_none():
    places, bars = points(draw_stack(PLAIN).axes[0])
    assert np.allclose(places, np.transpose([(EDGES[1:] + EDGES[:-1]) / 2, DATA]))
    drawn = {round(float(bar[0][0]), 6): (bar[0][1], bar[1][1]) for bar in bars if len(bar)}
    assert drawn[70.0] == pytest.approx(interval(470))
    assert drawn[55.0] == pytest.approx(interval(85))


def test_events_per_unit_are_divided_by_the_widths():
    figure = draw_stack(look(per="GeV"))
    main = figure.axes[0]
    assert main.get_ylabel() == "Events / GeV"
    assert np.allclose(points(main)[0][:, 1], DATA / np.diff(EDGES))
    outline = steps(main, filled=False)[0]
    assert np.allclose(outline.get_data().values, TOTAL / np.diff(EDGES))


def test_overflow_is_a_marked_last_bin_without_ticks():
    wide = [dataclasses.replace(one, values=np.append(one.values, 7.0), errors=None)
            for one in SAMPLES]  # fmt: skip
    content = changed(
        samples=tuple(wide), data=np.append(DATA, 22.0), uncertainty=None, overflow=True
    )
    figure = draw_stack(content)
    main, panel = figure.axes
    assert main.get_xlim() == panel.get_xlim() == (50, 280)
    assert "overflow" in {text.get_text() for text in main.texts}
    assert max(panel.xaxis.get_majorticklocs()) <= 200
    assert points(main)[0][-1].tolist() == [240, 22]
    assert any(list(line.get_xdata()) == [200, 200] for line in main.lines)


def test_a_logarithmic_scale_begins_below_what_there_is_and_leaves_room_for_the_legend():
    figure = draw_stack(look(log=True))
    main = figure.axes[0]
    low, high = main.get_ylim()
    # Half of the lowest bin of the sum, data or a tenth of the line's peak (here 60 / 10).
    assert low == pytest.approx(3)
    renderer = FigureCanvasAgg(figure).get_renderer()
    lowest = main.get_legend().get_window_extent(renderer).y0
    assert main.transData.transform((0, 500))[1] < lowest
    assert main.yaxis.get_major_formatter()(1000.0, 0) == "10³"
    assert high > 500


def test_an_empty_stack_can_be_drawn_on_a_logarithmic_scale():
    empty = [dataclasses.replace(one, values=np.zeros(4), errors=None) for one in SAMPLES]
    content = changed(samples=tuple(empty), data=np.zeros(4), uncertainty=None)
    draw_stack(dataclasses.replace(content, look=StackLook(log=True)))


def test_pulls_are_differences_in_standard_deviations():
    panel = draw_stack(look(panel="pull")).axes[1]
    difference = DATA - TOTAL
    side = np.array([interval(count) for count in DATA])
    distance = np.where(difference > 0, DATA - side[:, 0], side[:, 1] - DATA)
    pulls = difference / np.hypot(distance, PLAIN.uncertainty)
    assert np.allclose(steps(panel, filled=True)[0].get_data().values, pulls)
    assert panel.get_ylabel() == "Pull [σ]"
    assert panel.get_ylim() == (-5, 5)
    assert [line.get_marker() for line in panel.lines if line.get_marker() == "v"] == ["v"]


@pytest.mark.parametrize("content", [look(panel="none"), changed(data=None)])
def test_without_a_panel_the_axis_is_below_the_distribution(content):
    (main,) = draw_stack(content).axes
    assert main.get_xlabel() == PLAIN.axis_label
    assert main.xaxis.get_tick_params()["labelbottom"]


def test_the_goodness_of_fit_is_stated():
    goodness = GoodnessOfFit(12.34, 4, 0.0151)
    text = "χ²/ndf = 12.3/4, p = 0.015"
    panel = draw_stack(changed(goodness=goodness)).axes[1]
    assert text in {one.get_text() for one in panel.texts}
    alone = draw_stack(changed(goodness=goodness, look=StackLook(panel="none")))
    assert text in legend(alone)


def test_blinded_bins_are_hatched_and_hold_no_data():
    hidden = np.array([False, True, True, False])
    content = changed(data=np.where(hidden, np.nan, DATA), blinded=hidden)
    figure = draw_stack(content)
    assert "Blinded" in legend(figure)
    for ax in figure.axes:
        spans = [patch for patch in ax.patches if patch.get_hatch() == "xx"]
        assert [(one.get_x(), one.get_x() + one.get_width()) for one in spans] == [(60, 120)]
    shown = points(figure.axes[0])[0]
    assert np.isnan(shown[1:3, 1]).all()
    assert content.numbers()["data"] is content.data


def test_data_in_a_blinded_bin_are_refused():
    with pytest.raises(OutputError, match="blinded"):
        changed(blinded=np.array([False, True, True, False]))


def test_cuts_are_lines_with_arrows_to_what_passes():
    figure = draw_stack(changed(cuts=(Cut(70.0), Cut(150.0, "below"))))
    main = figure.axes[0]
    lines = [list(line.get_xdata()) for line in main.lines if line.get_linewidth() == 1.6]
    assert lines == [[70, 70], [150, 150]]
    arrows = [one for one in main.texts if getattr(one, "arrow_patch", None) is not None]
    assert [(one.xy[0], one.xyann[0] > 0) for one in arrows] == [(70, True), (150, False)]


def test_arrays_of_another_length_are_refused():
    with pytest.raises(OutputError, match="3 bins instead of 4"):
        changed(data=np.zeros(3))
    with pytest.raises(OutputError, match="'sideways'"):
        Cut(1.0, "sideways")
    with pytest.raises(OutputError, match="'quotient'"):
        StackLook(panel="quotient")


def test_a_logarithmic_quantity_has_labels_between_powers_of_ten():
    main, panel = draw_stack(look(log_x=True)).axes
    assert panel.get_xscale() == main.get_xscale() == "log"
    shown = [at for at in panel.xaxis.get_majorticklocs() if 50 <= at <= 200]
    assert shown == pytest.approx([60, 80, 100, 150, 200])
    assert panel.xaxis.get_major_formatter()(150.0, 0) == "150"


def test_colors_belong_to_the_report():
    palette = ("h", "w", "ztt", "tt")
    alone, together = (
        draw_stack(changed(palette=palette, samples=samples)) for samples in (SAMPLES[2:], SAMPLES)
    )
    color = to_hex(steps(alone.axes[0], filled=True)[0].get_facecolor())
    assert color in {to_hex(one.get_facecolor()) for one in steps(together.axes[0], filled=True)}


def test_stacks_side_by_side_share_order_and_ranges():
    many = dataclasses.replace(SAMPLES[0], values=20 * SAMPLES[0].values)
    after = changed(samples=(many, *SAMPLES[1:], SIGNAL))
    first, second = (draw_stack(one, beside=(PLAIN, after)) for one in (PLAIN, after))
    assert legend(first) == legend(second)
    for one, other in zip(first.axes, second.axes, strict=True):
        assert one.get_ylim() == other.get_ylim()


def test_a_stack_travels_to_other_processes_and_has_a_digest():
    copy = pickle.loads(pickle.dumps(PLAIN))  # noqa: S301 -- our own
    same, other = (digest_of(partial(draw_stack, one)) for one in (copy, changed(stage="Pre-fit")))
    assert digest_of(partial(draw_stack, PLAIN)) == same
    assert other != same


@pytest.mark.slow
def test_physics_symbols_reach_pdf_and_png():
    figure = encode(Drawing("stack", "", partial(draw_stack, look(log=True))))
    encoded = dict(figure.encoded)
    assert encoded["pdf"].startswith(b"%PDF")
    pixels = np.asarray(Image.open(io.BytesIO(encoded["png"])).convert("RGB"))
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 50


def test_a_tiny_p_value_is_a_bound():
    goodness = GoodnessOfFit(612.0, 4, 1e-130)
    panel = draw_stack(changed(goodness=goodness)).axes[1]
    assert "χ²/ndf = 612/4, p < 10⁻⁶" in {one.get_text() for one in panel.texts}


def test_the_luminosity_of_an_era_is_above_its_stack():
    figure = draw_stack(changed(conditions="36 fb⁻¹ (13 TeV)"), stamp=Stamp("77 fb⁻¹ (13 TeV)"))
    words = {text.get_text() for text in figure.axes[0].texts}
    assert "36 fb⁻¹ (13 TeV)" in words
    assert "77 fb⁻¹ (13 TeV)" not in words

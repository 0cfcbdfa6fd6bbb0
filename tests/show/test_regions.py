import dataclasses

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.patches import StepPatch
from scipy.stats import chi2

from hepline.errors import OutputError
from hepline.show.regions import draw_region
from hepline.show.stamps import Stamp
from hepline.show.style import sample_colors
from hepline.stats.results import GoodnessOfFit


@pytest.fixture(scope="module")
def figure(content):
    return draw_region(
        content.regions[1],
        content.prefit[1],
        samples=content.samples,
        stage="Pre-fit",
        stamp=Stamp("3.4 fb⁻¹ (13 TeV)"),
        data_label="Pseudo-data",
    )


def steps(ax):
    return [patch for patch in ax.patches if isinstance(patch, StepPatch)]


def points(ax):
    """Values and the ends of the error bars."""
    line, _, (bars,) = ax.containers[0]
    return line.get_xydata(), bars.get_segments()


def test_samples_are_stacked_with_the_largest_on_top(figure, content):
    expected = dict(content.prefit[1].samples)
    colors = sample_colors(content.samples)
    floor = np.zeros(11)
    filled = steps(figure.axes[0])[: len(content.samples)]
    order = sorted(content.samples, key=lambda sample: expected[sample.name].sum())
    for sample, patch in zip(order, filled, strict=True):
        values, edges, baseline = patch.get_data()
        assert np.array_equal(edges, np.linspace(110, 550, 12))
        assert np.allclose(baseline, floor)
        assert np.allclose(values - baseline, expected[sample.name])
        assert to_hex(patch.get_facecolor()) == colors[sample.name]
        floor = values
    assert np.allclose(floor, content.prefit[1].total)


def test_a_sample_keeps_its_colour_where_another_is_absent(content):
    prediction = dataclasses.replace(content.prefit[1], samples=content.prefit[1].samples[:2])
    drawn = draw_region(content.regions[1], prediction, samples=content.samples)
    colors = sample_colors(content.samples)
    names = [name for name, _ in prediction.samples]
    assert [to_hex(patch.get_facecolor()) for patch in steps(drawn.axes[0])[:2]] == [
        colors[name] for name in names
    ]


def test_the_band_spans_one_standard_deviation_to_both_sides(figure, content):
    prediction = content.prefit[1]
    band = next(patch for patch in steps(figure.axes[0]) if patch.get_hatch())
    values, _, baseline = band.get_data()
    assert np.allclose(values, prediction.total + prediction.uncertainty)
    assert np.allclose(baseline, prediction.total - prediction.uncertainty)


def interval(count):
    """Ends of the central 68.3 % interval, from quantiles of chi-square."""
    tail = (1 - 0.6826894921370859) / 2
    return chi2.ppf(tail, 2 * count) / 2, chi2.isf(tail, 2 * (count + 1)) / 2


def test_data_points_have_central_poisson_intervals(figure, content):
    data = content.prefit[1].data
    places, bars = points(figure.axes[0])
    assert np.allclose(places[:, 0], np.arange(130, 550, 40))
    assert np.allclose(places[:, 1], data)
    for (low, high), value in zip(bars, data, strict=True):
        assert (low[1], high[1]) == pytest.approx(interval(value))


def test_the_ratio_is_data_over_prediction_with_both_errors(figure, content):
    prediction = content.prefit[1]
    places, bars = points(figure.axes[1])
    assert np.allclose(places[:, 1], prediction.data / prediction.total)
    ends = np.transpose([interval(count) for count in prediction.data]) / prediction.total
    assert np.allclose([[low[1], high[1]] for low, high in bars], ends.T)
    values, _, baseline = steps(figure.axes[1])[0].get_data()
    assert np.allclose((values - baseline) / 2, prediction.uncertainty / prediction.total)


def test_axes_are_labelled_with_quantity_unit_and_bin_width(figure, content):
    main, ratio = figure.axes
    assert main.get_ylabel() == "Events / 40 GeV"
    assert ratio.get_xlabel() == "$m_{bjj}$ [GeV]"
    assert ratio.get_ylabel() == "Data / pred."
    assert main.get_xlim() == ratio.get_xlim() == (110, 550)
    texts = {text.get_text() for text in main.texts}
    assert {"hepline", "3.4 fb⁻¹ (13 TeV)", "Pre-fit", "≥ 4 jets, ≥ 2 b tags"} <= texts


@pytest.mark.parametrize("region", [0, 1])
def test_the_legend_is_above_everything_that_is_drawn(content, region):
    prediction = content.prefit[region]
    drawn = draw_region(content.regions[region], prediction, samples=content.samples)
    main = drawn.axes[0]
    canvas = FigureCanvasAgg(drawn)
    lowest = main.get_legend().get_window_extent(canvas.get_renderer()).y0
    highest = max(np.max(prediction.total + prediction.uncertainty), np.max(prediction.data))
    assert main.transData.transform((0, highest))[1] < lowest


def test_long_labels_make_fewer_columns_and_stay_inside(content):
    long = tuple(
        dataclasses.replace(sample, label="a sample with a very long label indeed")
        for sample in content.samples
    )
    drawn = draw_region(content.regions[0], content.prefit[0], samples=long)
    main = drawn.axes[0]
    box = main.get_legend().get_window_extent(FigureCanvasAgg(drawn).get_renderer())
    assert box.x1 <= main.get_window_extent().x1


def test_legend_lists_data_then_the_stack_from_its_top(figure):
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels[:3] == ["Pseudo-data", "$t\\bar{t}$", "single top, tW"]
    assert labels[-1] == "Uncertainty"


def test_figures_side_by_side_share_their_ranges(content):
    region, pair = content.regions[0], (content.prefit[0], content.postfit[0])
    drawn = [draw_region(region, one, samples=content.samples, beside=pair) for one in pair]
    for first, second in zip(drawn[0].axes, drawn[1].axes, strict=True):
        assert first.get_ylim() == second.get_ylim()


def test_a_ratio_outside_of_the_range_becomes_an_arrow(content):
    data = content.prefit[0].data.copy()
    data[3] *= 4
    far = dataclasses.replace(content.prefit[0], data=data)
    ratio = draw_region(content.regions[0], far).axes[1]
    assert ratio.get_ylim() == (0, 2)
    arrows = [line for line in ratio.lines if line.get_marker() == "^"]
    assert [list(line.get_xdata()) for line in arrows] == [[250]]


def test_empty_bins_and_empty_predictions_are_drawn_without_warnings(content):
    nothing = np.zeros(11)
    empty = dataclasses.replace(
        content.prefit[0],
        samples=(("ttbar", nothing),),
        total=nothing,
        uncertainty=nothing,
        data=nothing,
    )
    main, ratio = draw_region(content.regions[0], empty, samples=content.samples).axes
    assert main.get_ylim()[1] > 0
    assert np.isnan(points(ratio)[0][:, 1]).all()


def test_full_resolution_uses_the_finer_edges(content):
    fine = dataclasses.replace(
        content.prefit[0],
        samples=(("ttbar", np.ones(25)),),
        total=np.ones(25),
        uncertainty=np.full(25, 0.1),
        data=np.ones(25),
    )
    assert draw_region(content.regions[0], fine).axes[0].get_ylabel() == "Events / 20 GeV"


def test_other_numbers_of_bins_are_refused(content):
    wrong = dataclasses.replace(content.prefit[0], total=np.ones(4))
    with pytest.raises(OutputError, match="4 bins"):
        draw_region(content.regions[0], wrong)


def test_drawing_leaves_the_settings_of_matplotlib_alone(content):
    before = dict(mpl.rcParams)
    draw_region(content.regions[0], content.prefit[0])
    assert dict(mpl.rcParams) == before


def test_millions_of_events_are_counted_in_thousands(content):
    prediction = content.prefit[0]
    many = dataclasses.replace(
        prediction,
        samples=(("ttbar", prediction.total * 1000),),
        total=prediction.total * 1000,
        data=prediction.data * 1000,
    )
    main = draw_region(content.regions[0], many, samples=content.samples).axes[0]
    assert main.get_ylabel() == "10³ events / 40 GeV"
    assert main.yaxis.get_major_formatter()(2_000_000, 0) == "2\u202f000"


def test_a_long_region_label_leaves_room_for_the_stage(content):
    long = dataclasses.replace(content.regions[0], label="a region of many words " * 5)
    drawn = draw_region(long, content.prefit[0], stage="Pre-fit")
    texts = {text.get_text(): text for text in drawn.axes[0].texts}
    renderer = FigureCanvasAgg(drawn).get_renderer()
    (shown,) = (text for text in texts if text.startswith("a region of many"))
    assert "…" in shown
    name = texts[shown].get_window_extent(renderer)
    assert name.x1 < texts["Pre-fit"].get_window_extent(renderer).x0


def test_a_signal_is_on_top_and_the_goodness_is_stated(content):
    samples = tuple(
        dataclasses.replace(sample, signal=sample.name == "single_top_s_chan")
        for sample in content.samples
    )
    goodness = GoodnessOfFit(9.87, 11, 0.54)
    drawn = draw_region(content.regions[0], content.prefit[0], samples=samples, goodness=goodness)
    labels = [text.get_text() for text in drawn.axes[0].get_legend().get_texts()]
    assert labels[1] == "single top, s-channel"
    assert "χ²/ndf = 9.87/11, p = 0.54" in {text.get_text() for text in drawn.axes[1].texts}

import dataclasses

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import StepPatch

from hepline.show.stamps import Stamp
from hepline.show.variations import draw_variations, yield_change


@pytest.fixture(scope="module")
def of_ttbar(content):
    return [one for one in content.variations if (one.region, one.sample) == ("4j2b", "ttbar")]


def steps(ax):
    return [child for child in ax.get_children() if isinstance(child, StepPatch)]


def test_each_nuisance_has_a_panel_with_its_name(content, of_ttbar):
    figure = draw_variations(content.regions[1], of_ttbar)
    assert [ax.get_title(loc="left") for ax in figure.axes] == [one.nuisance for one in of_ttbar]


def test_a_panel_shows_the_templates_and_their_ratio_to_nominal(content, of_ttbar):
    one = of_ttbar[0]
    ax = draw_variations(content.regions[1], [one]).axes[0]
    drawn = [patch.get_data().values for patch in steps(ax)]
    wanted = [one.nominal, one.down, one.down / one.nominal, one.up, one.up / one.nominal]
    assert len(drawn) == len(wanted)
    for values, oracle in zip(drawn, wanted, strict=True):
        assert np.allclose(values, oracle)


def test_spectra_stand_above_the_ratio(content, of_ttbar):
    ax = draw_variations(content.regions[1], of_ttbar[:1]).axes[0]
    nominal, _, ratio_down, _, ratio_up = steps(ax)
    below = ax.transAxes.inverted()
    for patch in (ratio_down, ratio_up):
        ends = patch.get_transform().transform(patch.get_path().vertices)
        assert below.transform(ends)[:, 1].max() <= 0.42
    ends = nominal.get_transform().transform(nominal.get_path().vertices)
    assert below.transform(ends)[:, 1].min() >= 0.42
    assert below.transform(ends)[:, 1].max() < 0.86


def test_all_panels_of_a_figure_share_the_ratio_range(content, of_ttbar):
    figure = draw_variations(content.regions[1], of_ttbar)
    assert len({ax.get_ylim() for ax in figure.axes}) == 1


def test_yield_changes_are_written_with_sign():
    nominal = np.array([10.0, 30.0])
    assert yield_change(1.031 * nominal, nominal) == "+3.1 %"
    assert yield_change(0.5 * nominal, nominal) == "−50.0 %"
    assert yield_change(nominal, 0 * nominal) == "—"


def test_a_one_sided_variation_has_no_lower_line(content, of_ttbar):
    one = dataclasses.replace(of_ttbar[0], down=None)
    assert len(steps(draw_variations(content.regions[1], [one]).axes[0])) == 3


def test_an_empty_template_is_drawn_without_warnings(content):
    nothing = np.zeros(11)
    one = dataclasses.replace(content.variations[0], nominal=nothing, up=nothing, down=nothing)
    figure = draw_variations(content.regions[0], [one], stamp=Stamp("", "coverage 98.3 %"))
    assert "coverage 98.3 %" in [text.get_text() for text in figure.axes[0].texts]


def test_a_ratio_beyond_the_range_does_not_run_into_the_spectra(content, of_ttbar):
    up = of_ttbar[0].up.copy()
    up[5] *= 50
    ax = draw_variations(content.regions[1], [dataclasses.replace(of_ttbar[0], up=up)]).axes[0]
    ratio = steps(ax)[-1]
    clip = ax.transAxes.inverted().transform_bbox(ratio.get_clip_box())
    assert clip.y1 == pytest.approx(0.42)


def test_a_long_label_does_not_reach_into_the_title(content):
    stamp = Stamp("3.4 fb⁻¹ (13 TeV)", left="CMS Open Data")
    drawn = draw_variations(content.regions[0], content.variations[:3], title="W", stamp=stamp)
    renderer = FigureCanvasAgg(drawn).get_renderer()
    maker, title = (
        next(text for text in drawn.texts if text.get_text() == words)
        for words in ("CMS Open Data", "W")
    )
    assert maker.get_window_extent(renderer).x1 < title.get_window_extent(renderer).x0

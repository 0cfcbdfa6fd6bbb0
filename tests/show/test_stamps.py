import subprocess
import sys

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from hepline.show.stamps import EXPERIMENTS, Stamp, eras_text, luminosity_text, stamp_axes
from hepline.show.style import house_style


@pytest.mark.parametrize(
    ("luminosity", "text"),
    [
        (3378.0, "3.4 fb⁻¹ (13 TeV)"),
        (138_000.0, "138 fb⁻¹ (13 TeV)"),
        (36.1, "36.1 pb⁻¹ (13 TeV)"),
        (250.0, "0.2 fb⁻¹ (13 TeV)"),
    ],
)
def test_luminosity_is_written_in_the_unit_of_its_size(luminosity, text):
    assert luminosity_text(luminosity, "13 TeV") == text


@pytest.mark.parametrize(
    ("eras", "text"),
    [
        ([(36_000.0, "13 TeV"), (41_000.0, "13 TeV")], "36 fb⁻¹ + 41 fb⁻¹, 13 TeV"),
        ([(19_712.0, "8 TeV"), (35_900.0, "13 TeV")], "19.7 fb⁻¹ (8 TeV) + 35.9 fb⁻¹ (13 TeV)"),
        ([(36.1, "13 TeV"), (41.0, "13 TeV")], "36.1 pb⁻¹ + 41 pb⁻¹, 13 TeV"),
        ([(3378.0, "13 TeV")], "3.4 fb⁻¹ (13 TeV)"),
        ([(36_000.0, ""), (41_000.0, "")], "36 fb⁻¹ + 41 fb⁻¹"),
    ],
)
def test_several_eras_share_a_line(eras, text):
    assert eras_text(eras) == text


def test_the_stamp_says_who_how_much_and_what_is_missing():
    figure = Figure()
    ax = figure.add_subplot()
    stamp_axes(ax, Stamp("3.4 fb⁻¹ (13 TeV)", "coverage 98.3 %"))
    assert [text.get_text() for text in ax.texts] == [
        "hepline",
        "coverage 98.3 %",
        "3.4 fb⁻¹ (13 TeV)",
    ]


def drawn(stamp):
    with house_style():
        figure = Figure()
        ax = figure.add_subplot()
        stamp_axes(ax, stamp)
    return ax, {text.get_text(): text for text in ax.texts}


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_experiments_are_set_as_they_set_themselves(experiment):
    _, texts = drawn(Stamp("138 fb⁻¹ (13 TeV)", "coverage 98.3 %", f"{experiment} Open Data"))
    assert {experiment, "Open Data", "coverage 98.3 %", "138 fb⁻¹ (13 TeV)"} <= set(texts)
    # The house style stays: mplhep sets the label alone.
    assert {text.get_fontfamily()[0] for text in texts.values()} <= {"DejaVu Sans", "sans-serif"}


def test_atlas_is_slanted_and_cms_is_upright():
    atlas, cms = (drawn(Stamp(left=name))[1][name] for name in ("ATLAS", "CMS"))
    assert (atlas.get_fontstyle(), cms.get_fontstyle()) == ("italic", "normal")
    assert atlas.get_fontweight() == cms.get_fontweight() == "bold"


def test_words_of_a_label_stand_beside_each_other():
    ax, texts = drawn(Stamp("13 TeV", "coverage 98.3 %", "CMS Open Data"))
    renderer = FigureCanvasAgg(ax.figure).get_renderer()
    ax.figure.draw(renderer)
    boxes = [
        texts[name].get_window_extent(renderer)
        for name in ("CMS", "Open Data", "coverage 98.3 %", "13 TeV")
    ]
    ends = np.array([[box.x0, box.x1] for box in boxes])
    assert (ends[1:, 0] > ends[:-1, 1]).all()
    assert all(box.y0 >= ax.get_window_extent().y1 - 1 for box in boxes)


def test_other_labels_are_plain_text():
    _, texts = drawn(Stamp(left="H → ττ, my thesis"))
    assert texts["H → ττ, my thesis"].get_fontweight() == "bold"


def test_mplhep_is_imported_only_for_an_experiment():
    code = "import sys, hepline.show; sys.exit('mplhep' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_region_of_one_era_has_its_own_luminosity():
    stamp = Stamp("36 fb⁻¹ + 41 fb⁻¹, 13 TeV", left="CMS")
    assert stamp.under("36 fb⁻¹ (13 TeV)") == Stamp("36 fb⁻¹ (13 TeV)", left="CMS")
    assert stamp.under("") is stamp

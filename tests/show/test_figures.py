import dataclasses
import io
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from hepline.show.encoding import figure_name
from hepline.show.figures import draw_figures

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def figures(small):
    return draw_figures(small)


def test_every_part_of_the_content_has_its_figure(figures):
    assert list(figures) == [
        "prefit_4j1b",
        "postfit_4j1b",
        "pulls",
        "binfactors",
        "correlation",
        "variations_4j1b__ttbar",
    ]


def test_every_figure_is_a_whole_pdf_and_png(figures):
    for figure in figures.values():
        encoded = dict(figure.encoded)
        assert encoded["pdf"].startswith(b"%PDF")
        assert encoded["pdf"].rstrip().endswith(b"%%EOF")
        image = Image.open(io.BytesIO(encoded["png"]))
        image.load()
        assert image.width > 700


def test_embedded_vector_graphics_are_well_formed_and_refer_to_nothing_outside(figures):
    for figure in figures.values():
        if figure.shown != "svg":
            continue
        root = ET.fromstring(dict(figure.encoded)["svg"])  # noqa: S314 -- our own output
        for element in root.iter():
            for name, value in element.attrib.items():
                assert not name.endswith("href") or value.startswith(("#", "data:"))


def test_alternative_texts_say_what_is_seen(figures):
    assert "28\u202f388 events in data" in figures["prefit_4j1b"].alt
    assert "Jet energy scale -0.31 ± 0.24" in figures["pulls"].alt
    assert "ttbar_norm" in figures["correlation"].alt


def test_without_a_fit_there_are_no_figures_of_parameters(small):
    bare = dataclasses.replace(small, fit=None, postfit=(), variations=())
    assert list(draw_figures(bare)) == ["prefit_4j1b"]


def test_figures_of_the_same_numbers_are_the_same_files(small):
    bare = dataclasses.replace(small, fit=None, postfit=(), variations=())
    assert draw_figures(bare) == draw_figures(bare)


def test_figure_names_are_fit_for_any_file_system():
    assert figure_name("prefit", "4j2b SR/µ").startswith("prefit_4j2b_SR_-")
    assert figure_name("variations", "a_b", "c") != figure_name("variations", "a", "b_c")

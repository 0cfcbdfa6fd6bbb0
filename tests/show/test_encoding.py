import io
from functools import partial

import pytest
from matplotlib.figure import Figure
from PIL import Image

from hepline.show.encoding import Drawing, encode, formats_of


def square(text="same"):
    figure = Figure(figsize=(2, 2))
    figure.add_subplot().set_title(text)
    return figure


SQUARE = Drawing("square", "a square", partial(square))


@pytest.mark.parametrize(
    ("shown", "formats", "expected"),
    [
        ("svg", "both", ("svg", ("svg", "pdf", "png"))),
        ("svg", "pdf", ("svg", ("svg", "pdf"))),
        ("svg", "png", ("png", ("png",))),
        ("png", "both", ("png", ("png", "pdf"))),
        ("png", "pdf", ("png", ("png", "pdf"))),
        ("png", "png", ("png", ("png",))),
    ],
)
def test_formats_are_those_asked_for_and_the_one_that_is_shown(shown, formats, expected):
    assert formats_of(shown, formats) == expected


def test_a_format_has_the_same_bytes_whatever_else_is_drawn():
    every = dict(encode(SQUARE).encoded)
    for formats in ("png", "pdf"):
        for kind, content in encode(SQUARE, formats).encoded:
            assert content == every[kind], kind


def test_a_figure_has_its_size_on_the_page_and_more_dots_in_its_file():
    figure = encode(SQUARE, "png")
    assert figure.size == (192, 192)
    assert Image.open(io.BytesIO(dict(figure.encoded)["png"])).size == (300, 300)
    assert figure.uri.startswith("data:image/png;base64,")
    assert encode(SQUARE).kinds == ("pdf", "png", "svg")

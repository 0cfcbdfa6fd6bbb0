import io
import json

import numpy as np
import pytest
from PIL import Image

from hepline.show.digest import digest_of
from hepline.show.encoding import encode
from hepline.show.grid_content import (
    ExclusionContent,
    ExclusionPoint,
    GridContent,
    LimitCurve,
    LimitPoint,
    SignificanceCurve,
    SignificancePoint,
    Theory,
)
from hepline.show.plot_content import (
    PlaneContent,
    ProfileContent,
    ProfileSeries,
    SystematicContent,
)
from hepline.show.plot_figures import grid_figures, plot_figures
from hepline.show.stack_content import Cut, StackContent, StackSample
from hepline.show.stamps import Stamp

EDGES = np.array([0.0, 50, 100, 200])
STEPS = np.array([3.0, 20, 8])
STACK = StackContent(
    "SR__m", "m(µµ) [GeV]", EDGES, (StackSample("z", "Z → µµ", STEPS, np.sqrt(STEPS)),),
    data=np.array([2.0, np.nan, 9]), blinded=np.array([False, True, False]), region="µτ, Z′",
    cuts=(Cut(60.0),),
)  # fmt: skip
PLANE = PlaneContent("SR__plane", "x", "y", EDGES, EDGES, np.arange(9.0).reshape(3, 3), region="µ")
PROFILE = ProfileContent("SR__p", "x", "y", EDGES, (ProfileSeries("z", "Z", STEPS, STEPS / 9),))
SYSTEMATIC = SystematicContent("SR__jes", "JES", "x", EDGES, STEPS, 1.1 * STEPS, 0.9 * STEPS)
FIVE = (0.5, 0.7, 1.0, 1.4, 2.0)
GRID = GridContent(
    (
        LimitCurve(
            "zprime", "m [GeV]", "σ [pb]",
            (LimitPoint(500, FIVE, 1.1), LimitPoint(900, FIVE, 0.8)),
            theory=Theory("Z′", np.array([500.0, 900]), np.array([5.0, 0.1])),
        ),
    ),
    (SignificanceCurve("zprime", "m [GeV]", (SignificancePoint(500, 1.0, 2.0),)),),
    (
        ExclusionContent("plane", "x", "y", tuple(
            ExclusionPoint(x, y, tuple(np.multiply(FIVE, x + y + 0.3)), x + y + 0.3)
            for x in (0.0, 1.0) for y in (0.0, 1.0))),
    ),
)  # fmt: skip


def all_drawings():
    stamp = Stamp("11.5 fb⁻¹ (8 TeV)", None, "CMS Open Data")
    plots = plot_figures(
        stamp, plots=(STACK,), n_minus_one=(STACK,), planes=(PLANE,), profiles=(PROFILE,),
        systematics=(SYSTEMATIC,),
    )  # fmt: skip
    return {drawing.name: drawing for drawing in (*plots, *grid_figures(GRID, stamp))}


DRAWINGS = all_drawings()


def test_each_kind_has_its_family():
    assert list(DRAWINGS) == [
        "plot_SR__m",
        "nminus1_SR__m",
        "plane_SR__plane",
        "profile_SR__p",
        "systematic_SR__jes",
        "limits_zprime",
        "significances_zprime",
        "exclusion_plane",
    ]
    assert list(grid_figures(None, Stamp())) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWINGS)
def test_every_kind_is_a_pdf_a_png_and_its_numbers(name):
    encoded = dict(encode(DRAWINGS[name]).encoded)
    assert encoded["pdf"].startswith(b"%PDF")
    pixels = np.asarray(Image.open(io.BytesIO(encoded["png"])).convert("L"))
    assert 0.005 < (pixels < 200).mean() < 0.9
    assert json.loads(encoded["json"])


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_kind_has_a_digest(name):
    assert digest_of(DRAWINGS[name].draw) == digest_of(all_drawings()[name].draw)


def test_the_numbers_of_a_stack_are_whole():
    numbers = DRAWINGS["plot_SR__m"].numbers
    assert np.array_equal(numbers["edges"], EDGES)
    (sample,) = numbers["samples"]
    assert np.array_equal(sample["values"], STEPS)
    assert np.allclose(numbers["statistical"], np.sqrt(STEPS))
    assert np.isnan(numbers["data"][1])


def test_the_numbers_of_an_exclusion_have_its_contours():
    contours = DRAWINGS["exclusion_plane"].numbers["contours"]
    (line,) = contours["observed"]
    # Logarithms are interpolated: x + y = 0.7 is met on the diagonal's way from 0.3 to 1.3.
    share = np.log(1 / 0.3) / np.log(1.3 / 0.3)
    assert np.isclose(line, [0, share]).any()


def test_alternative_texts_say_what_is_seen_and_hide_what_is_hidden():
    alt = DRAWINGS["plot_SR__m"].alt
    assert alt == "m(µµ) [GeV] in µτ, Z′: 11 events in data, 31.0 expected."

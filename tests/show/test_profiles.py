import dataclasses

import numpy as np
import pytest
from matplotlib.patches import StepPatch

from hepline.errors import OutputError
from hepline.show.plot_content import ProfileContent, ProfileSeries
from hepline.show.profiles import draw_profile

EDGES = np.array([0.0, 10, 20, 40])
MEANS, ERRORS = np.array([90.0, 91.5, np.nan]), np.array([0.5, 0.25, np.nan])
PROFILE = ProfileContent(
    "profile",
    "Vertices",
    "m(µµ) [GeV]",
    EDGES,
    (
        ProfileSeries("z", "Z → µµ", MEANS, ERRORS),
        ProfileSeries("data", "Data", MEANS + 1, ERRORS, is_data=True),
    ),
    region="Z → µµ region",
)


def test_samples_are_steps_with_a_shade_and_data_are_points():
    (ax,) = draw_profile(PROFILE).axes
    shade, line = (patch.get_data() for patch in ax.patches if isinstance(patch, StepPatch))
    assert np.allclose(line.values, MEANS, equal_nan=True)
    assert np.allclose(shade.values - shade.baseline, 2 * ERRORS, equal_nan=True)
    points = ax.containers[0].lines[0].get_xydata()
    assert np.allclose(points, np.transpose([[5, 15, 30], MEANS + 1]), equal_nan=True)


def test_axes_and_legend_say_what_is_drawn():
    (ax,) = draw_profile(PROFILE).axes
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Vertices", "Mean of m(µµ) [GeV]")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["Z → µµ", "Data"]
    low, high = ax.get_ylim()
    assert low < 89.5
    assert high > 92.75


def test_a_profile_without_events_can_be_drawn():
    nothing = np.full(3, np.nan)
    series = ProfileSeries("z", "Z", nothing, nothing)
    draw_profile(dataclasses.replace(PROFILE, series=(series,)))
    draw_profile(dataclasses.replace(PROFILE, series=()))


def test_other_numbers_of_bins_are_refused():
    with pytest.raises(OutputError, match="2 means"):
        dataclasses.replace(PROFILE, series=(ProfileSeries("z", "Z", MEANS[:2], ERRORS[:2]),))

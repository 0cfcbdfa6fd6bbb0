"""The machine-learning variant of the ttbar measurement, against NumPy and XGBoost."""

import numpy as np
import pytest
import uproot

import hepline as hl

VARIATIONS = ("", "pt_scale_up", "pt_res_up")
EVENTS = 1500


@pytest.fixture(scope="module")
def ml(shared_data, module_of):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEPLINE_MODELS", str(shared_data / "agc/models"))
        yield module_of("analyses/ttbar_ml.py")


@pytest.fixture(scope="module")
def by_xgboost(oracle, module_of, shared_data, generated_ttbar):
    """Of each variation, the position of the events, and their features and scores."""
    assigned = module_of("tests/analyses/ttbar_ml_xgboost.py")
    models = assigned.boosters(shared_data / "agc/models")
    numbers = uproot.open(generated_ttbar)["Events"]["event"].array(library="np")
    return {
        variation: [
            (place, *assigned.scored(models, int(numbers[place]) % 2, jets, lepton))
            for place, jets, lepton in assigned.selected(oracle, generated_ttbar, variation)
            if place < EVENTS
        ]
        for variation in VARIATIONS
    }


def test_all_assignments_have_the_features_and_scores_of_xgboost(ml, by_xgboost, generated_ttbar):
    got = hl.compute(
        {"features": ml.features(ml.both), "score": ml.score},
        where=ml.selection,
        source=hl.open(generated_ttbar),
    )
    expected = by_xgboost[""]
    assert len(expected) > 50
    for event, (_, rows, scores) in enumerate(expected):
        mine = np.stack([np.asarray(column[event]) for column in got["features"]], axis=1)
        np.testing.assert_allclose(mine, rows, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(np.asarray(got["score"][event]), scores, atol=1e-6)


@pytest.mark.parametrize("variation", VARIATIONS)
def test_the_features_of_the_best_assignment_fill_the_templates(
    ml, by_xgboost, generated_ttbar, fill, variation
):
    filled = fill(ml.ttbar, generated_ttbar, sample="ttbar", entries=EVENTS)
    best, ties = [], 0
    for _, rows, scores in by_xgboost[variation]:
        best.append(rows[int(np.argmax(scores))])
        ties += np.sort(scores)[-1] - np.sort(scores)[-2] < 1e-6
    best = np.array(best)
    for number in range(20):
        histogram = filled[f"Feature{number}", variation]
        (axis,) = histogram.axes
        edges = np.asarray(axis.edges)
        inner = np.histogram(best[:, number], edges)[0]
        counts = np.asarray(histogram.entries)
        assert counts.sum() == len(best)
        # A value on the border of two bins, or an event with two equal scores, may differ.
        assert np.abs(counts[1:-1] - inner).sum() <= 2 * (ties + 1), number

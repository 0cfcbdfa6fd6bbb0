"""The ttbar measurement against an independent computation with plain awkward."""

import json

import numpy as np
import pytest

from hepline.errors import NothingToFit


def assert_equal(found, expected):
    """Entries, sums of weights and of their squares, in every bin, exactly."""
    assert set(found) == set(expected)
    for (region, variation), histogram in expected.items():
        mine = found[region, variation]
        place = f"{region} {variation or 'nominal'}"
        np.testing.assert_array_equal(mine.entries, histogram.entries, err_msg=place)
        np.testing.assert_array_equal(mine.contents(), histogram.weights, err_msg=place)
        np.testing.assert_array_equal(mine.variances(), histogram.squares, err_msg=place)


def same(one, other):
    assert set(one) == set(other)
    for key, histogram in one.items():
        np.testing.assert_array_equal(histogram.entries, other[key].entries, err_msg=str(key))
        assert histogram.contents().tobytes() == other[key].contents().tobytes(), key
        assert histogram.variances().tobytes() == other[key].variances().tobytes(), key


def test_loosened_cuts_on_cms_events_equal_plain_awkward(fill, loosened, oracle, cms_file):
    found = fill(loosened, cms_file, sample="wjets")
    expected = oracle.ttbar_histograms(cms_file, oracle.LOOSENED)
    assert 0 < expected["trijet", ""].entries.sum() < expected["dijet", ""].entries.sum()
    assert len(expected) == 3 * 13
    assert_equal(found, expected)


def test_published_cuts_select_no_cms_event(fill, ttbar, oracle, cms_file):
    expected = oracle.ttbar_histograms(cms_file)
    assert not any(histogram.entries.any() for histogram in expected.values())
    assert_equal(fill(ttbar, cms_file, sample="wjets"), expected)


def test_empty_templates_are_written_and_said(ttbar, cms_file, tmp_path):
    listing = tmp_path / "samples.json"
    listing.write_text(json.dumps({"wjets": {"nominal": {"files": [str(cms_file)]}}}))
    result = ttbar.run(listing)
    assert len(result.templates) == 2 * 13
    assert all(not histogram.values(flow=True).any() for histogram in result.templates.values())
    (empty,) = [notice for notice in result.notices if notice.kind.startswith("empty")]
    assert "26 of 26 templates are empty" in empty.text
    with pytest.raises(NothingToFit, match="the model lacks"):
        result.model()


@pytest.mark.slow
def test_generated_ttbar_equals_plain_awkward(fill, ttbar, oracle, generated_ttbar):
    expected = oracle.ttbar_histograms(generated_ttbar)
    assert expected["4j2b", ""].entries.sum() > 0.01 * expected["4j1b", ""].entries.sum() > 0
    assert_equal(fill(ttbar, generated_ttbar, sample="wjets"), expected)


@pytest.mark.slow
def test_loosened_cuts_on_generated_events_equal_plain_awkward(
    fill, loosened, oracle, generated_ttbar
):
    expected = oracle.ttbar_histograms(generated_ttbar, oracle.LOOSENED)
    assert_equal(fill(loosened, generated_ttbar, sample="wjets"), expected)


@pytest.mark.slow
def test_scale_variation_acts_on_wjets_only(fill, ttbar, oracle, generated_ttbar):
    expected = oracle.ttbar_histograms(generated_ttbar, wjets=False)
    assert len(expected) == 2 * 11
    assert_equal(fill(ttbar, generated_ttbar, sample="ttbar"), expected)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", [1, 97, 1024])
def test_chunk_size_changes_no_bit(fill, loosened, generated_ttbar, chunk):
    entries = 60 if chunk == 1 else 1500
    whole = fill(loosened, generated_ttbar, sample="wjets", entries=entries)
    same(whole, fill(loosened, generated_ttbar, sample="wjets", entries=entries, chunk=chunk))


@pytest.mark.slow
def test_workers_change_no_bit(fill, ttbar, generated_ttbar):
    alone = fill(ttbar, generated_ttbar, sample="wjets")
    same(alone, fill(ttbar, generated_ttbar, sample="wjets", workers=2, chunk=800))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ttbar", "loosened"])
def test_evaluators_give_identical_histograms(fill, generated_ttbar, request, name):
    analysis = request.getfixturevalue(name)
    fast = fill(analysis, generated_ttbar, sample="wjets", entries=200)
    assert any(histogram.entries.any() for histogram in fast.values())
    slow = fill(analysis, generated_ttbar, sample="wjets", entries=200, engine="reference")
    same(fast, slow)


def test_evaluators_agree_on_cms_events(fill, loosened, cms_file):
    same(
        fill(loosened, cms_file, sample="wjets"),
        fill(loosened, cms_file, sample="wjets", engine="reference"),
    )


def test_templates_are_scaled_counts(loosened, oracle, cms_file, tmp_path):
    listing = tmp_path / "samples.json"
    entry = {"path": str(cms_file), "nevts": 1000}
    listing.write_text(json.dumps({"wjets": {"nominal": {"files": [entry]}}}))
    result = loosened.run(listing)
    scale = 15487.164 * 3378 / 1000
    for (region, variation), histogram in oracle.ttbar_histograms(
        cms_file, oracle.LOOSENED
    ).items():
        key = "_".join(part for part in (region, "wjets", variation) if part)
        made = result.templates[key]
        np.testing.assert_array_equal(made.values(flow=True), histogram.weights * scale)
        np.testing.assert_array_equal(
            made.variances(flow=True), histogram.squares * (scale * scale)
        )

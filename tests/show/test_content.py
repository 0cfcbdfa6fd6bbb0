import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepline.analysis.results import Coverage
from hepline.errors import OutputError
from hepline.show.content import (
    coverage_fraction,
    coverage_note,
    files_by_checksum,
    percent_read,
)


def coverage(read, expected, unreadable=()):
    return Coverage("wjets", "nominal", 1, read, expected, 0.0, unreadable)


def test_a_region_finds_the_binning_by_the_number_of_bins(content):
    region = content.regions[0]
    assert region.edges_of(11) is region.fit_edges
    assert region.edges_of(25) is region.edges


def test_contents_with_flow_bins_are_refused_with_a_way_out(content):
    with pytest.raises(OutputError, match="13 bins") as caught:
        content.regions[0].edges_of(13)
    assert "11 bins in the fit and 25" in caught.value.why
    assert "underflow" in caught.value.fix


def test_an_unknown_region_is_refused_with_those_that_are_known(content):
    with pytest.raises(OutputError, match="'5j'") as caught:
        content.region("5j")
    assert "'4j1b', '4j2b'" in caught.value.fix


def test_content_is_frozen(content):
    with pytest.raises(dataclasses.FrozenInstanceError):
        content.title = "other"


def test_complete_coverage_has_no_note(content):
    assert coverage_note(content.coverage) is None
    assert coverage_note(()) is None


def test_coverage_weighs_samples_by_their_events(incomplete):
    assert coverage_fraction(incomplete.coverage) == pytest.approx(491_500 / 500_000)
    assert coverage_note(incomplete.coverage) == "coverage 98.3 %"


def test_an_unreadable_file_of_unknown_length_is_counted():
    note = coverage_note((coverage(100, 100, (("a.root", "truncated"),)),))
    assert note == "1 file not read"


@pytest.mark.parametrize("expected", [0, None])
def test_a_share_that_is_not_known_is_not_made_up(expected):
    lost = (("a.root", "truncated"),)
    both = (coverage(100, expected, lost), coverage(50, 50))
    assert coverage_fraction(both) is None
    assert coverage_note(both) == "1 file not read"


@given(st.integers(1, 10**9))
def test_incomplete_coverage_never_reads_one_hundred_percent(expected):
    note = coverage_note((coverage(expected - 1, expected),))
    assert note is not None
    assert "100.0" not in note


def test_percentages_are_rounded_down():
    assert percent_read(0.9999) == "99.9 %"
    assert percent_read(1.0) == "100.0 %"
    # 0.57 has no exact binary form: the product is 569.999…
    assert percent_read(0.57) == "57.0 %"
    assert np.isclose(0.57 * 1000, 570)


def test_files_are_counted_by_what_verifies_them():
    verified = (("yes (zlib: Adler-32).", 2), ("no: zstd.", 1)), (("no: zstd.", 4),)
    both = tuple(dataclasses.replace(coverage(1, 1), checksums=each) for each in verified)
    assert files_by_checksum(both) == [("no: zstd.", 5), ("yes (zlib: Adler-32).", 2)]

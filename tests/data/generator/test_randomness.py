"""Random streams of the detector."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from hepline.data.generator.randomness import Streams, pythia_seed, sample_number


@pytest.mark.parametrize("kind", ["uniform", "normal"])
def test_a_stream_does_not_depend_on_how_it_is_cut(kind: str) -> None:
    whole = getattr(Streams(1, "ttbar", 0), kind)("muon pt", 100)
    streams = Streams(1, "ttbar", 0)
    pieces = [getattr(streams, kind)("muon pt", size) for size in (1, 0, 60, 39)]
    assert np.concatenate(pieces).tolist() == whole.tolist()


def test_a_stream_does_not_depend_on_other_streams() -> None:
    streams = Streams(1, "ttbar", 0)
    streams.normal("jet pt", 1000)
    alone = Streams(1, "ttbar", 0).normal("muon pt", 5)
    assert streams.normal("muon pt", 5).tolist() == alone.tolist()


@pytest.mark.parametrize("other", [(2, "ttbar", 0), (1, "wjets", 0), (1, "ttbar", 1)])
def test_seed_process_and_block_all_matter(other: tuple[int, str, int]) -> None:
    one, two = Streams(1, "ttbar", 0), Streams(*other)
    assert one.uniform("x", 4).tolist() != two.uniform("x", 4).tolist()


def test_normal_numbers_are_normal() -> None:
    assert stats.kstest(Streams(1, "ttbar", 0).normal("x", 5000), "norm").pvalue > 1e-3


def test_seeds_of_pythia_are_in_its_range_and_differ() -> None:
    seeds = [pythia_seed(seed, "ttbar", block, 0) for seed in range(20) for block in range(20)]
    assert len(set(seeds)) == 400
    assert 1 <= min(seeds) <= max(seeds) <= 900_000_000


def test_samples_have_different_numbers_of_24_bits() -> None:
    numbers = {sample_number(seed, name) for seed in range(10) for name in ("ttbar", "wjets")}
    assert len(numbers) == 20
    assert max(numbers) < 1 << 24

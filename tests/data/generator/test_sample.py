"""Requests of samples."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import uproot

from hepline.data.generate import generate
from hepline.data.generator.sample import SampleRequest, check_sample
from hepline.errors import GeneratorError


def test_files_of_the_first_era_have_the_names_they_always_had() -> None:
    request = SampleRequest("ttbar", 10, 1)
    assert request.file_name == "ttbar-10-1.root"
    assert replace(request, era="2016").file_name == "ttbar-2016-10-1.root"
    assert replace(request, compression="zstd").file_name == "ttbar-10-1-zstd.root"


def test_blocks_know_the_era() -> None:
    assert {block.era for block in SampleRequest("ttbar", 10, 1, "2016").job.blocks} == {"2016"}


@pytest.mark.parametrize(
    ("request_", "what", "fix"),
    [
        (SampleRequest("ggH_mutau", 10, 1), "era 2015", "2012"),
        (SampleRequest("ttbar", 10, 1, "2011"), "no era '2011'", "2016"),
        (SampleRequest("ttbar", 10, 1, compression="gzip"), "no compression 'gzip'", "z"),
        (SampleRequest("ttbar", 0, 1), "cannot generate 0 events", "10000"),
    ],
)
def test_request_that_cannot_be_fulfilled_is_refused(
    request_: SampleRequest, what: str, fix: str
) -> None:
    with pytest.raises(GeneratorError, match=what) as caught:
        check_sample(request_)
    assert fix in caught.value.fix


@pytest.mark.slow
def test_same_events_under_any_compression(tmp_path: Path) -> None:
    columns = {}
    for name in ("zlib", "zstd", "lz4", "none"):
        made = generate(
            "zprime_mumu_500", events=20, seed=1, era="2016", compression=name, out=tmp_path / name
        )
        with uproot.open(made.path) as file:
            columns[name] = file["Events"]["Muon_pt"].array().tolist()
            algorithm = file.file.compression
            assert (algorithm is None) == (name == "none")
            if algorithm is not None:
                assert algorithm.name.lower() == name
    assert columns["zlib"] == columns["zstd"] == columns["lz4"] == columns["none"]


@pytest.mark.slow
def test_what_cannot_be_seen_is_generated_and_counted(tmp_path: Path) -> None:
    made = generate("ggH_mutau", events=60, seed=1, era="2012", out=tmp_path / "h.root")
    with uproot.open(made.path) as file:
        assert made.events == file["Events"].num_entries < 60
        assert file["Runs"]["genEventCount"].array().tolist() == [60]
    assert made.generated_equivalent == round(60 * 5.157)

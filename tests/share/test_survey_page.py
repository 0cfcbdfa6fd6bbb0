"""The folders of `describe` and `compare`: pages that need nothing else, and strict JSON."""

import json
import re

import numpy as np
import pandas
import pytest

import hepline as hl
from hepline.errors import OutputError


@pytest.fixture
def files(tmp_path):
    random = np.random.default_rng(1)
    paths = []
    for number in range(2):
        table = pandas.DataFrame(
            {
                "event": np.arange(400) + 300 * number,
                "Muon_pt": random.exponential(40 + 20 * number, 400),
                "Muon_score": np.where(np.arange(400) % 9 == 0, -999.0, random.random(400)),
                "n": random.poisson(2, 400),
                "tag": random.normal(size=400),
                "c": 7,
                "name": random.choice(["a", "b"], 400),
            }
        )
        paths.append(tmp_path / f"<tag>{number}.csv")
        table.to_csv(paths[-1], index=False)
    return paths


def check(page):
    """Nothing is fetched, no script is run, and what files say is escaped."""
    assert "Content-Security-Policy" in page
    assert not re.search(r"<script|(src|href)=\"(?!data:|#)", page)
    assert "<tag>" not in page
    assert "&lt;tag&gt;" in page


def test_the_page_of_a_description(files, tmp_path):
    described = hl.describe(files, out=tmp_path / "out")
    page = (tmp_path / "out/index.html").read_text()
    check(page)
    assert described.duplicates.count == 100
    for text in ("−999 in ", "100 events are there already", "c = 7", "800 events", "Muon_pt"):
        assert text in page
    content = json.loads((tmp_path / "out/describe.json").read_text())
    assert content["duplicates"] == 100
    assert page.count("<svg") == 5  # of all columns that vary and are no text
    assert 'id="provenance"' in page
    assert "SHA-256" in page


def test_the_page_of_a_comparison(files, tmp_path):
    hl.compare(*files, out=tmp_path / "out")
    page = (tmp_path / "out/index.html").read_text()
    check(page)
    assert page.index("<strong>Muon_pt</strong>") < page.index("<strong>n</strong>")
    content = json.loads((tmp_path / "out/compare.json").read_text())
    assert content["columns"][0]["name"] == "Muon_pt"


def test_a_folder_that_cannot_be_written_to(files, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError):
        hl.describe(files[0], out=tmp_path / "out")


def test_wide_files_have_a_page_of_bearable_size(shared_data, tmp_path):
    hl.describe(shared_data / "nanoaod/nano_dimuon.root", out=tmp_path / "out")
    page = (tmp_path / "out/index.html").read_bytes()
    assert b'href="#group-Muon"' in page
    assert b'id="group-Muon"' in page
    assert len(page) < 1_000_000


def test_the_page_of_a_file_without_events(shared_data, tmp_path):
    hl.describe(shared_data / "formats/uproot-histograms.root", out=tmp_path / "out")
    page = (tmp_path / "out/index.html").read_text()
    assert "numero uno" in page
    assert 'id="findings"' not in page

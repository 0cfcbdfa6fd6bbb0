import errno

import hist
import numpy as np
import pytest
import uproot

from hepline.analysis.templates import TemplateKey, Templates
from hepline.errors import ModelError, OutputError


def make(seed=1, bins=5, *, label="m [GeV]"):
    random = np.random.default_rng(seed)
    made = hist.Hist(hist.axis.Regular(bins, 50, 550, label=label), storage=hist.storage.Weight())
    view = made.view(flow=True)
    view["value"] = random.uniform(0, 9, bins + 2)
    view["variance"] = random.uniform(0, 3, bins + 2)
    return made


def test_keys_are_those_of_the_field():
    assert str(TemplateKey("4j1b", "ttbar")) == "4j1b_ttbar"
    assert str(TemplateKey("4j1b", "ttbar", "ME_var")) == "4j1b_ttbar_ME_var"


def test_what_is_written_is_read_back_with_variances_and_flow(tmp_path):
    templates = Templates({"SR_sig": make(1), "SR_sig_jes_up": make(2)})
    path = tmp_path / "histograms.root"
    templates.write(path)
    again = Templates.read(path)
    assert list(again) == list(templates)
    for key, histogram in templates.items():
        for number in ("values", "variances"):
            np.testing.assert_array_equal(
                getattr(again[key], number)(flow=True), getattr(histogram, number)(flow=True)
            )
        np.testing.assert_array_equal(again[key].axes[0].edges, histogram.axes[0].edges)


def test_file_holds_one_plain_histogram_per_template(tmp_path):
    path = tmp_path / "histograms.root"
    Templates({"SR_sig": make()}).write(path)
    with uproot.open(path) as file:
        assert file.classnames(cycle=False) == {"SR_sig": "TH1D"}
    assert [entry.name for entry in tmp_path.iterdir()] == ["histograms.root"]


def test_missing_template_offers_the_nearest():
    templates = Templates({"SR_sig": make()})
    assert "SR_sig" in templates
    assert "SR_bkg" not in templates
    assert len(templates) == 1
    with pytest.raises(ModelError, match="no template 'SR_sgi'") as caught:
        templates["SR_sgi"]
    assert caught.value.fix == "did you mean 'SR_sig'?"


@pytest.mark.parametrize("before", [None, "earlier"])
def test_full_disk_leaves_nothing_half_written(tmp_path, monkeypatch, before):
    path = tmp_path / "histograms.root"
    if before:
        path.write_text(before)

    def full(self, *_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(uproot.writing.writable.WritableDirectory, "__setitem__", full)
    with pytest.raises(OutputError, match="could not be written") as caught:
        Templates({"SR_sig": make()}).write(path)
    assert "No space left" in caught.value.why
    assert [entry.read_text() for entry in tmp_path.iterdir()] == ([before] if before else [])


def test_file_in_place_of_the_folder_is_said(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="could not be written"):
        Templates({"SR_sig": make()}).write(tmp_path / "out" / "histograms.root")


@pytest.mark.parametrize("content", [None, b"no ROOT file at all, but long enough to be read"])
def test_templates_that_cannot_be_read_are_said(tmp_path, content):
    path = tmp_path / "histograms.root"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=r"templates .* cannot be read"):
        Templates.read(path)


def test_templates_are_found_by_region_sample_and_variation():
    templates = Templates({"SR_sig": make(1), "SR_sig_jes_up": make(2)})
    assert templates["SR", "sig"] is templates["SR_sig"]
    assert templates[TemplateKey("SR", "sig", "jes_up")] is templates["SR_sig_jes_up"]
    assert ("SR", "sig", "jes_up") in templates
    assert ("SR", "bkg") not in templates
    with pytest.raises(ModelError, match="no template 'SR_bkg'"):
        templates["SR", "bkg"]

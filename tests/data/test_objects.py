"""Objects of files without events: histograms as ROOT's sums have them."""

import numpy as np
import pytest
import uproot

from hepline.data.objects import objects_in


def test_histograms_of_root(shared_data):
    path = shared_data / "formats/uproot-histograms.root"
    objects = {stored.name: stored for stored in objects_in(str(path))}
    assert list(objects) == ["one", "two", "three"]
    one = objects["one"]
    assert (one.kind, one.entries, one.bins, one.low, one.high) == (
        "TH1F", 10000.0, (10,), (-3.0,), (3.0,),
    )  # fmt: skip
    with uproot.open(path) as file:
        histogram = file["one"]
        middles = histogram.axis().centers()
        # ROOT's sums hold the values themselves: the bins know them to half a width.
        assert one.mean == pytest.approx(np.average(middles, weights=histogram.values()), abs=0.05)


def test_planes_and_other_objects(tmp_path):
    x, y = np.random.default_rng(1).normal(size=(2, 500))
    with uproot.recreate(tmp_path / "a.root") as file:
        file["folder/plane"] = np.histogram2d(x, y, bins=(4, 5), range=((-2, 2), (-3, 3)))
        file["text"] = "words"
    plane, text = objects_in(str(tmp_path / "a.root"))
    assert (plane.name, plane.bins, plane.high) == ("folder/plane", (4, 5), (2.0, 3.0))
    assert (text.name, text.kind, text.bins) == ("text", "TObjString", ())


def test_files_with_events_are_not_for_this(shared_data):
    assert objects_in(str(shared_data / "formats/uproot-HZZ.root")) == ()
    assert objects_in(str(shared_data / "cms_csv/4mu_2011.csv")) == ()

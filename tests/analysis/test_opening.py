import numpy as np
import pytest

import hepline as hl
from hepline.analysis.opening import fillings_of
from hepline.analysis.samples import samples_of
from hepline.engine.run import Options
from hepline.errors import DataError

ev = hl.events("nanoaod")


@pytest.fixture
def paths(tmp_path, write_flat):
    for name in ("a", "b"):
        write_flat(f"{name}.root", MET_pt=[10.0, 60.0], genWeight=np.float32([2, 3]))
    return {name: str(tmp_path / f"{name}.root") for name in ("a", "b")}


def opened(made, listed):
    return fillings_of(made, {"": samples_of(listed)}, Options())


def test_a_file_is_opened_once_for_all_samples_that_share_it(paths):
    made = hl.Analysis("toy", luminosity=1.0)
    made.sample("low", files="A", where=ev.MET.pt < 30, normalization="mu")
    made.sample("high", files="A", where=ev.MET.pt >= 30)
    made.region("SR", observable=hl.axis(ev.MET.pt, 2, 0, 100))
    (filling,) = opened(made, {"A": {"files": paths["a"], "cross_section": 1.0}})
    samples = [request.component.sample for request in filling.requests.requests]
    assert set(samples) == {"low", "high"}


def test_sums_and_numbers_are_not_stitched_together(paths):
    made = hl.Analysis("toy", luminosity=1.0, weight=ev.genWeight)
    made.sample("W", files={"I": hl.part(), "H": hl.part(where=ev.MET.pt > 30)})
    made.region("SR", observable=hl.axis(ev.MET.pt, 2, 0, 100))
    summed = {"files": [{"path": paths["a"], "sumw": 5.0}]}
    counted = {"files": [{"path": paths["b"], "nevts": 2}]}
    assert len(opened(made, {"I": summed, "H": {"files": [{"path": paths["b"], "sumw": 5}]}})) == 2
    with pytest.raises(DataError, match="'I' is normalized to a sum of generator weights, 'H' to"):
        opened(made, {"I": summed, "H": counted})

import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.analysis.generated import with_sums
from hepline.analysis.samples import FileSet
from hepline.data.open import source
from hepline.engine.run import Options


@pytest.fixture
def write(tmp_path):
    def make(name, sums=None):
        events = {
            "run": np.ones(2, np.uint32),
            "MET_pt": np.ones(2, np.float32),
            "MET_phi": np.zeros(2, np.float32),
            "genWeight": np.float32([1, 2]),
        }
        runs = {"run": np.ones(len(sums or ()), np.uint32), "genEventSumw": np.float64(sums or [])}
        with uproot.recreate(tmp_path / name) as file:
            for tree, columns in (("Events", events), ("Runs", runs if sums else {})):
                if columns:
                    types = {key: column.dtype for key, column in columns.items()}
                    file.mktree(tree, types).extend(columns)
        return str(tmp_path / name)

    return make


def summed(*paths, generated=None):
    opened = source(paths, name="x")
    files = FileSet(tuple(paths), generated or (None,) * len(paths))
    return with_sums(files, opened, Options())


def test_sums_of_all_runs_are_read_file_by_file(write):
    first, second = write("a.root", [10.0, -2.5]), write("b.root", [4.0])
    assert summed(first, second).sums_of_weights == (7.5, 4.0)


def test_what_is_known_otherwise_is_left_alone(write):
    first, second = write("a.root", [10.0]), write("b.root")
    assert summed(first, second).sums_of_weights == ()
    assert summed(first, generated=(5,)).sums_of_weights == ()


def test_a_run_divides_by_them(write):
    made = hl.Analysis("toy", luminosity=1.0, weight=hl.events("nanoaod").genWeight)
    made.sample("sig", cross_section=3.0, normalization="mu")
    ev = hl.events("nanoaod")
    made.region("SR", observable=hl.axis(ev.run, 1, 0, 2))
    result = made.run({"sig": write("a.root", [10.0, -2.5])})
    assert result.templates["SR", "sig"].values() == pytest.approx([3 * 3 / 7.5])

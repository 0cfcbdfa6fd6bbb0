"""Events that would count twice are refused or noted, without reading any."""

from __future__ import annotations

import pytest

import hepline as hl
from hepline.analysis.checks import check_definition
from hepline.analysis.doublecounting import double_counting
from hepline.errors import AnalysisError

ev = hl.events("nanoaod")
AXIS = hl.axis(ev.MET.pt, 2, 0, 100)


def make(**settings):
    made = hl.Analysis("toy", luminosity=1.0, **settings)
    made.sample("sig", cross_section=1.0, normalization="mu")
    return made


def texts(made):
    return [notice.text for notice in double_counting(made)]


def test_samples_that_share_files_divide_them():
    made = make()
    made.sample("ZTT", files="DY", where=ev.HLT.tau, cross_section=2.0)
    made.sample("ZLL", files="DY", where=~ev.HLT.tau, cross_section=2.0)
    assert texts(made) == []
    made.sample("ZEE", files="DY", cross_section=3.0)
    whole, sections = texts(made)
    assert "ZTT and ZLL and ZEE share the files of 'DY', and ZEE takes all" in whole
    assert "the cross-sections 2 and 3 pb in the samples ZTT, ZLL, ZEE" in sections


def test_signals_of_a_grid_may_share_files():
    made = hl.Analysis("toy", luminosity=1.0)
    made.signal("Z", mass=[1, 2], files="Z", cross_section={1: 2.0, 2: 3.0})
    assert texts(made) == []


def test_primary_datasets_need_triggers():
    for files in (["A", "B"], {"A": hl.part(where=ev.HLT.a), "B": hl.part()}):
        made = make()
        made.data(files=files)
        expected = 1 if isinstance(files, list) else 0
        assert len(texts(made)) == expected
    made = make()
    made.data("muons", files={"A": hl.part(where=ev.HLT.a)})
    made.data("electrons", files={"B": hl.part(where=ev.HLT.b)})
    (text,) = texts(made)
    assert "the data are made of A, B: an event that is in two of them counts twice" in text


def test_an_entry_is_data_or_simulation():
    made = make()
    made.data(files="sig")
    made.region("SR", observable=AXIS)
    with pytest.raises(AnalysisError, match="belong to the simulated sample 'sig' and to the data"):
        check_definition(made)


def test_data_that_estimate_and_are_fitted_are_noted():
    made = make()
    made.data()
    for name in ("SR", "SR2", "SS"):
        made.region(name, where=ev.HLT[name], observable=AXIS)
    made.estimate("QCD", data="SS", regions=["SR", "SR2"])
    twice, same = texts(made)
    assert "the data of SS are fitted, and estimate 'QCD' in SR, SR2" in twice
    assert "takes their statistical uncertainties as independent" in same
    made = make()
    made.region("SR", where=ev.HLT.a, observable=AXIS)
    made.region("SS", where=ev.HLT.b, observable=AXIS, fit=False)
    made.estimate("QCD", data="SS")
    assert texts(made) == []


def test_a_file_behind_two_entries_is_found_by_its_place(tmp_path, write_flat):
    """A pattern and another spelling of the path name the same file."""
    write_flat("a.root", MET_pt=[10.0])
    write_flat("b.root", MET_pt=[10.0])
    here = str(tmp_path)
    made = make()
    made.data(files=["A", "B"])
    made.region("SR", observable=AXIS)
    files = {
        "sig": f"{here}/b.root",
        "A": f"{here}/a*.root",
        "B": f"{here}/../{tmp_path.name}/a.root",
    }
    with pytest.raises(AnalysisError, match=r"a\.root is listed in A and in B"):
        made.run(files)
    made = make()
    made.sample("bkg", cross_section=1.0)
    made.region("SR", observable=AXIS)
    notices = made.run({"sig": f"{here}/a.root", "bkg": f"{here}/[a].root"}).notices
    (text,) = [n.text for n in notices if n.kind == "double counting"]
    assert "is listed in sig and in bkg: its events are expected twice" in text

import sys

import pytest

from hepline.errors import AnalysisError, ColumnNotFound
from hepline.share.loading import load_analysis

GOOD = """
from beside import LUMINOSITY
import hepline as hl
toy = hl.Analysis("toy", luminosity=LUMINOSITY)
again = toy
"""


def test_analysis_is_found_whatever_its_name_and_how_many_names_it_has(tmp_path):
    (tmp_path / "beside.py").write_text("LUMINOSITY = 7.0\n")
    (tmp_path / "good.py").write_text(GOOD)
    before = list(sys.path)
    try:
        assert load_analysis(tmp_path / "good.py").luminosity == 7.0
    finally:
        sys.modules.pop("beside", None)
    assert sys.path == before


@pytest.mark.parametrize(
    ("text", "why", "line"),
    [
        ("x = 1\ny = 1 / 0\n", "ZeroDivisionError", "bad.py:2  y = 1 / 0"),
        ("x = (\n", "SyntaxError", "bad.py:1  x = ("),
        ("import no_such_module_at_all\n", "ModuleNotFoundError", "bad.py:1"),
        ("def f():\n    raise ValueError('no')\nf()\n", "ValueError: no", "bad.py:2"),
    ],
)
def test_error_of_python_is_told_with_its_line(tmp_path, text, why, line):
    path = tmp_path / "bad.py"
    path.write_text(text)
    with pytest.raises(AnalysisError, match="stopped at an error of Python") as caught:
        load_analysis(path)
    assert why in caught.value.why
    assert line in caught.value.asked_at


def test_error_of_the_language_stays_what_it_is(tmp_path):
    path = tmp_path / "bad.py"
    path.write_text("import hepline as hl\nx = hl.events('nanoaod').Jet.ptt\n")
    with pytest.raises(ColumnNotFound) as caught:
        load_analysis(path)
    assert "bad.py:2" in caught.value.asked_at


def test_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "analysis.txt"
    path.write_text("x = 1")
    with pytest.raises(AnalysisError, match="is not a Python file"):
        load_analysis(path)


def test_folder_is_no_analysis(tmp_path):
    with pytest.raises(AnalysisError, match="no analysis file"):
        load_analysis(tmp_path)


def test_missing_file_names_those_that_are_there(tmp_path):
    with pytest.raises(AnalysisError) as caught:
        load_analysis(tmp_path / "search.py")
    assert caught.value.fix == "check the path, and the folder you are in."
    (tmp_path / "searches.py").write_text("")
    with pytest.raises(AnalysisError) as caught:
        load_analysis(tmp_path / "search.py")
    assert caught.value.fix == "did you mean 'searches.py'?"


def test_file_without_analysis_is_refused(tmp_path):
    path = tmp_path / "empty.py"
    path.write_text("")
    with pytest.raises(AnalysisError, match="defines 0 analyses"):
        load_analysis(path)

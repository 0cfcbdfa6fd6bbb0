"""Every error that hepline raises says what, why and how to fix it; none is bare."""

import ast
import inspect
import pickle
from pathlib import Path

import pytest

import hepline
from hepline import errors

SOURCE = Path(hepline.__file__).parent
OURS = {
    name
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, errors.HeplineError)
}
FORBIDDEN = {"Exception", "BaseException", "RuntimeError", "AssertionError"}


def modules():
    return sorted(SOURCE.rglob("*.py"))


def name_of(call):
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


@pytest.mark.parametrize("module", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_errors_have_three_parts(module):
    tree = ast.parse(module.read_text("utf-8"))
    for node in ast.walk(tree):
        where = f"{module}:{getattr(node, 'lineno', 0)}"
        assert not isinstance(node, ast.Assert), f"{where} asserts; raise an error that explains"
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            assert name_of(node.exc) not in FORBIDDEN, f"{where} raises a bare {name_of(node.exc)}"
        if isinstance(node, ast.Call) and name_of(node) in OURS:
            given = {keyword.arg for keyword in node.keywords}
            for part in ("why", "fix"):
                assert part in given, f"{where} gives no {part}="
            assert node.args, f"{where} does not say what is wrong"
        if isinstance(node, ast.ExceptHandler):
            names = (
                {part.id for part in ast.walk(node.type) if isinstance(part, ast.Name)}
                if (node.type)
                else {"everything"}
            )
            swallowed = all(isinstance(line, ast.Pass) for line in node.body)
            broad = names & {"Exception", "BaseException", "everything"}
            assert not (broad and swallowed), f"{where} swallows {broad}"


def test_an_error_shows_its_parts_and_the_users_line():
    error = errors.DataError("the file a.root is empty.", why="it has 0 bytes.", fix="fetch it.")
    what, why, fix, asked = str(error).splitlines()
    assert what == "the file a.root is empty."
    assert why == "  why: it has 0 bytes."
    assert fix == "  fix: fetch it."
    assert asked.startswith("  asked at: test_errors.py:")
    assert "errors.DataError(" in asked


def test_errors_survive_the_way_to_another_process():
    error = errors.ColumnNotFound("no column 'x'.", why="because.", fix="none.", asked_at="a.py:3")
    back = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert type(back) is errors.ColumnNotFound
    assert str(back) == str(error)


def test_every_error_of_the_tree_explains_itself():
    drawn = errors.__doc__
    for name in OURS:
        assert name in drawn
        assert getattr(errors, name).__doc__
    assert set(errors.__all__) >= OURS


@pytest.mark.parametrize(
    ("asked", "known", "answer"),
    [
        ("Muon_ptt", ["Muon_pt", "Muon_eta"], "did you mean 'Muon_pt'"),
        ("muon_PT", ["Muon_pt", "Jet_pt"], "did you mean 'Muon_pt'"),
        ("zzz", ["Muon_pt", "Jet_pt"], "choose one of 'Jet_pt', 'Muon_pt'."),
        ("x", [], "no names to choose from"),
    ],
)
def test_the_nearest_names_are_offered(asked, known, answer):
    assert answer in errors.nearest(asked, known)

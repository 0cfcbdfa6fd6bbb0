"""Plain English: turns of phrase that no native engineer would write stay out of the package."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "hepline"

DENIED = {
    r"(?<!there )(?<!There )\b(is|are) no (?!longer|larger|smaller|more|less|further|better|worse|"
    r"other|loss|way|such)\w": "say what it is not: 'is not a number'",
    r"where not given": "say the default: 'the observed data by default'",
    r"\bleave \w+( \w+)? away\b": "say 'leave out' or 'drop'",
    r"\b(is|are) to be (?!called)\w+": "say who does it: 'cannot hold the parameter'",
    r"\bcannot be had\b": "say what is not available",
    r"\bto nobody\b": "say who does not learn it",
    r'"""As (the|its|for) [^"]*"""': "say what it returns: 'The kind of the parent.'",
    r'"""(The )?[Ss]ame \w+\."""': "say what it returns: 'The type of the values.'",
}

# Participles that tell nothing of what a variable holds.
NAMELESS = {"asked", "chosen", "each", "found", "one", "said", "told"}
# Modules whose variables do not have nouns for names yet; the list only gets shorter.
NOT_YET = (
    "__init__.py",
    "cli/",
    "errors.py",
    "share/",
    "show/inference",
    "show/peaks",
    "spectra/",
    "stats/",
)
# Their text is part of every kernel, which is compiled again when it changes.
TEXT_OF_KERNELS = ("engine/compiled/kernels.py", "engine/compiled/integers.py")

FILES = sorted((*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.j2")))


@pytest.mark.parametrize("pattern", DENIED)
def test_turns_of_phrase_stay_out(pattern):
    said = [
        f"{path.relative_to(PACKAGE)}:{number}: {line.strip()}"
        for path in FILES
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert not said, f"{DENIED[pattern]}\n" + "\n".join(said)


def test_patterns_match_what_they_deny():
    examples = [
        "this is no column",
        "The first where not given.",
        "leave them away",
        "it is to be tested",
        "it cannot be had",
        "says to nobody",
        '"""As the parent."""',
        '"""Same shape."""',
    ]
    for pattern, example in zip(DENIED, examples, strict=True):
        assert re.search(pattern, example)
        assert not re.search(pattern, "there is no file, and it is no longer there")


def names_set_in(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno


def nameless_variables(path):
    return [f"{path}:{line}: {name}" for name, line in names_set_in(path) if name in NAMELESS]


def test_variables_have_nouns_for_names():
    done = [
        path
        for path in FILES
        if path.suffix == ".py"
        and not path.relative_to(PACKAGE).as_posix().startswith((*NOT_YET, *TEXT_OF_KERNELS))
    ]
    nameless = [variable for path in done for variable in nameless_variables(path)]
    assert not nameless, "name what it holds:\n" + "\n".join(nameless)


@pytest.mark.parametrize("beginning", NOT_YET)
def test_no_module_waits_for_names_that_it_has(beginning):
    waiting = [p for p in FILES if p.relative_to(PACKAGE).as_posix().startswith(beginning)]
    assert any(nameless_variables(path) for path in waiting if path.suffix == ".py"), (
        f"{beginning} has nouns for names: take it off NOT_YET"
    )

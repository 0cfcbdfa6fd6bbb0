"""Plain English: turns of phrase that no native engineer would write stay out of the package."""

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
}

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
    ]
    for pattern, example in zip(DENIED, examples, strict=True):
        assert re.search(pattern, example)
        assert not re.search(pattern, "there is no file, and it is no longer there")

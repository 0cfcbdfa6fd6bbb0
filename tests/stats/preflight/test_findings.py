from dataclasses import asdict, replace

import pytest

from hepline.stats.preflight import Finding, summaries

HUGE = Finding("HL204", "warning", "huge variations", "+200 %", "why", "fix", "SR", "top", "jes", 3)
IDLE = Finding("HL105", "note", "idle", "0 expected", "why", "fix")


def test_a_finding_is_one_line_with_its_place():
    assert str(HUGE) == "HL204 warning: SR / top / jes / bin 3: +200 %"
    assert str(IDLE) == "HL105 note: 0 expected"
    assert asdict(HUGE)["bin"] == 3


def test_alike_findings_are_summed_up():
    more = [replace(HUGE, modifier=f"np{index:03}") for index in range(200)]
    many, note = summaries([IDLE, *more])
    assert (many.count, many.first.modifier) == (200, "np000")
    assert str(many) == (
        "HL204 warning: huge variations: 200 times (first: SR / top / np000 / bin 3: +200 %)"
    )
    assert str(note) == "HL105 note: idle: 0 expected"


def test_severities_of_one_code_are_kept_apart():
    both = summaries([replace(HUGE, severity="note"), HUGE])
    assert [each.severity for each in both] == ["warning", "note"]
    assert summaries([]) == ()


def test_findings_are_frozen():
    with pytest.raises(AttributeError):
        HUGE.code = "HL205"

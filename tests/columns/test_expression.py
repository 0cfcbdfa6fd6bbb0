"""Which columns may be mixed."""

from dataclasses import dataclass, replace

import pytest

import hepline as hl
from hepline.columns.events import Events
from hepline.columns.expression import Origin, common_origin
from hepline.columns.schema import ColumnSpec, Schema
from hepline.columns.source import Part
from hepline.errors import LanguageError


@dataclass(frozen=True)
class Files:
    """A source that is compared by value, and that has no hash, as that of ROOT files."""

    name: str
    schema: Schema
    parts: tuple[Part, ...]
    unreadable: tuple[tuple[str, str], ...] = ()


def opened(path="a/events.root", entries=10, column="x"):
    schema = Schema.from_specs("events.root", [ColumnSpec(column, "float32")])
    return Events(Origin(schema, Files("events.root", schema, (Part(path, entries, 99),))))


def test_symbolic_events_made_twice_are_the_same():
    one, two = hl.events("nanoaod"), hl.events("nanoaod")
    mixed = one.Muon[two.Muon.pt > 20].pt + two.MET.pt
    assert mixed.origin == one.origin == two.origin
    assert hash(one.origin) == hash(two.origin)


def test_files_opened_twice_are_the_same():
    one, two = opened(), opened()
    assert one.origin.source is not two.origin.source
    assert (one.x + two.x).origin == one.origin
    assert common_origin(one.x, two.x, 3, one) is one.origin


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (opened("b/events.root"), ("a/events.root", "b/events.root")),
        (opened(entries=11), ("10 events", "11 events")),
        (Events(replace(opened().origin, source=None)), ("symbolic", "a/events.root")),
    ],
)
def test_events_that_differ_under_one_name_are_told_apart(other, words):
    with pytest.raises(LanguageError) as caught:
        _ = opened().x + other.x
    for word in words:
        assert word in caught.value.what


def test_symbolic_events_do_not_mix_with_a_file():
    with pytest.raises(LanguageError, match=r"nanoaod and events\.root"):
        _ = hl.events("nanoaod").MET.pt + opened().x

"""Samples for pairs: every n-th event, first elements of lists, without sentinels."""

import numpy as np
import pandas
import pytest

import hepline as hl
from hepline.errors import ColumnNotFound, LanguageError
from hepline.survey.pairing import pair_content


@pytest.fixture
def file(write_csv):
    random = np.random.default_rng(1)
    x = random.normal(size=1000)
    return write_csv(
        "a.csv",
        {
            "x": x,
            "y": 2 * x + random.normal(size=1000),
            "z": np.where(np.arange(1000) % 5 == 0, -999.0, random.random(1000)),
            "kind": random.choice(["a", "b"], 1000),
            "n": np.arange(1000),
        },
    )


def test_values_and_correlations_are_those_of_pandas(file):
    content = pair_content(hl.open(file), ["x", "y", "z"], "kind", 5000)
    table = pandas.read_csv(file)
    assert content.columns["x"].tolist() == table.x.tolist()
    assert content.classes.tolist() == table.kind.tolist()
    expected = table[["x", "y", "z"]].replace(-999.0, np.nan).corr().to_numpy()
    assert content.correlations == pytest.approx(expected, abs=1e-9)
    assert content.notes == ("z without −999",)
    assert str(content) == "1000 events; z without −999"


def test_every_nth_event(file):
    content = pair_content(hl.open(file), ["n", "x"], None, 300)
    assert content.columns["n"].tolist() == list(range(0, 1000, 4))
    assert str(content) == "250 events, one in 4 of 1000"


def test_lists_give_their_first_element(write_tree):
    events = hl.open(write_tree("a.root", {"x": [[1.0, 5.0], [], [2.0]], "y": [3.0, 4.0, 5.0]}))
    content = pair_content(events, {"first": "x", "y": events.y}, events.y > 3.5, 10)
    assert content.columns["first"].tolist()[::2] == [1.0, 2.0]
    assert np.isnan(content.columns["first"][1])
    assert content.classes.tolist() == ["False", "True", "True"]


def test_mistakes(file):
    events = hl.open(file)
    with pytest.raises(LanguageError, match="1 column"):
        pair_content(events, ["x"], None, 100)
    with pytest.raises(LanguageError, match="1000 different values"):
        pair_content(events, ["x", "y"], "n", 5000)
    with pytest.raises(LanguageError, match="events"):
        pair_content(events, [events[events.x > 0].x, events.y], None, 100)
    with pytest.raises(ColumnNotFound):
        pair_content(events, ["x", "yy"], None, 100)

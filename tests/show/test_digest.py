import dataclasses
from functools import partial

import numpy as np
import pytest

from hepline.show import digest as digest_module
from hepline.show.digest import digest_of
from hepline.show.regions import draw_region
from hepline.show.variations import draw_variations

NOTHING = float("nan")


def shown(*values, **named):
    return digest_of(partial(draw_region, *values, **named))


def test_the_same_content_has_the_same_digest(small):
    copy = dataclasses.replace(small.prefit[0], data=small.prefit[0].data.copy())
    assert shown(small.regions[0], copy) == shown(small.regions[0], small.prefit[0])
    assert shown(NOTHING, np.float64(2)) == shown(float("nan"), np.float64(2))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (1, 1.0),
        (1, True),
        (0.0, -0.0),
        ("1", 1),
        (b"1", "1"),
        (None, ""),
        ((1, 2), (12,)),
        (("ab", "c"), ("a", "bc")),
        ((), None),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (np.zeros(2), np.zeros((2, 1))),
        (np.zeros(2), np.zeros(2, np.float32)),
        (np.array(["a"]), np.array(["b"])),
        (draw_region, draw_variations),
        (partial(draw_region, 1), partial(draw_region, a=1)),
    ],
)
def test_what_is_drawn_in_another_way_has_another_digest(first, second):
    assert shown(first) != shown(second)


def test_a_single_count_of_the_data_is_noticed(small):
    prediction = small.prefit[0]
    for name in ("data", "total", "uncertainty"):
        values = getattr(prediction, name).copy()
        values[3] = np.nextafter(values[3], np.inf)
        changed = dataclasses.replace(prediction, **{name: values})
        assert shown(changed) != shown(prediction), name


def test_hidden_data_have_another_digest(small):
    prediction = small.prefit[0]
    hidden = dataclasses.replace(prediction, data=np.full_like(prediction.data, np.nan))
    assert shown(hidden) != shown(prediction)


def test_another_code_or_library_has_another_digest(monkeypatch, tmp_path):
    before = shown(1)
    monkeypatch.setattr(digest_module.mpl, "__version__", "0.1")
    digest_module._code.cache_clear()
    other_library = shown(1)
    monkeypatch.undo()
    (tmp_path / "a.py").write_text("")
    monkeypatch.setattr(digest_module, "_PACKAGE", tmp_path)
    digest_module._code.cache_clear()
    other_code = shown(1)
    monkeypatch.undo()
    digest_module._code.cache_clear()
    assert len({before, other_library, other_code}) == 3
    assert shown(1) == before


@pytest.mark.parametrize("what", [object(), lambda: 0, {1, 2}, np.array([None])])
def test_what_could_change_without_a_trace_is_refused(what):
    with pytest.raises(TypeError, match="no digest"):
        shown(what)

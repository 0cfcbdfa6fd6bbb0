"""What can be said of columns of text, and what cannot."""

import numpy as np
import pytest

import hepline as hl
from hepline.columns.events import events
from hepline.columns.schema import ColumnSpec, Schema
from hepline.columns.text import Text, code_of
from hepline.errors import ColumnNotFound, LanguageError, TypeMismatch

EV = events(
    schema=Schema.from_specs(
        "words",
        [
            ColumnSpec("stream", "string"),
            ColumnSpec("met", "float32"),
            ColumnSpec("Trk_name", "string", "Trk"),
            ColumnSpec("Trk_kind", "string", "Trk"),
            ColumnSpec("Trk_pt", "float32", "Trk"),
            ColumnSpec("Vtx_name", "string", "Vtx"),
        ],
    )
)


def test_codes_are_those_of_the_published_hash():
    # Test vectors of Fowler, Noll and Vo: http://www.isthe.com/chongo/src/fnv/test_fnv.c
    assert code_of("") == 0xCBF29CE484222325
    assert code_of("a") == 0xAF63DC4C8601EC8C
    assert code_of("foobar") == 0x85944171F73967E8
    assert code_of(b"foobar") == code_of("foobar")


def test_text_keeps_its_type_wherever_it_is_chosen_from():
    assert repr(EV.stream) == "<stream  type='event * string'>"
    assert "event * var * string" in repr(EV.Trk.name)
    for chosen in (
        EV.Trk[EV.Trk.pt > 1].name,
        EV.Trk.name[EV.Trk.pt > 1],
        EV.Trk.sort(EV.Trk.pt).name,
    ):
        assert isinstance(chosen, Text)
        assert str((chosen == "a").type) == "event * var * bool"
    assert str((EV.Trk[0].name == "a").type) == "event * ?bool"
    assert isinstance(hl.concat(EV.Trk, EV.Vtx).name, Text)
    assert str(hl.count(EV.Trk.name).type) == "event * int64"
    assert str(EV.Trk[0].name.is_missing().type) == "event * bool"


def test_equal_questions_are_one_recipe():
    assert (EV.stream == "a").node is (EV.stream == "a").node
    assert (np.str_("a") == EV.stream).node is (EV.stream == b"a").node
    assert hl.isin(EV.stream, ["b", "a"]).node is np.isin(EV.stream, ["a", "b", "a"]).node
    assert hl.isin(EV.stream, ["b", "a"]).node is EV.stream.isin(("a", "b")).node
    assert hl.isin(EV.stream, np.array(["a"])).node is hl.isin(EV.stream, ["a"]).node


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (lambda: EV.stream + 1, TypeMismatch),
        (lambda: 2 * EV.stream, TypeMismatch),
        (lambda: EV.stream < "b", TypeMismatch),
        (lambda: EV.stream + EV.met, TypeMismatch),
        (lambda: EV.met > EV.stream, TypeMismatch),
        (lambda: EV.stream == 3, TypeMismatch),
        (lambda: EV.stream == EV.met, TypeMismatch),
        (lambda: hl.isin(EV.stream, "abc"), TypeMismatch),
        (lambda: hl.isin(EV.stream, [1, 2]), TypeMismatch),
        (lambda: hl.where(EV.met > 1, EV.stream, EV.met), TypeMismatch),
        (lambda: hl.hist(EV.stream, bins=(2, 0, 2)), TypeMismatch),
        (lambda: hl.sum(EV.Trk.name), TypeMismatch),
        (lambda: hl.sort(EV.Trk.name), TypeMismatch),
        (lambda: EV.Trk.sort(EV.Trk.name), TypeMismatch),
        (lambda: EV.Trk.field("name"), TypeMismatch),
        (lambda: EV[EV.stream], TypeMismatch),
        (lambda: EV.stream.upper(), ColumnNotFound),
        (lambda: np.sort(EV.stream), LanguageError),
        (lambda: bool(EV.stream), LanguageError),
    ],
)
def test_nothing_else_is_done_with_text(wrong, error):
    with pytest.raises(error) as caught:
        wrong()
    assert caught.value.why
    assert caught.value.fix


def test_text_of_other_lists_does_not_pair():
    with pytest.raises(hl.HeplineError, match="different things"):
        _ = EV.Trk.name == EV.Vtx.name
    assert str((EV.Trk.name == EV.Trk.kind).type) == "event * var * bool"
    assert str((EV.Trk.name == EV.stream).type) == "event * var * bool"

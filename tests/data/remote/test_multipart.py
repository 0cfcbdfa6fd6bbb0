"""Several ranges of a file in one answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepline.data.remote.multipart import boundary_of, parts_of


def answer_of(parts, boundary, total=1024):
    """As RFC 9110 and RFC 2046 have it."""
    pieces = [b"a preamble\r\n"]
    for begin, content in parts:
        pieces.append(b"--" + boundary.encode() + b"\r\nContent-Type: text/plain\r\n")
        last = begin + len(content) - 1
        pieces.append(f"CONTENT-RANGE: bytes {begin}-{last}/{total}\r\n\r\n".encode())
        pieces.append(content + b"\r\n")
    return b"".join([*pieces, b"--" + boundary.encode() + b"--\r\n"])


@pytest.mark.parametrize(
    ("kind", "boundary"),
    [
        ("multipart/byteranges; boundary=123456", "123456"),
        ('Multipart/ByteRanges; charset=x; boundary="a b"', "a b"),
        ("application/octet-stream", None),
        ("", None),
    ],
)
def test_boundary(kind, boundary):
    assert boundary_of(kind) == boundary


@given(
    parts=st.lists(st.tuples(st.integers(0, 999), st.binary(min_size=1, max_size=60)), max_size=9),
    boundary=st.sampled_from(["123456", "a", "--"]),
)
def test_parts_come_back_whatever_they_hold(parts, boundary):
    line = f"--{boundary}".encode()
    parts = [*parts, (3, b"\r\n" + line + b"--\r\n" + line)]
    made = list(parts_of(answer_of(parts, boundary), boundary))
    assert [(part.begin, bytes(part.content)) for part in made] == parts
    assert {part.total for part in made} == {1024}


def test_a_server_that_does_not_say_the_size():
    (part,) = parts_of(answer_of([(0, b"abc")], "x", total="*"), "x")
    assert part.total is None


@pytest.mark.parametrize("cut", range(1, 110, 4))
def test_an_answer_that_breaks_off_is_noticed(cut):
    whole = answer_of([(0, b"abcdefgh"), (90, b"ijk")], "xyz")
    with pytest.raises(ValueError, match="part"):
        list(parts_of(whole[: -cut - 4], "xyz"))

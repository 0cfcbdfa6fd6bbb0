"""The bytes of one file, for readers and for libraries."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepline.data.remote.file import PAGE, RemoteFile
from hepline.data.remote.joining import Joining
from hepline.data.remote.store import Store

FILE = bytes(place * place % 251 for place in range(20 * PAGE + 77))


class Counted:
    joining = Joining(segments=1, size=1 << 20, free=0)

    def __init__(self):
        self.asked = []

    def bring(self, segments):
        self.asked += segments
        return [memoryview(FILE)[begin:end] for begin, end in segments]


@pytest.fixture
def counted():
    return Counted()


@pytest.fixture
def file(counted):
    return RemoteFile("https://a", counted, size=len(FILE), head=FILE[:PAGE], store=Store())


def test_small_things_bring_their_page_once(file, counted):
    assert bytes(file.look(3 * PAGE + 5, 3 * PAGE + 9)) == FILE[3 * PAGE + 5 : 3 * PAGE + 9]
    assert bytes(file.look(3 * PAGE, 4 * PAGE)) == FILE[3 * PAGE : 4 * PAGE]
    assert counted.asked == [(3 * PAGE, 4 * PAGE)]
    assert bytes(file.look(2 * PAGE, 5 * PAGE)) == FILE[2 * PAGE : 5 * PAGE]
    assert file.traffic.requests == 3


def test_head_is_not_asked_for_again(file, counted):
    assert bytes(file.look(0, 400)) == FILE[:400]
    file.ahead([(10, 20)], needed=True)
    assert bytes(file.get(10, 20)) == FILE[10:20]
    assert counted.asked == []
    assert (file.traffic.bytes, file.traffic.requests) == (PAGE, 1)


def test_large_things_come_as_they_are(file, counted):
    file.look(PAGE + 1, 9 * PAGE)
    assert counted.asked == [(PAGE + 1, 9 * PAGE)]


def test_the_end_of_a_large_thing_is_not_asked_for_again(file, counted):
    file.look(9 * PAGE + 5, 11 * PAGE)
    assert bytes(file.look(2 * PAGE + 7, 11 * PAGE)) == FILE[2 * PAGE + 7 : 11 * PAGE]
    assert counted.asked == [(9 * PAGE, 11 * PAGE), (2 * PAGE + 7, 9 * PAGE)]


def test_what_a_reader_has_ordered_a_library_finds(file, counted):
    file.ahead([(5 * PAGE + 1, 5 * PAGE + 90)])
    stream = file.stream()
    stream.seek(5 * PAGE + 1)
    assert stream.read(89) == FILE[5 * PAGE + 1 :][:89]
    assert counted.asked == [(5 * PAGE + 1, 5 * PAGE + 90)]


def test_nothing_beyond_the_end(file):
    file.ahead([(len(FILE) - 5, len(FILE) + 5), (-3, 4), (7, 7)])
    with pytest.raises(OSError, match="ends at byte"):
        file.get(len(FILE) - 5, len(FILE) + 5)
    assert bytes(file.get(7, 7)) == b""
    assert bytes(file.look(len(FILE) - 5, len(FILE) + 5)) == FILE[-5:]


def test_a_whole_file_is_copied(file):
    copy = io.BytesIO()
    file.copy_to(copy)
    assert copy.getvalue() == FILE


steps = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(-1, 8 * PAGE)),
        st.tuples(st.just("readinto"), st.integers(0, 100)),
        st.tuples(st.just("start"), st.integers(0, len(FILE) + 9)),
        st.tuples(st.just("end"), st.integers(-len(FILE), 9)),
        st.tuples(st.just("on"), st.integers(0, 999)),
    )
)


@given(steps=steps)
def test_a_stream_reads_as_a_file_in_memory_does(steps):
    store = Store(kept=PAGE)
    stream = RemoteFile("https://a", Counted(), size=len(FILE), store=store).stream()
    oracle = io.BytesIO(FILE)
    whence = {"start": io.SEEK_SET, "on": io.SEEK_CUR, "end": io.SEEK_END}
    for step, number in steps:
        if step == "read":
            assert stream.read(number) == oracle.read(number)
        elif step == "readinto":
            mine, other = bytearray(number), bytearray(number)
            assert stream.readinto(mine) == oracle.readinto(other)
            assert mine == other
        else:
            stream.seek(number, whence[step])
            oracle.seek(number, whence[step])
        assert stream.tell() == oracle.tell()

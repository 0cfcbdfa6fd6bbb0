"""Files on a server that speaks HTTP, and what can go wrong with it."""

import os
import socket

import pytest

from hepline.data.remote import http as module
from hepline.data.remote.file import PAGE
from hepline.data.remote.http import open_http
from hepline.errors import FileUnreadable

FILE = os.urandom(20 * PAGE)


@pytest.fixture
def address(http):
    (http.folder / "a file.root").write_bytes(FILE)
    return f"{http.address}/a%20file.root"


def test_ranges_come_over_connections_that_are_kept(http, address):
    http.many = "first"
    file = open_http(address)
    assert (file.size, file.traffic.requests) == (len(FILE), 1)
    pieces = [(begin, begin + 700) for begin in range(PAGE, len(FILE) - 700, 2 * PAGE)]
    file.ahead(pieces)
    for begin, end in pieces:
        assert bytes(file.get(begin, end)) == FILE[begin:end]
    asked = [spans for _, spans, _ in http.requests if len(spans) == 1]
    assert sorted(asked) == sorted([((0, PAGE),), *((piece,) for piece in pieces)])
    assert file.traffic.bytes == PAGE + 700 * len(pieces)
    assert file.traffic.bytes <= http.sent < file.traffic.bytes + 300
    assert http.connections <= 9


def test_far_ranges_come_in_one_request_where_the_server_can_do_that(http, address):
    http.many = "all"
    file = open_http(address)
    pieces = [(begin, begin + 700) for begin in range(PAGE, len(FILE) - 700, 2 * PAGE)]
    http.clear()
    http.cuts = [300]
    file.ahead(pieces)
    for begin, end in pieces:
        assert bytes(file.get(begin, end)) == FILE[begin:end]
    assert http.requests == [("a file.root", tuple(pieces), 206)] * 2
    assert file.traffic.bytes == PAGE + 700 * len(pieces)


@pytest.mark.parametrize("many", ["first", "whole"])
def test_a_server_that_no_longer_gives_several_ranges(http, address, many):
    http.many = "all"
    file = open_http(address)
    http.many = many
    pieces = [(begin, begin + 700) for begin in range(PAGE, len(FILE) - 700, 2 * PAGE)]
    http.clear()
    file.ahead(pieces)
    for begin, end in pieces:
        assert bytes(file.get(begin, end)) == FILE[begin:end]
    assert {spans for _, spans, _ in http.requests} >= {tuple(pieces), (pieces[-1],)}


def test_several_ranges_of_a_file_that_has_changed(http, address):
    http.many = "all"
    file = open_http(address)
    path = http.folder / "a file.root"
    path.write_bytes(FILE + b"more")
    http.tags = False
    file.ahead([(2 * PAGE, 2 * PAGE + 9), (9 * PAGE, 9 * PAGE + 9)])
    with pytest.raises(FileUnreadable, match="changed while it was read"):
        file.get(2 * PAGE, 2 * PAGE + 9)


def test_answers_that_break_off_and_servers_that_are_busy_are_asked_again(http, address):
    http.cuts = [100]
    http.statuses = [502, 429]
    file = open_http(address)
    http.cuts = [0, 300]
    http.statuses = [503]
    assert bytes(file.get(2 * PAGE, 3 * PAGE)) == FILE[2 * PAGE : 3 * PAGE]


def test_a_server_that_stays_busy_is_given_up(http, address):
    file = open_http(address)
    http.statuses = [503] * 20
    with pytest.raises(FileUnreadable, match="answered 503") as caught:
        file.get(2 * PAGE, 3 * PAGE)
    assert "6 tries" in caught.value.why
    assert "hl.dataset" in caught.value.fix


@pytest.mark.parametrize(("status", "word"), [(404, "misspelt"), (401, "who you are"), (403, "ha")])
def test_a_server_that_refuses_is_not_asked_again(http, address, status, word):
    http.statuses = [status]
    with pytest.raises(FileUnreadable, match=f"answered {status}") as caught:
        open_http(address)
    assert word in caught.value.why
    assert len(http.requests) == 1


def test_a_refused_connection_is_soon_given_up():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    with pytest.raises(FileUnreadable, match=f"no connection to 127.0.0.1:{port}") as caught:
        open_http(f"http://127.0.0.1:{port}/a.root")
    assert "refused" in caught.value.why


def test_a_host_that_does_not_exist_is_named(monkeypatch):
    def unknown(*_args, **_options):
        raise socket.gaierror("Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(FileUnreadable, match="no connection to no-such-host"):
        open_http("http://no-such-host.invalid/a.root")


@pytest.mark.parametrize("tags", [True, False])
def test_a_file_that_changes_between_two_requests_is_noticed(http, address, tags):
    http.tags = tags
    file = open_http(address)
    (http.folder / "a file.root").write_bytes(FILE + b"more")
    with pytest.raises(FileUnreadable, match="changed while it was read") as caught:
        file.get(2 * PAGE, 3 * PAGE)
    assert (str(len(FILE) + 4) in caught.value.why) == (not tags)


def test_a_file_of_the_same_size_and_another_tag_is_noticed(http, address):
    file = open_http(address)
    path = http.folder / "a file.root"
    path.write_bytes(FILE[::-1])
    os.utime(path, ns=(1, 1))
    with pytest.raises(FileUnreadable, match="changed while it was read") as caught:
        file.get(2 * PAGE, 3 * PAGE)
    assert file.version in caught.value.why


def test_a_file_that_becomes_shorter_is_noticed(http, address):
    file = open_http(address)
    (http.folder / "a file.root").write_bytes(FILE[:PAGE])
    with pytest.raises(FileUnreadable, match="changed while it was read"):
        file.get(2 * PAGE, 3 * PAGE)


def test_a_server_without_ranges_sends_a_small_file_once(http, address):
    http.ranges = False
    file = open_http(address)
    assert bytes(file.get(5, 3 * PAGE)) == FILE[5 : 3 * PAGE]
    assert bytes(file.look(7, 9)) == FILE[7:9]
    assert len(http.requests) == 1


def test_a_server_without_ranges_is_refused_for_a_large_file(http, address, monkeypatch):
    http.ranges = False
    monkeypatch.setattr(module, "WHOLE", 5 * PAGE)
    with pytest.raises(FileUnreadable, match="cannot be read in place") as caught:
        open_http(address)
    assert caught.value.fix == f"fetch it first: hl.open(hl.dataset('{address}'))."


def test_a_server_that_forgets_about_ranges_is_noticed_before_the_file_comes(http, address):
    file = open_http(address)
    http.clear()
    http.ranges = False
    with pytest.raises(FileUnreadable, match="cannot be read in place"):
        file.get(2 * PAGE, 3 * PAGE)
    assert len(http.requests) == 1


def test_a_page_of_a_proxy_is_not_a_file(http, address):
    page = {"a file.root": b"<!DOCTYPE html><html><body>Please log in</body></html>"}
    http.pages = page
    with pytest.raises(FileUnreadable, match="page of the web"):
        open_http(address)
    http.pages = {}
    file = open_http(address)
    http.pages = page
    with pytest.raises(FileUnreadable, match="page of the web"):
        file.get(2 * PAGE, 3 * PAGE)


def test_an_empty_file_is_empty(http):
    (http.folder / "none.root").write_bytes(b"")
    assert open_http(f"{http.address}/none.root").size == 0

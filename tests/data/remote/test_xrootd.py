"""Files on a real XRootD server."""

import os
import socket
import subprocess
import sys
import time
import zlib

import pytest

from hepline.data.remote.file import PAGE
from hepline.data.remote.xrootd import open_xrootd
from hepline.errors import FileUnreadable, MissingPackage

FILE = os.urandom(300 * PAGE + 3)


@pytest.fixture
def served(xrootd, tmp_path):
    """A file in the server's folder; of another name for each test, since it keeps files open."""
    path = tmp_path / f"{tmp_path.name}.root"
    path.write_bytes(FILE)
    xrootd.put(path)
    return xrootd.files / path.name


@pytest.fixture
def address(xrootd, served):
    return f"{xrootd.address}/{served.name}"


def test_far_ranges_come_in_one_request(address):
    file = open_xrootd(address)
    assert file.size == len(FILE)
    pieces = [(begin, begin + 700) for begin in range(0, len(FILE) - 700, PAGE)]
    file.ahead(pieces)
    for begin, end in pieces:
        assert bytes(file.get(begin, end)) == FILE[begin:end]
    assert (file.traffic.bytes, file.traffic.requests) == (700 * len(pieces), 1)


def test_ranges_longer_than_an_element_of_a_request(address):
    file = open_xrootd(address)
    pieces = [(7, 3_000_000), (3_000_100, 3_000_101), (3_100_000, 4_000_000)]
    file.ahead(pieces, needed=True)
    for begin, end in pieces:
        assert bytes(file.get(begin, end)) == FILE[begin:end]
    assert file.traffic.requests == 1
    assert bytes(file.get(0, len(FILE))) == FILE


def test_checksum_is_that_of_the_server(address):
    assert open_xrootd(address).checksum() == f"adler32:{zlib.adler32(FILE):08x}"


def test_a_file_that_is_not_there_is_named(xrootd):
    with pytest.raises(FileUnreadable, match=r"none\.root cannot be read") as caught:
        open_xrootd(f"{xrootd.address}/none.root")
    assert "no such file" in caught.value.why
    assert "two slashes" in caught.value.fix


def test_a_path_with_one_slash_says_what_is_missing(xrootd):
    with pytest.raises(FileUnreadable, match="cannot be read") as caught:
        open_xrootd(f"root://127.0.0.1:{xrootd.port}/store/a.root")
    assert "two slashes" in caught.value.fix


def test_a_file_for_others_is_refused(served, address):
    if os.geteuid():
        pytest.skip("the server runs as the owner of the file")
    served.chmod(0o600)
    with pytest.raises(FileUnreadable, match="does not let you") as caught:
        open_xrootd(address)
    assert "denied" in caught.value.why
    assert "kinit" in caught.value.fix


def test_a_refused_connection_is_soon_given_up():
    pytest.importorskip("XRootD")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    with pytest.raises(FileUnreadable, match=f"no connection to 127.0.0.1:{port}"):
        open_xrootd(f"root://127.0.0.1:{port}//store/a.root")


def test_a_file_that_is_written_meanwhile_is_noticed(served, address):
    file = open_xrootd(address)
    assert bytes(file.get(5, 90)) == FILE[5:90]
    with served.open("ab") as stream:
        stream.write(b"more")
    with pytest.raises(FileUnreadable, match="changed while it was read") as caught:
        file.get(4_000_000, 4_000_100)
    assert f"{len(FILE) + 4} bytes" in caught.value.why


@pytest.mark.slow
def test_a_server_that_starts_again_goes_on(xrootd, address):
    file = open_xrootd(address)
    assert bytes(file.get(5, 90)) == FILE[5:90]
    xrootd.stop()
    xrootd.start()
    assert bytes(file.get(1_000, 2_000)) == FILE[1_000:2_000]
    assert bytes(file.get(4_000, 5_000)) == FILE[4_000:5_000]


def test_missing_library_is_named(monkeypatch):
    from hepline.data.remote import xrootd as module

    module._client.cache_clear()
    monkeypatch.setitem(sys.modules, "XRootD.client", None)
    with pytest.raises(MissingPackage, match="root://") as caught:
        open_xrootd("root://server//a.root")
    assert "hepline[xrootd]" in caught.value.fix
    module._client.cache_clear()


_SETTINGS = """
from hepline.data.remote.xrootd import _client
client = _client()
print(client.EnvGetInt("ConnectionWindow"), client.EnvGetInt("RequestTimeout"))
"""


@pytest.mark.slow
def test_settings_of_the_environment_come_first(xrootd):
    environment = {**os.environ, "XRD_CONNECTIONWINDOW": "7"}
    command = [sys.executable, "-c", _SETTINGS]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.split() == ["7", "60"]


_WAITING = """
import sys, threading
from hepline.data.remote.xrootd import open_xrootd
file = open_xrootd(sys.argv[1])
print("open", flush=True)
sys.stdin.readline()
try:
    file.get(5, 90)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.slow
def test_ctrl_c_ends_a_wait_for_a_server_that_keeps_silent(xrootd, address):
    process = subprocess.Popen(
        [sys.executable, "-c", _WAITING, address],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout.readline() == "open\n"
        xrootd.pause()
        try:
            process.stdin.write("go\n")
            process.stdin.flush()
            time.sleep(0.5)
            process.send_signal(2)
            out, err = process.communicate(timeout=20)
        finally:
            xrootd.go_on()
            process.kill()
    assert (out, err) == ("interrupted\n", "")

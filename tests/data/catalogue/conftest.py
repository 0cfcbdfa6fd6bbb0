"""A stand-in for the portals, on loopback, that can be told to misbehave."""

import json
import threading
import zlib
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest

from hepline.data import retrying


@dataclass
class Portal:
    """What a server has, how it misbehaves, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    answers: dict[str, object] = field(default_factory=dict)
    etags: bool = True
    ranges: bool = True
    # By path: bytes after which the connection is cut, once for each number.
    cuts: dict[str, list[int]] = field(default_factory=dict)
    # By path: statuses to answer before the file.
    statuses: dict[str, list[int]] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    # What was posted, with the token that came along; answers to it, by path.
    posted: list[tuple[str, object, str | None]] = field(default_factory=list)
    streams: dict[str, list[object]] = field(default_factory=dict)
    stall: threading.Event | None = None
    address: str = ""

    def record(self, number, files, **more):
        """A record of CERN Open Data, with true sizes and checksums."""
        listed = []
        for name, content in files.items():
            path = f"eos/opendata/{number}/{name}"
            self.files[f"/{path}"] = content
            uri = f"root://eospublic.cern.ch//{path}"
            checksum = f"adler32:{zlib.adler32(content):08x}"
            listed.append({"uri": uri, "size": len(content), "checksum": checksum})
        metadata = {"recid": str(number), "title": f"record {number}", "files": listed, **more}
        self.answers[f"/api/records/{number}"] = {"id": number, "metadata": metadata}
        return metadata

    def asked(self, ending):
        return [span for path, span in self.requests if path.endswith(ending)]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        portal, path = self.server.portal, unquote(self.path.partition("?")[0])
        portal.requests.append((self.path, self.headers.get("Range")))
        if portal.statuses.get(path):
            return self.send(portal.statuses[path].pop(0), b"busy")
        if path in portal.redirects:
            return self.send(302, b"", {"Location": portal.redirects[path]})
        if path in portal.answers:
            answer = portal.answers[path]
            headers = {}
            if isinstance(answer, list) and answer and isinstance(answer[0], list):
                # A listing of several pages.
                page = int(self.path.partition("page=")[2] or 0)
                if page + 1 < len(answer):
                    headers["Link"] = f'<{portal.address}{path}?page={page + 1}>; rel="next"'
                answer = answer[page]
            return self.send(200, json.dumps(answer).encode(), headers)
        if path not in portal.files:
            return self.send(404, b"nothing here")
        return self.send_file(portal, path, portal.files[path])

    def do_POST(self):
        portal = self.server.portal
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        portal.posted.append((self.path, question, self.headers.get("X-Rucio-Auth-Token")))
        if self.path not in portal.streams:
            return self.send(401, b"who are you?")
        lines = "".join(json.dumps(line) + "\n" for line in portal.streams[self.path])
        return self.send(200, lines.encode(), {"Content-Type": "application/x-json-stream"})

    def send_file(self, portal, path, content):
        tag = f'"{zlib.crc32(content):08x}"'
        headers = {"ETag": tag} if portal.etags else {}
        span, status, body = self.headers.get("Range"), 200, content
        if span and portal.ranges and self.headers.get("If-Range", tag) == tag:
            start = int(span.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                return self.send(416, b"")
            status, body = 206, content[start:]
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        cut = portal.cuts[path].pop(0) if portal.cuts.get(path) else None
        self.send(status, body, headers, cut)
        return None

    def send(self, status, body, headers=None, cut=None):
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:cut])
        if cut is not None:
            self.wfile.flush()
            if self.server.portal.stall is not None:
                self.server.portal.stall.wait(20)
            self.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


@pytest.fixture
def portal(monkeypatch):
    """A portal on loopback; all catalogues are sent to it, and pauses are short."""
    with Server(("127.0.0.1", 0), Handler) as server:
        server.portal = Portal(address=f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        for name in (
            "HEPLINE_CERN_OPEN_DATA",
            "HEPLINE_ZENODO",
            "HF_ENDPOINT",
            "ATLAS_API_BASE_URL",
            "RUCIO_HOST",
        ):
            monkeypatch.setenv(name, server.portal.address)
        monkeypatch.setenv("NO_PROXY", "*")
        monkeypatch.setattr(retrying, "PAUSE", 0.001)
        yield server.portal
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of datasets for each test."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("HEPLINE_CACHE", str(folder))
    return folder

"""Servers on loopback that count what they send: one that speaks HTTP, and XRootD's own."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

SPANS = re.compile(r"bytes=(\d+-\d*(?:,\d+-\d*)*)")
BOUNDARY = "a boundary"
STEP = 1 << 16


@dataclass
class Traffic:
    """What a server was asked, what it sent, and how it misbehaves."""

    folder: Path
    address: str = ""
    # Name, ranges that were asked for, and the answer's status.
    requests: list[tuple[str, tuple[tuple[int, int], ...], int]] = field(default_factory=list)
    sent: int = 0
    connections: int = 0
    ranges: bool = True
    # Of several ranges it gives "all", the "first", or the "whole" file.
    many: str = "all"
    tags: bool = True
    # Statuses of the next answers, and bytes after which the next ones are cut.
    statuses: list[int] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    # By name: another answer from the n-th request on.
    pages: dict[str, bytes] = field(default_factory=dict)
    # Called before each answer.
    before: list = field(default_factory=list)
    stall: threading.Event | None = None
    busy: int = 0
    most_busy: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def clear(self):
        self.requests.clear()
        self.sent = 0

    def put(self, path):
        """Serve a copy of a file; its address."""
        shutil.copyfile(path, self.folder / Path(path).name)
        return f"{self.address}/{Path(path).name}"

    def spans(self, name):
        return [span for asked, spans, _ in self.requests if asked == name for span in spans]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and the begin of the file in one packet each.
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.server.traffic.connections += 1

    def log_message(self, *_):
        pass

    def do_GET(self):
        traffic = self.server.traffic
        with traffic.lock:
            traffic.busy += 1
            traffic.most_busy = max(traffic.most_busy, traffic.busy)
        try:
            self.answer(traffic)
        finally:
            with traffic.lock:
                traffic.busy -= 1

    def answer(self, traffic):
        for action in traffic.before:
            action()
        name = unquote(self.path.partition("?")[0]).lstrip("/")
        match = SPANS.fullmatch(self.headers.get("Range", ""))
        asked = [span.split("-") for span in match[1].split(",")] if match else []
        spans = tuple((int(begin), int(last) + 1 if last else None) for begin, last in asked)
        if traffic.statuses:
            return self.head(name, spans, traffic.statuses.pop(0), 0)
        if name in traffic.pages:
            self.head(name, spans, 200, len(traffic.pages[name]), {"Content-Type": "text/html"})
            return self.wfile.write(traffic.pages[name])
        path = traffic.folder / name
        if not path.is_file():
            return self.head(name, spans, 404, 0)
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            headers = {"Content-Type": "application/octet-stream"}
            if traffic.tags:
                headers["ETag"] = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
            size = status.st_size
            spans_given = [(begin, min(end or size, size)) for begin, end in spans]
            if not spans or not traffic.ranges or (len(spans) > 1 and traffic.many == "whole"):
                self.head(name, spans, 200, size, headers)
                return self.body(file, 0, size)
            if any(begin >= end for begin, end in spans_given):
                return self.head(name, spans, 416, 0)
            if len(spans) > 1 and traffic.many == "all":
                return self.parts(file, name, spans_given, size, headers)
            begin, end = spans_given[0]
            headers["Content-Range"] = f"bytes {begin}-{end - 1}/{size}"
            self.head(name, spans, 206, end - begin, headers)
            return self.body(file, begin, end)

    def parts(self, file, name, spans, size, headers):
        """Several ranges in one answer."""
        pieces = []
        for begin, end in spans:
            lines = f"--{BOUNDARY}\r\nContent-Type: text/plain\r\n"
            lines += f"Content-range: bytes {begin}-{end - 1}/{size}\r\n\r\n"
            content = os.pread(file.fileno(), end - begin, begin)
            pieces.append(lines.encode() + content + b"\r\n")
        answer = b"".join([*pieces, f"--{BOUNDARY}--\r\n".encode()])
        headers["Content-Type"] = f'multipart/byteranges; boundary="{BOUNDARY}"'
        self.head(name, tuple(spans), 206, len(answer), headers)
        with tempfile.TemporaryFile() as whole:
            whole.write(answer)
            whole.flush()
            self.body(whole, 0, len(answer))

    def head(self, name, spans, status, length, headers=None):
        with self.server.traffic.lock:
            self.server.traffic.requests.append((name, spans, status))
        self.send_response(status)
        for key, value in {**(headers or {}), "Content-Length": length}.items():
            self.send_header(key, str(value))
        self.end_headers()
        self.wfile.flush()

    def body(self, file, begin, end):
        traffic = self.server.traffic
        with traffic.lock:
            cut = traffic.cuts.pop(0) if traffic.cuts else None
        if cut is not None:
            end, self.close_connection = min(begin + cut, end), True
        while begin < end:
            step = min(end - begin, STEP)
            with traffic.lock:
                # Before it is sent: who has received it may look at once.
                traffic.sent += step
            begin += os.sendfile(self.connection.fileno(), file.fileno(), begin, step)
        if cut is not None and traffic.stall is not None:
            traffic.stall.wait(20)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        pass


@contextmanager
def http_server(folder):
    """Serve the files of a folder."""
    with Server(("127.0.0.1", 0), Handler) as server:
        server.traffic = Traffic(Path(folder), f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.traffic
        finally:
            server.shutdown()
            thread.join()


def xrootd_program():
    return shutil.which("xrootd")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


SETTINGS = """
all.role server
all.export /store
oss.localroot {root}
all.adminpath {admin}
all.pidpath {admin}
xrd.port {port}
xrd.network nodnr
xrootd.chksum adler32
xrd.protocol http:{web} libXrdHttp.so
"""


class XRootD:
    """A server that can be stopped and started again."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.files = self.folder / "root" / "store"
        self.files.mkdir(parents=True)
        self.admin = self.folder / "admin"
        self.admin.mkdir()
        self.port = free_port()
        self.web = free_port()
        self.address = f"root://127.0.0.1:{self.port}//store"
        # The same files, by XRootD's own server for HTTP.
        self.web_address = f"http://127.0.0.1:{self.web}/store"
        ports = {"port": self.port, "web": self.web}
        text = SETTINGS.format(root=self.folder / "root", admin=self.admin, **ports)
        (self.folder / "xrootd.cfg").write_text(text)
        self.process = None

    def start(self):
        user = []
        if os.geteuid() == 0:
            user = ["-R", "nobody"]
            for path in (self.folder, self.admin, self.files, self.files.parent):
                path.chmod(0o777)
        log = self.folder / "log"
        command = [xrootd_program(), "-c", self.folder / "xrootd.cfg", "-l", log, *user]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError(log.read_text() if log.exists() else "xrootd did not start")

    def put(self, path):
        """Serve a copy of a file; its address."""
        target = self.files / Path(path).name
        shutil.copyfile(path, target)
        target.chmod(0o644)
        return f"{self.address}/{target.name}"

    def counted(self):
        """Bytes that it has sent over connections that have ended."""
        from XRootD import client
        from XRootD.client.flags import QueryCode

        system = client.FileSystem(f"root://127.0.0.1:{self.port}")
        status, answer = system.query(QueryCode.STATS, "l")
        assert status.ok, status.message
        return int(re.search(rb"<out>(\d+)</out>", answer)[1])

    def pause(self):
        """Let it keep silent; its connections stay."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None


@contextmanager
def xrootd_server():
    """A real XRootD server; its folder `files` is readable as ``/store``."""
    # A folder that the user nobody can reach: pytest's own are for their owner alone.
    with tempfile.TemporaryDirectory(prefix="xrootd-") as folder:
        server = XRootD(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()

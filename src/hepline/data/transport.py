"""Requests to servers: answers as they come, redirects checked, errors told apart."""

from __future__ import annotations

import functools
import json
import os
import re
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from urllib.parse import urljoin, urlsplit

import urllib3

from hepline.errors import FetchFailed

__all__ = ["Answer", "Cut", "Exhausted", "Unreachable", "get_json", "get_pages", "opened"]

_CHUNK = 1 << 16
_REDIRECTS = 6
_NEXT = re.compile(r'<([^>]*)>\s*;\s*rel="?next"?')
_LARGEST_ANSWER = 1 << 28  # bytes of metadata; file indices of large records have some 10 MB
# A server that says nothing for so long has gone away (s).
_TIMEOUT = urllib3.Timeout(connect=20.0, read=60.0)
_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_PROXIES = [
    name
    for known in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUEST_METHOD")
    for name in dict.fromkeys((known, known.upper()))
]
_NO_CONNECTION = (
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ProxyError,
    urllib3.exceptions.ReadTimeoutError,
    urllib3.exceptions.SSLError,
)
_REASONS = {
    401: "the server asks who you are, and hepline sends no credentials.",
    403: "the server does not let everyone have it.",
    404: "the server knows nothing by this name: it is misspelt, or was taken away.",
    410: "the server says that it was taken away for good.",
}


class Cut(Exception):
    """A transfer that broke off, or a server that is busy: worth another try."""


class Unreachable(Cut):
    """A server that no connection can be made to, or that keeps silent."""


class Exhausted(Cut):
    """The server has no bytes from there on: what came earlier belongs to another file."""


@dataclass(frozen=True)
class Answer:
    """A file on its way.

    Attributes
    ----------
    start : int
        The byte that `chunks` begin with.
    total : int or None
        Size of the whole file, if the server says.
    version : str
        What the server calls this state of the file; empty if it does not say.
    kind : str
        Content type.
    chunks : iterator of bytes
        Raises `Cut` where the connection breaks off.
    end : callable
        Ends a wait for the next chunk, from another thread.
    read : callable
        Reads all that is left at once, in place of `chunks`; raises `Cut`, too.
    partial : bool
        Whether the server has sent a part of the file, as it was asked; several of them are in
        one ``multipart/byteranges``, and `start` and `total` say nothing.
    """

    start: int
    total: int | None
    version: str
    kind: str
    chunks: Iterator[bytes]
    end: Callable[[], None] = lambda: None
    read: Callable[[], bytes] = bytes
    partial: bool = False


@contextmanager
def opened(
    url: str,
    *,
    start: int = 0,
    spans: Sequence[tuple[int, int]] = (),
    version: str = "",
    mirrors: tuple[str, ...] = (),
) -> Iterator[Answer]:
    """Ask for a file, or for parts of it.

    Parameters
    ----------
    url : str
    start : int
        The answer begins there or, if the server cannot do that or has another version, at 0.
    spans : sequence of (int, int)
        The first byte of each wanted part, and the one after the last; all from `start` on by
        default. Not every server gives several parts.
    version : str
        Of the bytes before `start`.
    mirrors : tuple of str
        Hosts that a redirect may lead to, besides the same host.

    Raises
    ------
    Cut
        If it is worth trying again.
    FetchFailed
        If it is not.
    """
    headers = {"Accept-Encoding": "identity"}
    if start or spans:
        parts = [f"{begin}-{end - 1}" for begin, end in spans] or [f"{start}-"]
        headers["Range"] = f"bytes={','.join(parts)}"
        if version:
            headers["If-Range"] = version
    with _response(url, headers, mirrors) as response:
        yield _answer(response)


def get_json(
    url: str,
    *,
    mirrors: tuple[str, ...] = (),
    headers: Mapping[str, str] = MappingProxyType({}),
    question: object = None,
    lines: bool = False,
) -> Any:
    """The JSON that a server answers.

    Parameters
    ----------
    url : str
    mirrors : tuple of str
    headers : mapping of str to str
        Such as a token, which goes to no other host: give no mirrors then.
    question : object, optional
        Sent as JSON (POST).
    lines : bool
        Whether each line of the answer is JSON of its own; they become a list.

    Raises
    ------
    Cut
        If it is worth trying again.
    FetchFailed
        If the server refuses, or answers something else.
    """
    return _json(url, mirrors, headers, question, lines=lines)[0]


def get_pages(url: str, *, mirrors: tuple[str, ...] = ()) -> list[Any]:
    """The entries of a listing that a server gives page by page (``Link: …; rel="next"``).

    Raises
    ------
    Cut
        If it is worth trying again.
    FetchFailed
        If the server refuses, or answers something else.
    """
    entries: list[Any] = []
    while url:
        page, link = _json(url, mirrors, {}, None, lines=False)
        entries += page
        following = _NEXT.search(link)
        url = _allowed(url, urljoin(url, following[1]), mirrors) if following else ""
    return entries


def _json(
    url: str, mirrors: tuple[str, ...], headers: Mapping[str, str], question: object, *, lines: bool
) -> tuple[Any, str]:
    """An answer, and the address of more of it, as the header ``Link``."""
    kind = "application/x-json-stream" if lines else "application/json"
    body = None if question is None else json.dumps(question).encode()
    sent = {"Accept": kind, **({"Content-Type": "application/json"} if body else {}), **headers}
    with _response(url, sent, mirrors, body) as response:
        try:
            content = response.read(_LARGEST_ANSWER, decode_content=True)
        except urllib3.exceptions.HTTPError as error:
            raise Cut(f"the answer broke off ({error})") from error
        link = response.headers.get("Link", "")
    try:
        if lines:
            return [json.loads(line) for line in content.splitlines() if line.strip()], link
        return json.loads(content), link
    except ValueError:
        raise FetchFailed(
            f"{url} did not answer with JSON.",
            why=f"the answer begins with {content[:40]!r}.",
            fix="check the address of the server; a proxy or a login page may have answered.",
        ) from None


@lru_cache(maxsize=64)
def _proxy(scheme: str, host: str, _setting: tuple[str | None, ...]) -> str | None:
    # Looked up once: it takes as long as the rest of a request.
    if not host or urllib.request.proxy_bypass(host):
        return None
    return urllib.request.getproxies().get(scheme)


@lru_cache(maxsize=4)
def _pool(proxy: str | None) -> urllib3.PoolManager:
    return urllib3.ProxyManager(proxy) if proxy else urllib3.PoolManager(maxsize=32)


@contextmanager
def _response(
    url: str, headers: Mapping[str, str], mirrors: tuple[str, ...], body: bytes | None = None
) -> Iterator[urllib3.BaseHTTPResponse]:
    """A response that is neither a redirect nor an error."""
    first = url
    for _ in range(_REDIRECTS):
        response = _requested(url, headers, body)
        location = response.get_redirect_location()
        if location:
            response.drain_conn()
            response.release_conn()
            url = _allowed(url, urljoin(url, location), mirrors)
            continue
        try:
            _check_status(response, first)
            yield response
        finally:
            # What was not read would be taken for the next answer.
            response.close()
            response.release_conn()
        return
    raise FetchFailed(
        f"{first} leads from one address to the next without end.",
        why=f"{_REDIRECTS} redirects were followed.",
        fix="open the address in a browser, and give the one that it ends at.",
    )


def _requested(
    url: str, headers: Mapping[str, str], body: bytes | None = None
) -> urllib3.BaseHTTPResponse:
    parts = urlsplit(url)
    setting = tuple(map(os.environ.get, _PROXIES))
    proxy = _proxy(parts.scheme, parts.hostname or "", setting)
    try:
        return _pool(proxy).request(
            "GET" if body is None else "POST",
            url,
            body=body,
            headers={"User-Agent": "hepline", **headers},
            preload_content=False,
            decode_content=False,
            redirect=False,
            retries=False,
            timeout=_TIMEOUT,
        )
    except urllib3.exceptions.LocationValueError as error:
        raise FetchFailed(
            f"{url} is not an address.",
            why=str(error),
            fix="write it as https://server/path.",
        ) from None
    except _NO_CONNECTION as error:
        # What comes before a colon names the classes of the library.
        reason = str(error).partition(": ")[2] or str(error)
        raise Unreachable(f"no connection to {parts.netloc} ({reason})") from error
    except urllib3.exceptions.HTTPError as error:
        raise Cut(f"no answer of {parts.netloc} ({error})") from error


def _allowed(url: str, target: str, mirrors: tuple[str, ...]) -> str:
    """The target of a redirect, if it may be followed."""
    here, there = urlsplit(url), urlsplit(target)
    host = there.hostname or ""
    known = any(
        host == mirror or (mirror.startswith(".") and host.endswith(mirror)) for mirror in mirrors
    )
    same = host == here.hostname and (there.port or 0) == (here.port or 0)
    safe = there.scheme == "https" or there.scheme == here.scheme == "http"
    if safe and (same or known):
        return target
    others = ", ".join(mirrors) or "none"
    raise FetchFailed(
        f"{url} sends requests on to {there.scheme}://{there.netloc}.",
        why=f"another server could give other files; known mirrors of this source: {others}; an "
        "encrypted address never leads to one that is not.",
        fix="if you trust that server, give its address instead.",
    )


def _check_status(response: urllib3.BaseHTTPResponse, url: str) -> None:
    status = response.status
    if status in (200, 206):
        return
    if status in _AGAIN:
        raise Cut(f"the server answered {status}")
    if status == 416:
        raise Exhausted("the server has no bytes from there on")
    raise FetchFailed(
        f"{url} cannot be fetched: the server answered {status}.",
        why=_REASONS.get(status, "the server refuses the request, and asking again will not help."),
        fix="check the address, or the number of the record and the names of its files on its "
        "page; the portal may have moved them."
        if status in (404, 410)
        else "open the address in a browser, log in there, and download the file by hand.",
    )


def _answer(response: urllib3.BaseHTTPResponse) -> Answer:
    start, total = 0, response.headers.get("Content-Length")
    kind = response.headers.get("Content-Type", "")
    if response.status == 206 and kind.lower().startswith("multipart/"):
        total = None
    elif response.status == 206:
        span = re.match(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        if span is None:
            raise Cut("the server sent a part of the file without saying which")
        start, total = int(span[1]), span[2]
    version = response.headers.get("ETag", "")
    # A weak tag does not promise equal bytes.
    if not version or version.startswith("W/"):
        version = response.headers.get("Last-Modified", "")
    size = int(total) if total and total.isdigit() else None

    def end() -> None:
        # A response that was read to its end, or closed, has no socket any more.
        with suppress(ValueError, OSError, RuntimeError):
            response.shutdown()

    partial = response.status == 206
    read = functools.partial(_read, response)
    return Answer(start, size, version, kind, _chunks(response), end, read, partial)


def _read(response: urllib3.BaseHTTPResponse) -> bytes:
    try:
        return response.read(decode_content=False)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Cut(f"the connection broke off ({type(error).__name__})") from error


def _chunks(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    try:
        while chunk := response.read1(_CHUNK, decode_content=False):
            yield chunk
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Cut(f"the connection broke off ({type(error).__name__})") from error

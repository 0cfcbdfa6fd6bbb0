"""ServiceX: columns and events that a server has picked out of a dataset, ``servicex:REQUEST``.

The server is ``HEPLINE_SERVICEX``; ``HEPLINE_SERVICEX_TOKEN`` holds the token that its web page
gives. Results lie in its object store, from where they are fetched like any other files.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from hepline.data.catalogue.record import Record, RemoteFile, safe_names
from hepline.data.retrying import retried
from hepline.data.transport import get_json
from hepline.errors import FetchFailed, MissingPackage

__all__ = ["record_of", "submitted", "wait"]

_REQUEST = re.compile(r"servicex:[\w-]+")
_SIGNED = 24 * 3600  # s that a signed address is good for
_POLLS = (1.0, 15.0)  # s between two questions, at first and at last

Progress = Callable[[str, int, int], None]


def submitted(dataset: str, selection: str, *, title: str, kind: str = "parquet") -> str:
    """Ask for a transformation.

    Parameters
    ----------
    dataset : str
        ``rucio:scope:name``, ``cod:12341``, or addresses of files separated by commas.
    selection : str
        What to pick, in the language of the server's generator ``uproot-raw``.
    title : str
        For people who look at the server.
    kind : {"parquet", "root-file"}

    Returns
    -------
    str
        ``servicex:REQUEST``.

    Raises
    ------
    FetchFailed
        If the server is not known, cannot be reached, or refuses.
    """
    question: dict[str, object] = {
        "title": title,
        "selection": selection,
        "codegen": "uproot-raw",
        "result-destination": "object-store",
        "result-format": kind,
    }
    if "://" in dataset:
        question["file-list"] = [address.strip() for address in dataset.split(",")]
    else:
        finder, _, name = dataset.partition(":")
        question["did"] = f"{_FINDERS.get(finder, finder)}://{name}"
    answer = _asked("/servicex/transformation", question)
    return f"servicex:{answer['request_id']}"


_FINDERS = {"cod": "cernopendata"}


def wait(address: str, progress: Progress = lambda _name, _done, _total: None) -> None:
    """Wait until a transformation is complete.

    Parameters
    ----------
    address : str
        ``servicex:REQUEST``.
    progress : callable
        ``progress(name, done, total)`` in files.

    Raises
    ------
    FetchFailed
        If the server gives up, or could not read a file: its events would be missing. If this is
        interrupted, the request is cancelled.
    """
    pause, longest = _POLLS
    try:
        while True:
            status = _status(address)
            done, total = (int(status.get(key) or 0) for key in ("files-completed", "files"))
            progress(address, done, total)
            _check_whole(address, status)
            if status.get("status") == "Complete":
                return
            time.sleep(pause)
            pause = min(2 * pause, longest)
    except KeyboardInterrupt:
        _asked(f"/servicex/transformation/{_number(address)}/cancel")
        raise


def record_of(address: str) -> Record:
    """Ask for the files of a transformation that is complete.

    Raises
    ------
    FetchFailed
        If it is not, lacks the events of a file, or the server does not know it.
    MissingPackage
        Without botocore, which signs requests to object stores.
    """
    if not _REQUEST.fullmatch(address):
        raise FetchFailed(
            f"'{address}' names no request to ServiceX.",
            why="a request has the identifier that the server gave it.",
            fix="write servicex:IDENTIFIER; hl.deliver(…) makes a request, and fetches its files.",
        )
    status = _status(address)
    if status.get("status") != "Complete":
        raise FetchFailed(
            f"{address} is not complete ({status.get('status')}).",
            why=f"{status.get('files-completed', 0)} of {status.get('files', 0)} files are done.",
            fix="try again later.",
        )
    _check_whole(address, status)
    results = _asked(f"/servicex/transformation/{_number(address)}/results")["results"]
    good = [entry for entry in results if entry.get("transform_status") == "success"]
    keys = [str(entry["s3-object-name"]) for entry in good]
    names = safe_names([key.replace(":", "_") for key in keys], address)
    sign = _signer(status, _number(address))
    files = tuple(
        RemoteFile(name, sign(key), entry.get("total-bytes"))
        for name, key, entry in zip(names, keys, good, strict=True)
    )
    title = str(status.get("title") or address)
    about = {"selection": str(status.get("selection") or ""), "of": str(status.get("did") or "")}
    return Record(address, files, title=title, about=about)


def _check_whole(address: str, status: Mapping[str, Any]) -> None:
    failed, state = int(status.get("files-failed") or 0), str(status.get("status"))
    if failed or state in ("Fatal", "Canceled"):
        raise FetchFailed(
            f"{address}: {failed} of {status.get('files') or 0} files failed ({state}).",
            why="their events would be missing from the result.",
            fix=f"look at the server's log{_log(status)}, and ask again.",
        )


def _number(address: str) -> str:
    return address.partition(":")[2]


def _status(address: str) -> Mapping[str, Any]:
    return _asked(f"/servicex/transformation/{_number(address)}")


def _asked(path: str, question: object = None) -> Mapping[str, Any]:
    server = os.environ.get("HEPLINE_SERVICEX", "").rstrip("/")
    if not server:
        raise FetchFailed(
            "no server of ServiceX is known.",
            why="HEPLINE_SERVICEX is not set.",
            fix="export HEPLINE_SERVICEX=https://… and, if it asks who you are, "
            "HEPLINE_SERVICEX_TOKEN with the token of its web page.",
        )
    headers = _authorization(server)
    answer: Mapping[str, Any] = retried(
        lambda: get_json(f"{server}{path}", headers=headers, question=question), "ServiceX"
    )
    return answer


def _authorization(server: str) -> dict[str, str]:
    """A header with a short-lived token in exchange for the one of the web page."""
    token = os.environ.get("HEPLINE_SERVICEX_TOKEN", "")
    if not token:
        return {}
    headers = {"Authorization": f"Bearer {token}"}
    answer = retried(
        lambda: get_json(f"{server}/token/refresh", headers=headers, question={}),
        "a token of ServiceX",
    )
    return {"Authorization": f"Bearer {answer['access_token']}"}


def _signer(status: Mapping[str, Any], bucket: str) -> Callable[[str], str]:
    """Addresses of objects in the store, signed by keys that the server lends."""
    try:
        from botocore.config import Config
        from botocore.session import Session
    except ImportError:
        raise MissingPackage(
            "results of ServiceX cannot be fetched here.",
            why="requests to its object store are signed by botocore, which is not installed.",
            fix="pip install 'hepline[servicex]'",
        ) from None
    protocol = "https" if status.get("minio-secured") else "http"
    client = Session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=f"{protocol}://{status['minio-endpoint']}",
        aws_access_key_id=status["minio-access-key"],
        aws_secret_access_key=status["minio-secret-key"],
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )

    def sign(key: str) -> str:
        place = {"Bucket": bucket, "Key": key}
        return str(client.generate_presigned_url("get_object", Params=place, ExpiresIn=_SIGNED))

    return sign


def _log(status: Mapping[str, Any]) -> str:
    return f", {status['log-url']}" if status.get("log-url") else ""

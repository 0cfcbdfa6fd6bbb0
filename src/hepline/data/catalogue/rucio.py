"""Rucio, the data management of the experiments: ``rucio:SCOPE:NAME``.

By its HTTP API: rucio-clients brings forty packages, and a download that does not verify as ours.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from hepline.data.catalogue.record import Record, RemoteFile, safe_names
from hepline.data.retrying import retried
from hepline.data.transport import get_json
from hepline.errors import FetchFailed

__all__ = ["record_of"]

_DID = re.compile(r"rucio:(?P<scope>[\w.-]+):(?P<name>[\w./+-]+)")
# Protocols in the order of preference; davs is https under another name.
_PROTOCOLS = ("https", "davs", "http", "root", "xroot")


def record_of(address: str) -> Record:
    """Ask Rucio where the files of a dataset, container or file have replicas.

    The server is ``RUCIO_HOST``; ``RUCIO_AUTH_TOKEN`` holds a token, such as that which ``rucio
    whoami`` has left in the folder ``/tmp/USER/.rucio_USER``.

    Raises
    ------
    FetchFailed
        Without server or token; if Rucio does not know the dataset, or no replica can be read.
    """
    parts = _DID.fullmatch(address)
    if parts is None or ".." in address:
        raise FetchFailed(
            f"'{address}' names no data identifier of Rucio.",
            why="an identifier has a scope and a name.",
            fix="write rucio:SCOPE:NAME, such as rucio:user.jdoe:user.jdoe.skim_v1.",
        )
    server, token = (os.environ.get(name, "") for name in ("RUCIO_HOST", "RUCIO_AUTH_TOKEN"))
    if not server or not token:
        raise FetchFailed(
            f"{address} cannot be looked up.",
            why=f"{'RUCIO_AUTH_TOKEN' if server else 'RUCIO_HOST'} is not set, and Rucio answers "
            "members of the experiment only.",
            fix="say rucio whoami, then export RUCIO_HOST=https://… and RUCIO_AUTH_TOKEN=$(cat "
            "/tmp/$USER/.rucio_$USER/auth_token_for_account_$RUCIO_ACCOUNT).",
        )
    question = {
        "dids": [{"scope": parts["scope"], "name": parts["name"]}],
        "schemes": list(_PROTOCOLS),
    }
    replicas: list[Mapping[str, Any]] = retried(
        lambda: get_json(
            f"{server.rstrip('/')}/replicas/list",
            headers={"X-Rucio-Auth-Token": token},
            question=question,
            lines=True,
        ),
        f"the replicas of {address}",
    )
    names = safe_names([str(entry["name"]) for entry in replicas], address)
    files = tuple(_file(name, entry) for name, entry in zip(names, replicas, strict=True))
    return Record(address, files, title=parts["name"], mirrors=_organizations(files))


def _file(name: str, entry: Mapping[str, Any]) -> RemoteFile:
    checksum = next((f"{k}:{entry[k]}" for k in ("md5", "adler32") if entry.get(k)), "")
    return RemoteFile(name, _nearest(name, entry.get("pfns") or {}), entry.get("bytes"), checksum)


def _nearest(name: str, replicas: Mapping[str, Mapping[str, Any]]) -> str:
    """The replica on disk that Rucio puts first, by the protocol that is read best here."""

    def rank(address: str) -> tuple[bool, int, int]:
        facts = replicas[address]
        protocol = address.partition("://")[0]
        return facts.get("type") == "TAPE", facts.get("priority") or 99, _PROTOCOLS.index(protocol)

    usable = [address for address in replicas if address.partition("://")[0] in _PROTOCOLS]
    if not usable:
        raise FetchFailed(
            f"no replica of {name} can be read from here.",
            why=f"Rucio names {len(replicas)} replicas, none by {', '.join(_PROTOCOLS)}.",
            fix="ask for a replica on disk: rucio add-rule SCOPE:NAME 1 SITE.",
        )
    best = min(usable, key=rank)
    return best.replace("davs://", "https://", 1)


def _organizations(files: Sequence[RemoteFile]) -> tuple[str, ...]:
    """Domains of the servers: stores send readers on to one of their own machines."""
    hosts = {urlsplit(file.url).hostname or "" for file in files}
    return tuple(sorted({"." + ".".join(host.split(".")[-2:]) for host in hosts if "." in host}))

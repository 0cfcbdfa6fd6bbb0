"""CERN Open Data: records of the portal, ``cod:12341``."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from hepline.data.catalogue.record import Record, RemoteFile, facts, safe_names
from hepline.data.retrying import retried
from hepline.data.transport import get_json
from hepline.errors import FetchFailed

__all__ = ["MIRRORS", "found_records", "http_address", "record_of"]

# The portal itself, and the HTTP door of the store that its files lie in.
MIRRORS = ("opendata.cern.ch", "eospublic.cern.ch", "eospublichttp.cern.ch")
"""Hosts that the portal sends requests on to."""
# Formats whose events are objects of the experiment's software.
_SOFTWARE = {
    "aod": "CMSSW", "aodsim": "CMSSW", "miniaod": "CMSSW", "miniaodsim": "CMSSW", "raw": "CMSSW",
    "reco": "CMSSW", "gen-sim": "CMSSW", "gen-sim-reco": "CMSSW", "gen-sim-digi-raw": "CMSSW",
    "daod_hion14": "Athena", "esd": "AliRoot", "dst": "LHCb's DaVinci",
}  # fmt: skip


def base() -> str:
    """Address of the portal."""
    return os.environ.get("HEPLINE_CERN_OPEN_DATA", "https://opendata.cern.ch").rstrip("/")


def record_of(address: str) -> Record:
    """Ask the portal for a record.

    Parameters
    ----------
    address : str
        ``cod:12341``.

    Raises
    ------
    FetchFailed
        If the portal does not have it, or cannot be reached.
    """
    number = address.partition(":")[2]
    if not number.isdecimal():
        raise FetchFailed(
            f"'{address}' names no record of CERN Open Data.",
            why="a record has a number, the last part of the address of its page.",
            fix="write cod:12341 for https://opendata.cern.ch/record/12341.",
        )
    url = f"{base()}/api/records/{number}"
    answer = retried(lambda: get_json(url, mirrors=MIRRORS), f"the record {address}")
    content: Mapping[str, Any] = answer.get("metadata", answer)
    listed = list(_listed(content))
    names = safe_names([entry["uri"].partition("?")[0] for entry in listed], address)
    return Record(
        address,
        tuple(map(_file, names, listed)),
        title=str(content.get("title", "")),
        doi=str(content.get("doi", "")),
        license=str(_mapping(content.get("license")).get("attribution", "")),
        citation=_citation(content),
        events=_mapping(content.get("distribution")).get("number_events"),
        mirrors=MIRRORS,
        obstacle=_obstacle(content),
        about=_about(content),
    )


def found_records(words: str, most: int = 20) -> list[tuple[str, str, str, int]]:
    """Search the portal's datasets.

    Returns
    -------
    list of (str, str, str, int)
        Address, title, formats, and size in bytes.
    """
    query = urlencode({"q": words, "f": "type:Dataset", "size": most})
    url = f"{base()}/api/records/?{query}"
    answer = retried(lambda: get_json(url, mirrors=MIRRORS), "the search")
    hits = _mapping(_mapping(answer).get("hits")).get("hits", [])
    found_here = []
    for hit in hits:
        content = _mapping(hit.get("metadata"))
        distribution = _mapping(content.get("distribution"))
        formats = ", ".join(map(str, distribution.get("formats", [])))
        address = f"cod:{content.get('recid', hit.get('id'))}"
        found_here.append(
            (address, str(content.get("title", "")), formats, int(distribution.get("size", 0)))
        )
    return found_here


def _listed(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Entries of files: those of the record, and those of its file indices."""
    indices = content.get("_file_indices") or []
    for entry in content.get("files") or content.get("_files") or []:
        # An index is a list of files; the portal unpacks it into `_file_indices`.
        if "uri" in entry and not str(entry.get("type", "")).startswith("index."):
            yield entry
    for index in indices:
        for entry in index.get("files", []):
            if "uri" in entry:
                yield entry


def _file(name: str, entry: Mapping[str, Any]) -> RemoteFile:
    size, checksum = entry.get("size"), str(entry.get("checksum") or "")
    return RemoteFile(
        name, http_address(entry["uri"]), int(size) if size is not None else None, checksum
    )


def http_address(uri: str) -> str:
    """The HTTP address of a file: the portal serves the folders of its store."""
    scheme, _, rest = uri.partition("://")
    if scheme != "root":
        return uri if scheme in ("http", "https") else f"{base()}/{quote(uri.lstrip('/'))}"
    path = rest.partition("/")[2].lstrip("/")
    return f"{base()}/{quote(path)}"


def _citation(content: Mapping[str, Any]) -> str:
    authors = [str(author.get("name", "")) for author in content.get("authors") or []]
    who = _mapping(content.get("collaboration")).get("name") or "; ".join(filter(None, authors))
    parts = [
        who,
        f"({content['date_published']})" if content.get("date_published") else "",
        f"{content.get('title', '')}.",
        f"{content.get('publisher', 'CERN Open Data Portal')}.",
        f"DOI:{content['doi']}" if content.get("doi") else "",
    ]
    return " ".join(part for part in parts if part)


def _obstacle(content: Mapping[str, Any]) -> str:
    distribution = _mapping(content.get("distribution"))
    formats = [str(name).lower() for name in distribution.get("formats", [])]
    needed = {name: _SOFTWARE[name] for name in formats if name in _SOFTWARE}
    if not needed:
        return ""
    listed = ", ".join(name.upper() for name in needed)
    software = ", ".join(sorted(set(needed.values())))
    return (
        f"its files are {listed}: events in them are objects of the experiment's software "
        f"({software}), which turns them into columns"
    )


def _about(content: Mapping[str, Any]) -> dict[str, str | float]:
    """Facts about the physics, as far as the record has them."""
    rate, beams = (
        _mapping(content.get("cross_section")),
        _mapping(content.get("collision_information")),
    )
    numbers = {
        "cross_section": rate.get("total_value"),
        "cross_section_uncertainty": rate.get("total_value_uncertainty"),
        "filter_efficiency": rate.get("filter_efficiency"),
        "matching_efficiency": rate.get("matching_efficiency"),
        "negative_weights": rate.get("neg_weight_fraction"),
        "luminosity": content.get("luminosity"),
    }
    texts = {
        "collision": f"{beams.get('type', '')} {beams.get('energy', '')}".strip(),
        "run_period": ", ".join(map(str, content.get("run_period") or [])),
        "generator": ", ".join(map(str, _mapping(content.get("generator")).get("names") or [])),
    }
    return facts({**numbers, **texts})


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

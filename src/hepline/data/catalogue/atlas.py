"""ATLAS open data, by the metadata service of atlasopenmagic: ``atlas:2024r-pp/301204``."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from hepline.data.catalogue.cernopendata import MIRRORS, http_address
from hepline.data.catalogue.record import Record, RemoteFile, facts, safe_names
from hepline.data.retrying import retried
from hepline.data.transport import get_json
from hepline.errors import FetchFailed, nearest

__all__ = ["record_of"]

_ADDRESS = re.compile(r"atlas:(?:(?P<release>[\w.-]+)/)?(?P<name>[\w.-]+)(?:@(?P<skim>[\w.-]+))?")
_WHOLE = "noskim"


def record_of(address: str) -> Record:
    """Ask the service for a dataset.

    Parameters
    ----------
    address : str
        ``atlas:RELEASE/DATASET@SKIM``, with the number or the short name of a dataset. Without a
        release, that of ``ATLAS_RELEASE``, or 2024r-pp; without a skim, all events.

    Raises
    ------
    FetchFailed
        If the service does not have it, or cannot be reached.
    """
    parts = _ADDRESS.fullmatch(address)
    if parts is None or ".." in address:
        raise FetchFailed(
            f"'{address}' names no dataset of ATLAS open data.",
            why="a dataset has a number, or a short name, in a release.",
            fix="write atlas:2024r-pp/301204, or atlas:2020e-13tev/345060@4lep for a skim.",
        )
    server = os.environ.get("ATLAS_API_BASE_URL", "https://atlasopenmagic-api.app.cern.ch")
    release = parts["release"] or os.environ.get("ATLAS_RELEASE", "2024r-pp")
    url = f"{server.rstrip('/')}/metadata/{quote(release)}/{quote(parts['name'].lower())}"
    content: Mapping[str, Any] = retried(lambda: get_json(url), f"the metadata of {address}")
    paths = _files(address, content, parts["skim"] or _WHOLE)
    names = safe_names([path.partition("?")[0] for path in paths], address)
    short, number = content.get("physics_short") or "", content.get("dataset_number") or ""
    title = f"{short} ({number}), ATLAS open data {release}".strip()
    events = content.get("nEvents")
    return Record(
        address,
        tuple(
            RemoteFile(name, http_address(path)) for name, path in zip(names, paths, strict=True)
        ),
        title=title,
        doi=str(content.get("doi") or ""),
        license="CC0-1.0",
        citation=f"ATLAS collaboration. {title}. CERN Open Data Portal.",
        events=int(events) if isinstance(events, int | float) and not parts["skim"] else None,
        mirrors=MIRRORS,
        about=_about(content),
    )


def _files(address: str, content: Mapping[str, Any], skim: str) -> list[str]:
    available = {
        str(entry["skim_type"]): list(entry.get("file_list") or [])
        for entry in content.get("skims") or []
    }
    if content.get("file_list"):
        available[_WHOLE] = list(content["file_list"])
    if skim not in available:
        raise FetchFailed(
            f"{address} has no {'files' if skim == _WHOLE else f'skim {skim}'}.",
            why=f"it has {', '.join(sorted(available)) or 'metadata only'}.",
            fix=nearest(skim, available) if available else "choose another dataset.",
        )
    return [str(path) for path in available[skim]]


def _about(content: Mapping[str, Any]) -> dict[str, str | float]:
    keywords = content.get("keywords") or ()
    return facts(
        {
            "cross_section": content.get("cross_section_pb"),
            "filter_efficiency": content.get("genFiltEff"),
            "k_factor": content.get("kFactor"),
            "sum_of_weights": content.get("sumOfWeights"),
            "generator": content.get("generator"),
            "process": content.get("process"),
            "collision": content.get("CoMEnergy"),
            "keywords": keywords if isinstance(keywords, str) else ", ".join(map(str, keywords)),
        }
    )

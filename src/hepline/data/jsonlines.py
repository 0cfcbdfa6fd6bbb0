"""JSON lines: one event in each line, converted once to Parquet in hepline's cache.

Text has no columns: whoever wants one of them parses all of them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from hepline.data.addresses import is_remote
from hepline.errors import FileUnreadable, MissingPackage
from hepline.files import replacing
from hepline.records import cache_folder, known_checksum

__all__ = ["converted"]

# Bytes of text that are parsed at once, and become a row group.
_BLOCK = 1 << 26
# Of a layout of the converted file: another one makes it anew.
_VERSION = 1


def converted(path: str) -> str:
    """The path of a Parquet file with the events of a file of JSON lines.

    Parameters
    ----------
    path : str
        Decompressed if its name ends in ``.gz``.

    Raises
    ------
    FileUnreadable
        If a line is not one object, or fields change their types.
    MissingPackage
        Without pyarrow.
    """
    try:
        import pyarrow.json  # noqa: F401
    except ImportError:
        raise MissingPackage(
            f"{path} needs pyarrow to be read.",
            why="JSON lines are parsed by pyarrow, which is not installed.",
            fix="pip install 'hepline[parquet]'",
        ) from None
    if is_remote(path):
        raise FileUnreadable(
            f"{path} is JSON behind an address.",
            why="JSON has no columns to read one by one: all of it must be here.",
            fix=f"fetch it first: hepline fetch {path}",
        )
    target = cache_folder() / "converted" / f"{known_checksum(path)}.v{_VERSION}.parquet"
    if not target.exists():
        _check_first_line(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as partial:
            _convert(path, partial)
    return str(target)


def _convert(path: str, target: Path) -> None:
    """Write row groups in the types that hold the fields of all blocks."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schemas = [table.schema for table in _tables(path, None)]
        schema = pa.unify_schemas(schemas, promote_options="permissive")
        with pq.ParquetWriter(
            target, schema, compression="zstd", write_page_checksum=True
        ) as writer:
            for table in _tables(path, schema):
                writer.write_table(table)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise FileUnreadable(
            f"{path} cannot be read as JSON lines.",
            why=f"{error}.",
            fix="write one object for each event, whose fields have the same type in all of them.",
        ) from error


def _tables(path: str, schema: Any) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.json as pj

    options = pj.ParseOptions(explicit_schema=schema)
    with pa.input_stream(path, compression="gzip" if path.endswith(".gz") else None) as stream:
        for block in _blocks(stream):
            yield pj.read_json(
                io.BytesIO(block),
                read_options=pj.ReadOptions(block_size=len(block) + 1),
                parse_options=options,
            )


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """Whole lines, some tens of megabytes at once."""
    rest = b""
    while more := stream.read(_BLOCK):
        lines, end, begun = (rest + more).rpartition(b"\n")
        rest = begun
        if lines.strip():
            yield lines + end
    if rest.strip():
        yield rest


def _check_first_line(path: str) -> None:
    """Refuse JSON that is one document."""
    import pyarrow as pa

    with pa.input_stream(path, compression="gzip" if path.endswith(".gz") else None) as stream:
        first, _, rest = stream.read(_BLOCK).lstrip().partition(b"\n")
    try:
        event = json.loads(first)
    except ValueError:
        event = None
    is_alone = not rest.strip() and ".json" in Path(path).suffixes
    if not isinstance(event, dict) or is_alone:
        raise FileUnreadable(
            f"{path} is a JSON document, not a file of events.",
            why="events are read from JSON lines, one object in each line"
            + ("; this file has one in all." if is_alone else f"; the first is {first[:40]!r}."),
            fix="name the file of events; a list of files goes to hepline run, a "
            "correction to hl.correction, a workspace to hepline fit.",
        )

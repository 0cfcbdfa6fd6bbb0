"""Makes a ROOT file depend on its content only: no clock, no leftovers of writing.

A ROOT file is a chain of records, each with a key that holds the time of writing; gaps
between records are listed in the file's own list of free segments. Here every time becomes
the same, and every gap becomes zeros behind ROOT's own mark for a gap. The layout is
described in ROOT's manual, "ROOT files", https://root.cern/doc/master/classTFile.html.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from hepline.errors import CorruptData

__all__ = ["FIXED_TIME", "fix_bytes"]

# 1995-01-01 00:00:00, the first time that ROOT's TDatime can hold: an obvious non-date.
FIXED_TIME = struct.pack(">I", 1 << 22 | 1 << 17)
_BEGIN = 100
_KEY = struct.Struct(">ihiIhh")  # bytes, version, object length, time, key length, cycle
_TIME_IN_KEY = 10
_FORGOTTEN = 256  # bytes; an entry of the list of gaps takes 10 or 18
_BIG = 1000  # versions above this use 64-bit positions


def _corrupt(path: Path, where: int, problem: str) -> CorruptData:
    return CorruptData(
        f"'{path}' is not the ROOT file that was just written: {problem} at byte {where}.",
        why="its records could not be followed from beginning to end.",
        fix="check that nothing else writes to this file and that the disk is not full.",
    )


def _free_segments(file: BinaryIO) -> dict[int, int]:
    """Start of each gap and the byte after it."""
    file.seek(16)
    seek, size = struct.unpack(">ii", file.read(8))
    file.seek(seek)
    record = file.read(size)
    (key_length,) = struct.unpack_from(">h", record, 14)
    segments, position = {}, key_length
    while position < len(record):
        (version,) = struct.unpack_from(">h", record, position)
        layout = ">qq" if version > _BIG else ">ii"
        first, last = struct.unpack_from(layout, record, position + 2)
        segments[first] = last + 1
        position += 2 + struct.calcsize(layout)
    return segments


def _blank(file: BinaryIO, start: int, stop: int) -> None:
    file.seek(start)
    # A negative length is how ROOT itself marks a gap.
    mark = struct.pack(">i", -(stop - start)) if stop - start >= 4 else b""
    file.write(mark.ljust(stop - start, b"\0"))


def _is_record(header: bytes, position: int) -> bool:
    """Whether a key says that it lies at this position."""
    if len(header) < _KEY.size + 8 or _KEY.unpack_from(header)[0] <= 0:
        return False
    is_big = _KEY.unpack_from(header)[1] > _BIG
    (seek,) = struct.unpack_from(">q" if is_big else ">i", header, _KEY.size)
    return bool(seek == position)


def _record_behind(file: BinaryIO, position: int) -> int | None:
    """The next record, if it is near: uproot forgets the last bytes of a list of gaps that moves.

    It moves because it has grown, and its new size is not the size of what becomes free.
    """
    file.seek(position)
    content = file.read(_FORGOTTEN + 128)
    for place in range(1, _FORGOTTEN):
        if _is_record(content[place:], position + place):
            return position + place
    return None


def _records(path: Path, file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Position and header of each record, gaps blanked on the way."""
    gaps = _free_segments(file)
    end = path.stat().st_size
    position = _BEGIN
    while position < end:
        if position in gaps:
            _blank(file, position, gaps[position])
            position = gaps[position]
            continue
        file.seek(position)
        header = file.read(128)
        if not _is_record(header, position):
            record = _record_behind(file, position)
            if record is None:
                raise _corrupt(path, position, "a gap that is on no list")
            _blank(file, position, record)
            position = record
            continue
        yield position, header
        position += _KEY.unpack_from(header)[0]


def _fix_directory(file: BinaryIO, position: int, key_length: int, name_bytes: int) -> int:
    """Fix the two times of a directory; return where its list of keys is."""
    start = position + key_length + name_bytes
    file.seek(start)
    (version,) = struct.unpack(">h", file.read(2))
    file.write(FIXED_TIME * 2)
    file.seek(start + 2 + 8 + 8)  # past the times and the two lengths
    layout = ">qqq" if version > _BIG else ">iii"
    _, _, keys = struct.unpack(layout, file.read(struct.calcsize(layout)))
    return int(keys)


def _fix_key_list(file: BinaryIO, position: int) -> None:
    """Fix the copy of each key, with its time, that the list of keys holds."""
    file.seek(position)
    size, _, _, _, key_length, _ = _KEY.unpack(file.read(_KEY.size))
    at = position + key_length
    file.seek(at)
    (count,) = struct.unpack(">i", file.read(4))
    at += 4
    for _ in range(count):
        file.seek(at)
        copy_length = _KEY.unpack(file.read(_KEY.size))[4]
        file.seek(at + _TIME_IN_KEY)
        file.write(FIXED_TIME)
        at += copy_length
    if at > position + size:
        raise _corrupt(Path(file.name), position, "a list of keys longer than its record")


def fix_bytes(path: str | Path) -> None:
    """Rewrite times and gaps of a ROOT file in place.

    Parameters
    ----------
    path : str or Path
        A file with objects in its top directory only, as uproot writes it.

    Raises
    ------
    CorruptData
        If the records cannot be followed to the end of the file.
    """
    path = Path(path)
    with path.open("r+b") as file:
        for position, header in _records(path, file):
            file.seek(position + _TIME_IN_KEY)
            file.write(FIXED_TIME)
            key_length = _KEY.unpack_from(header)[4]
            if position == _BEGIN:
                # The first record is the file itself: its key is followed by name and title.
                file.seek(_BEGIN + key_length)
                names = 0
                for _ in range(2):
                    names += 1 + file.read(1)[0]
                    file.seek(_BEGIN + key_length + names)
                keys = _fix_directory(file, position, key_length, names)
                _fix_key_list(file, keys)

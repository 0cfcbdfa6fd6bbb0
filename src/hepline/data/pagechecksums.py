"""Detection of page checksums in Parquet files, which pyarrow verifies but does not report.

References
----------
Apache Parquet format, ``parquet.thrift`` (``PageHeader``), and the compact protocol of Thrift.
"""

from __future__ import annotations

__all__ = ["HEADER", "has_page_checksum"]

HEADER = 32
"""Bytes that the beginning of a page header takes at most."""

# Fields of a page header by number: type, size, compressed size; then the checksum, if it is there.
_BEFORE, _CHECKSUM = 3, 4
_INTEGER = 5


def has_page_checksum(header: bytes) -> bool:
    """Whether a page has a checksum.

    Parameters
    ----------
    header : bytes
        The first `HEADER` bytes of the page.

    Raises
    ------
    IndexError, ValueError
        If these bytes do not begin a page.
    """
    place, number = 0, 0
    while number < _CHECKSUM:
        step, kind = divmod(header[place], 16)
        number += step
        if number > _BEFORE:
            return number == _CHECKSUM and kind == _INTEGER
        if not step or kind != _INTEGER:
            raise ValueError("no header of a page")
        place += 1
        # All bytes of an integer except the last have their highest bit set.
        while header[place] & 0x80:
            place += 1
        place += 1
    return False

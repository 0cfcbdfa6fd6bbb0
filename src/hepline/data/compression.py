"""Decompression of ROOT's format: blocks in a row, each after a header of nine bytes."""

from __future__ import annotations

import lzma
import struct
from collections.abc import Callable

import cramjam
import deflate
import xxhash

__all__ = ["FAILURES", "VERIFIED", "unpacked"]

VERIFIED = (b"ZL", b"XZ", b"L4")
"""Methods that bring a checksum along: Adler-32, CRC, xxHash."""

FAILURES = (
    deflate.DeflateError,
    cramjam.DecompressionError,
    lzma.LZMAError,
    struct.error,
    ValueError,
)
"""What `unpacked` raises for damaged bytes."""

# Method, its version (skipped), then packed and unpacked size in three bytes each, low first.
_HEADER = struct.Struct("<2sxHBHB")
_CHECKSUM = 8

Bytes = bytes | bytearray | memoryview


def unpacked(block: memoryview, size: int) -> Bytes:
    """Decompress bytes written by ROOT.

    The work of every method runs without Python's lock, so that threads unpack in parallel.

    Parameters
    ----------
    block : memoryview of bytes
        One or more blocks in a row, each with its header.
    size : int
        Total uncompressed size. A block of exactly this size is not compressed.

    Raises
    ------
    ValueError, or another of `FAILURES`
        For damaged bytes, or a size other than `size`.
    """
    if len(block) == size:
        return block
    pieces: list[Bytes] = []
    place = total = 0
    while place < len(block):
        name, low, high, whole, more = _HEADER.unpack_from(block, place)
        method = _METHODS.get(name)
        if method is None:
            raise ValueError(f"no compressed block begins with {name!r}")
        begin = place + _HEADER.size
        place = begin + low + (high << 16)
        whole += more << 16
        total += whole
        if place > len(block) or total > size:
            raise ValueError(f"a compressed block goes on beyond its {len(block)} bytes")
        piece = method(block[begin:place], whole)
        if len(piece) != whole:
            raise ValueError(f"a block of {whole} bytes gave {len(piece)}")
        pieces.append(piece)
    if total != size:
        raise ValueError(f"{total} bytes instead of {size}")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _lzma(data: memoryview, size: int) -> Bytes:
    return lzma.LZMADecompressor().decompress(data, size)


def _lz4(data: memoryview, size: int) -> Bytes:
    # LZ4 would silently decode flipped bytes; ROOT stores a checksum before the block.
    body = data[_CHECKSUM:]
    if xxhash.xxh64_intdigest(body) != int.from_bytes(data[:_CHECKSUM], "big"):
        raise ValueError("the checksum of an LZ4 block does not fit its bytes")
    return memoryview(cramjam.lz4.decompress_block(body, output_len=size))


def _zstd(data: memoryview, size: int) -> Bytes:
    return memoryview(cramjam.zstd.decompress(data, output_len=size))


_METHODS: dict[bytes, Callable[[memoryview, int], Bytes]] = {
    b"ZL": deflate.zlib_decompress,
    b"CS": deflate.deflate_decompress,
    b"XZ": _lzma,
    b"L4": _lz4,
    b"ZS": _zstd,
}

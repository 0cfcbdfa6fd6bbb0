"""Blocks of ROOT against the libraries that packed them; damage is never taken for data."""

import lzma
import zlib

import cramjam
import numpy as np
import pytest
import xxhash

from hepline.data.compression import FAILURES, unpacked

CONTENT = np.random.default_rng(1).normal(size=3000).astype(">f4").tobytes() + bytes(5000)


def bare_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def lz4(data):
    packed = bytes(cramjam.lz4.compress_block(data, store_size=False))
    return xxhash.xxh64(packed).digest() + packed


METHODS = {
    b"ZL": zlib.compress,
    b"CS": bare_deflate,
    b"XZ": lzma.compress,
    b"L4": lz4,
    b"ZS": lambda data: bytes(cramjam.zstd.compress(data)),
}
# Those that notice a flipped byte, because they hold a checksum.
CHECKED = (b"ZL", b"XZ", b"L4")


def three(number):
    return number.to_bytes(3, "little")


def block(method, data=CONTENT):
    packed = METHODS[method](data)
    return method + b"\x08" + three(len(packed)) + three(len(data)) + packed


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_back_what_was_packed(method):
    packed = block(method)
    assert bytes(unpacked(memoryview(packed), len(CONTENT))) == CONTENT
    halves = block(method, CONTENT[:7001]) + block(method, CONTENT[7001:])
    assert bytes(unpacked(memoryview(halves), len(CONTENT))) == CONTENT


def test_blocks_longer_than_two_bytes_can_count():
    data = CONTENT * 10
    assert len(data) > 1 << 16
    assert bytes(unpacked(memoryview(block(b"ZL", data)), len(data))) == data


def test_what_was_not_packed_is_left_alone():
    assert bytes(unpacked(memoryview(CONTENT), len(CONTENT))) == CONTENT


@pytest.mark.parametrize("method", METHODS)
def test_a_block_that_breaks_off_is_refused(method):
    packed = block(method)
    for cut in (1, 5, 9, 20, len(packed) // 2, len(packed) - 1):
        with pytest.raises(FAILURES):
            unpacked(memoryview(packed[:cut]), len(CONTENT))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("change", [-1, 1])
def test_another_number_of_bytes_is_refused(method, change):
    packed = block(method)
    with pytest.raises(FAILURES):
        unpacked(memoryview(packed), len(CONTENT) + change)
    lying = packed[:6] + three(len(CONTENT) - 1) + packed[9:]
    with pytest.raises(FAILURES):
        unpacked(memoryview(lying), len(CONTENT))
    double = packed + packed
    with pytest.raises(FAILURES):
        unpacked(memoryview(double), len(CONTENT))


@pytest.mark.parametrize("method", CHECKED)
def test_flipped_bytes_are_noticed_by_the_checksum(method):
    packed = block(method)
    for place in np.random.default_rng(2).integers(9, len(packed), 40).tolist():
        damaged = bytearray(packed)
        damaged[place] ^= 0x10
        try:
            found = bytes(unpacked(memoryview(damaged), len(CONTENT)))
        except FAILURES:
            continue
        # Header fields of a stream (a date, a level) change nothing.
        assert found == CONTENT


def test_an_unknown_method_is_named():
    with pytest.raises(ValueError, match="QQ"):
        unpacked(memoryview(b"QQ\x08" + three(4) + three(9) + b"1234"), 9)

import subprocess

import pytest

from hepline.data.catalogue.checksums import digests_of, is_known, is_strong

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-4, example 1


@pytest.mark.parametrize(
    ("content", "checksum"),
    [
        (b"Wikipedia", "adler32:11e60398"),  # the worked example of its article on Adler-32
        (b"", "adler32:00000001"),  # RFC 1950: begins with 1; eight digits with leading zeros
        (b"abc", "md5:900150983cd24fb0d6963f7d28e17f72"),  # RFC 1321, A.5
        (b"abc", f"sha256:{ABC}"),
    ],
)
def test_published_examples(tmp_path, content, checksum):
    path = tmp_path / "x"
    path.write_bytes(content)
    assert digests_of(path, checksum)[0] == checksum
    assert is_known(checksum)


def test_git_names_blobs_alike(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"jets\n" * 1000)
    done = subprocess.run(["git", "hash-object", path], capture_output=True, text=True, check=True)
    assert digests_of(path, "git-blob:")[0] == f"git-blob:{done.stdout.strip()}"


def test_sha256_comes_in_the_same_pass(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"abc")
    assert digests_of(path, "") == ("", ABC)


def test_32_bits_do_not_identify_a_file():
    assert not is_strong("adler32:00000001")
    assert is_strong("md5:0")
    assert not is_known("crc99:0")
    assert not is_strong("")

"""RNTuples of every type and compression have the numbers that ROOT wrote."""

from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from hepline.data.open import source
from hepline.errors import FileUnreadable

CORPUS = Path(__file__).parent / "files"
COMPRESSIONS = ("none", "zlib", "lzma", "lz4", "zstd")
LEFT_OUT = {
    "either": "variant",
    "couple": "no names",
}


@pytest.fixture(scope="module")
def expected():
    with np.load(CORPUS / "expected.npz") as file:
        found = dict(file)
    return {k.partition(":")[2]: v for k, v in found.items() if k.startswith("ntuple:")}


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_every_type_of_an_rntuple_has_the_numbers_that_root_wrote(expected, compression):
    opened = source(CORPUS / f"ntuple_{compression}.root")
    (part,) = opened.parts
    counts = expected["counts"]
    values = {name: right for name, right in expected.items() if name != "counts"}
    specs = dict(opened.schema.columns)
    assert specs.pop("nested").inner
    assert specs.pop("word").dtype == "string"
    assert specs.pop("perhaps").optional
    assert specs.keys() == values.keys()
    ends = np.concatenate([[0], np.cumsum(counts)])
    for start, stop in ((0, 40), (3, 29), (22, 23), (7, 7)):
        chunk = opened.read(part, list(values), (), start, stop)
        for name, right in values.items():
            low, high = (start, stop) if specs[name].axis is None else ends[[start, stop]]
            np.testing.assert_array_equal(chunk.contents[name], right[low:high], err_msg=name)
            if "int" in name or "float" in name or "bool" in name:
                assert chunk.contents[name].dtype == right.dtype
        for axis in {spec.axis for spec in specs.values()} - {None}:
            np.testing.assert_array_equal(np.diff(chunk.offsets[axis]), counts[start:stop])
    assert "checksum of every page" in part.checked


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_values_that_may_be_missing_equal_uproot(compression):
    opened = source(CORPUS / f"ntuple_{compression}.root")
    (part,) = opened.parts
    with uproot.open(CORPUS / f"ntuple_{compression}.root") as file:
        expected = file[part.tree].arrays()["perhaps"]
    for start, stop in ((0, 40), (3, 29), (22, 23), (7, 7)):
        chunk = opened.read(part, ["perhaps"], (), start, stop)
        there = chunk.contents["perhaps?"]
        assert there.tolist() == (~ak.is_none(expected[start:stop])).to_list()
        assert (
            chunk.contents["perhaps"][there].tolist()
            == ak.drop_none(expected[start:stop]).to_list()
        )
        assert chunk.contents["perhaps"].dtype == np.float32


@pytest.mark.parametrize("name", LEFT_OUT)
def test_fields_that_are_no_columns_say_why(name):
    schema = source(CORPUS / "ntuple_zstd.root").schema
    assert schema.obstacles.keys() == LEFT_OUT.keys()
    assert LEFT_OUT[name] in schema.obstacles[name]


def test_records_in_one_list_share_their_axis():
    schema = source(CORPUS / "ntuple_zstd.root").schema
    assert {schema.columns[f"things_{name}"].axis for name in "xn"} == {"things"}
    assert schema.columns["list_int8"].axis != schema.columns["list_int16"].axis


@pytest.mark.parametrize(
    ("file", "tree"),
    [
        ("formats/Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root", "Events"),
        ("formats/ntpl001_staff_rntuple_v1-0-1-0.root", "Staff"),
    ],
)
def test_real_rntuples_equal_uproot(shared_data, file, tree):
    opened = source(shared_data / file)
    (part,) = opened.parts
    names = list(opened.schema.columns)
    chunk = opened.read(part, names, (), 0, part.entries)
    with uproot.open(shared_data / file) as read:
        for name in names:
            array = read[tree][name].array()
            if opened.schema.columns[name].dtype == "string":
                words = opened.words(part, name, 0, part.entries)
                assert [words[code] for code in chunk.contents[name].tolist()] == array.tolist()
                continue
            axis = opened.schema.columns[name].axis
            if axis is not None:
                np.testing.assert_array_equal(np.diff(chunk.offsets[axis]), ak.num(array))
                array = ak.flatten(array)
            np.testing.assert_array_equal(chunk.contents[name], ak.to_numpy(array), err_msg=name)


def test_a_file_of_histograms_says_what_it_holds(shared_data):
    with pytest.raises(FileUnreadable) as caught:
        source(shared_data / "formats/uproot-histograms.root")
    assert "TH1F" in caught.value.why

import pytest

import hepline as hl
from hepline.analysis.processes import check_sides
from hepline.analysis.samples import FileSet, read_eras, read_samples, samples_of
from hepline.errors import AnalysisError, DataError


def test_paths_are_relative_to_the_list(listing, tmp_path):
    content = {"sig": {"nominal": [{"path": "a.root", "nevts": 10}, "sub/b.root"]}}
    files = read_samples(listing(content))["sig"]["nominal"]
    assert files.paths == (str(tmp_path / "a.root"), str(tmp_path / "sub/b.root"))
    assert files.generated == (10, None)


def test_absolute_paths_and_addresses_stay(listing):
    paths = ["/data/a.root", "root://eospublic.cern.ch//eos/b.root", "https://x.org/c.root"]
    assert read_samples(listing({"sig": {"nominal": paths}}))["sig"]["nominal"].paths == tuple(
        paths
    )


def test_other_keys_of_the_grand_challenge_are_ignored(listing):
    nominal = {"files": [{"path": "/a.root", "nevts": 5}], "nevts_total": 5}
    assert read_samples(listing({"sig": {"nominal": nominal}}))["sig"]["nominal"].generated == (5,)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "cannot be read as JSON"),
        ("{not json", "cannot be read as JSON"),
        ("[]", "lists no samples"),
        ("{}", "lists no samples"),
        ('"sig"', "lists no samples"),
        ('{"sig": {}}', "'sig' has no files"),
        ('{"sig": []}', "'sig/nominal' has no files"),
        ('{"sig": null}', "'sig' has no files"),
        ('{"sig": {"nominal": {}}}', "'sig/nominal' has no files"),
        ('{"sig": {"nominal": {"files": []}}}', "'sig/nominal' has no files"),
        ('{"sig": {"nominal": 7}}', "'sig/nominal' has no files"),
        ('{"sig": 7}', "'sig' has no files"),
        ('{"sig": {"files": "a", "cross_section": -1}}', "cross_section=-1"),
        ('{"sig": {"files": "a", "cross_section": "1 pb"}}', "cross_section='1 pb'"),
        ('{"sig": {"files": "a", "filter_efficiency": 1.5}}', "filter_efficiency=1.5"),
        ('{"sig": {"nominal": {"files": [7]}}}', "'sig/nominal' lists 7"),
        ('{"sig": {"nominal": {"files": [{"nevts": 7}]}}}', "'sig/nominal' lists"),
        ('{"sig": {"nominal": {"files": [{"path": ""}]}}}', "'sig/nominal' lists"),
        ('{"sig": {"nominal": {"files": [{"path": "a", "nevts": 0}]}}}', "lists"),
        ('{"sig": {"nominal": {"files": [{"path": "a", "nevts": -5}]}}}', "lists"),
        ('{"sig": {"nominal": {"files": [{"path": "a", "nevts": true}]}}}', "lists"),
        ('{"sig": {"nominal": {"files": [{"path": "a", "nevts": NaN}]}}}', "lists"),
        ('{"sig": {"nominal": {"files": [{"path": "a", "nevts": Infinity}]}}}', "lists"),
        ('{"sig": {"nominal": {"files": [{"path": "a", "nevts": "many"}]}}}', "lists"),
        ('{"sig": {"nominal": {"files": [{"path": "a_*.root", "nevts": 9}]}}}', "pattern"),
        ('{"sig": {"nominal": {"files": ["a"]}}, "sig": {}}', "'sig' twice"),
        ('{"sig": {"nominal": {"files": [{"path": "a", "nevts": 1.5}]}}}', "lists"),
        ('{"sig": {"nominal": {"files": [{"path": "a", "sumw": 0}]}}}', "lists"),
        ('{"sig": {"nominal": {"files": [{"path": "a", "sumw": -2.5}]}}}', "lists"),
        ('{"sig": {"nominal": {"files": [{"path": "a", "sumw": NaN}]}}}', "lists"),
        ('{"sig": {"nominal": {"files": [{"path": "a", "sumw": Infinity}]}}}', "lists"),
        ('{"sig": {"nominal": {"files": [{"path": "a", "sumw": "9"}]}}}', "lists"),
        ('{"sig": {"nominal": {"files": [{"path": "a", "sumw": true}]}}}', "lists"),
        ('{"sig": {"nominal": {"files": [{"path": "a_*.root", "sumw": 9}]}}}', "sumw for the pat"),
        ('{"sig": {"nominal": {"files": [{"path": "a", "sumw": 9}, "b"]}}}', "1 of its 2 files"),
    ],
)
def test_malformed_lists_say_what_is_wrong_and_how_it_should_look(listing, content, message):
    with pytest.raises(DataError, match=message) as caught:
        read_samples(listing(content))
    assert caught.value.why
    assert caught.value.fix


def test_missing_list_offers_the_nearest_file(listing, tmp_path):
    listing({"sig": {"nominal": ["a.root"]}})
    with pytest.raises(DataError) as caught:
        read_samples(tmp_path / "sample.json")
    assert "did you mean 'samples.json'?" in caught.value.fix


def test_binary_file_is_no_list(tmp_path):
    path = tmp_path / "samples.json"
    path.write_bytes(b"root\xff\xfe\x00")
    with pytest.raises(DataError, match="cannot be read as JSON"):
        read_samples(path)


def test_folder_is_no_list(tmp_path):
    with pytest.raises(DataError, match="cannot be read as JSON"):
        read_samples(tmp_path)


def test_one_sided_alternative_is_the_upward_side():
    alone = hl.alternative("ME", one_sided=True)
    assert check_sides("sig", {"ME_var": alone}) == (("ME_var", alone.up),)


def test_two_sided_alternative_has_both_sides():
    scale = hl.alternative("scale")
    sides = check_sides("sig", {"down": scale.down, "up": scale.up})
    assert dict(sides) == {"up": scale.up, "down": scale.down}


@pytest.mark.parametrize("lacking", ["up", "down"])
def test_two_sided_alternative_lacking_a_side_is_refused(lacking):
    scale = hl.alternative("scale")
    given = {"only": scale.down if lacking == "up" else scale.up}
    with pytest.raises(AnalysisError, match="has the sides"):
        check_sides("sig", given)


def test_two_sided_alternative_without_a_side_said_is_refused():
    with pytest.raises(AnalysisError, match="has the sides up"):
        check_sides("sig", {"ME_var": hl.alternative("ME")})


def test_one_sided_alternative_with_two_file_sets_is_refused():
    alone = hl.alternative("ME", one_sided=True)
    with pytest.raises(AnalysisError, match="has the sides up, up"):
        check_sides("sig", {"a": alone, "b": alone})


def test_one_sided_alternative_given_as_down_is_refused():
    with pytest.raises(AnalysisError, match="has the sides down"):
        check_sides("sig", {"a": hl.alternative("ME", one_sided=True).down})


def test_sums_of_weights_are_read_beside_numbers_of_events(listing):
    files = [{"path": "/a.root", "nevts": 10, "sumw": 7.5}, {"path": "/b.root", "sumw": 2}]
    found = read_samples(listing({"sig": {"nominal": files}}))["sig"]["nominal"]
    assert found == FileSet(("/a.root", "/b.root"), (10, None), (7.5, 2.0))


def test_content_of_a_list_may_be_given_in_place_of_the_file():
    known = FileSet(("b.root",), (None,))
    content = {"sig": {"nominal": {"files": ["a.root", "/c.root"]}}, "bkg": {"nominal": known}}
    found = samples_of(content)
    assert found["sig"]["nominal"].paths == ("a.root", "/c.root")
    assert found["bkg"]["nominal"] is known


def test_content_that_is_no_list_of_files_is_refused():
    with pytest.raises(DataError, match="the list of files lists no samples"):
        samples_of(7)
    with pytest.raises(DataError, match="'sig/nominal' has no files"):
        samples_of({"sig": {"nominal": 7}})


@pytest.mark.parametrize(
    "content",
    [
        "a.root",
        ["a.root"],
        {"files": "a.root"},
        {"files": ["a.root"]},
        {"nominal": "a.root"},
        {"nominal": ["a.root"]},
        {"nominal": {"files": "a.root"}},
        {"nominal": {"files": [{"path": "a.root"}]}},
    ],
)
def test_a_list_of_files_may_be_short(content):
    assert samples_of({"sig": content}) == {"sig": {"nominal": FileSet(("a.root",), (None,))}}


def test_numbers_of_a_sample_are_those_of_all_its_file_sets():
    content = {
        "cross_section": 2,
        "filter_efficiency": 0.5,
        "nominal": "a.root",
        "ME_var": {"files": "b.root", "cross_section": 3},
    }
    sets = samples_of({"sig": content})["sig"]
    assert (sets["nominal"].cross_section, sets["nominal"].filter_efficiency) == (2.0, 0.5)
    assert (sets["ME_var"].cross_section, sets["ME_var"].filter_efficiency) == (3.0, 0.5)
    assert list(sets) == ["nominal", "ME_var"]


def test_every_era_has_its_files(listing, tmp_path):
    other = tmp_path / "2017.json"
    other.write_text('{"sig": "b.root"}')
    path = listing('{"2016": {"sig": "a.root"}, "2017": "2017.json"}')
    files = read_eras(path, ["2016", "2017"])
    assert files["2016"]["sig"]["nominal"].paths == (str(tmp_path / "a.root"),)
    assert files["2017"]["sig"]["nominal"].paths == (str(tmp_path / "b.root"),)
    with pytest.raises(DataError, match="has 2016, 2017 at its top"):
        read_eras(path, ["2016", "2018"])
    assert list(read_eras({"sig": "a.root"}, [])) == [""]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ({"files": ["a.root"], "filter_eficiency": 0.5}, "filter_eficiency"),
        ({"nominal": {"files": ["a.root"], "xsec": 3}}, "xsec"),
        ({"files": [{"path": "a.root", "sumW": 9.0}]}, "sumW"),
    ],
)
def test_a_misspelled_number_is_refused(content, word):
    with pytest.raises(DataError, match=f"gives '{word}' in the list of files"):
        samples_of({"ttbar": content})

"""Columns of text of every format, against the libraries that wrote them, in every evaluator."""

import csv

import awkward as ak
import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot

import hepline as hl
from hepline.columns.text import code_of
from hepline.data.filesource import FileSource
from hepline.data.texts import Texts
from hepline.errors import ColumnNotFound, CorruptData

ENGINES = ("reference", "awkward", "compiled")
# Long ones, and letters of several bytes.
WORDS = ["HLT_mu26", "", "ü€", "x" * 300, "HLT_e60", "HLT_mu26", "a b", "HLT_mu26"] * 5
LISTS = [["a", "bc"], [], ["bc"], ["x" * 254, "x" * 255, "x" * 256, "a"]] * 10
NUMBERS = np.arange(40.0)


def tree(path):
    with uproot.recreate(path) as file:
        file["Events"] = {"name": ak.Array(WORDS), "x": NUMBERS}


def ntuple(path):
    with uproot.recreate(path) as file:
        file.mkrntuple("Events", {"name": ak.Array(WORDS), "words": ak.Array(LISTS), "x": NUMBERS})


def parquet(path):
    table = pa.table({"name": WORDS, "words": LISTS, "x": NUMBERS})
    pq.write_table(table, path, row_group_size=7)


def dictionaries(path):
    table = pa.table({"name": pa.array(WORDS).dictionary_encode(), "words": LISTS, "x": NUMBERS})
    pq.write_table(table, path, row_group_size=7)


def fixed(path):
    with h5py.File(path, "w") as file:
        file["name"] = np.array([word.encode() for word in WORDS])
        file["x"] = NUMBERS


def variable(path):
    with h5py.File(path, "w") as file:
        file["name"] = np.array(WORDS, dtype=h5py.string_dtype())
        file["x"] = NUMBERS


def text(path):
    lines = [f'"{word}",{x}' for word, x in zip(WORDS, NUMBERS, strict=True)]
    path.write_text("\n".join(["name,x", *lines]) + "\n")


def listed(path):
    variable(path)
    with h5py.File(path, "a") as file:
        kind = h5py.vlen_dtype(h5py.string_dtype())
        words = file.create_dataset("words", (len(LISTS),), dtype=kind)
        for event, each in enumerate(LISTS):
            words[event] = np.array(each, dtype=object)


WAYS = {
    "listed.h5": listed,
    "tree.root": tree,
    "ntuple.root": ntuple,
    "plain.parquet": parquet,
    "dictionaries.parquet": dictionaries,
    "fixed.h5": fixed,
    "variable.h5": variable,
    "text.csv": text,
}


@pytest.fixture(scope="module", params=WAYS)
def written(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("texts") / request.param
    WAYS[request.param](path)
    return path


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("chunk", [None, 3])
def test_comparisons_equal_python(written, engine, chunk):
    ev = hl.open(written)
    assert ev.origin.schema.columns["name"].described == "event * string"
    found = hl.compute(
        ev.name == "HLT_mu26",
        ev.name != "ü€",
        hl.isin(ev.name, ["", "x" * 300]),
        ev.name,
        hl.hist(ev.x, bins=(4, 0, 40), where=ev.name == "HLT_mu26"),
        engine=engine,
        chunk=chunk,
    )
    assert found[0].tolist() == [word == "HLT_mu26" for word in WORDS]
    assert found[1].tolist() == [word != "ü€" for word in WORDS]
    assert found[2].tolist() == [word in ("", "x" * 300) for word in WORDS]
    assert found[3].tolist() == WORDS
    passing = NUMBERS[[word == "HLT_mu26" for word in WORDS]]
    assert found[4].values().tolist() == np.histogram(passing, 4, (0, 40))[0].tolist()


@pytest.mark.parametrize("engine", ENGINES)
def test_lists_of_text(tmp_path, engine):
    for name in ("ntuple.root", "plain.parquet", "listed.h5"):
        WAYS[name](tmp_path / name)
        ev = hl.open(tmp_path / name)
        words = ak.Array(LISTS)
        found = hl.compute(
            ev.words, hl.any(ev.words == "a"), ev.words[ev.words != "bc"], ev.words[0],
            engine=engine, chunk=9,
        )  # fmt: skip
        assert found[0].tolist() == LISTS
        assert found[1].tolist() == ["a" in each for each in LISTS]
        assert found[2].tolist() == words[words != "bc"].tolist()
        assert found[3].tolist() == [each[0] if each else None for each in LISTS]


@pytest.mark.parametrize("engine", ENGINES)
def test_text_in_objects_of_a_real_file(shared_data, engine):
    path = shared_data / "formats/PHYSLITE_example.root"
    name, sumet = (f"MET_Core_AnalysisMETAuxDyn.{field}" for field in ("name", "sumet"))
    ev = hl.open(path)
    with uproot.open(path) as file:
        names, sums = (file["CollectionTree"][each].array() for each in (name, sumet))
    met = hl.events("physlite").MET_Core_AnalysisMET
    soft = met[met.name == "SoftClusCore"]
    found = hl.compute(soft.name, hl.sum(soft.sumet), source=ev, engine=engine, chunk=20)
    kept = names == "SoftClusCore"
    assert ak.sum(kept) > 0
    assert found[0].tolist() == names[kept].tolist()
    # In GeV, as everything else of this convention.
    expected = [sum(np.float32(v) / np.float32(1000) for v in each) for each in sums[kept]]
    assert found[1].tolist() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
def test_missing_text_equals_nothing(tmp_path, engine):
    words = ["a", None, "", None, "b"]
    lists = [["a", None], None, [], ["b"], [None]]
    path = tmp_path / "a.parquet"
    pq.write_table(
        pa.table({"w": words, "d": pa.array(words).dictionary_encode(), "l": lists}), path
    )
    ev = hl.open(path)
    found = hl.compute(
        ev.w, ev.d, ev.l, ev.w == "a", ev.d.is_missing(), hl.count(ev.l[ev.l == "a"]), ev.w == ev.d,
        engine=engine,
    )  # fmt: skip
    assert found[0].tolist() == found[1].tolist() == words
    assert found[2].tolist() == [each or [] for each in lists]
    assert found[3].tolist() == [None if word is None else word == "a" for word in words]
    assert found[4].tolist() == [word is None for word in words]
    assert found[5].tolist() == [1, 0, 0, 0, 0]
    assert found[6].tolist() == [None if word is None else True for word in words]


def test_objects_come_back_with_their_text(tmp_path):
    path = tmp_path / "a.parquet"
    tracks = [[{"name": "a", "pt": 1.0}], [], [{"name": "b", "pt": 2.0}, {"name": "a", "pt": 3.0}]]
    pq.write_table(pa.table({"Trk": tracks, "n": [1, 2, 3]}), path)
    ev = hl.open(path)
    assert hl.compute(ev.Trk).tolist() == tracks
    assert hl.compute(ev.Trk[ev.Trk.name == "a"], where=ev.n > 1).tolist() == [[], tracks[2][1:]]
    assert hl.compute(ev[ev.n > 1].Trk.name).tolist() == [[], ["b", "a"]]
    assert hl.compute(ev.Trk[0].name).tolist() == ["a", None, "b"]
    assert "<td>[b, a]</td>" in ev.Trk.name._repr_html_()
    assert "<td>[b, a]</td>" in ev.Trk._repr_html_()


def test_the_texts_of_a_column_are_read_once_for_all_results(tmp_path, monkeypatch):
    read, words = [], FileSource.words

    def noted(self, part, column, start, stop):
        read.append(column)
        return words(self, part, column, start, stop)

    monkeypatch.setattr(FileSource, "words", noted)
    path = tmp_path / "a.parquet"
    tracks = [[{"name": "a", "kind": "x"}], [{"name": "b", "kind": "y"}]]
    pq.write_table(pa.table({"Trk": tracks, "n": [1, 2]}), path)
    trk = hl.open(path).Trk
    some = trk[trk.kind == "y"].name
    found = hl.compute({"some": some, "first": trk[0].name, "all": trk.name})
    assert found["some"].tolist() == [[], ["b"]]
    assert found["first"].tolist() == ["a", "b"]
    assert found["all"].tolist() == [["a"], ["b"]]
    assert read == ["Trk_name"]


def test_several_files_join_their_text(tmp_path):
    for name in ("text.csv", "plain.parquet"):
        WAYS[name](tmp_path / name)
    ev = hl.open([tmp_path / "text.csv", tmp_path / "plain.parquet"])
    assert hl.compute(ev.name).tolist() == WORDS * 2
    assert hl.compute(ev.name == "a b", workers=2).tolist() == [word == "a b" for word in WORDS * 2]
    (tmp_path / "b.csv").write_text("name,x\n1,2\n")
    ev = hl.open([tmp_path / "text.csv", tmp_path / "b.csv"])
    with pytest.raises(ColumnNotFound, match="'name'") as caught:
        _ = ev.name
    assert "string in" in caught.value.why


def test_words_of_a_text_file_are_those_of_python_s_reader(tmp_path):
    words = ['a "b" c', "x;y", "", " in spaces ", 'say ""', "é", '"', "none", "T" * 90, "plain"]
    path = tmp_path / "a.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_MINIMAL)
        writer.writerow(["word", "n", "last"])
        writer.writerows([word, n, word] for n, word in enumerate(words))
        file.write('"quoted",11,"too"\r\n  bare ,12,  bare \r\n')
    with path.open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    # Spaces around what stands in no quotes are not part of it.
    expected, last = ([row[place].strip() for row in rows] for place in (0, 2))
    ev = hl.open(path)
    found = hl.compute(ev.word, ev["last"], ev.word == 'a "b" c')
    assert found[0].tolist() == expected
    assert found[1].tolist() == last
    assert found[2].tolist() == [word == 'a "b" c' for word in expected]


def test_an_analysis_of_text_refuses_files_of_numbers(tmp_path):
    WAYS["text.csv"](tmp_path / "text.csv")
    (tmp_path / "b.csv").write_text("name,x\n1,2\n")
    question = hl.open(tmp_path / "text.csv").name == "1"
    with pytest.raises(CorruptData, match="'name'"):
        hl.compute(question, source=hl.open(tmp_path / "b.csv"))


def test_codes_of_any_bytes_are_those_of_the_definition():
    random = np.random.default_rng(1)
    content = random.integers(0, 256, 5000).astype(np.uint8)
    begins = np.sort(random.integers(0, 5000, 300))
    ends = np.minimum(begins + random.integers(0, 40, 300), 5000)
    expected = [code_of(bytes(content[low:high])) for low, high in zip(begins, ends, strict=True)]
    assert Texts(content, begins, ends).codes().tolist() == expected
    with pytest.raises(ValueError, match="behind the last byte"):
        Texts(content, begins, ends + 5000).codes()


def test_two_texts_of_one_code_are_not_mixed_up():
    from hepline.analysis.texts import joined_words

    assert joined_words({1: "a"}, {1: "a", 2: "b"}, "x") == {1: "a", 2: "b"}
    with pytest.raises(CorruptData, match="same code"):
        joined_words({1: "a"}, {1: "b"}, "x")

"""CSV files: what numpy, Python's csv module and the eye read is what hepline reads."""

import csv
import gzip
import math

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import hepline as hl
from hepline.data import csvfile
from hepline.data.csvfile import CSVReader
from hepline.data.csvheader import name_of
from hepline.data.open import source
from hepline.errors import ColumnNotFound, CorruptData, FileUnreadable


@pytest.fixture
def write(tmp_path):
    def written(text, name="a.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return written


def read(path, *columns, start=0, stop=None):
    reader = CSVReader(path)
    stop = reader.entries if stop is None else stop
    chunk = reader.read(columns or list(reader.schema.columns), [], start, stop)
    assert (chunk.events, chunk.offsets) == (stop - start, {})
    for name, row in chunk.contents.items():
        assert row.dtype.name == reader.schema.columns[name].dtype
        assert row.flags.c_contiguous
        assert row.flags.writeable
        assert len(row) == stop - start
    return {name: row.tolist() for name, row in chunk.contents.items()}


SEVERAL = {"n": [1, -2, 30], "pt": [1.5, 2.0, -3e5], "good": [True, False, True]}


@pytest.mark.parametrize(
    "text",
    [
        "n,pt,good\n1,1.5,true\n-2,2.,false\n30,-3E+5,true\n",
        "n,pt,good\r\n1,1.5,True\r\n-2,2,False\r\n+30,-3e5,TRUE\r\n",
        "n,pt,good\n1,1.5,true\n-2,2.,false\n30,-3e5,true",
        "n;pt;good\n1;1.5;true\n-2;2;false\n30;-3e5;true\n\n",
        "n\tpt\tgood\n1\t1.5\ttrue\n-2\t2\tfalse\n30\t-3e5\ttrue\n",
        "n | pt | good \n1 | 1.5 | true\n-2 | 2 | false\n30 | -3e5 | true\n",
        '"n","pt","good"\n"1","1.5","true"\n"-2","2","false"\n"30","-3e5","true"\n',
        "# by hand\n\nn, pt ,good\n# units: GeV\n1, 1.5,true\n\n-2, 2,false\n30 ,-3e5,true\n\n",
        "\ufeffn,pt [GeV],good\n1,1.5,true\n-2,2,false\n30,-3e5,true\n",
        "# n,pt,good\n1,1.5,true\n-2,2,false\n30,-3e5,true\n",
        "  n   pt good\n  1  1.5 true\n -2   2. false\n 30 -3e5  true\n",
    ],
)
def test_however_it_is_written(write, text):
    path = write(text)
    assert read(path) == SEVERAL
    assert read(path, "pt", start=1, stop=3) == {"pt": [2.0, -3e5]}
    assert read(path, "good", start=1, stop=1) == {"good": []}


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv"])
def test_packed_by_gzip(write, name):
    path = write(gzip.compress(b"n,pt,good\n1,1.5,true\n-2,2,false\n30,-3e5,true\n"), name)
    assert read(path) == SEVERAL
    assert hl.compute(hl.open(path).n).tolist() == SEVERAL["n"]


def test_behind_an_address(write):
    path = write("n,pt,good\n1,1.5,true\n-2,2,false\n30,-3e5,true\n")
    assert read(f"file://{path}") == SEVERAL


@pytest.mark.parametrize("header", ["n pt", "# n pt"])
def test_what_numpy_writes(tmp_path, header):
    path = tmp_path / "a.txt"
    numbers = np.random.default_rng(1).normal(size=(50, 2)) * 10.0 ** np.arange(-25, 25)[:, None]
    np.savetxt(path, numbers, header=header.strip("# "), comments="# " if "#" in header else "")
    found = read(str(path))
    assert found["n"] == numbers[:, 0].tolist()
    assert found["pt"] == numbers[:, 1].tolist()


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("px1 ", "px1"),
        ("E1 [GeV]", "E1"),
        ("pt (GeV/c)", "pt"),
        ("delivered(/pb)", "delivered"),
        ("run:fill", "run_fill"),
        ("Muon pt", "Muon_pt"),
        ("Muon_pt_", "Muon_pt_"),
        ("p-value", "p_value"),
        ("2mu mass", "x2mu_mass"),
        ("η", "η"),
        ("[GeV]", "GeV"),
        ("", ""),
    ],
)
def test_names_that_python_can_spell(label, name):
    assert name_of(label) == name
    assert not name or name.isidentifier()


def test_columns_that_differ_by_their_units_keep_them(write):
    path = write("E [GeV],E [MeV],,p,p\n1,1000,7,0,0\n")
    reader = CSVReader(path)
    assert list(reader.schema.columns) == ["E_GeV", "E_MeV", "column3"]
    with pytest.raises(ColumnNotFound) as caught:
        hl.open(path)["p"]
    assert "2 columns of" in caught.value.why


@pytest.mark.parametrize(
    "head",
    [
        "m(mu mu) [GeV]",
        '"m(mu mu) [GeV]"',
        "# m(mu mu) [GeV]",
        "#units\n\nm(mu mu) [GeV]\n# below:",
    ],
)
@pytest.mark.parametrize("below", ["3.1\n-4\n", "\n 3.1 \r\n -4"])
def test_the_name_of_a_single_column_may_hold_spaces(write, head, below):
    reader = CSVReader(path := write(f"{head}\n{below}"))
    assert list(reader.schema.columns) == ["m_mu_mu"]
    assert read(path) == {"m_mu_mu": [3.1, -4]}


def test_spaces_separate_names_where_fields_are_separated_too(write):
    with pytest.raises(FileUnreadable, match=r"line 2 of .* has 1 field, not 3"):
        CSVReader(write("a b c\n1,2,3\n"))
    assert read(write("a b\n1 2\n")) == {"a": [1], "b": [2]}
    assert list(CSVReader(write("a b\n")).schema.columns) == ["a", "b"]


def test_missing_values_are_not_a_number(write):
    found = read(write('n,pt,x\n1,,NA\n,2.5,"N/A"\n3,nan, \n4,none,null\n5,-inf,1\n'))
    np.testing.assert_array_equal(found["n"], [1, math.nan, 3, 4, 5])
    np.testing.assert_array_equal(found["pt"], [math.nan, 2.5, math.nan, math.nan, -math.inf])
    np.testing.assert_array_equal(found["x"], [math.nan] * 4 + [1])


TEXT = "Run,Type1,E1,date,mixed,half,empty,code\n" + "".join(
    f"{n},{'GT'[n % 2]},{n}.5,2011-05-{n:02d},{n if n < 8 else 'bad'},"
    f"{'true' if n < 5 else n},,E{n}\n"
    for n in range(1, 10)
)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("mixed", ("line 9 of", "'bad'", "not a number")),
        ("half", ("mixes true and false",)),
        ("empty", ("no value in any line",)),
    ],
)
def test_what_is_neither_numbers_nor_text_says_why(write, column, words):
    path = write(TEXT)
    ev = hl.open(path)
    assert set(ev.origin.schema.columns) == {"Run", "E1", "Type1", "date", "code"}
    with pytest.raises(ColumnNotFound, match=column) as caught:
        ev[column]
    for word in words:
        assert word in caught.value.why
    assert "test_csvfile.py" in caught.value.asked_at


def test_large_integers_stay_exact_or_are_refused(write):
    path = write(f"a,b,c,d\n{2**63 - 1},{2**63},{2**53 + 1},1e3\n{-(2**63)},1,,{10**20}\n")
    assert read(path) == {"a": [2**63 - 1, -(2**63)], "d": [1e3, 1e20]}
    obstacles = CSVReader(path).schema.obstacles
    assert "64 bits" in obstacles["b"]
    assert "15 digits" in obstacles["c"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n\n# three\n3\n", ("line 5 of", "1 field, not 2", "a, b")),
        ("a,b\n1,2\n3,4,5\n1,2\n", ("line 3 of", "3 fields, not 2", "mend or delete")),
        ("a,b\n1\n2,3,4\n", ("line 2 of", "1 field,")),
        ('a,b\n1,2\n"3,4\n5,6\n', ("line 3 of", "a quote that does not end")),
        ("1.5,2\n3,4\n", ("does not name its columns", "'1.5' is a number", "line 1")),
        ("# two words\n1.5,2,4\n", ("does not name its columns",)),
        ("\n\n", ("no line of text", "first line")),
        ("a,b\nx,y\n", ("no column", "line 2 of", "'x'", "point for decimals")),
        ("<!DOCTYPE html>\n<html>\n</html>\n", ("web page", "DOCTYPE", "download")),
        ("a,b\r1,2\r", ("carriage return alone",)),
        ("a,b\n1,2\n".encode("utf-16"), ("not plain text", "CSV UTF-8")),
        ("", ("0 bytes",)),
        (gzip.compress(b"a,b\n" + b"1,2\n" * 99, mtime=0)[:-9], ("cannot be read", "a.csv")),
    ],
)
def test_broken_files_are_refused_with_their_line(write, text, words):
    path = write(text)
    with pytest.raises(FileUnreadable) as caught:
        hl.open(path)
    for word in words:
        assert word in str(caught.value)
    assert "test_csvfile.py" in caught.value.asked_at


def test_what_only_looks_like_a_number_is_found_when_it_is_read(write):
    path = write("a,b\n" + "1,2\n" * 40 + "# note\n1.2.3,4\n5,6\n")
    ev = hl.open(path)
    assert hl.compute(ev.b).tolist() == [2] * 40 + [4, 6]
    with pytest.raises(CorruptData) as caught:
        hl.compute(ev.a)
    for word in ("line 43 of", "no number in 'a'", "'1.2.3'", "mend that line"):
        assert word in str(caught.value)


def test_a_file_without_events_joins_those_with_some(write):
    empty = write("n,pt\n", "a.csv")
    assert hl.compute(hl.open(empty).pt).tolist() == []
    whole = write("n,pt\n1,1\n2,3\n", "b.csv")
    parts = write("pt,n\n2.5,7\n", "c.csv")
    ev = hl.open([empty, whole, parts])
    assert hl.compute(ev.pt).tolist() == [1.0, 3.0, 2.5]
    assert hl.compute(ev.n).tolist() == [1, 2, 7]
    assert ev.n.type.dtype.name == "int64"
    assert ev.pt.type.dtype.name == "float64"


def test_text_in_one_of_several_files(write):
    ev = hl.open([write("n,x\n1,2\n", "a.csv"), write("n,x\n1,word\n", "b.csv")])
    with pytest.raises(ColumnNotFound) as caught:
        ev["x"]
    assert "int64 in" in caught.value.why
    assert "string in" in caught.value.why
    assert "b.csv" in caught.value.why


def test_files_with_too_few_fields_can_be_left_out(write):
    good, bad = write("a,b\n1,2\n", "a.csv"), write("a,b\n1,2\n3\n", "b.csv")
    found = source([good, bad], skip_unreadable=True)
    assert found.unreadable[0][0] == bad
    assert "line 3 of" in found.unreadable[0][1]


def test_a_file_that_is_cut_while_it_is_read(write):
    path = write("a\n1\n2\n3\n")
    reader = CSVReader(path)
    write("a\n1\n")
    with pytest.raises(OSError, match="ends at byte"):
        reader.read(["a"], [], 0, 3)


def printed(column):
    return [repr(value).lower() if isinstance(value, bool) else repr(value) for value in column]


columns = st.one_of(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=40, max_size=40),
    st.lists(st.floats(allow_nan=False), min_size=40, max_size=40),
    st.lists(st.booleans(), min_size=40, max_size=40),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    table=st.lists(columns, min_size=1, max_size=4),
    rows=st.integers(0, 40),
    separator=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
    block=st.sampled_from([1, 100, 1 << 20]),
    bounds=st.tuples(st.integers(0, 40), st.integers(0, 40)).map(sorted),
)
def test_what_pythons_csv_writes_comes_back(
    tmp_path, monkeypatch, table, rows, separator, quoting, end, block, bounds
):
    monkeypatch.setattr(csvfile, "_BLOCK", block)
    table = [column[:rows] for column in table]
    path = tmp_path / "a.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=separator, quoting=quoting, lineterminator=end)
        writer.writerow([f"c{n}" for n in range(len(table))])
        writer.writerows(zip(*map(printed, table), strict=True))
    reader = CSVReader(str(path))
    assert reader.entries == rows
    start, stop = (min(bound, rows) for bound in bounds)
    names = [f"c{n}" for n in range(len(table))]
    found = reader.read(names, [], start, stop).contents
    for name, column in zip(names, table, strict=True):
        assert found[name].tolist() == column[start:stop]
        if column:
            assert found[name].dtype == np.array(column).dtype
    pieces = reader.pieces(names)
    assert (pieces[0], pieces[-1]) == (0, rows)
    assert list(pieces) == sorted(set(pieces))
    if block == 1 and rows:
        assert len(pieces) == rows + 1


def test_only_the_blocks_asked_for_are_read(write, monkeypatch):
    monkeypatch.setattr(csvfile, "_BLOCK", 1)
    reader = CSVReader(write("a,b\n" + "".join(f"{n},{-n}\n" for n in range(50))))
    asked = []
    whole = csvfile.os.pread
    spy = lambda file, size, begin: asked.append(begin) or whole(file, size, begin)  # noqa: E731
    monkeypatch.setattr(csvfile.os, "pread", spy)
    assert reader.read(["b"], [], 7, 9).contents["b"].tolist() == [-7, -8]
    assert len(asked) == 2


@pytest.mark.parametrize("engine", ["awkward", "compiled", "reference"])
def test_the_z_as_numpy_sees_it(shared_data, engine):
    path = shared_data / "cms_csv/Zmumu_Run2011A.csv"
    ev = hl.open(path)
    mass = np.sqrt(2 * ev.pt1 * ev.pt2 * (np.cosh(ev.eta1 - ev.eta2) - np.cos(ev.phi1 - ev.phi2)))
    opposite = ev.Q1 * ev.Q2 < 0
    found = hl.compute(hl.hist(mass, bins=(60, 60, 120), where=opposite), engine=engine)
    t = np.genfromtxt(path, delimiter=",", names=True)
    by_hand = np.sqrt(
        2 * t["pt1"] * t["pt2"] * (np.cosh(t["eta1"] - t["eta2"]) - np.cos(t["phi1"] - t["phi2"]))
    )
    expected, _ = np.histogram(by_hand[t["Q1"] * t["Q2"] < 0], bins=60, range=(60, 120))
    np.testing.assert_array_equal(found.values(), expected)
    assert hl.compute(ev.Event).tolist() == t["Event"].astype(int).tolist()
    # labs.md: 8720 of 10583 in 80 to 100 GeV, whatever the charge.
    assert ((by_hand > 80) & (by_hand < 100)).sum() == 8720


def test_other_tables_of_cern(shared_data):
    for path in sorted((shared_data / "cms_csv").glob("*.csv")):
        reader = CSVReader(str(path))
        t = np.genfromtxt(path, delimiter=",", names=True)
        assert list(reader.schema.columns) == list(t.dtype.names)
        found = reader.read(list(t.dtype.names), [], 0, reader.entries).contents
        for name in t.dtype.names:
            np.testing.assert_array_equal(found[name], t[name])
    lumi = CSVReader(str(shared_data / "corrections/lumi_small.csv"))
    numbers = [name for name, spec in lumi.schema.columns.items() if spec.dtype != "string"]
    assert numbers == ["E", "delivered", "recorded", "avgpu"]
    assert lumi.entries == 998
    assert set(lumi.words("beamstatus", 0, 998).values()) == {"STABLE BEAMS"}


letters = st.sampled_from([*'ab19.,;-+eE \t"#\n\rµ|\0', "\n", "1,2\n", "nan", "true", "\r\n"])


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(head="a\n", body=["a", "\r", '"'])
@example(head="a\n", body=["nan", "\r", "a"])
@given(head=st.sampled_from(["", "a,b\n", "a b\n", "a\n"]), body=st.lists(letters, max_size=40))
def test_any_text_is_read_or_refused_kindly(tmp_path, head, body):
    path = tmp_path / "a.csv"
    path.write_bytes((head + "".join(body)).encode())
    try:
        reader = CSVReader(str(path))
        chunk = reader.read(list(reader.schema.columns), [], 0, reader.entries)
    except (FileUnreadable, CorruptData) as error:
        refused = str(error)
        assert refused.count("\n") >= 2
    else:
        assert {len(row) for row in chunk.contents.values()} == {reader.entries}


@pytest.mark.parametrize(
    "text",
    [
        "# dimuon masses of 2011\n1.0\n2.0\n",
        "# Taken by CMS.\n1.0 2.0 3.0\n",
        "# all of them\n1 2 3\n",
        "# selected events, in order\n1,2\n",
        "# masses:\n1.0\n",
    ],
)
def test_prose_in_a_comment_names_no_column(write, text):
    with pytest.raises(FileUnreadable, match="does not name its columns") as caught:
        hl.open(write(text))
    assert "does not name" in caught.value.why


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("# pt eta phi\n1 2 3\n", ["pt", "eta", "phi"]),
        ("# Muon pt [GeV],Muon eta\n1,2\n", ["Muon_pt", "Muon_eta"]),
        ("# m(mu mu) [GeV]\n1.5\n", ["m_mu_mu"]),
    ],
)
def test_a_comment_right_above_the_numbers_may_name_the_columns(write, text, names):
    assert list(CSVReader(write(text)).schema.columns) == names


def test_a_carriage_return_inside_of_a_line_is_refused_with_its_place(write):
    with pytest.raises(FileUnreadable, match=r"line 3 of .* has a carriage return inside of it"):
        hl.open(write("a,b\n1,2\n3,\r4\n5,6\n"))

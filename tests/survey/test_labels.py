"""Labels are checked as pandas would by hand."""

import numpy as np
import pandas
import pytest

import hepline as hl
from hepline.errors import DataError, LanguageError


def table(random, events, kind, first=0):
    return pandas.DataFrame(
        {
            "run": 1,
            "event": first + np.arange(events),
            "x": random.normal(size=events),
            "n": random.poisson(2, events),
            "kind": kind,
        }
    )


@pytest.fixture
def classes():
    random = np.random.default_rng(1)
    return table(random, 600, "s"), table(random, 800, "b", first=300)


@pytest.fixture
def write(tmp_path):
    def one(name, frame):
        frame.to_csv(tmp_path / name, index=False)
        return tmp_path / name

    return one


def test_events_in_two_classes(classes, write):
    signal, background = classes
    samples = {"s": write("s.csv", signal), "b": write("b.csv", background)}
    report = hl.check_labels(samples, features=["x", "n"])
    assert report.classes == {"b": 800, "s": 600}
    assert report.identity == ("run", "event")
    shared = signal.merge(background, on=["run", "event"])
    assert report.count("conflicts") == len(shared) == 300
    assert report.count("equal features") == 0


def test_a_column_of_labels(classes, write):
    both = pandas.concat(classes).sample(frac=1, random_state=1)
    again = both[both.kind == "b"].iloc[:40]
    report = hl.check_labels(write("all.csv", pandas.concat([both, again])), label="kind")
    assert report.classes == {"b": 840, "s": 600}
    assert report.count("conflicts") == 300
    assert report.count("copies") == 40
    assert report.columns("separates") == ()


def test_numbers_as_labels(classes, write):
    both = pandas.concat(classes)
    both["y"] = (both.pop("kind") == "s").astype(int)
    assert hl.check_labels(write("all.csv", both), label="y").classes == {"0": 800, "1": 600}


def test_equal_rows_where_events_have_no_number(write):
    random = np.random.default_rng(2)
    signal = pandas.DataFrame({"x": random.normal(size=50), "n": 1})
    background = pandas.DataFrame({"x": random.normal(size=50), "n": 1})
    background.iloc[:5] = signal.iloc[:5]
    report = hl.check_labels({"s": write("s.csv", signal), "b": write("b.csv", background)})
    assert report.identity == ()
    assert report.count("conflicts") == 5


def test_equal_features_of_different_events(classes, write):
    signal, background = classes
    background["event"] += 10**6
    background.loc[:6, ["x", "n"]] = signal.loc[:6, ["x", "n"]]
    samples = {"s": write("s.csv", signal), "b": write("b.csv", background)}
    report = hl.check_labels(samples, features=["x", "n"])
    assert report.count("conflicts") == 0
    assert report.count("equal features") == 7


@pytest.mark.parametrize("by", ["event", "rows"])
def test_events_of_the_test_sample_that_were_learned(classes, write, by):
    signal, background = classes
    background["event"] += 10**6
    both = pandas.concat([signal, background]).sample(frac=1, random_state=1)
    if by == "rows":
        both = both.drop(columns=["run", "event"])
    train, test = both.iloc[:1000], both.iloc[970:]
    report = hl.check_labels(write("train.csv", train), label="kind", test=write("test.csv", test))
    assert report.count("leaks") == 30
    clean = hl.check_labels(
        write("train.csv", train), label="kind", test=write("test.csv", both.iloc[1000:])
    )
    assert clean.count("leaks") == 0


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (lambda is_signal, x: np.where(is_signal, x + 20, x), "separates"),
        (lambda is_signal, _: np.where(is_signal, 7, 3), "separates"),
        (lambda is_signal, x: np.where(is_signal, 2, np.arange(len(x)) % 2 * 4), "separates"),
        (lambda is_signal, x: np.where(is_signal, np.nan, x), "separates"),
        (lambda is_signal, x: np.where(is_signal & (x > 1), np.nan, x), "pattern"),
        (lambda is_signal, x: np.where(is_signal & (x > 1), -999.0, x), "pattern"),
        (lambda _, x: np.where(x > 1, np.nan, x), None),
        (lambda is_signal, x: x + 1.5 * is_signal, None),
    ],
)
def test_columns_that_give_the_label_away(classes, write, column, kind):
    both = pandas.concat(classes)
    both["z"] = column((both.kind == "s").to_numpy(), both.x.to_numpy())
    report = hl.check_labels(write("all.csv", both), label="kind")
    assert report.columns("separates") == (("z",) if kind == "separates" else ())
    assert report.columns("pattern") == (("z",) if kind == "pattern" else ())


def test_numbers_of_events_are_told_apart_from_features(classes, write):
    signal, background = classes
    background["event"] += 10**6
    samples = {"s": write("s.csv", signal), "b": write("b.csv", background)}
    report = hl.check_labels(samples)
    assert report.columns("identity") == ("event",)
    assert "keep it from what is learned" in str(report)
    assert report.columns("separates") == ("kind",)


def test_lists_are_features(write_tree):
    random = np.random.default_rng(3)

    def jagged(shift):
        return [random.normal(shift, 1, size) for size in random.poisson(2, 400)]

    first, second = write_tree("a.root", {"x": jagged(0)}), write_tree("b.root", {"x": jagged(90)})
    assert hl.check_labels({"a": first, "b": second}).columns("separates") == ("x",)


def test_nothing_is_suspicious(write):
    random = np.random.default_rng(4)
    samples = {
        name: write(f"{name}.csv", pandas.DataFrame({"x": random.normal(size=300)}))
        for name in ("a", "b", "c")
    }
    assert str(hl.check_labels(samples)).endswith("nothing is suspicious")


def test_higgs_challenge(shared_data):
    folder = shared_data / "ml"
    report = hl.check_labels({"s": folder / "higgsml_sig.csv", "b": folder / "higgsml_bg.csv"})
    assert report.classes == {"b": 4999, "s": 4999}
    assert report.columns("separates") == ("Weight", "Label", "KaggleWeight")
    assert {finding.kind for finding in report.findings} == {"separates"}


def test_mistakes(classes, write):
    file = write("a.csv", classes[0])
    with pytest.raises(LanguageError, match="check_labels"):
        hl.check_labels(file)
    with pytest.raises(LanguageError, match="check_labels"):
        hl.check_labels({"a": file}, label="kind")
    with pytest.raises(DataError, match="one class: s"):
        hl.check_labels(file, label="kind")
    with pytest.raises(DataError, match="600 different labels"):
        hl.check_labels(file, label="event")
    with pytest.raises(AttributeError):
        hl.check_labels(file, label="kidn")

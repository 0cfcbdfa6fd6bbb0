"""Scores as expressions, against XGBoost on columns by hand."""

import awkward as ak
import numpy as np
import pytest
import uproot
import xgboost

import hepline as hl
from hepline.errors import FileUnreadable, LanguageError, TypeMismatch


def train(path, seed, names=None, columns=2, classes=0):
    generator = np.random.default_rng(seed)
    features = generator.uniform(0, 100, (400, columns)).astype(np.float32)
    labels = np.digitize(features.sum(axis=1), [80, 130]) if classes else features.sum(axis=1) > 90
    more = {"num_class": classes} if classes else {}
    objective = "multi:softprob" if classes else "binary:logistic"
    matrix = xgboost.DMatrix(features, labels, feature_names=names)
    booster = xgboost.train({"objective": objective, "seed": seed, **more}, matrix, 12)
    booster.save_model(path)
    return booster


@pytest.fixture
def events(tmp_path):
    generator = np.random.default_rng(1)
    counts = generator.integers(0, 4, 60)
    pt = ak.unflatten(generator.uniform(0, 100, counts.sum()).astype(np.float32), counts)
    with uproot.recreate(tmp_path / "x.root") as file:
        file.mktree(
            "Events", {"Jet": "var * {pt: float32}", "MET_pt": "float32", "event": "uint64"}
        )
        file["Events"].extend({
            "Jet": ak.zip({"pt": pt}),
            "MET_pt": generator.uniform(0, 100, 60).astype(np.float32),
            "event": np.arange(60, dtype=np.uint64),
        })  # fmt: skip
    return hl.open(tmp_path / "x.root")


def by_hand(booster, *columns):
    return booster.predict(xgboost.DMatrix(np.stack(columns, axis=1)))


def test_a_score_of_events_and_of_objects(events, tmp_path):
    booster = train(tmp_path / "m.json", 1)
    score = hl.predict(tmp_path / "m.json", [events.Jet.pt, events.MET.pt])
    pt, met, got = hl.compute(events.Jet.pt, events.MET.pt, score)
    expected = by_hand(booster, ak.flatten(pt), np.repeat(met, ak.num(pt)))
    np.testing.assert_allclose(ak.flatten(got), expected, rtol=2e-6)
    assert str(score.type) == "event * var * float32"
    best = hl.compute(hl.max(score))
    np.testing.assert_allclose(
        best.drop_none() if hasattr(best, "drop_none") else ak.drop_none(best),
        ak.drop_none(ak.max(got, axis=1)),
    )


def test_every_variation_has_its_score(events, tmp_path):
    booster = train(tmp_path / "m.json", 1)
    jes = hl.nuisance("jes", one_sided=True)
    jets = events.Jet.vary(jes, up={"pt": events.Jet.pt * 1.1})
    jets = jets[jets.pt > 20]
    first = jets[0]
    score = hl.predict(tmp_path / "m.json", [first.pt, events.MET.pt])
    varied = hl.compute(hl.hist(score, bins=(20, 0, 1)))
    pt, met = hl.compute(events.Jet.pt, events.MET.pt)
    for factor, histogram in ((1.0, varied.nominal), (1.1, varied.variations["jes_up"])):
        scaled = ak.values_astype(pt * np.float32(factor), np.float32)
        lead = ak.firsts(scaled[scaled > 20])
        there = ~ak.is_none(lead).to_numpy()
        expected = by_hand(booster, ak.drop_none(lead), met[there])
        np.testing.assert_array_equal(histogram.values(), np.histogram(expected, 20, (0, 1))[0])


def test_each_event_is_scored_by_the_model_of_its_fold(events, tmp_path):
    boosters = [train(tmp_path / f"{n}.json", n + 1) for n in range(3)]
    paths = [tmp_path / f"{n}.json" for n in range(3)]
    score = hl.predict(paths, [events.MET.pt, 50], fold=events.event % 3)
    met, got = hl.compute(events.MET.pt, score)
    for number, booster in enumerate(boosters):
        mine = np.arange(60) % 3 == number
        expected = by_hand(booster, met[mine], np.full(mine.sum(), 50, np.float32))
        np.testing.assert_allclose(got[mine], expected, rtol=2e-6)
    with pytest.raises(LanguageError, match="numbered from 0"):
        hl.compute(hl.predict(paths, [events.MET.pt, 50], fold=events.event % 5))


def test_classes_are_as_many_expressions(events, tmp_path):
    booster = train(tmp_path / "m.json", 1, classes=3)
    scores = hl.predict(tmp_path / "m.json", [events.MET.pt, events.MET.pt])
    met, *got = hl.compute(events.MET.pt, *scores)
    np.testing.assert_allclose(np.stack(got, axis=1), by_hand(booster, met, met), atol=1e-6)


def test_names_must_be_those_of_the_model(events, tmp_path):
    train(tmp_path / "m.json", 1, names=["jet_pt", "met"])
    good = {"jet_pt": events.MET.pt, "met": events.MET.pt}
    assert str(hl.predict(tmp_path / "m.json", good).type) == "event * float32"
    with pytest.raises(LanguageError, match="trained with jet_pt, met"):
        hl.predict(tmp_path / "m.json", {"met": events.MET.pt, "jet_pt": events.MET.pt})
    with pytest.raises(LanguageError, match="3 features"):
        hl.predict(tmp_path / "m.json", [events.MET.pt] * 3)
    with pytest.raises(TypeMismatch, match="a feature is"):
        hl.predict(tmp_path / "m.json", [events.MET.pt, "met"])
    with pytest.raises(FileUnreadable, match="no model"):
        hl.predict(tmp_path / "n.json", good)
    train(tmp_path / "n.json", 1, columns=3)
    with pytest.raises(LanguageError, match="different features"):
        hl.predict([tmp_path / "m.json", tmp_path / "n.json"], good, fold=events.event % 2)
    with pytest.raises(LanguageError, match="fold"):
        hl.predict([tmp_path / "m.json"] * 2, good)


def test_the_recipe_knows_the_model_by_its_content(events, tmp_path):
    train(tmp_path / "a.json", 1)
    train(tmp_path / "b.json", 2)
    inputs = [events.MET.pt, 1.0]
    first, other = (hl.predict(tmp_path / f"{name}.json", inputs).node for name in "ab")
    assert first.key != other.key
    (tmp_path / "c.json").write_bytes((tmp_path / "a.json").read_bytes())
    assert (
        hl.predict(tmp_path / "c.json", inputs).node.called.fingerprint == first.called.fingerprint
    )

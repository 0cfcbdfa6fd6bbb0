"""Planted faults are caught: labels in disguise, copies, other units."""

import numpy as np
import pandas as pd
import pytest

import hepline as hl
from hepline.errors import CallFailed, DataWarning
from hepline.learn.folds import Folds

OPTIONS = {"fold_by": "number", "parameters": {"num_iterations": 5}}


def table(path, size=400, **columns):
    generator = np.random.default_rng(1)
    label = generator.integers(0, 2, size)
    frame = pd.DataFrame({name: generator.normal(label, 1) for name in ("a", "b", "c")})
    frame["label"], frame["number"] = label, np.arange(size)
    for name, make in columns.items():
        frame[name] = make(frame)
    frame.to_parquet(path)
    return hl.open(path)


def train(ev, *names):
    return hl.train(
        hl.features({name: ev[name] for name in names}), signal=ev.label == 1,
        background=ev.label == 0, **OPTIONS,
    )  # fmt: skip


def test_a_column_that_is_the_label_is_named(tmp_path):
    ev = table(tmp_path / "x.parquet", code=lambda f: 13.0 + f.label)
    with pytest.warns(DataWarning, match="the values of the feature 'code'"):
        train(ev, "a", "code")


def test_a_column_that_is_missing_for_one_class_only_is_named(tmp_path):
    ev = table(tmp_path / "x.parquet", mass=lambda f: f.a.where(f.label == 1))
    with pytest.warns(DataWarning, match="missing values of the feature 'mass'"):
        train(ev, "a", "mass")


def test_copies_of_events_are_counted(tmp_path):
    ev = table(tmp_path / "x.parquet")
    frame = pd.read_parquet(tmp_path / "x.parquet")
    copies = frame.iloc[:30].assign(number=10_000 + np.arange(30))
    pd.concat([frame, copies]).to_parquet(tmp_path / "y.parquet")
    # Copies that come into the fold of the original do no harm.
    folds = hl.compute(Folds(5, 1, "number").of(hl.open(tmp_path / "y.parquet").origin))
    apart = np.count_nonzero(np.asarray(folds)[:30] != np.asarray(folds)[400:])
    with pytest.warns(DataWarning, match=f"{apart} of 430 rows stand in two folds"):
        train(hl.open(tmp_path / "y.parquet"), "a", "b", "c")
    train(ev, "a", "b", "c")


def test_a_feature_in_another_unit_is_refused(tmp_path):
    ev = table(
        tmp_path / "x.parquet",
        pt=lambda f: 30 + 20 * np.abs(f.a),
        mev=lambda f: 1000 * (30 + 20 * np.abs(f.a)),
    )
    folder = train(ev, "a", "pt").save(tmp_path / "m")
    assert len(hl.compute(hl.predict(folder, {"a": ev.a, "pt": ev.pt}))) == 400
    with pytest.raises(CallFailed, match="'pt' of m is between"):
        hl.compute(hl.predict(folder, {"a": ev.a, "pt": ev.mev}))


def test_noise_is_worth_nothing_and_a_padded_value_is_named(tmp_path):
    ev = table(tmp_path / "x.parquet", padded=lambda f: f.a.where(f.label == 1, -999.0))
    with pytest.warns(DataWarning, match="'padded'"):
        train(ev, "padded", "b")

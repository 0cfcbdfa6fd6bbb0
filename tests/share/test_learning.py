"""`hepline train`: a file that trains becomes a folder with a model and a page."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import hepline as hl
from hepline.cli.app import application
from hepline.errors import AnalysisError
from hepline.learn.importance import importance_of
from hepline.learn.judgement import judgement_of
from hepline.share.learning import load_trained

PARAMETERS = (
    "parameters={'num_iterations': 40, 'num_threads': 1, 'num_leaves': 4, 'learning_rate': 0.1}"
)


@pytest.fixture
def training(tmp_path):
    """A column that tells signal apart, its copy, and noise; and a file that trains on them."""
    generator = np.random.default_rng(1)
    size = 1200
    label = generator.integers(0, 2, size)
    x = generator.normal(1.5 * label, 1)
    lines = zip(
        x,
        x + generator.normal(0, 0.05, size),
        generator.normal(size=size),
        label,
        range(size),
        strict=True,
    )
    text = "".join(f"{a:.5f},{b:.5f},{c:.5f},{y},{n}\n" for a, b, c, y, n in lines)
    (tmp_path / "x.csv").write_text(f"x,copy,noise,label,number\n{text}")
    path = tmp_path / "toy.py"
    path.write_text(
        f"""
import hepline as hl
ev = hl.open({str(tmp_path / "x.csv")!r})
seen = hl.features({{"x": ev.x, "copy": ev.copy, "noise": ev.noise}}, units={{"x": "GeV"}})
toy_model = hl.train(
    seen, signal=ev.label == 1, background=ev.label == 0, fold_by="number", {PARAMETERS}
)
"""
    )
    return path


def test_the_command_leaves_a_model_and_a_page(training, tmp_path):
    out = tmp_path / "out"
    result = CliRunner().invoke(application("train"), ["train", str(training), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert {"trees.json", "card.json", "metrics.json", "index.html"} <= {
        p.name for p in out.iterdir()
    }
    page = (out / "index.html").read_text()
    for words in (
        "toy model",
        "area under the ROC curve",
        "baseline: auc of",
        "x.csv",
        "Importance",
    ):
        assert words in page
    assert {p.name for p in (out / "figures").glob("*.pdf")} == {
        "roc.pdf", "scores.pdf", "calibration.pdf", "importance.pdf", "history.pdf",
    }  # fmt: skip
    metrics = json.loads((out / "metrics.json").read_text())["metrics"]
    # Two Gaussians 1.5 σ apart: Φ(1.5/√2) = 0.856.
    assert metrics["auc"]["value"] == pytest.approx(0.856, abs=0.03)
    ev = hl.open(training.parent / "x.csv")
    score = hl.predict(out, {"x": ev.x, "copy": ev.copy, "noise": ev.noise})
    assert 0 < hl.compute(hl.hist(score, bins=(10, 0, 1))).sum() <= 1200


def test_features_that_go_together_are_shuffled_together_and_noise_is_worth_nothing(training):
    _, trained = load_trained(training)
    first, second = importance_of(trained)
    assert set(first.features) == {"x", "copy"}
    assert first.loss > 0.25
    assert second.features == ("noise",)
    assert abs(second.loss) < 5 * second.error + 0.01


def test_curves_are_those_of_the_scores(training):
    _, trained = load_trained(training)
    judgement = judgement_of(trained)
    sample = trained.sample
    background = trained.scores[sample.labels == 0]
    for place in (40, 100, 160):
        cut = np.quantile(trained.scores[sample.labels == 1], 1 - judgement.efficiency[place])
        assert judgement.leaked[place] == pytest.approx((background > cut).mean(), abs=0.01)
        assert judgement.low[place] <= judgement.leaked[place] <= judgement.high[place]
    for shape in judgement.shapes:
        assert shape.unseen.sum() == pytest.approx(1)
        assert shape.seen.sum() == pytest.approx(1)
    calibration = judgement.calibration
    off = (calibration.observed - calibration.predicted) / calibration.errors
    assert np.abs(off).max() < 5
    seen = sum(
        np.sum(s.seen * np.arange(40)) * sign
        for s, sign in zip(judgement.shapes, (-1, 1), strict=True)
    )
    unseen = sum(
        np.sum(s.unseen * np.arange(40)) * sign
        for s, sign in zip(judgement.shapes, (-1, 1), strict=True)
    )
    # A model knows the events of its training better than others.
    assert seen > unseen


def test_a_regression_has_residuals(training, tmp_path):
    text = training.read_text().replace(
        "signal=ev.label == 1, background=ev.label == 0", "target=ev.x + ev.noise"
    )
    training.write_text(text)
    _, trained = load_trained(training)
    judgement = judgement_of(trained)
    np.testing.assert_allclose(judgement.residuals, trained.scores - trained.sample.labels)
    assert not judgement.shapes
    out = tmp_path / "out"
    result = CliRunner().invoke(application("train"), ["train", str(training), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert (out / "figures/residuals.pdf").exists()


def test_mistakes_in_the_file_are_named(training, tmp_path):
    with pytest.raises(AnalysisError, match="no training file"):
        load_trained(tmp_path / "nothing.py")
    training.write_text("x = 1 / 0\n")
    with pytest.raises(AnalysisError, match="ZeroDivisionError"):
        load_trained(training)
    training.write_text("x = 1\n")
    with pytest.raises(AnalysisError, match="trains 0 models"):
        load_trained(training)

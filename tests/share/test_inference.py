import json

import pytest

from hepline.errors import FileUnreadable, ModelError, OutputError
from hepline.share.inference import ModelOptions, infer
from hepline.stats import Model, Questions


@pytest.fixture
def file(tmp_path):
    samples = [
        {
            "name": "s",
            "data": [5.0, 14.0],
            "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
        },
        {
            "name": "b",
            "data": [50.0, 30.0],
            "modifiers": [{"name": "size", "type": "normsys", "data": {"hi": 1.1, "lo": 0.9}}],
        },
    ]
    content = {
        "channels": [{"name": "SR", "samples": samples}],
        "observations": [{"name": "SR", "data": [55.0, 39.0]}],
        "measurements": [
            {"name": "m", "config": {"poi": "mu", "parameters": []}},
            {
                "name": "held",
                "config": {"poi": "mu", "parameters": [{"name": "size", "fixed": True}]},
            },
        ],
        "version": "1.0.0",
    }
    path = tmp_path / "search.json"
    path.write_text(json.dumps(content))
    return path


def test_nothing_is_written_without_a_folder(file):
    answers = infer(file)
    assert answers.fit["mu"] == Model(file).fit()["mu"]
    assert [path.name for path in file.parent.iterdir()] == ["search.json"]


def test_answers_are_written_for_the_measurement_that_is_named(file):
    out = file.parent / "new" / "out"
    answers = infer(file, out, Questions(cls=1.0), options=ModelOptions(measurement="held"))
    assert answers.fit["size"].fixed
    written = json.loads((out / "fit.json").read_text())
    assert written["cls"]["observed"] == Model(file, measurement="held").cls(1.0).cls
    assert [path.name for path in out.iterdir()] == ["fit.json"]


@pytest.mark.slow
def test_the_page_has_what_was_asked(file):
    out = file.parent / "out"
    answers = infer(file, out, Questions(limit=True, impacts=True), report=True)
    page = (out / "index.html").read_text()
    assert "search.json" in page
    assert f"{answers.limit.observed:.3g}" in page
    assert {"limit.pdf", "ranking.pdf", "postfit_SR.pdf"} <= {
        path.name for path in (out / "figures").iterdir()
    }


@pytest.mark.slow
def test_the_page_of_a_blinded_fit_has_no_prediction(file):
    out = file.parent / "out"
    answers = infer(file, out, Questions(blind="seven geese", impacts=True), report=True)
    true = Model(file).fit()["mu"]
    page = (out / "index.html").read_text()
    assert "shown with a secret shift" in page
    assert not list((out / "figures").glob("*fit_SR*"))
    assert f"mu = {answers.fit['mu'].value}" in page
    for name in ("fit.json", "index.html"):
        assert f"{true.value:.4g}" not in (out / name).read_text()


def test_answers_are_safe_when_the_page_fails(file, monkeypatch):
    """An hour of toys is not lost because a figure cannot be drawn."""

    def fails(*_):
        raise OutputError("no page.", why="no.", fix="no.")

    monkeypatch.setattr("hepline.share.inference_page.write_inference", fails)
    with pytest.raises(OutputError, match="no page"):
        infer(file, file.parent / "out", report=True)
    written = json.loads((file.parent / "out" / "fit.json").read_text())
    assert written["poi"]["value"] == Model(file).fit()["mu"].value


def test_files_that_are_no_workspace_are_refused(file):
    with pytest.raises(FileUnreadable):
        infer(file.parent / "absent.json")
    file.write_text("{}")
    with pytest.raises(ModelError):
        infer(file, file.parent / "out")
    assert not (file.parent / "out").exists()


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ({"regions": {"SR": {"label": "SR", "observable": "m [GeV]", "fit_edges": [0, 5, 9]}}}, 1),
        # Of another run, of another program, or damaged.
        ({"regions": {"SR": {"label": "SR", "observable": "m [GeV]", "fit_edges": [0, 9]}}}, 0),
        ({"regions": {"CR": {"label": "CR", "observable": "m [GeV]", "fit_edges": [0, 9]}}}, 0),
        ({"regions": ["SR"]}, 0),
        (["SR"], 0),
    ],
)
def test_a_summary_beside_the_workspace_says_what_the_bins_are(
    file, monkeypatch, summary, expected
):
    drawn = []
    monkeypatch.setattr(
        "hepline.share.inference_page.write_inference", lambda *arguments: drawn.append(arguments)
    )
    (file.parent / "summary.json").write_text(json.dumps(summary))
    infer(file, file.parent / "out", report=True, figures="none")
    ((_, content, figures),) = drawn
    assert figures == {}
    assert len(content.regions) == expected
    for region in content.regions:
        assert (region.axis_label, region.fit_edges.tolist()) == ("m [GeV]", [0.0, 5.0, 9.0])

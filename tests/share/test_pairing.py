"""`hl.pairs`, alone and on the page of a description."""

import numpy as np
import pandas
import pytest

import hepline as hl


@pytest.fixture
def file(tmp_path):
    random = np.random.default_rng(1)
    x = random.normal(size=200)
    columns = {"x": x, "y": -x, "label": random.choice(["s", "b"], 200)}
    pandas.DataFrame(columns).to_csv(tmp_path / "a.csv", index=False)
    return tmp_path / "a.csv"


def test_a_figure_for_notebooks_and_files(file, tmp_path):
    made = hl.pairs(file, ["x", "y"], hue="label")
    assert made.correlations == {("x", "y"): pytest.approx(-1.0)}
    assert repr(made) == "<Pairs of x, y  200 events>"
    assert made._repr_png_().startswith(b"\x89PNG")
    made.save(tmp_path / "pairs.pdf")
    assert (tmp_path / "pairs.pdf").read_bytes().startswith(b"%PDF")


def test_on_the_page(file, tmp_path):
    hl.describe(file, out=tmp_path / "out", pairs=["x", "y"], hue="label")
    page = (tmp_path / "out/index.html").read_text()
    assert 'href="figures/pairs.png"' in page
    assert "200 events. Above the diagonal" in page
    assert (tmp_path / "out/figures/pairs.png").read_bytes().startswith(b"\x89PNG")

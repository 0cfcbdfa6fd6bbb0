"""How results print: one line in a terminal, a small table in a notebook."""

from xml.etree import ElementTree

import hist
import numpy as np
import pytest

import hepline as hl
from hepline.errors import ModelError
from hepline.notebook import html_table

SPEC = {
    "channels": [
        {
            "name": "SR",
            "samples": [
                {
                    "name": "sig",
                    "data": [5.0, 9.0],
                    "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
                },
                {
                    "name": "bkg",
                    "data": [50.0, 40.0],
                    "modifiers": [
                        {"name": "k<1>", "type": "normsys", "data": {"hi": 1.1, "lo": 0.9}}
                    ],
                },
            ],
        }
    ],
    "observations": [{"name": "SR", "data": [55.0, 50.0]}],
    "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
    "version": "1.0.0",
}


@pytest.fixture(scope="module")
def fit():
    return hl.Model(SPEC).fit()


def cells(html):
    return [
        ["".join(cell.itertext()) for cell in row]
        for row in ElementTree.fromstring(html).iter("tr")  # noqa: S314 (our own table)
    ]


def test_fit_prints_as_one_line(fit):
    text = repr(fit)
    assert text.startswith(f"<FitResult: mu = {fit['mu'].value:.4g} ± {fit['mu'].error:.2g}, 2 ")
    assert "\n" not in text
    assert len(text) < 200


def test_fit_is_a_table_of_parameters_in_a_notebook(fit):
    rows = cells(fit._repr_html_())
    assert rows[0] == ["parameter", "value", "error", "pull"]
    assert {row[0] for row in rows[1:]} == {"mu", "k<1>"}


def test_unknown_parameter_of_a_fit_offers_the_nearest(fit):
    with pytest.raises(ModelError, match="no parameter 'Mu'") as caught:
        fit["Mu"]
    assert "'mu'" in caught.value.fix
    assert "mu" in fit
    assert "Mu" not in fit


def test_limit_prints_as_one_line():
    limit = hl.Model(SPEC).limit()
    assert repr(limit).startswith(f"<UpperLimit: mu < {limit.observed:.4g} observed, ")
    assert cells(limit._repr_html_())[1][0] == f"{limit.observed:.4g}"


def test_templates_print_their_names(tmp_path):
    made = hist.Hist(hist.axis.Regular(3, 0, 3), storage=hist.storage.Weight())
    made.view()["value"] = [1, 2, 3]
    found = hl.Templates({f"SR_{number}": made for number in range(70)})
    assert repr(found) == "<Templates: 70 histograms: SR_0, SR_1, SR_2, SR_3, …>"
    rows = cells(found._repr_html_())
    assert rows[1] == ["SR_0", "3", "6"]
    assert rows[51][0] == "… 10 more …"
    found.write(str(tmp_path / "t.root"))
    again = hl.Templates.read(str(tmp_path / "t.root"))
    np.testing.assert_array_equal(again["SR_69"].values(), [1, 2, 3])


def test_cells_are_escaped():
    assert "<td>a &lt; b</td>" in html_table(("x",), [("a < b",)])

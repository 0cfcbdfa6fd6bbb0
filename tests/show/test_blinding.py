"""Figures and page of a blinded measurement."""

import dataclasses

import numpy as np
import pytest

from hepline.analysis.results import Blinding
from hepline.show.figures import draw_figures
from hepline.show.page import render_page
from hepline.show.regions import draw_region
from hepline.stats.blinding import hide_data

NOTE = "Hidden: the data of 4j2b and the value of ttbar_norm."


@pytest.fixture(scope="module")
def blinded(content):
    return dataclasses.replace(
        content,
        prefit=hide_data(content.prefit, {"4j2b"}),
        postfit=(),
        fit=dataclasses.replace(content.fit, twice_nll=np.nan),
        variations=(),
        blinding=Blinding("blinded", None, "", ("4j2b",), "ttbar_norm", NOTE),
    )


@pytest.fixture(scope="module")
def page(blinded):
    return render_page(blinded, {})


def test_page_says_that_it_is_blinded(page):
    assert "Blinding: blinded." in page
    assert NOTE in page
    assert "Not the measured value." in page


def test_page_shows_neither_data_nor_likelihood(blinded, page):
    assert page.count("<td>blinded</td>") == 1
    assert "<dd>blinded</dd>" in page
    assert ">nan<" not in page


def test_page_says_when_it_was_lifted_and_nothing_where_nothing_is_declared(content, blinded):
    note = "The blinding of the data of 4j2b was lifted on 2026-11-22T09:00:00+00:00."
    lifted = dataclasses.replace(blinded.blinding, state="unblinded", note=note)
    page = render_page(dataclasses.replace(content, blinding=lifted), {})
    assert note in page
    assert "Not the measured value." not in page
    assert "blinding" not in render_page(content, {}).lower()


@pytest.mark.filterwarnings("error")
def test_hidden_data_are_not_drawn_and_said_to_be_hidden(blinded):
    prediction = next(one for one in blinded.prefit if one.channel == "4j2b")
    figure = draw_region(blinded.region("4j2b"), prediction, samples=blinded.samples)
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert "Data: blinded" in labels
    for ax in figure.axes:
        points = [line for line in ax.lines if line.get_marker() == "o"]
        assert len(points) == 1
        assert np.isnan(points[0].get_ydata().astype(float)).all()


def test_figures_describe_hidden_data_as_hidden(blinded):
    figures = draw_figures(dataclasses.replace(blinded, fit=None))
    assert "hidden (blinded) events in data" in figures["prefit_4j2b"].alt
    assert "hidden" not in figures["prefit_4j1b"].alt

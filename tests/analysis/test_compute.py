import awkward as ak
import hist
import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.errors import DataError, LanguageError

JETS = [[50, 40], [120], [], [30, 30, 30], [500]]


@pytest.fixture
def ev(write_events):
    return hl.open(write_events("a.root", JETS, weights=[1, -1, 1, 1, -2]))


def test_histogram_is_that_of_hist(ev):
    made = hl.compute(hl.hist(ev.Jet.pt, bins=(4, 0, 200), label="pt [GeV]"))
    expected = hist.Hist(hist.axis.Regular(4, 0, 200, label="pt [GeV]"))
    expected.fill(np.concatenate(JETS))
    assert made == expected


def test_several_results_come_in_their_order(ev):
    number, pt = hl.compute(hl.count(ev.Jet), ev.Jet.pt)
    assert number.to_list() == [2, 1, 0, 3, 1]
    assert pt.to_list() == JETS


def test_collection_comes_with_its_fields(ev):
    jets = hl.compute(ev.Jet[ev.Jet.pt > 35])
    assert isinstance(jets, ak.Array)
    assert jets.pt.to_list() == [[50, 40], [120], [], [], [500]]


def test_variations_come_beside_the_nominal_histogram(ev):
    jes = hl.nuisance("JES", one_sided=True)
    jet = ev.Jet.vary(jes, up={"pt": ev.Jet.pt * 2})
    made = hl.compute(hl.hist(hl.sum(jet.pt), bins=(2, 0, 200)))
    assert isinstance(made, hl.Varied)
    assert made.nominal.values().tolist() == [3, 1]
    assert {key: h.values().tolist() for key, h in made.variations.items()} == {"jes_up": [1, 2]}


def test_weights_give_variances(ev):
    made = hl.compute(hl.hist(ev.genWeight, bins=(2, -3, 3), weight=ev.genWeight))
    assert made.values().tolist() == [-3, 3]
    assert made.variances().tolist() == [5, 3]


def test_symbolic_events_take_their_source_at_the_end(ev):
    symbolic = hl.events("nanoaod")
    number = hl.compute(hl.count(symbolic.Jet.pt), source=ev.origin.source)
    assert number.to_list() == [2, 1, 0, 3, 1]


def test_symbolic_events_alone_cannot_be_computed():
    with pytest.raises(LanguageError, match="nothing to compute from") as caught:
        hl.compute(hl.events("nanoaod").MET.pt)
    assert "hl.open" in caught.value.fix


@pytest.mark.parametrize("wrong", [7, "pt", None, [1]])
def test_what_is_no_expression_is_refused(wrong):
    with pytest.raises(LanguageError, match="compute"):
        hl.compute(wrong)


def test_damaged_file_is_an_error_when_read(write_events):
    path = write_events("b.root", JETS * 200)
    with uproot.open(path) as file:
        basket = int(file["Events/Jet_pt"].member("fBasketSeek")[0])
    events = hl.open(path)
    content = bytearray(path.read_bytes())
    content[basket : basket + 200] = bytes(200)
    path.write_bytes(bytes(content))
    with pytest.raises(DataError, match=r"b\.root"):
        hl.compute(events.Jet.pt)


@pytest.mark.parametrize("options", [{"engine": "reference"}, {"chunk": 2}])
def test_evaluator_and_chunks_change_nothing(ev, options):
    asked = (hl.hist(ev.Jet.pt, bins=(4, 0, 200), weight=ev.genWeight), ev.Jet.pt)
    (one, pt), (two, same) = hl.compute(*asked), hl.compute(*asked, **options)
    assert one == two
    assert pt.to_list() == same.to_list()


def test_plan_is_printed_and_nothing_read(ev):
    text = hl.explain(hl.hist(ev.Jet.pt, bins=(4, 0, 200)), stage="prune")
    assert "Jet_pt" in text or "Jet.pt" in text


def test_constants_have_no_plan():
    with pytest.raises(LanguageError, match="nothing to explain"):
        hl.explain()

import pytest

import hepline as hl
from hepline.analysis.systematics import Systematic, systematics_of
from hepline.errors import AnalysisError

ev = hl.events("nanoaod")


@pytest.fixture
def toy():
    return hl.Analysis("toy", luminosity=100.0)


def add_region(analysis, name="SR", quantity=ev.MET.pt):
    analysis.region(name, where=ev.MET.pt > 0, observable=hl.axis(quantity, 4, 0, 200))


def test_sample_named_twice_is_refused(toy):
    toy.sample("sig", cross_section=1.0)
    with pytest.raises(AnalysisError, match="the sample 'sig' is declared twice") as caught:
        toy.sample("sig", cross_section=2.0)
    assert "test_definition.py" in caught.value.asked_at


def test_data_named_like_a_sample_are_refused(toy):
    toy.sample("data", cross_section=1.0)
    with pytest.raises(AnalysisError, match="the sample 'data' is declared twice"):
        toy.data()


def test_region_named_twice_is_refused(toy):
    add_region(toy)
    with pytest.raises(AnalysisError, match="the region 'SR' is declared twice"):
        add_region(toy)


@pytest.mark.parametrize("name", ["", "4j 1b", "a/b", "a-b", "a.b"])
def test_names_that_cannot_be_part_of_a_histogram_name_are_refused(toy, name):
    with pytest.raises(AnalysisError, match="a sample named"):
        toy.sample(name, cross_section=1.0)
    with pytest.raises(AnalysisError, match="a region named"):
        add_region(toy, name)


@pytest.mark.parametrize("luminosity", [0, -1.0, float("nan"), float("inf"), "1"])
def test_luminosity_is_positive(luminosity):
    with pytest.raises(AnalysisError, match="luminosity="):
        hl.Analysis("toy", luminosity=luminosity)


@pytest.mark.parametrize("uncertainty", [-0.1, float("nan"), 1.0, "0.1"])
def test_luminosity_uncertainty_is_a_fraction(uncertainty):
    with pytest.raises(AnalysisError, match="luminosity_uncertainty="):
        hl.Analysis("toy", luminosity=1.0, luminosity_uncertainty=uncertainty)


def test_luminosity_modifier_is_one_of_two():
    with pytest.raises(AnalysisError, match="luminosity_modifier='gauss'"):
        hl.Analysis("toy", luminosity=1.0, luminosity_modifier="gauss")


@pytest.mark.parametrize("cross_section", [0, -1.0, float("nan"), float("inf"), "1"])
def test_cross_section_is_positive(toy, cross_section):
    with pytest.raises(AnalysisError, match="cross_section="):
        toy.sample("sig", cross_section=cross_section)


def test_units_give_inverse_picobarn_and_picobarn():
    made = hl.Analysis("toy", luminosity=3378 / hl.units.pb)
    made.sample("sig", cross_section=729.84 * hl.units.pb)
    assert made.luminosity == 3378
    assert made.samples["sig"].cross_section == 729.84


def test_pseudodata_of_an_unknown_sample_are_refused(toy):
    toy.sample("sig", cross_section=1.0, variations={"ME": hl.alternative("m", one_sided=True)})
    with pytest.raises(AnalysisError, match="pseudo-data contain 'sig_PS'") as caught:
        toy.pseudodata({"sig_ME": 1, "sig_PS": 0.5})
    assert "sig, sig_ME" in caught.value.fix


def test_pseudodata_without_terms_are_refused(toy):
    toy.sample("sig", cross_section=1.0)
    with pytest.raises(AnalysisError, match="no terms"):
        toy.pseudodata({})


def test_nuisances_come_from_weight_selection_and_observable(toy):
    one, two, three = (hl.nuisance(name, one_sided=True) for name in ("one", "two", "three"))
    jet = ev.Jet.vary(one, up={"pt": ev.Jet.pt * 1.1})
    toy.weight = hl.weight(1.0).vary(three, up=1.1)
    toy.region(
        "SR",
        where=hl.any(jet.pt > 30),
        observable=hl.axis(ev.MET.pt.vary(two, up=ev.MET.pt * 2), 4, 0, 200),
    )
    assert {nuisance.name for nuisance in toy.nuisances()} == {"one", "two", "three"}


def test_systematics_name_the_templates_of_both_sides(toy):
    scale = hl.alternative("scale")
    toy.sample("sig", cross_section=1.0, variations={"lo": scale.down, "hi": scale.up})
    toy.sample("bkg", cross_section=1.0)
    toy.data()
    weight = hl.weight(1.0).vary(hl.nuisance("SF", samples=["bkg"]), up=1.1, down=0.9)
    toy.weight = weight.vary(hl.nuisance("JES", one_sided=True), up=1.1)
    add_region(toy)
    assert set(systematics_of(toy)) == {
        Systematic("scale", "hi", "lo", frozenset({("SR", "sig")}), simulated=True),
        Systematic("SF", "sf_up", "sf_down", frozenset({("SR", "bkg")})),
        Systematic("JES", "jes_up", None, frozenset({("SR", "sig"), ("SR", "bkg")})),
    }


@pytest.mark.parametrize(
    "bounds", [(5, 1), (2, 5), (0, 0.5), (1, 1), (0, float("inf")), (0,), ("0", "5")]
)
def test_bounds_that_do_not_hold_the_prediction_are_refused(toy, bounds):
    with pytest.raises(AnalysisError, match="bounds="):
        toy.sample("sig", cross_section=1.0, normalization="mu", bounds=bounds)


def test_one_normalization_has_one_pair_of_bounds(toy):
    toy.sample("sig", cross_section=1.0, normalization="mu", bounds=(0, 5))
    toy.sample("more", cross_section=1.0, normalization="mu", bounds=(0.0, 5.0))
    toy.sample("free", cross_section=1.0, normalization="nu", bounds=(0, 3))
    with pytest.raises(AnalysisError, match=r"'mu' is bounded by \(0\.0, 3\.0\) in sample 'other'"):
        toy.sample("other", cross_section=1.0, normalization="mu", bounds=(0, 3))


def test_pseudodata_of_recorded_data_are_refused(toy):
    toy.sample("sig", cross_section=1.0)
    toy.data()
    with pytest.raises(AnalysisError, match="pseudo-data contain 'data'"):
        toy.pseudodata({"data": 1})


def test_recorded_data_and_pseudodata_together_are_refused_in_either_order(toy):
    toy.sample("sig", cross_section=1.0)
    other = hl.Analysis("other", luminosity=1.0)
    other.sample("sig", cross_section=1.0)
    toy.data()
    with pytest.raises(AnalysisError, match=r"recorded data \('data'\) and pseudo-data"):
        toy.pseudodata({"sig": 1})
    other.pseudodata({"sig": 1})
    with pytest.raises(AnalysisError, match=r"recorded data \('run1'\) and pseudo-data"):
        other.data("run1")


def test_truth_of_what_is_no_free_normalization_is_refused(toy):
    toy.sample("sig", cross_section=1.0, normalization="mu")
    toy.sample("bkg", cross_section=1.0)
    with pytest.raises(AnalysisError, match="gives 'nu'") as caught:
        toy.pseudodata({"sig": 1}, truth={"nu": 1.0})
    assert "'mu'" in caught.value.fix


@pytest.mark.parametrize("given", [ev.genWeight, hl.weight(ev.genWeight), 2.0, 2])
def test_weight_may_be_a_column_or_a_number(given):
    made = hl.Analysis("toy", luminosity=1.0, weight=given)
    assert made.weight.expression.node is hl.weight(given).expression.node


def test_weight_that_is_neither_is_refused():
    with pytest.raises(hl.HeplineError, match="str"):
        hl.Analysis("toy", luminosity=1.0, weight="genWeight")

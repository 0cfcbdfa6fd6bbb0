"""Sums of weights are those of NumPy, and the test is that of its formula."""

import numpy as np
import pytest
from scipy import stats

import hepline as hl
from hepline.errors import ColumnNotFound, DataError, TypeMismatch
from hepline.survey.describe import source_of
from hepline.survey.weighted import Place, WeightedCounts, compare_weighted, weighted_counts

random = np.random.default_rng(1)


def counts(values, weights, edges):
    sums, _ = np.histogram(values, edges, weights=weights)
    squares, _ = np.histogram(values, edges, weights=weights**2)
    return WeightedCounts(sums, squares)


def test_sums_in_bins(write_csv):
    x = np.append(random.normal(size=500), [np.nan, -999.0, 7.0])
    w = random.normal(1, 0.5, len(x))
    source = source_of(write_csv("a.csv", {"x": x, "w": w}))
    edges = np.linspace(-1000, 2, 7)
    filled = weighted_counts(source, {"x": Place(edges, (-999.0,))}, "w")["x"]
    expected = counts(x[:500], w[:500], edges)
    assert filled.sums == pytest.approx(expected.sums)
    assert filled.squares == pytest.approx(expected.squares)


def test_elements_of_lists_have_the_weight_of_their_event(write_tree):
    source = source_of(write_tree("a.root", {"x": [[0.5, 1.5], [], [1.7]], "w": [2.0, 3.0, 5.0]}))
    filled = weighted_counts(source, {"x": Place(np.array([0.0, 1.0, 2.0]), ())}, "w")["x"]
    assert filled.sums.tolist() == [2.0, 7.0]
    assert filled.squares.tolist() == [4.0, 29.0]


def test_the_formula():
    edges = np.linspace(-2, 2, 9)
    one = counts(random.normal(size=900), random.uniform(0, 2, 900), edges)
    two = counts(random.normal(0.1, 1, 700), random.uniform(0, 1, 700), edges)
    test = compare_weighted(one, two)
    totals = one.sums.sum(), two.sums.sum()
    chi2 = sum(
        (totals[0] * b - totals[1] * a) ** 2 / (totals[0] ** 2 * bb + totals[1] ** 2 * aa)
        for a, b, aa, bb in zip(one.sums, two.sums, one.squares, two.squares, strict=True)
    )
    assert test.statistic == pytest.approx(chi2)
    assert test.p_value == pytest.approx(stats.chi2.sf(chi2, 7))


def test_probabilities_are_uniform_where_nothing_differs():
    edges = np.linspace(0, 3, 7)
    p_values = []
    for _ in range(300):
        samples = []
        for size in (500, 800):
            weights = random.choice([1.0, 1.0, 1.0, -0.5], size)
            samples.append(counts(random.exponential(size=size), weights, edges))
        p_values.append(compare_weighted(*samples).p_value)
    assert stats.kstest(p_values, "uniform").pvalue > 0.001


def test_rare_bins_are_put_together_and_one_bin_is_nothing():
    one = WeightedCounts(np.array([50.0, 1.0, 1.0, 40.0]), np.array([50.0, 1.0, 1.0, 40.0]))
    test = compare_weighted(one, one)
    assert test.p_value == 1.0
    assert compare_weighted(*[WeightedCounts(np.array([5.0]), np.array([5.0]))] * 2) is None
    assert compare_weighted(*[WeightedCounts(np.zeros(3), np.zeros(3))] * 2) is None


@pytest.fixture
def files(write_csv):
    x = random.uniform(0, 1, 4000)
    data = random.power(2, 2000)
    # With weights, uniform numbers fall like those of the power law.
    return (
        write_csv("mc.csv", {"x": x, "n": random.poisson(2, 4000), "w": 2 * x}),
        write_csv("data.csv", {"x": data, "n": random.poisson(2, 2000)}),
    )


def test_weights_make_samples_agree(files, tmp_path):
    plain = {column.name: column for column in hl.compare(*files).columns}
    comparison = hl.compare(*files, weight="w", out=tmp_path)
    weighted = {column.name: column for column in comparison.columns}
    assert plain["x"].corrected < 1e-30
    assert weighted["x"].values.name == "weighted chi2"
    assert weighted["x"].corrected > 0.01
    assert weighted["x"].bins.counts[0].sum() == pytest.approx(4000, rel=0.05)
    assert comparison.weight == "w"
    assert "from the sums of weights (w)" in (tmp_path / "index.html").read_text()


def test_mistakes(files, write_csv, write_tree):
    with pytest.raises(ColumnNotFound):
        hl.compare(*files, weight="v")
    names = write_csv("text.csv", {"x": [1.0, 2.0], "w": ["a", "b"]})
    with pytest.raises(TypeMismatch, match="weight='w'"):
        hl.compare(names, names.with_name("data.csv"), weight="w")
    lists = write_tree("lists.root", {"x": [1.0, 2.0], "w": [[1.0], [2.0]]})
    with pytest.raises(TypeMismatch, match="weight='w'"):
        hl.compare(lists, files[1], weight="w")
    endless = write_csv("inf.csv", {"x": [1.0, 2.0], "w": [1.0, np.inf]})
    with pytest.raises(DataError, match="not finite"):
        hl.compare(endless, files[1], weight="w")

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, norm, poisson

from hepline.errors import ModelError
from hepline.stats.inference.compatibility import compatibility

# pyhf 0.7 resolves its schema with a class that jsonschema has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

BACKGROUND = 4e9


def measurement(workspace, mod, channel, *, signal, shift, value, poi="mu"):
    """Many events, so that the likelihood is normal; one linear uncertainty that all share."""
    effect = mod.histosys("scale", [BACKGROUND - shift], [BACKGROUND + shift])
    samples = {"s": ([signal], [mod.normfactor(poi)]), "b": ([BACKGROUND], [effect])}
    observed = {channel: [BACKGROUND + value * signal]}
    return workspace({channel: samples}, poi=poi, **observed)


def covariance(signals, shifts, values):
    statistical = [
        (BACKGROUND + value * signal) / signal**2
        for signal, value in zip(signals, values, strict=True)
    ]
    common = np.divide(shifts, signals)
    return np.diag(statistical) + np.outer(common, common)


def blue(values, matrix):
    """Best linear unbiased estimate: value, error and chi-square."""
    inverse = np.linalg.inv(matrix)
    weights = inverse.sum(axis=0) / inverse.sum()
    mean = float(weights @ values)
    return mean, np.sqrt(1 / inverse.sum()), float((values - mean) @ inverse @ (values - mean))


sizes = st.floats(2e5, 1e6)


@given(
    signals=st.lists(sizes, min_size=2, max_size=4),
    shifts=st.lists(st.floats(-3e5, 3e5), min_size=4, max_size=4),
    values=st.lists(st.floats(1.5, 2.5), min_size=4, max_size=4),
)
@settings(max_examples=15, deadline=None)
def test_many_events_have_the_tension_of_the_best_linear_estimate(
    workspace, mod, signals, shifts, values
):
    number = len(signals)
    shifts, values = shifts[:number], np.array(values[:number])
    contents = [
        measurement(workspace, mod, f"SR{i}", signal=s, shift=d, value=v)
        for i, (s, d, v) in enumerate(zip(signals, shifts, values, strict=True))
    ]
    matrix = covariance(signals, shifts, values)
    mean, error, statistic = blue(values, matrix)
    found = compatibility(contents)
    assert found.values == pytest.approx(values, abs=1e-5)
    assert found.errors == pytest.approx(np.sqrt(np.diag(matrix)), rel=1e-3)
    scale = np.sqrt(np.outer(np.diag(matrix), np.diag(matrix)))
    assert found.correlation == pytest.approx(matrix / scale, abs=1e-3)
    assert (found.value, found.error) == pytest.approx((mean, error), rel=2e-3)
    assert found.statistic == pytest.approx(statistic, rel=2e-2, abs=1e-4)
    assert found.degrees_of_freedom == number - 1
    assert found.p_value == pytest.approx(chi2.sf(found.statistic, number - 1))
    assert len(found.differences) == number * (number - 1) // 2
    assert found.quality == "exact"


def test_the_difference_has_no_common_error(workspace, mod):
    pair = [
        measurement(workspace, mod, "SR", signal=5e5, shift=3e5, value=2.0),
        measurement(workspace, mod, "VR", signal=4e5, shift=2.4e5, value=2.7),
    ]
    matrix = covariance([5e5, 4e5], [3e5, 2.4e5], [2.0, 2.7])
    statistical = np.sqrt(matrix[0, 0] + matrix[1, 1] - 2 * matrix[0, 1])
    found = compatibility(pair, names=["e", "mu"])
    difference = found.differences[0]
    assert (difference.first, difference.second) == ("e", "mu")
    assert difference.value == pytest.approx(-0.7, abs=1e-5)
    assert difference.error == pytest.approx(statistical, rel=1e-3)
    assert difference.error < 0.5 * np.hypot(*found.errors)
    assert found.significance == pytest.approx(0.7 / statistical, rel=1e-2)
    assert found.significance == pytest.approx(norm.isf(found.p_value / 2))
    apart = compatibility(pair, decorrelate=["scale"])
    assert apart.differences[0].error == pytest.approx(np.sqrt(np.trace(matrix)), rel=1e-3)
    assert apart.statistic < found.statistic


def counting(workspace, mod, channel, observed, poi="mu"):
    samples = {"s": ([10.0], [mod.normfactor(poi)]), "b": ([20.0], [])}
    return workspace({channel: samples}, poi=poi, **{channel: [observed]})


def test_few_events_have_the_likelihood_ratio_of_poisson(workspace, mod):
    found = compatibility([counting(workspace, mod, c, n) for c, n in (("A", 25), ("B", 45))])
    expected = 2 * sum(poisson.logpmf(n, n) - poisson.logpmf(n, 35) for n in (25, 45))
    assert found.statistic == pytest.approx(expected)
    assert found.values == pytest.approx([0.5, 2.5])
    assert found.errors == pytest.approx([0.5, np.sqrt(4.5) / 10**0.5])
    assert found.value == pytest.approx(1.5)
    assert found.names == ("1", "2")


def test_equal_channels_are_compared_if_they_have_names(workspace, mod):
    pair = [counting(workspace, mod, "SR", n) for n in (25, 45)]
    with pytest.raises(ModelError, match="channels of several workspaces"):
        compatibility(pair)
    assert compatibility(pair, names=["e", "mu"]).names == ("e", "mu")


def test_a_value_at_its_bound_is_mentioned(workspace, mod):
    found = compatibility([counting(workspace, mod, c, n) for c, n in (("A", 10), ("B", 45))])
    assert found.values[0] == 0
    assert "'mu_1' = 0" in found.quality


def test_incomparable_measurements_are_refused(workspace, mod):
    one = counting(workspace, mod, "A", 25)
    with pytest.raises(ModelError, match="no two measurements of 'mu'"):
        compatibility([one])
    with pytest.raises(ModelError, match="no two measurements of 'mu'") as caught:
        compatibility([one, counting(workspace, mod, "B", 25, poi="nu")], poi="mu")
    assert caught.value.why.startswith("1 and 2 have no other")
    with pytest.raises(ModelError, match="parameters of interest mu, nu"):
        compatibility([one, counting(workspace, mod, "B", 25, poi="nu")])


@pytest.mark.parametrize("counts", [(20, 9000), (20, 4500, 9000), (20, 3000, 6000, 9000)])
def test_a_tension_too_large_for_a_p_value_is_finite(workspace, mod, counts):
    """Two tails of a normal distribution as improbable as the chi-square's, in logarithms."""
    samples = {"s": ([1000.0], [mod.normfactor()]), "b": ([10.0], [])}
    found = compatibility(
        [workspace({f"c{i}": samples}, **{f"c{i}": [n]}) for i, n in enumerate(counts)]
    )
    x, degrees = found.statistic / 2, len(counts) - 1
    assert x > 750
    assert found.p_value == 0.0
    # Survival functions of 1, 2 and 3 degrees of freedom, in closed form.
    root = np.sqrt(found.statistic)
    one = norm.logsf(root) + np.log(2)
    three = np.logaddexp(one, np.log(root * np.sqrt(2 / np.pi)) - x)
    log_p = {1: one, 2: -x, 3: three}[degrees]
    assert norm.logsf(found.significance) + np.log(2) == pytest.approx(log_p, rel=1e-9)

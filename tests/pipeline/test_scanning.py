"""Scans of grids; the oracles are pyhf, closed formulae, and signals that were put in."""

import math

import numpy as np
import pyhf
import pytest
from scipy import optimize, stats

import hepline as hl
from hepline.errors import AnalysisError, FitError

# pyhf 0.7 resolves its schema with a class that jsonschema has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def counting(write_events):
    """Results of a counting experiment: one bin, no uncertainty but that of the count."""

    def made(observed, *, background=8.0, signals=(4.0, 2.0)):
        search = hl.Analysis("counting", luminosity=1.0)
        sections = dict(enumerate(signals, start=1))
        search.signal("X", mass=[*sections], cross_section=sections, bounds=(0, 100))
        search.sample("bkg", cross_section=background)
        search.data()
        search.region("SR", observable=hl.axis(hl.events("nanoaod").MET.pt, 1, 0, 100))
        many = write_events("many", MET_pt=np.full(40_000, 50.0))
        files = {"bkg": many, "data": write_events("data", MET_pt=np.full(observed, 50.0))}
        return search.run({**files, **{f"X_{mass}": many for mass in sections}})

    return made


@pytest.mark.parametrize("observed", [3, 8, 13])
def test_a_counting_experiment_has_its_known_limits(counting, observed):
    """q̃ of a count is a formula, and CLs that of Cowan and others, solved with scipy."""
    scan = counting(observed).scan_grid()

    def twice_nll(count, mean):
        return 2 * (mean - count * math.log(mean))

    def q(mu, count, signal):
        best = max(0.0, (count - 8.0) / signal)
        if best > mu:
            return 0.0
        return twice_nll(count, 8.0 + mu * signal) - twice_nll(count, 8.0 + best * signal)

    def cls(mu, signal):
        root, width = math.sqrt(q(mu, observed, signal)), math.sqrt(q(mu, 8.0, signal))
        shift = root - width if root <= width else (root**2 - width**2) / (2 * width)
        return stats.norm.sf(shift + width) / stats.norm.sf(shift)

    for point, signal in zip(scan, (4.0, 2.0), strict=True):
        wanted = optimize.brentq(lambda mu, s=signal: cls(mu, s) - 0.05, 0.01, 20)
        assert point.limit.observed == pytest.approx(wanted, rel=2e-4)
        best = max(0.0, (observed - 8) / signal)
        assert point.strength == pytest.approx(best, abs=2e-4)
        q0 = twice_nll(observed, 8.0) - twice_nll(observed, 8.0 + best * signal)
        assert point.significance == pytest.approx(math.sqrt(max(0.0, q0)), abs=2e-3)


def test_limits_cover_the_true_strength(counting):
    """In at least 95 % of experiments; fewer would be a wrong limit, more is CLs."""
    model = counting(8, background=30.0, signals=(12.0, 6.0)).at("X_1").model()
    counts, truth = np.random.default_rng(1).poisson(30.0 + 12.0, 200), 1.0
    limits = {count: model.limit(data=[float(count)]).observed for count in set(counts.tolist())}
    missed = sum(limits[count] < truth for count in counts.tolist())
    assert missed <= stats.binom.ppf(0.999, 200, 0.05)
    assert missed > 0


def test_limits_are_those_of_pyhf(grid_analysis, grid_files):
    result = grid_analysis(nuisances=1, bins=6).run(grid_files)
    scan = result.scan_grid()
    for name in ("Zprime_600", "Zprime_800"):
        workspace = pyhf.Workspace(result.at(name).workspace())
        model = workspace.model()
        observed, expected = pyhf.infer.intervals.upper_limits.upper_limit(
            workspace.data(model), model, scan=None, level=0.05, rtol=1e-4
        )
        assert scan[name].limit.observed == pytest.approx(float(observed), rel=1e-3)
        np.testing.assert_allclose(scan[name].limit.expected, expected, rtol=1e-3)
        q0 = pyhf.infer.test_statistics.q0(
            0.0,
            workspace.data(model),
            model,
            model.config.suggested_init(),
            model.config.suggested_bounds(),
            model.config.suggested_fixed(),
        )
        assert scan[name].significance == pytest.approx(math.sqrt(float(q0)), abs=2e-3)


def test_the_injected_signal_is_the_strongest(grid_analysis, grid_files):
    files = {name: path for name, path in grid_files.items() if name != "data"}
    scan = grid_analysis(data="injected").run(files).scan_grid()
    best = scan.strongest
    assert best.sample == "Zprime_1000"
    assert best.strength == pytest.approx(1.0, abs=1e-5)
    # Data that are exactly as expected have the significance that is expected.
    assert best.significance == pytest.approx(best.expected_significance, rel=1e-6)
    assert best.p_value == pytest.approx(stats.norm.sf(best.significance), rel=1e-9)
    assert best.expected_p_value == pytest.approx(best.p_value, rel=1e-4)
    assert [point.sample for point in scan] == ["Zprime_600", "Zprime_800", "Zprime_1000"]
    with pytest.raises(AnalysisError, match="has no point 'Zprime_1001'"):
        scan["Zprime_1001"]


def test_limits_in_pb_are_those_on_the_strength_times_the_cross_section(grid_analysis, grid_files):
    scan = grid_analysis().run(grid_files).scan_grid()
    assert [point.cross_section for point in scan] == [0.5, 0.4, 0.3]
    for point in scan:
        assert point.observed_pb == point.limit.observed * point.cross_section
        assert point.expected_pb[2] == point.limit.expected[2] * point.cross_section


def test_without_data_only_what_is_expected_is_told(grid_analysis, grid_files):
    files = {name: path for name, path in grid_files.items() if name != "data"}
    blind = grid_analysis(blind="seven sleepy geese").run(grid_files)
    for result in (grid_analysis(data="").run(files), blind):
        scan = result.scan_grid()
        assert not scan.has_data
        assert "expected only" in repr(scan)
        for point in scan:
            hidden = (point.limit.observed, point.significance, point.p_value, point.strength)
            assert np.isnan([*hidden, point.error]).all()
            assert point.limit.tests == ()
            assert np.isfinite([*point.limit.expected, point.expected_significance]).all()
        with pytest.raises(FitError, match="hidden or absent"):
            result.look_elsewhere(toys=5)


def test_a_point_without_events_does_not_stop_the_others(grid_analysis, grid_files, write_events):
    calls = []
    files = {**grid_files, "Zprime_600": write_events("far", MET_pt=[10, 20])}
    scan = grid_analysis().run(files).scan_grid(progress=lambda *call: calls.append(call))
    assert [name for name, _ in scan.failures] == ["Zprime_600"]
    assert "no event of Zprime_600" in scan.failures[0][1]
    assert len(scan) == 2
    assert calls == [("limits of all signals", number, 3) for number in (1, 2, 3)]


def test_a_grid_without_any_result_says_why(grid_analysis, grid_files, write_events):
    far = write_events("far", MET_pt=[10, 20])
    files = {name: far if "Zprime" in name else path for name, path in grid_files.items()}
    with pytest.raises(hl.HeplineError, match="no event of Zprime_1000"):
        grid_analysis().run(files).scan_grid()


def test_a_global_p_value_is_larger_than_the_local_one(grid_analysis, grid_files):
    result = grid_analysis().run(grid_files)
    scan = result.scan_grid()
    found = result.look_elsewhere(toys=60, seed=3)
    assert result.analysis.points[found.at].name == scan.strongest.sample
    assert found.local == pytest.approx(scan.strongest.significance, rel=1e-9)
    assert found.lower <= found.p_value <= found.upper
    again = result.look_elsewhere(toys=60, seed=3)
    np.testing.assert_array_equal(found.statistics, again.statistics)
    assert found.upcrossings.p_value > found.upcrossings.local_p_value

"""From files to peak.json and its page: all of it or nothing."""

import json
from dataclasses import replace

import awkward as ak
import numpy as np
import pytest
from scipy.stats import norm, poisson

import hepline as hl
from hepline.errors import AnalysisError, DataError, OutputError
from hepline.share.peaks import measure_peaks, peaks
from hepline.share.peaks_view import fit_view, markers, spectrum_bins
from hepline.spectra.combination import Combination
from hepline.spectra.search import Search

CONTRACT = {
    "mass", "mass_error", "width", "width_error", "width_kind", "yield", "yield_error",
    "background", "chi2_ndf", "local_significance", "global_significance", "candidate",
}  # fmt: skip
NAMED = {"name", "pdgid", "mass", "pull", "percent_difference"}
WINDOW = (2.7, 3.5)


def masses(seed=6, events=900):
    random = np.random.default_rng(seed)
    return np.concatenate([random.normal(3.0969, 0.035, events), random.uniform(2.2, 4.2, 3000)])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("M\n" + "\n".join(map(repr, masses().tolist())) + "\n")
    return path


@pytest.fixture(scope="module")
def measured():
    return peaks(masses(), WINDOW, decay=("mu+", "mu-"))


def test_numbers_are_written_by_the_contract(file, tmp_path):
    done = measure_peaks(file, window=WINDOW, out=tmp_path / "out")
    written = json.loads((tmp_path / "out/peak.json").read_text())
    (one,) = written["peaks"]
    assert set(one) >= CONTRACT
    assert set(one["candidate"]) >= NAMED
    assert one["candidate"]["pdgid"] == 443
    assert one["mass"] == done.peaks[0].mass
    assert one["yield"] == pytest.approx(900, abs=4 * one["yield_error"])
    assert one["chi2_ndf"] == done.fits[0].chi2 / done.fits[0].degrees_of_freedom
    assert written["schema"] == "hepline.peak/1"
    assert written["selection"]["window"] == list(WINDOW)
    assert written["selection"]["entries"] == 3900
    (line,) = written["systematics"]
    parts = [part["mass"] for part in line["parts"]]
    assert line["systematic"]["mass"] == pytest.approx(np.sqrt(np.sum(np.square(parts))))
    (source,) = written["provenance"]["files"]
    assert source["entries"] == 3900
    assert len(source["sha256"]) == 64
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "peak.json", "index.html", "figures"
    }  # fmt: skip


def test_nothing_is_written_for_a_window_without_data(file, tmp_path):
    for window, said in (((10.0, 20.0), "inside of the data"), ((2700.0, 3500.0), "2.7 3.5")):
        with pytest.raises(DataError, match="no entry lies between") as caught:
            measure_peaks(file, window=window, out=tmp_path / "out")
        assert said in caught.value.fix
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "window", [(3.5, 2.7), (3.0, 3.0), (-1.0, 3.0), (2.0, float("inf")), (1, 2, 3)]
)
def test_windows_without_a_meaning(file, window):
    with pytest.raises(AnalysisError, match="the window"):
        measure_peaks(file, window=window)


@pytest.mark.parametrize("scale", [-0.1, 0.5])
def test_scale_is_a_small_fraction(file, scale):
    with pytest.raises(AnalysisError, match="scale uncertainty"):
        measure_peaks(file, scale=scale)


def test_failed_writing_leaves_the_earlier_result(measured, tmp_path, monkeypatch):
    (tmp_path / "peak.json").write_text("earlier")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OutputError, match="No space left"):
        measured.write(tmp_path)
    assert (tmp_path / "peak.json").read_text() == "earlier"
    assert [path.name for path in tmp_path.iterdir()] == ["peak.json"]


def test_folder_that_cannot_be_written_is_found_first(file, tmp_path, monkeypatch):
    (tmp_path / "taken").write_text("a file")
    monkeypatch.setattr("hepline.share.peaks.mass_values", pytest.fail)
    with pytest.raises(OutputError, match="cannot be written"):
        measure_peaks(file, out=tmp_path / "taken")


def test_expressions_arrays_and_files_agree(file, measured):
    of_file = measure_peaks(file, Combination(particle="mu"), window=WINDOW).peaks[0]
    of_expression = peaks(hl.open(file).M, WINDOW).peaks[0]
    assert measured.peaks[0].mass == of_expression.mass == of_file.mass


def test_calibration_divides_all_masses(measured):
    made = masses()
    done = peaks(0.998 * made, WINDOW, decay=("mu+", "mu-"), calibrate="J/psi")
    assert done.calibration.scale == pytest.approx(0.998, abs=4 * done.calibration.error)
    assert done.peaks[0].mass == pytest.approx(3.0969, abs=2e-4)
    assert done.question.scale == pytest.approx(done.calibration.error, rel=0.01)
    assert done.as_json()["selection"]["calibration"]["reference"] == "J/psi(1S)"
    assert "All masses were divided by 0.99" in done.notes[-1]
    assert measured.question.scale == 0.001


def test_no_number_of_the_json_is_infinite(measured):
    json.dumps(measured.as_json(), allow_nan=False)


def test_bins_hold_every_entry():
    values = np.random.default_rng(1).lognormal(2, 1, 5000)
    edges, counts = spectrum_bins(values)
    assert counts.sum() == 5000
    assert np.diff(np.log(edges)) == pytest.approx(np.log(edges[1] / edges[0]), rel=1e-6)
    assert spectrum_bins(np.full(4, 3.1))[1].sum() == 4


def test_curves_integrate_to_what_is_expected(measured):
    view = fit_view(measured.fits[0])
    width = np.diff(view.fit.edges)[0]
    assert np.trapezoid(view.curve, view.x) / width == pytest.approx(
        view.fit.expected.sum(), rel=1e-3
    )


def test_empty_bins_have_an_upper_error(measured):
    fit = measured.fits[0]
    counts = fit.counts.copy()
    counts[[3, 40]] = 0.0
    low, high = fit_view(replace(fit, counts=counts)).interval
    assert low[[3, 40]].tolist() == [0.0, 0.0]
    # Garwood: an empty bin is compatible with up to −ln(0.1587) = 1.84 events.
    assert high[[3, 40]] == pytest.approx(-np.log(norm.sf(1)), rel=1e-9)
    # The interval of a count holds what would give as many or more, or as few or less, in 16 %.
    some = counts > 0
    assert poisson.sf(counts[some] - 1, low[some]) == pytest.approx(norm.sf(1), rel=1e-9)
    assert poisson.cdf(counts[some], high[some]) == pytest.approx(norm.sf(1), rel=1e-9)


def test_an_outlier_does_not_hide_the_spectrum():
    values = np.append(masses(), [1e300, 5e-9])
    edges, counts = spectrum_bins(values)
    assert (edges[0], edges[-1]) == (np.sort(values)[1], np.sort(values)[-2])
    assert counts.sum() == 3900


@pytest.mark.slow
def test_an_outlier_is_said_to_be_outside_of_the_figure(tmp_path):
    peaks(np.append(masses(), 1e300), WINDOW, decay=("mu+", "mu-"), out=tmp_path)
    page = (tmp_path / "index.html").read_text()
    assert "1 entry lies far away from all others" in page


@pytest.mark.parametrize("given", [["a", "b"], [1 + 2j, 3.0]])
def test_masses_are_real_numbers(given):
    with pytest.raises(AnalysisError, match="masses of the type"):
        peaks(given)


@pytest.mark.parametrize(
    "given",
    [
        np.ma.array([3.0, 3.1, 5.0], mask=[False, False, True]),
        ak.Array([[3.0, None], [], [3.1]]),
        [3.0, None, 3.1],
    ],
)
def test_missing_masses_are_left_out(given, monkeypatch):
    monkeypatch.setattr("hepline.share.peaks.search", lambda *_: Search((), (), ()))
    found = peaks(given, decay="mu+ mu-")
    assert found.masses.values.tolist() == [3.0, 3.1]
    assert found.masses.losses == ("1 mass is not a number and was left out.",)
    assert found.masses.decay == found.question.decay == ("mu+", "mu-")


def test_zeros_are_refused_before_anything_is_searched(monkeypatch):
    monkeypatch.setattr("hepline.share.peaks.search", pytest.fail)
    with pytest.raises(DataError, match="none of 100 masses can be used"):
        peaks(np.zeros(100))


def test_what_is_known_of_a_spectrum_is_named_once(measured):
    names = [marker.text for marker in markers(measured.masses, measured.fits)]
    assert names == ["J/ψ", "ψ(2S)"]
    assert markers(replace(measured.masses, decay=None), ()) == ()


@pytest.mark.slow
def test_all_resonances_of_the_2012_sample_are_found_untold(shared_data, tmp_path):
    """Masses and yields of labs.md; names and masses of the PDG."""
    measure_peaks(shared_data / "agc/open-data-example.root", out=tmp_path)
    found = {
        one["candidate"]["name"]: one
        for one in json.loads((tmp_path / "peak.json").read_text())["peaks"]
    }
    expected = {"phi(1020)", "J/psi(1S)", "psi(2S)", "Upsilon(1S)", "Upsilon(2S)", "Z0"}
    assert expected <= set(found)
    assert found["J/psi(1S)"]["mass"] == pytest.approx(3.0924, abs=0.003)
    assert found["J/psi(1S)"]["yield"] == pytest.approx(3098, rel=0.06)
    assert found["Upsilon(1S)"]["mass"] == pytest.approx(9.453, abs=0.02)
    assert found["Z0"]["mass"] == pytest.approx(90.73, abs=0.35)
    assert all(one["chi2_ndf"] < 1.6 for one in found.values())
    masses_found = [one["mass"] for one in found.values()]
    assert masses_found == sorted(masses_found)


@pytest.mark.slow
def test_z_of_2011_is_within_300_mev(shared_data):
    (peak,) = measure_peaks(shared_data / "cms_csv/Zmumu_Run2011A.csv").peaks
    assert peak.candidates[0].name == "Z0"
    assert peak.mass == pytest.approx(91.188, abs=0.3)

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hepline.errors import ModelError
from hepline.stats.preflight import smooth
from hepline.stats.preflight.smoothing import smooth_template

TEMPLATES = st.integers(3, 15).flatmap(
    lambda bins: st.tuples(
        arrays(float, bins, elements=st.floats(1, 100)),
        arrays(float, bins, elements=st.floats(0.5, 1.5)),
    )
)


@given(TEMPLATES)
def test_the_yield_is_preserved(template):
    nominal, ratio = template
    smoothed = smooth_template(nominal, nominal * ratio)
    assert smoothed.sum() == pytest.approx((nominal * ratio).sum(), rel=1e-12)
    assert smoothed.min() >= 0


@given(TEMPLATES)
def test_mirrored_templates_stay_mirrored(template):
    nominal, ratio = template
    up = smooth_template(nominal, nominal * ratio)
    down = smooth_template(nominal, nominal * (2 - ratio))
    left_alone = np.array_equal(up, nominal * ratio) or np.array_equal(down, nominal * (2 - ratio))
    if not left_alone:
        np.testing.assert_allclose(up + down, 2 * nominal, rtol=1e-9)


def test_a_pair_is_smoothed_together_or_not_at_all(patient):
    """Smoothing would make the upper side negative, and only that one."""
    data = patient.modifier("SR", "sig", "scale")["data"]
    data["hi_data"] = [10.0, 20.0, 20.0, 5.0, 0.0, 0.0]
    data["lo_data"] = [6.0, 14.0, 32.0, 38.0, 14.0, 8.0]
    nominal, low = np.array(patient.sample("SR", "sig")["data"]), np.array(data["lo_data"])
    assert not np.allclose(smooth_template(nominal, low), low)
    high = np.array(data["hi_data"])
    assert np.array_equal(smooth_template(nominal, high), high)
    assert smooth(patient.workspace) == (patient.workspace, ())


@given(st.floats(-0.02, 0.02), st.floats(0.8, 1.2))
def test_a_line_in_the_ratio_stays_whatever_the_spectrum(slope, start):
    nominal = 1000 * np.exp(-np.arange(10) / 2)
    varied = nominal * (start + slope * np.arange(10))
    np.testing.assert_allclose(smooth_template(nominal, varied), varied, rtol=1e-10)


def test_bins_without_nominal_events_are_left_out():
    nominal = np.array([0, 10, 20, 30, 20, 10.0])
    varied = np.array([3, 11, 19, 36, 19, 12.0])
    smoothed = smooth_template(nominal, varied)
    assert smoothed[0] == 3
    np.testing.assert_allclose(smoothed[1:], smooth_template(nominal[1:], varied[1:]))
    assert not np.array_equal(smoothed, varied)


def test_noise_is_reduced():
    """A linear effect with the fluctuations of 400 events in each bin."""
    rng = np.random.default_rng(11)
    nominal = np.full(20, 400.0)
    truth = nominal * (1 + 0.1 * np.linspace(-1, 1, 20))
    noisy = [truth + 20 * rng.normal(size=20) for _ in range(100)]
    before = np.mean([np.square(each - truth) for each in noisy])
    after = np.mean([np.square(smooth_template(nominal, each) - truth) for each in noisy])
    assert before == pytest.approx(400, rel=0.1)
    assert after < 0.5 * before


def test_changes_are_listed_with_their_size(patient):
    data = patient.modifier("SR", "top", "scale")["data"]
    data["hi_data"][3] += 4.0
    workspace, changes = smooth(patient.workspace)
    (change,) = changes
    assert (change.channel, change.sample, change.modifier) == ("SR", "top", "scale")
    nominal = np.array(patient.sample("SR", "top")["data"])
    after = next(
        np.array(modifier["data"]["hi_data"])
        for modifier in workspace["channels"][0]["samples"][1]["modifiers"]
        if modifier["name"] == "scale"
    )
    moved = after - data["hi_data"]
    assert change.chi2 == pytest.approx(np.sum(moved**2 / (0.04 * nominal)))
    assert change.change == pytest.approx(np.max(np.abs(moved) / nominal))
    assert change.bin == 3
    assert not change.kept
    assert str(change).startswith("smoothed SR / top / scale: χ² = ")
    assert str(change).endswith(f" in 6 bins, at most {change.change:.2%} (bin 3)")


def test_what_is_no_noise_is_kept_unless_asked(patient):
    """Nine statistical errors in one bin are an effect, even if medians take it for a spike."""
    patient.modifier("SR", "top", "scale")["data"]["hi_data"][3] += 20.0
    workspace, (kept,) = smooth(patient.workspace)
    assert workspace == patient.workspace
    assert kept.kept
    assert scipy.stats.chi2.sf(kept.chi2 / 2, 6) < 0.01
    assert str(kept).startswith("kept SR / top / scale: χ² = ")
    assert str(kept).endswith(": more than noise")
    workspace, (change,) = smooth(patient.workspace, significant=True)
    assert workspace != patient.workspace
    assert (change.chi2, change.kept) == (kept.chi2, False)


def test_without_staterror_the_size_in_errors_is_unknown(patient):
    patient.modifier("SR", "top", "scale")["data"]["hi_data"][3] += 13.0
    for name in ("sig", "top"):
        patient.remove("SR", name, "stat_SR")
    (change,) = smooth(patient.workspace)[1]
    assert np.isnan(change.chi2)
    assert "χ² = unknown, at most" in str(change)
    assert not change.kept


def test_smooth_templates_are_not_touched(healthy):
    assert smooth(healthy) == (healthy, ())


@pytest.mark.parametrize(
    ("chosen", "count"),
    [({}, 2), ({"channels": ["SR"]}, 1), ({"modifiers": ["scale"]}, 2)],
)
def test_channels_and_modifiers_can_be_chosen(patient, chosen, count):
    for channel in ("SR", "CR"):
        patient.modifier(channel, "top", "scale")["data"]["lo_data"][2] *= 0.8
    assert len(smooth(patient.workspace, **chosen)[1]) == count


@pytest.mark.parametrize("chosen", [{"channels": ["SRR"]}, {"modifiers": ["lumi"]}])
def test_an_unknown_name_is_refused(healthy, chosen):
    with pytest.raises(ModelError, match="to smooth"):
        smooth(healthy, **chosen)

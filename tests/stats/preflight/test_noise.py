import numpy as np
import pytest


@pytest.fixture
def shaped(patient):
    def set_pulls(pulls, *, mirrored=True):
        """Move bins of top in SR by so many statistical errors."""
        nominal = np.array(patient.sample("SR", "top")["data"])
        error = 0.07 * nominal
        patient.modifier("SR", "top", "stat_SR")["data"] = error.tolist()
        shift = np.array(pulls) * error
        patient.modifier("SR", "top", "scale")["data"] = {
            "hi_data": (nominal + shift).tolist(),
            "lo_data": (nominal + (-shift if mirrored else shift[::-1])).tolist(),
        }
        return patient

    return set_pulls


ROUGH = [1.0, -0.9, 0.8, -1.1, 1.0, -0.7]


def test_rough_and_small_is_noise(shaped, place):
    found = shaped(ROUGH).only("HL206")
    assert found.severity == "note"
    assert place(found) == ("SR", "top", "scale", None)


def test_rough_and_large_is_an_effect(shaped):
    assert not shaped([4 * pull for pull in ROUGH]).findings("HL206")


def test_small_and_smooth_is_an_effect(shaped):
    """Such as a weight, whose variation fluctuates with nominal and not by itself."""
    assert not shaped([-1, -0.6, -0.2, 0.2, 0.6, 1]).findings("HL206")


def test_too_small_to_matter_is_not_mentioned(shaped):
    assert not shaped([0.01 * pull for pull in ROUGH]).findings("HL206")


def test_without_statistical_error_nothing_is_known(shaped):
    patient = shaped(ROUGH)
    for name in ("sig", "top"):
        patient.remove("SR", name, "stat_SR")
    assert not patient.findings("HL206")


def test_noise_is_found_as_often_as_it_looks_like_noise(shaped):
    """Independent simulations of the same physics: found in most cases, by the cut on roughness."""
    rng = np.random.default_rng(5)
    trials = [shaped(rng.normal(size=6) * np.sqrt(2)).findings("HL206") for _ in range(40)]
    share = np.mean([bool(found) for found in trials])
    # Six independent numbers have a ratio above 1.5 in 3 of 4 cases (von Neumann 1941: the
    # mean is 2, the variance 4 (n − 2) / (n² − 1) = 0.46), and p > 0.05 in 19 of 20.
    assert 0.55 < share < 0.9

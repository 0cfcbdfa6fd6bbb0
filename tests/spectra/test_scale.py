"""The momentum scale against masses of the Review of Particle Physics."""

import pytest

from hepline.errors import AnalysisError, ParticleNotFound
from hepline.spectra.scale import calibrate


def test_one_reference_gives_measured_over_true():
    found = calibrate(3.0924, 0.0007)
    assert found.scale == pytest.approx(3.0924 / 3.0969, rel=1e-7)
    assert found.error == pytest.approx(0.0007 / 3.0969, rel=1e-3)
    assert found.reference == "J/psi(1S)"


def test_the_table_has_an_error_too():
    # PDG: 91.1880 ± 0.0020 GeV.
    found = calibrate(91.188, 1e-9, "Z0")
    assert found.error == pytest.approx(0.0020 / 91.188, rel=0.1)


@pytest.mark.parametrize(("error", "reference"), [(0.0007, "Z0"), (0.0, "J/psi(1S)")])
def test_nonsense_is_refused(error, reference):
    with pytest.raises(AnalysisError, match="cannot calibrate"):
        calibrate(3.0924, error, reference)


def test_a_reference_that_is_no_particle():
    with pytest.raises(ParticleNotFound, match="no particle 'J/spy'"):
        calibrate(3.0924, 0.0007, "J/spy")

import numpy as np
import pytest

from hepline.errors import OutputError
from hepline.show.bins import drawn_bins, events_axis_label

EDGES = np.array([0.0, 10, 30, 100])


def test_unequal_bins_are_not_given_a_width():
    assert events_axis_label(np.array([0.0, 1, 3]), "m [GeV]") == "Events / bin"
    assert events_axis_label(np.array([0.0, 0.5, 1]), "BDT output") == "Events / 0.5"
    assert events_axis_label(np.arange(5.0), "jets") == "Events / bin"


def test_flow_is_as_wide_as_its_neighbor():
    bins = drawn_bins(EDGES, "m [GeV]", underflow=True, overflow=True)
    assert bins.edges.tolist() == [-10, 0, 10, 30, 100, 170]
    assert bins.finite == (0, 100)
    assert bins.centers.tolist() == [-5, 5, 20, 65, 135]
    assert not bins.equal


def test_flow_is_as_wide_on_a_logarithmic_axis():
    bins = drawn_bins(
        np.array([10.0, 20, 80]), "m [GeV]", underflow=True, overflow=True, log_x=True
    )
    assert bins.edges.tolist() == [5, 10, 20, 80, 320]


@pytest.mark.parametrize(
    ("per", "factors", "label"),
    [
        ("GeV", [0.1, 0.05, 1 / 70], "Events / GeV"),
        ("10 GeV", [1, 0.5, 1 / 7], "Events / 10 GeV"),
        ("", [1, 1, 1], "Events / bin"),
    ],
)
def test_events_are_counted_per_unit(per, factors, label):
    bins = drawn_bins(EDGES, "$m_{vis}$ [GeV]", per=per)
    assert np.allclose(bins.factor, factors)
    assert bins.events_label == label


def test_another_unit_is_refused():
    with pytest.raises(OutputError, match="'GeV'") as caught:
        drawn_bins(EDGES, "m [TeV]", per="GeV")
    assert "'TeV'" in caught.value.fix
    with pytest.raises(OutputError, match="no unit"):
        drawn_bins(EDGES, "BDT output", per="GeV")


def test_zero_has_no_place_on_a_logarithmic_axis():
    with pytest.raises(OutputError, match="logarithmic"):
        drawn_bins(EDGES, "m [GeV]", log_x=True)

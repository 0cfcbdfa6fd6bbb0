import dataclasses

import numpy as np
import pytest
from matplotlib.patches import StepPatch

from hepline.errors import OutputError
from hepline.show.plot_content import SystematicContent
from hepline.show.systematics import draw_systematic

EDGES = np.array([0.0, 10, 30, 70])
NOMINAL = np.array([100.0, 50, 20])
SYSTEMATIC = SystematicContent(
    "jes",
    "Jet energy scale",
    "$m_{jj}$ [GeV]",
    EDGES,
    NOMINAL,
    up=NOMINAL * [1.1, 1.0, 0.9],
    down=NOMINAL * 0.98,
    errors=np.sqrt(NOMINAL),
    region="SR",
    sample="$t\\bar{t}$",
)


def lines(ax):
    return [
        p.get_data().values for p in ax.patches if isinstance(p, StepPatch) and not p.get_fill()
    ]


def legend(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def test_events_above_and_ratios_below():
    main, panel = draw_systematic(SYSTEMATIC).axes
    for drawn, values in zip(lines(main), (NOMINAL, SYSTEMATIC.up, SYSTEMATIC.down), strict=True):
        assert np.allclose(drawn, values)
    assert np.allclose(lines(panel), [[1.1, 1.0, 0.9], [0.98] * 3])
    (shade,) = (p.get_data() for p in panel.patches if p.get_fill())
    assert np.allclose(shade.values - 1, 1 / np.sqrt(NOMINAL))
    assert panel.get_ylim() == pytest.approx((0.875, 1.125))


def test_the_legend_states_the_change_of_the_yield():
    # (110 + 50 + 18) / 170 and 0.98.
    assert legend(draw_systematic(SYSTEMATIC)) == [
        "Nominal", "Jet energy scale +1σ (+4.7 %)", "Jet energy scale −1σ (−2.0 %)",
    ]  # fmt: skip


def test_one_side_and_no_errors():
    figure = draw_systematic(dataclasses.replace(SYSTEMATIC, down=None, errors=None))
    assert len(lines(figure.axes[1])) == 1
    assert len(legend(figure)) == 2


def test_events_can_be_counted_per_unit():
    main = draw_systematic(dataclasses.replace(SYSTEMATIC, per="GeV")).axes[0]
    assert main.get_ylabel() == "Events / GeV"
    assert np.allclose(lines(main)[0], [10, 2.5, 0.5])


def test_empty_templates_can_be_drawn():
    nothing = np.zeros(3)
    draw_systematic(dataclasses.replace(SYSTEMATIC, nominal=nothing, up=nothing, down=nothing))


def test_other_numbers_of_bins_are_refused():
    with pytest.raises(OutputError, match="'up' of 'Jet energy scale'"):
        dataclasses.replace(SYSTEMATIC, up=np.ones(4))

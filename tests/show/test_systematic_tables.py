import math

import numpy as np

from hepline.show.content import SampleInfo, TemplateVariation
from hepline.show.grid_content import LimitCurve, LimitPoint, Theory
from hepline.show.systematic_tables import limits_table, systematics_table

NOMINAL = np.array([60.0, 40.0])
VARIATIONS = (
    TemplateVariation("SR", "tt", "JES", NOMINAL, NOMINAL * 1.05, NOMINAL * 0.96),
    TemplateVariation("SR", "w", "JES", NOMINAL, np.array([60.0, 41.0])),
    TemplateVariation("SR", "w", "W scale", np.zeros(2), np.zeros(2)),
)


def shown(table):
    return {
        label: [None if cell is None else str(cell) for cell in cells]
        for label, cells in table.rows
    }


def test_changes_of_the_yield_are_in_percent():
    table = systematics_table(VARIATIONS, samples=(SampleInfo("w", "W + jets"),))
    assert [label for label, _ in table.columns] == ["W + jets"] * 2 + ["tt"] * 2
    assert shown(table) == {
        "JES": ["+1.0", None, "+5.0", "−4.0"],
        "W scale": [None, None, None, None],
    }


def test_limits_have_the_theory_beside_them():
    five = (0.5, 0.7, 1.0, 1.4, 2.0)
    theory = Theory("Z′", np.array([500.0, 1000]), np.array([4.0, 1.0]))
    curve = LimitCurve("c", "m [GeV]", "σ [pb]", (
        LimitPoint(1500, five, 0.9), LimitPoint(750, five, math.nan)), theory=theory)  # fmt: skip
    table = limits_table(curve)
    assert [f"{upper} {lower}".strip() for upper, lower in table.columns] == [
        "Observed", "Expected −2σ", "Expected −1σ", "Expected median", "Expected +1σ",
        "Expected +2σ", "Z′",
    ]  # fmt: skip
    # Halfway between 4 and 1, an exponential is 2.
    assert shown(table) == {
        "750": ["blinded", "0.5", "0.7", "1", "1.4", "2", "2"],
        "1500": ["0.9", "0.5", "0.7", "1", "1.4", "2", None],
    }
    assert r"Z$'$" in table.latex()

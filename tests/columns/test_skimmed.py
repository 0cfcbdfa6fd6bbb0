"""What a skim remembers, and the recipes that follow from it."""

import hepline as hl
from hepline.columns.leaves import Column
from hepline.columns.skimmed import Alternative, Ancestor, Skimmed, varied_node
from hepline.columns.vary import NOMINAL, Variation, choose, variations_of

jes = hl.nuisance("jes", one_sided=True)
jer = hl.nuisance("jer")


def column(name):
    return Column(name, "float32", None)


def test_a_column_takes_its_values_from_the_columns_of_variations():
    alternatives = (
        Alternative("pt", jes, "pt__jes_up", None),
        Alternative("eta", jer, "eta__jer_up", "eta"),
        Alternative("pt", jer, "pt", "pt__jer_down"),
    )
    node = varied_node(column, "pt", alternatives)
    values = {
        v.key: choose([node], v)[0].name for v in variations_of([node])
    }  # fmt: skip
    assert values == {
        "": "pt", "jer_up": "pt", "jer_down": "pt__jer_down", "jes_up": "pt__jes_up",
    }  # fmt: skip
    assert varied_node(column, "phi", alternatives) is column("phi")
    eta = varied_node(column, "eta", alternatives)
    assert choose([eta], Variation(jer, "down")) == choose([eta], NOMINAL)
    assert alternatives[1].varied == ("eta__jer_up",)


def test_sums_are_known_only_if_all_files_tell():
    first = Ancestor("a", 10, 3, sum_of_weights=2.5)
    second = Ancestor("b", 20, 4)
    assert Skimmed((first, second)).events == 30
    assert Skimmed((first, second)).sum_of_weights is None
    assert Skimmed((first, first)).sum_of_weights == 5.0
    assert Skimmed(()).sum_of_weights is None

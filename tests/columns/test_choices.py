"""Recipes under their variations, against one walk for each of them."""

import hepline as hl
from hepline.columns.choices import Choices
from hepline.columns.vary import choose, variations_of

ev = hl.events("nanoaod")


def recipes():
    jes, scale = hl.nuisance("JES", key="jes"), hl.nuisance("scale", key="scale")
    pt = ev.MET.pt.vary(jes, up=ev.MET.pt * 1.1, down=ev.MET.pt * 0.9)
    weight = hl.weight(ev.genWeight).vary(scale, up=1 + pt / 100, down=0.9)
    return [
        hl.hist(pt, bins=(5, 0, 100), weight=weight).node,
        hl.hist(ev.MET.phi, bins=(5, -3, 3), weight=weight, where=pt > 20).node,
        hl.hist(ev.MET.phi, bins=(5, -3, 3)).node,
        pt.node,
    ]


def test_every_recipe_is_that_of_a_walk_of_its_own():
    roots = recipes()
    choices = Choices(roots)
    for root in roots:
        assert choices.variations(root) == variations_of([root])
        for variation in choices.variations(root):
            assert choices.chosen(root, variation) is choose([root], variation)[0]


def test_what_a_variation_does_not_reach_is_nominal():
    roots = recipes()
    choices = Choices(roots)
    nominal = choices.chosen(roots[3], choices.variations(roots[0])[0])
    for variation in choices.variations(roots[0]):
        if variation.key.startswith("scale"):
            assert choices.chosen(roots[3], variation) is nominal

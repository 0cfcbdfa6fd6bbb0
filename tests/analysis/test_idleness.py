import numpy as np
import pytest

import hepline as hl

ev = hl.events("nanoaod")


@pytest.mark.parametrize(
    ("effect", "factor", "notices"),
    [
        ("shape", 1.2, 1),  # flat: nothing but a rate
        ("shape", 1 + 0.002 * ev.MET.pt, 0),
        ("rate", 1.2, 0),
        ("both", 1.2, 0),
    ],
)
def test_an_effect_that_reaches_nothing_is_noticed(tmp_path, write_flat, effect, factor, notices):
    write_flat("a.root", MET_pt=np.linspace(1, 99, 50, dtype=np.float32))
    scale = hl.nuisance("scale", effect=effect)
    made = hl.Analysis(
        "toy", luminosity=1.0, weight=hl.weight(1.0).vary(scale, up=factor, down=1.0)
    )
    made.sample("sig", cross_section=9.0, normalization="mu")
    made.region("SR", observable=hl.axis(ev.MET.pt, 4, 0, 100))
    result = made.run({"sig": str(tmp_path / "a.root")})
    said = [notice.text for notice in result.notices if notice.kind == "dead variation"]
    assert len(said) == notices
    modifiers = result.workspace()["channels"][0]["samples"][0]["modifiers"]
    assert ("scale" in [modifier["name"] for modifier in modifiers]) == (not notices)
    if notices:
        assert "'scale' has effect='shape' and changes no shape" in said[0]

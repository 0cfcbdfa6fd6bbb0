"""Parts of processes and how they are recorded."""

from __future__ import annotations

from hepline.data.generator.process import Fakes, Leptons, Part


def test_part_without_filters_is_described_as_it_always_was() -> None:
    assert Part(("a = on",)).described() == {
        "settings": ("a = on",),
        "share": 1.0,
        "bottom_gluon": False,
        "leptonic": False,
    }


def test_filters_and_fakes_are_described() -> None:
    part = Part(("a = on",), leptons=Leptons(((13,),)), fakes=Fakes(muon=True), visible=True)
    described = part.described()
    assert described["leptons"]["groups"] == ((13,),)
    assert described["fakes"]["muon"] is True
    assert described["visible"] is True

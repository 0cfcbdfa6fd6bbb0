"""The table of processes."""

from __future__ import annotations

import pytest

from hepline.data.generator.blocks import BlockRequest, generate_block
from hepline.data.generator.process import COMMON_SETTINGS, Part
from hepline.data.generator.processes import PROCESSES, process_named
from hepline.data.generator.pythia import PythiaRun, import_pythia
from hepline.errors import GeneratorError


def test_every_name_of_the_ttbar_measurement_can_be_generated() -> None:
    wanted = {"ttbar", "wjets", "single_top_s_chan", "single_top_t_chan", "single_top_tW"}
    wanted |= {f"ttbar_{kind}" for kind in ("ME_var", "PS_var", "scaleup", "scaledown")}
    assert wanted <= set(PROCESSES)


@pytest.mark.parametrize("name", PROCESSES)
def test_shares_of_a_process_sum_to_one(name: str) -> None:
    assert sum(part.share for part in PROCESSES[name].parts) == pytest.approx(1.0)


@pytest.mark.parametrize("name", PROCESSES)
def test_pythia_accepts_every_setting(name: str) -> None:
    pythia = import_pythia().Pythia("", False)
    for part in PROCESSES[name].parts:
        assert all(pythia.readString(line) for line in (*COMMON_SETTINGS, *part.settings))


def test_unknown_process_offers_the_nearest_name() -> None:
    with pytest.raises(GeneratorError, match="did you mean 'ttbar'") as caught:
        process_named("tbar")
    assert "tbar" in caught.value.what


def test_refused_setting_is_named() -> None:
    with pytest.raises(GeneratorError, match="Top:gg2ttbarr = on"):
        PythiaRun(Part(("Top:gg2ttbarr = on",)), seed=1)


def _cross_section(settings: tuple[str, ...], events: int) -> tuple[float, float]:
    pythia = import_pythia().Pythia("", False)
    only_hard = ("PartonLevel:all = off", "HadronLevel:all = off", "Random:setSeed = on")
    for line in (*COMMON_SETTINGS, *settings, *only_hard, "Random:seed = 4"):
        pythia.readString(line)
    pythia.init()
    for _ in range(events):
        pythia.next()
    info = pythia.infoPython()
    return info.sigmaGen(), info.sigmaErr()


@pytest.mark.slow
def test_w_events_stand_for_as_many_inclusive_ones_as_the_table_says() -> None:
    process = PROCESSES["wjets"]
    leptonic = tuple(line for line in process.parts[0].settings if line.startswith("24:"))
    inclusive, inclusive_error = _cross_section(("WeakSingleBoson:ffbar2W = on", *leptonic), 40_000)
    cut, cut_error = _cross_section(process.parts[0].settings, 40_000)
    ratio = inclusive / cut
    error = ratio * ((inclusive_error / inclusive) ** 2 + (cut_error / cut) ** 2) ** 0.5
    assert process.inclusive_ratio == pytest.approx(ratio, abs=4 * error)


@pytest.mark.slow
def test_tw_cross_section_is_that_of_leading_order() -> None:
    # LO gb → tW at 13 TeV: 40 to 75 pb for common scales and parton densities; the NNLO value
    # that the published analysis uses is 75.8 pb.
    run = PythiaRun(PROCESSES["single_top_tW"].parts[0], seed=3)
    for _ in run.batches(150, batch=150):
        pass
    assert 40 < run.cross_section().value < 80


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "era"),
    [
        ("ggH_mutau", "2012"),
        ("drellyan_mutau", "2012"),
        ("wjets_mutau", "2012"),
        ("ttbar_mutau", "2012"),
        ("multijet_mutau", "2012"),
        ("ww_mumu", "2016"),
        ("ggH_4l", "2012"),
    ],
)
def test_cross_section_of_what_is_kept_is_that_of_the_table(name: str, era: str) -> None:
    block = generate_block(BlockRequest(name, seed=8, number=0, events=250, era=era))
    process = PROCESSES[name]
    assert process.cross_section_pb is not None
    expected = process.cross_section_pb / process.inclusive_ratio
    # 250 unweighted events know their cross-section to a few percent.
    assert block.cross_section_pb == pytest.approx(expected, rel=0.2)

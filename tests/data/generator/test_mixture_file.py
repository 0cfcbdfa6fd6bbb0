"""Files of a mixture, and what lies beside them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import uproot

from hepline.data.generate import MixtureRequest, produce
from hepline.data.generator.data_taking import DataTaking
from hepline.data.generator.mixture import Component

pytestmark = pytest.mark.slow

_TAKING = DataTaking({"7": [[1, 50]], "9": [[1, 30]]}, {"7": [[1, 40]], "9": [[1, 30]]}, 1000.0)


def _request(**more: object) -> MixtureRequest:
    components = (
        Component("DY", "drellyan_mumu_190_300", 0.06),
        Component("Z'", "zprime_mumu_500", 0.02),
    )
    paths = (("", ("HLT_IsoMu24", "HLT_Mu50")),)
    return MixtureRequest("data", components, _TAKING, 3, "2016", paths, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mixture")
    produce([], [_request()], folder=folder)
    return folder


def test_events_of_certified_sections_are_counted(folder: Path) -> None:
    (mixture,) = produce([], [_request()], folder=folder).mixtures
    (file,) = mixture.files
    with uproot.open(file.path) as opened:
        run, section = (
            opened["Events"][name].array(library="np") for name in ("run", "luminosityBlock")
        )
        assert opened["Runs"]["run"].array().tolist() == [7, 9]
    good = json.loads(Path(mixture.certified).read_text())
    certified = [
        any(first <= s <= last for first, last in good[str(r)])
        for r, s in zip(run, section, strict=True)
    ]
    assert (file.events, file.certified) == (len(run), sum(certified))
    assert mixture.luminosity == 1000.0
    assert mixture.recorded_luminosity == pytest.approx(1000.0 * 80 / 70, rel=0.05)


def test_second_call_finds_the_files(folder: Path, tmp_path: Path) -> None:
    (found,) = produce([], [_request()], folder=folder).mixtures
    assert found.seconds == 0.0
    (again,) = produce([], [_request()], folder=tmp_path, workers=2).mixtures
    assert [file.sha256 for file in again.files] == [file.sha256 for file in found.files]


def test_damaged_file_is_made_again(folder: Path) -> None:
    (found,) = produce([], [_request()], folder=folder).mixtures
    path = Path(found.files[0].path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    (again,) = produce([], [_request()], folder=folder).mixtures
    assert again.seconds > 0
    assert path.read_bytes() == whole


def test_note_says_what_is_in_it(folder: Path) -> None:
    components = json.loads((folder / "data.json").read_text())["settings"]["components"]
    assert components["DY"]["expected"] == pytest.approx(0.06 * _TAKING.total)
    numbers = [component["generated"] for component in components.values()]
    assert sum(numbers) >= uproot.open(folder / "data.root")["Events"].num_entries


def test_profiles_of_pile_up_lie_beside(folder: Path) -> None:
    with uproot.open(folder / "data_pileup.root") as file:
        names = {"simulated", "recorded", "recorded_up", "recorded_down"}
        assert set(file.keys(cycle=False)) == names


def test_compression_is_a_choice(tmp_path: Path) -> None:
    (mixture,) = produce([], [_request(compression="none")], folder=tmp_path).mixtures
    with uproot.open(mixture.files[0].path) as file:
        branch = file["Events"]["MET_pt"]
        assert branch.compressed_bytes >= branch.uncompressed_bytes
        assert np.all(branch.array(library="np") >= 0)

import copy
import json

import numpy as np
import pyhf
import pytest

from hepline.errors import FileUnreadable, FitError, ModelError
from hepline.stats import Model
from hepline.stats.workspace import read_workspace


@pytest.fixture
def content(workspace, mod):
    samples = {
        "sig": ([1.0, 2.0], [mod.normfactor()]),
        "bkg": ([5.0, 6.0], [mod.normsys("a", 0.9, 1.1)]),
    }
    return workspace({"SR": samples, "CR": {"bkg": ([50.0], [])}}, SR=[6, 8], CR=[51])


def test_channels_and_samples_are_sorted_as_in_pyhf(content):
    specification = read_workspace(content)
    assert [channel.name for channel in specification.channels] == ["CR", "SR"]
    assert [sample.name for sample in specification.channels[1].samples] == ["bkg", "sig"]
    assert specification.poi == "mu"


def test_a_file_is_read_like_its_content(content, tmp_path):
    path = tmp_path / "workspace.json"
    path.write_text(json.dumps(content))
    assert Model(path).data.tolist() == Model(content).data.tolist() == [51, 6, 8]


def test_patches_change_a_copy_of_the_workspace(content):
    before = copy.deepcopy(content)
    patch = [{"op": "replace", "path": "/observations/0/data", "value": [1, 2]}]
    assert Model(content, patches=[patch]).data.tolist() == [51, 1, 2]
    assert content == before


def test_a_patch_for_another_workspace_is_refused(content):
    with pytest.raises(ModelError, match="does not apply"):
        Model(content, patches=[[{"op": "remove", "path": "/channels/7"}]])


def test_measurements_are_found_by_name(content):
    other = {"name": "background only", "config": {"poi": "", "parameters": []}}
    content["measurements"].append(other)
    assert Model(content).poi == "mu"
    assert Model(content, measurement="background only").poi == ""
    with pytest.raises(ModelError) as caught:
        Model(content, measurement="backgroundonly")
    assert "background only" in caught.value.fix


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(FileUnreadable, match=r"nothing\.json"):
        Model(tmp_path / "nothing.json")
    broken = tmp_path / "broken.json"
    broken.write_text('{"channels": [')
    with pytest.raises(FileUnreadable, match="not JSON"):
        Model(broken)


def _break(content, path, value):
    *parents, last = path
    for step in parents:
        content = content[step]
    content[last] = value


SAMPLE = ("channels", 0, "samples", 0)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("version",), "2.0.0", "not a pyhf workspace"),
        ((*SAMPLE, "data"), "many", "not a pyhf workspace"),
        ((*SAMPLE, "data"), [1.0, np.nan], "is nan in bin 1"),
        ((*SAMPLE, "data"), [1.0, np.inf], "is inf in bin 1"),
        ((*SAMPLE, "data"), [1.0, 2.0, 3.0], "bins"),
        (("observations", 0, "data"), [6, -1], "-1 in bin 1"),
        (("observations", 0, "data"), [6, np.nan], "is nan in bin 1"),
        (("observations", 0, "data"), [6], "has 1 bins"),
        (("observations", 0, "name"), "VR", "has no observation"),
        (("channels", 1, "name"), "SR", "occurs 2 times"),
        (("channels", 0, "samples", 1, "name"), "sig", "occurs 2 times"),
    ],
)
def test_numbers_without_a_likelihood_are_refused(content, path, value, message):
    _break(content, path, value)
    with pytest.raises(ModelError, match=message) as caught:
        Model(content)
    assert caught.value.why
    assert caught.value.fix


def test_a_modifier_given_twice_is_refused(content, mod):
    content["channels"][0]["samples"][0]["modifiers"].append(mod.normfactor())
    with pytest.raises(ModelError, match="normfactor/mu"):
        Model(content)


def test_modifiers_with_other_binnings_are_refused(content, mod):
    histosys = mod.histosys("jes", [1.0], [1.0, 2.0])
    content["channels"][0]["samples"][0]["modifiers"].append(histosys)
    with pytest.raises(ModelError, match=r"lo_data.*has 1 bins"):
        Model(content)


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (("channels", 0, "samples", 0, "data", 1), "two"),
        (("channels", 0, "samples", 0, "data", 1), None),
        (("channels", 0, "samples", 0, "modifiers", 1, "type"), "normsis"),
        (("channels", 0, "samples", 0, "modifiers", 1, "name"), 7),
        (("channels", 0, "samples", 0, "modifiers", 1, "data", "hi"), "much"),
        (("channels", 0, "samples", 0, "modifiers", 1, "data"), [1.0]),
        (("channels", 0, "samples", 0, "modifiers", 2, "data", "hi_data"), ["much", 1.0]),
        (("channels", 0, "samples", 0, "modifiers", 2, "data", "hi_data"), [1.0, [1.0]]),
        (("measurements", 0, "config", "poi"), 3),
    ],
)
def test_whatever_the_schema_refuses_is_refused(workspace, mod, place, wrong):
    modifiers = [
        mod.normsys("a", 0.9, 1.1),
        mod.normsys("b", 0.8, 1.2),
        mod.histosys("c", [1.0, 2.0], [3.0, 4.0]),
        mod.histosys("d", [1.0, 2.0], [3.0, 4.0]),
    ]
    content = workspace({"SR": {"s": ([2.0, 3.0], modifiers)}}, poi="", SR=[2, 3])
    assert Model(content)
    inner = content
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = wrong
    with (
        pytest.warns(DeprecationWarning, match="RefResolver"),
        pytest.raises(pyhf.exceptions.InvalidSpecification),
    ):
        pyhf.schema.validate(content, "workspace.json", version="1.0.0")
    with pytest.raises(ModelError, match="not a pyhf workspace"):
        Model(content)


def test_a_channel_of_zeros_changes_nothing(workspace, mod):
    samples = {"s": ([5.0, 3.0], [mod.normfactor()]), "b": ([50.0, 40.0], [])}
    alone = Model(workspace({"SR": samples}, SR=[53, 44]))
    empty = {"s": ([0.0], [mod.normfactor()]), "b": ([0.0], [mod.normfactor("k")])}
    both = Model(workspace({"SR": samples, "ZR": empty}, SR=[53, 44], ZR=[0]))
    assert both.fit()["mu"].error == pytest.approx(alone.fit()["mu"].error, rel=1e-9)
    assert both.limit().observed == pytest.approx(alone.limit().observed, rel=1e-9)
    full = Model(workspace({"SR": samples, "ZR": empty}, SR=[53, 44], ZR=[2]))
    with pytest.raises(FitError, match=r"bin 0 of channel 'ZR' .expected 0, observed 2"):
        full.fit()

"""Signals that come as JSON patches: lists, files, sets, as published likelihoods have them."""

import json
from copy import deepcopy

import jsonpatch
import pyhf
import pytest

from hepline.errors import FileUnreadable, ModelError
from hepline.stats import Model
from hepline.stats.patches import patched

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def signal(mass, data):
    modifiers = [{"name": "mu_SIG", "type": "normfactor", "data": None}]
    sample = {"name": f"signal_{mass}", "data": data, "modifiers": modifiers}
    return [{"op": "add", "path": "/channels/0/samples/0", "value": sample}]


@pytest.fixture
def background(workspace, mod):
    """A workspace that waits for its signal; 'MUON_MS' looks like the missing name."""
    samples = {"b": ([50.0, 40.0], [mod.normsys("MUON_MS", 0.9, 1.1)])}
    return workspace({"SR": samples}, poi="mu_SIG", SR=[53, 49])


@pytest.fixture
def patchset(background):
    entries = [
        {"metadata": {"name": name, "values": [mass]}, "patch": signal(mass, data)}
        for name, mass, data in (("m_100", 100, [5.0, 5.0]), ("m_200", 200, [1.0, 6.0]))
    ]
    return {
        "metadata": {
            "name": "search",
            "description": "two masses",
            "digests": {"sha256": pyhf.utils.digest(background)},
            "labels": ["mass"],
            "references": {"hepdata": "ins1234567"},
        },
        "patches": entries,
        "version": "1.0.0",
    }


@pytest.fixture
def files(tmp_path, background, patchset):
    for name, content in (
        ("bkg.json", background),
        ("set.json", patchset),
        ("one.json", patchset["patches"][1]),
        ("list.json", signal(200, [1.0, 6.0])),
    ):
        (tmp_path / name).write_text(json.dumps(content))
    return tmp_path


@pytest.mark.parametrize(
    "form",
    ["operations", "list of patches", "entry", "file", "file of an entry", "file:name", "set"],
)
def test_a_patch_is_taken_in_every_form(background, patchset, files, form):
    single = {**patchset, "patches": patchset["patches"][1:]}
    patches = {
        "operations": signal(200, [1.0, 6.0]),
        "list of patches": [signal(200, [1.0, 6.0])],
        "entry": patchset["patches"][1],
        "file": files / "list.json",
        "file of an entry": str(files / "one.json"),
        "file:name": f"{files / 'set.json'}:m_200",
        "set": single,
    }[form]
    before = deepcopy(background)
    wanted = jsonpatch.apply_patch(background, signal(200, [1.0, 6.0]))
    assert patched(background, patches) == wanted
    assert background == before
    assert Model(background, patches=patches).limit().observed == pytest.approx(
        Model(wanted).limit().observed, rel=1e-12
    )


def test_pyhf_applies_the_same_patch_of_the_set(background, patchset, files):
    theirs = pyhf.PatchSet(patchset).apply(pyhf.Workspace(background), "m_200")
    assert patched(background, f"{files / 'set.json'}:m_200") == dict(theirs)


@pytest.mark.parametrize(
    ("patches", "error", "message"),
    [
        ("{0}/set.json", ModelError, "set of 2 patches, and none of them was named"),
        ("{0}/set.json:m_300", ModelError, "no patch 'm_300'"),
        ("{0}/none.json", FileUnreadable, "cannot read the patch"),
        ("{0}/bkg.json", ModelError, "is none"),
        ([{"op": "add", "path": "/nowhere/0/x", "value": 1}], ModelError, "does not apply"),
    ],
)
def test_patches_that_cannot_be_applied_are_refused(background, files, patches, error, message):
    given = patches.format(files) if isinstance(patches, str) else patches
    with pytest.raises(error, match=message) as caught:
        Model(background, patches=given)
    assert len(str(caught.value)) < 1000


def test_a_set_for_another_workspace_is_refused(background, files):
    background["observations"][0]["data"][0] += 1
    with pytest.raises(ModelError, match="belongs to another workspace"):
        Model(background, patches=f"{files / 'set.json'}:m_200")


def test_a_background_says_that_it_waits_for_its_signal(background):
    with pytest.raises(ModelError, match="'mu_SIG'") as caught:
        Model(background)
    assert "waits for the patch" in caught.value.why
    assert "patches='FILE:NAME'" in caught.value.fix
    assert "MUON_MS" not in str(caught.value)


def test_a_background_is_fitted_alone_if_asked_for(background):
    fit = Model(background, poi="").fit()
    assert fit.poi == ""
    assert [each.name for each in fit.parameters] == ["MUON_MS"]


@pytest.mark.parametrize("name", ["list.json", "one.json", "set.json"])
def test_a_patch_in_place_of_a_workspace_is_recognized(files, name):
    with pytest.raises(ModelError, match="JSON patch, not a workspace") as caught:
        Model(files / name)
    assert len(str(caught.value)) < 600


def test_the_error_of_a_broken_workspace_is_short(background):
    background["channels"][0]["samples"] *= 400
    background["channels"][0]["samples"][0] = {"name": 3}
    with pytest.raises(ModelError, match="not a pyhf workspace") as caught:
        Model(background)
    assert len(str(caught.value)) < 800


@pytest.mark.parametrize("kind", ["shapefactor", "staterror", "shapesys"])
@pytest.mark.parametrize("bins", [1, 2])
def test_a_vector_is_no_parameter_of_interest(workspace, mod, kind, bins):
    data = None if kind == "shapefactor" else [1.0] * bins
    samples = {
        "s": ([5.0] * bins, [mod.of_bins(kind, "mu", data)]),
        "b": ([50.0] * bins, [mod.normsys("b", 0.9, 1.1)]),
    }
    content = workspace({"SR": samples}, SR=[53] * bins)
    with pytest.raises(ModelError, match=f"'mu' is a vector: a {kind}"):
        Model(content)
    element = Model(content, poi="mu[0]")
    assert element.significance().observed >= 0


def test_a_name_of_two_kinds_is_refused(workspace, mod):
    modifiers = [mod.normfactor("mu"), mod.of_bins("staterror", "mu", [1.0])]
    with pytest.raises(ModelError, match="name of a normfactor and of a staterror"):
        Model(workspace({"SR": {"s": ([5.0], modifiers)}}, SR=[53]))


def test_another_parameter_of_interest_can_be_chosen(workspace, mod):
    samples = {"s": ([5.0, 1.0], [mod.normfactor()]), "b": ([50.0, 40.0], [mod.normfactor("k")])}
    content = workspace({"SR": samples}, SR=[53, 49])
    assert Model(content, poi="k").fit().poi == "k"

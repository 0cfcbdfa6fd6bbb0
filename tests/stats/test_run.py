import json

from hepline.stats import fit_workspace


def test_a_file_becomes_a_fit_and_its_file(workspace, mod, tmp_path):
    path = tmp_path / "workspace.json"
    path.write_text(json.dumps(workspace({"SR": {"s": ([10.0], [mod.normfactor()])}}, SR=[12])))
    result = fit_workspace(path, tmp_path / "out")
    written = json.loads((tmp_path / "out" / "fit.json").read_text())
    assert written["poi"]["value"] == result["mu"].value
    assert fit_workspace(path).twice_nll == result.twice_nll

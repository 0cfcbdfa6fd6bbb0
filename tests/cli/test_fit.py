import json

import pytest
import typer
from typer.testing import CliRunner

from hepline.cli.fit import fit


@pytest.fixture
def command():
    app = typer.Typer()
    app.command()(fit)
    return lambda *arguments: CliRunner().invoke(app, [str(each) for each in arguments])


def test_parameters_are_printed_and_written(command, tmp_path):
    content = {
        "channels": [
            {
                "name": "SR",
                "samples": [
                    {
                        "name": "s",
                        "data": [10.0, 20.0],
                        "modifiers": [
                            {"name": "mu", "type": "normfactor", "data": None},
                            {"name": "st", "type": "staterror", "data": [1.0, 0.0]},
                        ],
                    }
                ],
            }
        ],
        "observations": [{"name": "SR", "data": [10.0, 22.0]}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }
    path = tmp_path / "workspace.json"
    path.write_text(json.dumps(content))
    result = command(path, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    written = json.loads((tmp_path / "out" / "fit.json").read_text())
    assert f"mu = {written['poi']['value']:.4f} ±" in result.output
    assert "st[0]" in result.output
    assert "fixed" in result.output
    assert "goodness of fit" in result.output

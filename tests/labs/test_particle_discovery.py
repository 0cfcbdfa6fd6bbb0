"""The Particle Discovery Lab runs as printed, and finds what is there."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "labs/particle_discovery/lab.md"


def script(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def masked(text):
    """Without numbers, which follow the version of the generator, and without spacing."""
    return " ".join(re.sub(r"[-+−]?\d[\d.]*(e[-+]\d+)?", "#", text).split())


@pytest.fixture(scope="module")
def outputs():
    """What each block prints, with the real file if it is there."""
    for package in ("pythia8mc", "fastjet"):
        pytest.importorskip(package, reason=f"{package} is not installed")
    execute = script(ROOT / "docs/execute.py")
    real = ROOT.parent / "shared/data/agc/open-data-example.root"
    text = PAGE.read_text("utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DIMUON_FILE", raising=False)
        if real.is_file():
            patch.setenv("DIMUON_FILE", str(real.resolve()))
        found = execute.executed(text, name="lab.md")
    before, after = ([b["output"] for b in execute.BLOCK.finditer(t)] for t in (text, found))
    return list(zip(before, after, strict=True))


def numbers(text):
    return [float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)]


@pytest.mark.slow
def test_the_page_prints_what_the_code_prints(outputs):
    for before, after in outputs:
        # The last block prints nothing where the real file is not there.
        if after:
            assert masked(after) == masked(before)
    assert all(after for _, after in outputs[:-1])


@pytest.mark.slow
def test_what_is_there_is_found(outputs):
    search = next(after for _, after in outputs if re.search(r"σ  J/psi", after))
    names = [line.split()[-1] for line in search.splitlines()]
    assert {"J/psi(1S)", "Upsilon(1S)", "Z0"} <= set(names)
    masses = [numbers(line)[0] for line in search.splitlines()]
    found = dict(zip(names, masses, strict=True))
    # PDG, and what was put into the generator.
    assert found["J/psi(1S)"] == pytest.approx(3.0969, abs=0.01)
    assert found["Z0"] == pytest.approx(91.19, abs=1.0)


@pytest.mark.slow
def test_weights_give_the_distribution_of_the_true_ones(outputs):
    (said,) = (after for _, after in outputs if "sum of the weights" in after)
    every, weighted, true = (numbers(line)[0] for line in said.splitlines()[1:4])
    assert weighted == pytest.approx(true, rel=0.05)
    assert every > 1.3 * true


@pytest.mark.slow
def test_the_real_sample_has_its_resonances(outputs):
    real = outputs[-1][1]
    if not real:
        pytest.skip("real data are not at ../shared/data")
    names = [line.split()[-1] for line in real.splitlines()[2:]]
    assert {"phi(1020)", "J/psi(1S)", "psi(2S)", "Upsilon(1S)", "Z0"} <= set(names)


def test_the_notebook_is_that_of_the_page():
    text = script(ROOT / "labs/notebook.py").written(PAGE.read_text("utf-8"))
    assert PAGE.with_suffix(".ipynb").read_text("utf-8") == text, (
        "refresh with: python labs/notebook.py labs/particle_discovery/lab.md"
    )


def test_the_notebook_has_all_code_in_order():
    cells = json.loads(PAGE.with_suffix(".ipynb").read_text("utf-8"))["cells"]
    code = ["".join(one["source"]) for one in cells if one["cell_type"] == "code"]
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert code == ["%matplotlib inline", *(block.strip() for block in blocks)]
    assert len({one["id"] for one in cells}) == len(cells)

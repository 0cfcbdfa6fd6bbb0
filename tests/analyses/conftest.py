from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hepline.analysis.definition import Definition
from hepline.analysis.processes import components_of
from hepline.analysis.requests import requests_of
from hepline.data.generate import generate_samples
from hepline.data.open import source
from hepline.data.recipe import generate_recipe
from hepline.engine.filled import Filled
from hepline.engine.plan import plan
from hepline.engine.run import Job, Options, run

ROOT = Path(__file__).parents[2]
CMS_FILE = ROOT / "../shared/data/nanoaod/nanoAOD_2015_CMS_Open_Data_ttbar.root"


def _module(path: Path) -> ModuleType:
    """An analysis, or a module of this folder; tests do not form a package."""
    name = f"tested_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def oracle() -> ModuleType:
    """`ttbar_awkward.py`."""
    return _module(Path(__file__).with_name("ttbar_awkward.py"))


@pytest.fixture(scope="session")
def adl_oracle() -> ModuleType:
    """`adl_awkward.py`."""
    return _module(Path(__file__).with_name("adl_awkward.py"))


@pytest.fixture(scope="session")
def adl() -> ModuleType:
    """`analyses/adl.py`."""
    return _module(ROOT / "analyses/adl.py")


@pytest.fixture(scope="session")
def ttbar() -> Definition:
    """The analysis of `analyses/ttbar.py`."""
    return _module(ROOT / "analyses/ttbar.py").ttbar


@pytest.fixture(scope="session")
def loosened() -> Definition:
    """The analysis of `loosened.py`."""
    return _module(Path(__file__).with_name("loosened.py")).loosened


@pytest.fixture(scope="session")
def cms_file() -> Path:
    """200 events that CMS simulated: W(lν) + jets, whatever the name says."""
    if not CMS_FILE.is_file():
        pytest.skip(f"the CMS file is not at {CMS_FILE}")
    return CMS_FILE.resolve()


@pytest.fixture(scope="session")
def cache_folder() -> Path:
    """Where generated events are kept between runs of the tests: $HEPLINE_GENERATED."""
    pytest.importorskip("pythia8mc", reason="events are generated with hepline[generate]")
    return Path(os.environ.get("HEPLINE_GENERATED", ROOT / "generated/tests"))


@pytest.fixture(scope="session")
def generated_ttbar(cache_folder: Path) -> Path:
    """Generated ttbar events; HEPLINE_TTBAR_EVENTS says how many."""
    events = int(os.environ.get("HEPLINE_TTBAR_EVENTS", "3000"))
    (made,) = generate_samples([("ttbar", events, 1)], folder=cache_folder)
    return Path(made.path)


@pytest.fixture(scope="session")
def fill() -> Callable[..., dict[tuple[str, str], Filled]]:
    """Fill the templates of an analysis from one file, unscaled, by region and variation."""

    def filled(
        analysis: Definition, path: Path, *, sample: str, entries: int | None = None, **options: Any
    ) -> dict[tuple[str, str], Filled]:
        requests = requests_of(analysis, components_of(analysis.samples[sample]), cutflow=False)
        opened = source(path)
        if entries is not None:
            (part,) = opened.parts
            opened = replace(opened, parts=(replace(part, entries=entries),))
        drawn = plan(requests.nodes, opened.schema, sample=sample)
        (done,) = run([Job(sample, opened, drawn)], Options(**options))
        return {
            (
                requests.requests[output.request].region,
                output.variation.key,
            ): done.histograms[output.node]
            for output in drawn.outputs
        }

    return filled


@pytest.fixture(scope="session")
def small_recipe(cache_folder: Path) -> Callable[[str, float], Path]:
    """``small_recipe("htautau", 0.1)``: a tenth of the events of an analysis; their list."""

    def make(name: str, share: float) -> Path:
        def smaller(content: Any) -> Any:
            if not isinstance(content, dict):
                return content
            return {
                key: max(1, round(value * share))
                if key in ("events", "luminosity")
                else smaller(value)
                for key, value in content.items()
            }

        folder = cache_folder / f"{name}_{share:g}"
        folder.mkdir(parents=True, exist_ok=True)
        for certified in (ROOT / "analyses").glob("*_certified*.json"):
            (folder / certified.name).write_text(certified.read_text())
        recipe = folder / "recipe.json"
        content = json.loads((ROOT / f"analyses/{name}_samples.json").read_text())
        recipe.write_text(json.dumps(smaller(content)))
        generate_recipe(recipe, folder)
        return folder / "samples.json"

    return make


@pytest.fixture(scope="session")
def analysis_of() -> Callable[[str], Definition]:
    """``analysis_of("htautau")``: the analysis of a file in `analyses`."""
    return lambda name: _module(ROOT / f"analyses/{name}.py").a


@pytest.fixture(scope="session")
def by_hand() -> Callable[[str], ModuleType]:
    """``by_hand("htautau")``: its independent computation in this folder."""
    return lambda name: _module(Path(__file__).with_name(f"{name}_awkward.py"))


@pytest.fixture(scope="session")
def module_of() -> Callable[[str], ModuleType]:
    """``module_of("analyses/ttbar_ml.py")``: a file of the repository as a module."""
    return lambda path: _module(ROOT / path)

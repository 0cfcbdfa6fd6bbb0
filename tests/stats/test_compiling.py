"""Interpreted and compiled, kernels give the same numbers."""

import sys
from dataclasses import asdict, replace

import numpy as np
import pytest

from hepline.stats import Model, cholesky, compiling, evaluation, expectation, search, sides
from hepline.stats.compiling import Kernel, kernel

KERNELS = [
    (module, name)
    for module in (cholesky, evaluation, expectation, search, sides)
    for name, value in sorted(vars(module).items())
    if isinstance(value, Kernel)
]


@pytest.fixture
def compiled(monkeypatch):
    """Hold every kernel to one way."""

    def choose(seconds: float) -> None:
        monkeypatch.setattr(compiling, "_MOST_SECONDS", seconds)
        monkeypatch.setattr(compiling, "_MOST_SECONDS_IF_KEPT", seconds)
        for module, name in KERNELS:
            own = getattr(module, name)
            if seconds > 0:
                monkeypatch.setattr(own, "compiled", None)

    return choose


def answers(content, options):
    model = Model(content, **options)
    found = replace(model.fit(), seconds=0.0)
    theta = np.array([each.value for each in found.parameters])
    at = expectation.slopes(model.tables, theta)
    cells = expectation.expected_by_cell(model.tables, theta)
    gradient, hessian = model.likelihood().derivatives(theta + 0.01)
    slope = model.likelihood().gradient(theta + 0.01)
    arrays = (found.covariance, at.rows, at.bins, cells, gradient, hessian, slope)
    return repr(asdict(found)), [each.tobytes() for each in arrays]


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [{}, {"clip_sample_data": 0.0}, {"normsys_code": "code1", "histosys_code": "code2"}],
)
@pytest.mark.parametrize("seed", range(3))
def test_python_and_numba_agree_to_the_last_bit(random_workspace, compiled, seed, options):
    content = random_workspace(seed)
    compiled(np.inf)
    interpreted = answers(content, options)
    compiled(-1.0)
    assert answers(content, options) == interpreted


def doubled(numbers):
    for i in range(len(numbers)):
        numbers[i] *= 2
    return numbers


def test_a_kernel_is_compiled_for_large_arrays_and_after_much_work(monkeypatch):
    work = kernel(doubled)
    monkeypatch.setattr(work, "compile", lambda: lambda _: "compiled")
    assert work(np.ones(3)).tolist() == [2.0, 2.0, 2.0]
    monkeypatch.setattr(work, "seconds", 100.0)
    assert work(np.ones(3)) == "compiled"
    large = kernel(doubled)
    monkeypatch.setattr(large, "compile", lambda: lambda _: "compiled")
    assert large(np.ones(10**6)) == "compiled"


def test_a_kernel_that_an_earlier_run_has_left_is_taken_sooner(monkeypatch, tmp_path):
    source = tmp_path / "doubling.py"
    source.write_text("def doubled(numbers):\n    return 2 * numbers\n")
    found = {}
    exec(compile(source.read_text(), str(source), "exec"), found)  # noqa: S102
    for kept in (False, True):
        work = kernel(found["doubled"])
        monkeypatch.setattr(work, "compile", lambda: lambda _: "compiled")
        monkeypatch.setattr(work, "seconds", 0.9)
        assert isinstance(work(np.ones(3)), str) is kept
        # As numba calls it.
        name = f"doubling.{work._kept_name}-1.py{sys.version_info[0]}{sys.version_info[1]}.nbi"
        (tmp_path / "__pycache__").mkdir(exist_ok=True)
        (tmp_path / "__pycache__" / name).touch()


def test_numba_keeps_a_kernel_where_it_is_looked_for():
    theta = np.array([1.0, 2.0])
    own = cholesky.scaled_inverse
    fresh = Kernel(own.function)
    fresh.compile()(np.diag(theta), np.ones(2, dtype=np.bool_))
    assert fresh._is_kept


def test_a_division_by_zero_is_infinite_in_either_way():
    assert kernel(lambda numbers: numbers[0] / numbers[1])(np.array([1.0, 0.0])) == np.inf

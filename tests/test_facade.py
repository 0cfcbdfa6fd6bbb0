"""The public face: what users import."""

import subprocess
import sys

import pytest

import hepline as hl
from hepline import units


def test_all_is_sorted_and_every_name_exists():
    assert list(hl.__all__) == sorted(hl.__all__)
    assert all(hasattr(hl, name) for name in hl.__all__)


def test_everything_public_is_listed():
    values = {name: getattr(hl, name) for name in dir(hl) if not name.startswith("_")}
    public = {name for name, value in values.items() if type(value).__name__ != "module"}
    assert public | {"units"} == set(hl.__all__)


def test_importing_hepline_loads_no_heavy_library():
    # matplotlib, or pyhf, would double the time until a worker or an analysis begins.
    heavy = ("matplotlib", "typer", "pyhf", "iminuit", "pythia8mc")
    code = f"import hepline, sys; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("num", "hl.count(x)"),
        ("sqrt", "np.sqrt(x)"),
        ("histo", "'hist'"),
        ("pad_none", "mu.pad(4)"),
    ],
)
def test_names_of_other_libraries_say_what_to_write(name, word):
    with pytest.raises(AttributeError) as caught:
        getattr(hl, name)
    assert word in str(caught.value)


def test_units_are_ratios_between_each_other():
    assert 3378 / units.pb == 3378
    assert 1 / units.fb == 1000 / units.pb
    assert units.TeV / units.MeV == 1e6
    assert units.nb == 1000 * units.pb
    assert units.cm / units.um == 1e4

"""Garbage is looked for less often in processes of our own, and in no other."""

import gc
import subprocess
import sys

from hepline import garbage
from hepline.processes import worker_processes


def test_importing_hepline_changes_nothing():
    code = "import gc; before = gc.get_threshold(); import hepline.processes, hepline.cli; "
    code += "print(gc.get_threshold() == before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


def test_workers_look_less_often():
    with worker_processes(1) as pool:
        assert pool.submit(gc.get_threshold).result()[0] == garbage._OBJECTS

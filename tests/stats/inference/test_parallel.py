import os
import signal
import subprocess
import sys

import pytest

from hepline.errors import FitError
from hepline.stats.inference.parallel import Crew

# Scripts, since a worker cannot import the tests.
DYING = """
import os
from hepline.errors import FitError
from hepline.stats.inference.parallel import Crew

def die(numbers):
    os._exit(3)

if __name__ == "__main__":
    try:
        with Crew(2) as crew:
            crew.spread(die, range(4))
    except FitError as error:
        print(error.what)
"""

SLOW = r"""
import os, signal, time
from hepline.stats.inference.parallel import Crew

def slowly(numbers):
    os.write(1, f"{os.getpid()}\n".encode())  # at once: two processes share the pipe
    time.sleep(1)

if __name__ == "__main__":
    # A shell that runs this in the background has it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with Crew(2) as crew:
        crew.spread(slowly, range(100))
"""


def square(numbers):
    return [number**2 for number in numbers]


@pytest.mark.parametrize("count", [1, 7, 200])
def test_chunks_follow_each_other(count):
    with Crew() as crew:
        chunks = crew.spread(square, range(count))
    assert [each for chunk in chunks for each in chunk] == [n**2 for n in range(count)]


def test_pieces_may_be_anything():
    with Crew() as crew:
        assert crew.spread("".join, ["a", "b", "c"]) == ["a", "b", "c"]


def test_no_workers_cannot_work():
    with pytest.raises(FitError, match="0 processes"):
        Crew(0)


@pytest.mark.slow
def test_a_process_that_died_is_an_error(tmp_path):
    script = tmp_path / "dying.py"
    script.write_text(DYING)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert done.stdout == "a worker process died.\n"


@pytest.mark.slow
def test_an_interrupt_ends_all_processes(tmp_path):
    script = tmp_path / "slow.py"
    script.write_text(SLOW)
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        text=True,
    ) as group:
        worker = int(group.stdout.readline())
        os.killpg(group.pid, signal.SIGINT)
        assert group.wait(timeout=60) != 0
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)

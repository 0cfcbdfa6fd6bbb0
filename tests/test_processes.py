import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hepline.errors import GeneratorError
from hepline.processes import interrupts_held, worker_processes

pytestmark = pytest.mark.slow


def test_workers_start_as_told_and_work_in_other_processes():
    with worker_processes(2, os.putenv, "HEPLINE_TOLD", "yes") as pool:
        with interrupts_held():
            numbers = [pool.submit(os.getpid) for _ in range(4)]
        assert os.getpid() not in {one.result() for one in numbers}
    with pytest.raises(RuntimeError):
        pool.submit(os.getpid)


def test_workers_do_not_hear_of_an_interrupt():
    with worker_processes(1) as pool, interrupts_held():
        blocked = pool.submit(signal.pthread_sigmask, signal.SIG_BLOCK, ()).result()
    assert signal.SIGINT in blocked
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_a_death_is_an_error_of_the_room_that_lost_its_worker():
    with pytest.raises(GeneratorError, match="a worker process died") as caught:  # noqa: SIM117
        with worker_processes(1, error=GeneratorError) as pool:
            pool.submit(os._exit, 3).result()
    assert "__main__" in caught.value.fix
    assert (caught.value.asked_at or "").startswith("test_processes.py:")


def test_workers_end_with_the_process_that_started_them(tmp_path):
    script = tmp_path / "start.py"
    script.write_text(
        "import os\n"
        "from hepline.processes import worker_processes\n"
        "if __name__ == '__main__':\n"
        "    with worker_processes(1) as pool:\n"
        "        print(pool.submit(os.getpid).result(), flush=True)\n"
        "        os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGKILL
    # The pipe is closed only when the worker, who has inherited it, is gone too; what is left of it
    # may wait for someone to ask how it ended.
    left = Path(f"/proc/{int(done.stdout)}/stat")
    assert not left.exists() or ") Z " in left.read_text()

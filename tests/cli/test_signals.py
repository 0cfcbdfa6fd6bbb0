"""Ctrl-C and SIGTERM stop a command also where Python can raise nothing."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from hepline.cli.signals import stopped_by_signals

_STOPPED_IN_A_FINALIZER = """
import signal, sys, time, weakref
from hepline.cli.signals import stopped_by_signals

class Thing:
    pass

def callback(reference):
    signal.raise_signal({number})
    print("not reached", flush=True)

# In a shell that runs this in the background, Ctrl-C would be ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
with stopped_by_signals():
    try:
        thing = Thing()
        reference = weakref.ref(thing, callback)
        del thing
        time.sleep(30)
    except KeyboardInterrupt as error:
        print(type(error).__name__)
"""


@pytest.mark.parametrize(
    ("number", "name"), [("SIGINT", "KeyboardInterrupt"), ("SIGTERM", "Terminated")]
)
def test_a_signal_in_a_finalizer_is_not_lost(number, name):
    code = _STOPPED_IN_A_FINALIZER.format(number=f"signal.{number}")
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=25, check=True
    )
    assert done.stdout.split() == [name]
    assert done.stderr == ""


def test_other_errors_of_finalizers_are_reported():
    code = """
from hepline.cli.signals import stopped_by_signals
class Faulty:
    def __del__(self):
        raise ValueError("of a finalizer")
with stopped_by_signals():
    Faulty()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "ValueError: of a finalizer" in done.stderr


def test_what_stops_a_command_is_put_back():
    terminate, report = signal.getsignal(signal.SIGTERM), sys.unraisablehook
    with stopped_by_signals():
        assert signal.getsignal(signal.SIGTERM) is not terminate
    assert signal.getsignal(signal.SIGTERM) is terminate
    assert sys.unraisablehook is report

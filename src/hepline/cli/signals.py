"""How a command is stopped: Ctrl-C and SIGTERM raise an exception, wherever they arrive."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Terminated", "stopped_by_signals"]

_AGAIN_AFTER = 0.01
"""Seconds after which a lost signal is sent once more; finalizers last microseconds."""


class Terminated(KeyboardInterrupt):
    """The system's polite request to stop, treated like Ctrl-C."""


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Let SIGTERM clean up as Ctrl-C does, and let neither of them be lost.

    Python raises an interrupt wherever the main thread happens to be. In a finalizer or in the
    callback of a weak reference no exception can leave, so Python prints a traceback and goes on:
    the signal is sent again a moment later, until it arrives where it can stop the command.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    def send_again(unraisable: sys.UnraisableHookArgs) -> None:
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            report(unraisable)
            return
        terminated = issubclass(unraisable.exc_type, Terminated)
        number = signal.SIGTERM if terminated else signal.SIGINT
        # Sent from a thread: a signal from here would be raised in this hook, and lost as well.
        again = threading.Timer(_AGAIN_AFTER, signal.pthread_kill, (main, number))
        again.daemon = True
        again.start()

    main = threading.get_ident()
    before, report = signal.signal(signal.SIGTERM, stop), sys.unraisablehook
    sys.unraisablehook = send_again
    try:
        yield
    finally:
        sys.unraisablehook = report
        signal.signal(signal.SIGTERM, before)

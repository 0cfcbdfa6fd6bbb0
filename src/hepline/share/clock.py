"""When something was started."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

__all__ = ["Clock"]


@dataclass(frozen=True)
class Clock:
    """When a survey was started.

    Attributes
    ----------
    started : str
        Coordinated universal time, ISO 8601.
    began : float
        Of the clock that measures how long it takes.
    """

    started: str = field(default_factory=lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    began: float = field(default_factory=time.perf_counter)

"""Answer queries over a pipe, so that systems in processes of their own can take turns.

A line ``Q5`` on the input becomes a line ``{"seconds": …, "contents": […]}`` on the output. The
clock covers everything from opening the file to the filled histogram.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable


def serve(answer: Callable[[str], list[float]]) -> None:
    """Answer until the input ends; `answer` gives bin contents with underflow and overflow."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints must not end up among the replies
    for line in sys.stdin:
        gc.collect()
        began = time.perf_counter()
        contents = answer(line.strip())
        seconds = time.perf_counter() - began
        print(json.dumps({"seconds": seconds, "contents": contents}), file=replies, flush=True)

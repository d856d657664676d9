"""Traces are LangSmith's own: LANGSMITH_TRACING, _ENDPOINT and _API_KEY are read by its client.

The client queues what it has to send, drops what does not fit and sends from threads of its own,
so a collector that is away or hangs costs a run nothing. It costs the process its end, though:
those threads are waited for when an interpreter exits.
"""

import os
import sys
import threading
from typing import NoReturn

#: What a stopping process waits for its last traces to be taken.
LAST_TRACES_S = 2.0


def leave(status: int) -> NoReturn:
    """End the process with this status, after a short wait for traces that are still queued."""
    if "langsmith" in sys.modules:  # not yet in a process that was refused its start
        _last_traces()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _last_traces() -> None:
    from langchain_core.tracers.langchain import wait_for_all_tracers
    from langsmith.utils import tracing_is_enabled

    if tracing_is_enabled():
        sending = threading.Thread(target=wait_for_all_tracers, daemon=True)
        sending.start()
        sending.join(LAST_TRACES_S)

"""A child that hears signals, wherever the tests were started.

A job in the background inherits SIGINT as ignored, and so do its children: a test that interrupts
one would wait for ever. Give `hear_signals` as the `preexec_fn` of each child that gets a signal.
"""

import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def hear_signals() -> None:
    """Give this process the system's handlers, before it becomes another program."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)

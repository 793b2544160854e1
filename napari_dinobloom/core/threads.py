"""Threads that compute while somebody works in the window."""

import os
import sys
import threading

_BEHIND = 5
"""A step of priority is worth a quarter more time: a third of that of the window."""


def give_way() -> None:
    """Let the threads of the window go first where this one competes with them.

    Where nothing else wants the processor, it takes nothing away. Priorities of single
    threads are known on Linux only; elsewhere nothing is done.
    """
    if sys.platform != "linux":
        return
    thread = threading.get_native_id()
    now = os.getpriority(os.PRIO_PROCESS, thread)
    os.setpriority(os.PRIO_PROCESS, thread, min(now + _BEHIND, 19))

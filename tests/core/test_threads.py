"""Threads that give way to those of the window."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from napari_dinobloom.core.threads import give_way


def priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="threads have none of their own")
def test_a_thread_that_gives_way_leaves_the_others_as_they_are():
    before = priority()
    with ThreadPoolExecutor(1, initializer=give_way) as pool:
        behind = pool.submit(priority).result()
    assert behind == min(before + 5, 19)
    assert priority() == before

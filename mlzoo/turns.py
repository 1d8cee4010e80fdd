"""Runs of one process, one at a time: they share the accelerator, what is prepared, and numpy's random numbers."""

import os
import threading

lock = threading.RLock()  # a run within a run, of the same thread, does not wait


def _free_in_copy() -> None:
    """In a copy of this process, by `os.fork`, no other thread is there to end its run."""
    global lock
    lock = threading.RLock()


os.register_at_fork(after_in_child=_free_in_copy)

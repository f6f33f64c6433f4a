"""Threads that run the tiles of a kernel.

A kernel is phases of independent tiles on a workspace of the caller, so its
tiles are handed to threads of this package; no OpenMP enters the process. The
result has the same bits with any number of threads. Threads are started when
first needed, and again after a fork.

Covered by test/python/test_threads.py.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Callable, Optional

_chosen: Optional[int] = None
_pool: Optional[ThreadPoolExecutor] = None
_pool_size = 0
_lock = threading.Lock()


def get_num_threads() -> int:
    """How many threads a call uses that does not say so itself: the number set,
    else ATTN_NUM_THREADS, else 1."""
    return _chosen if _chosen is not None else int(os.environ.get("ATTN_NUM_THREADS", 1))


def set_num_threads(count: int) -> None:
    """Sets what `get_num_threads` returns."""
    global _chosen
    if count < 1:
        raise ValueError(f"expected a positive number of threads but found {count}")
    _chosen = count


def _forget() -> None:
    """A forked child has none of the threads, and maybe a lock that is taken."""
    global _pool, _pool_size, _lock
    _pool, _pool_size, _lock = None, 0, threading.Lock()


os.register_at_fork(after_in_child=_forget)


def _get_pool(workers: int) -> ThreadPoolExecutor:
    global _pool, _pool_size
    with _lock:
        if _pool_size < workers:
            _pool = ThreadPoolExecutor(workers, thread_name_prefix="attn")
            _pool_size = workers
        return _pool


def run_tiles(
    tiles: int,
    workers: int,
    tile: Callable[[int, int], int],
    around: Callable = contextlib.nullcontext,
) -> int:
    """Calls tile(worker, i) for each i < tiles, in `workers` threads of which the
    caller is one, each within around(). Returns the first status other than 0, else
    0. Whatever interrupts the caller (Ctrl-C), no tile runs when this has returned:
    tiles use memory of the caller."""
    workers = min(workers, tiles)
    numbers = itertools.count()
    stopped = False

    def work(worker: int) -> int:
        with around():
            while not stopped and (number := next(numbers)) < tiles:
                status = tile(worker, number)
                if status:
                    return status
        return 0

    if workers < 2:
        return work(0)
    others: list = []
    try:
        others += [_get_pool(workers - 1).submit(work, n) for n in range(1, workers)]
        statuses = [work(0), *(other.result() for other in others)]
    finally:
        stopped = True
        for other in others:
            _wait(other)
    return next((status for status in statuses if status), 0)


def _wait(other: Future) -> None:
    """Until it has ended, also if Ctrl-C is pressed once more."""
    interrupt = None
    while not other.done():
        try:
            other.exception()
        except KeyboardInterrupt as error:
            interrupt = error
    if interrupt is not None:
        raise interrupt

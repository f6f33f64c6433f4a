"""The threads that run tiles: every tile once, failures, and what Ctrl-C leaves."""

import os
import signal
import subprocess
import sys
import threading
import time
import unittest

from compiling import CompilingTest, environment

from attn import threads

# Runs a kernel on two threads until a signal arrives, and then says so.
PROGRAM = """
import sys
import numpy as np
import attn
q = np.ones((1, 8, 2048, 64), np.float32)
attn.scaled_dot_product_attention(q, q, q, threads=2)
try:
    print("ready", flush=True)
    while True:
        attn.scaled_dot_product_attention(q, q, q, threads=2)
except KeyboardInterrupt:
    o = attn.scaled_dot_product_attention(q, q, q, threads=2)
    print("interrupted", bool((o == 1).all()), flush=True)
"""


class Tiles(unittest.TestCase):
    def test_every_tile_once(self):
        for workers in (1, 2, 5):
            done = []
            self.assertEqual(threads.run_tiles(37, workers, lambda w, i: done.append(i) or 0), 0)
            self.assertEqual(sorted(done), list(range(37)))
        self.assertEqual(threads.run_tiles(0, 4, lambda w, i: 1), 0)

    def test_a_status_is_returned(self):
        self.assertEqual(threads.run_tiles(20, 3, lambda w, i: 6 if i == 11 else 0), 6)

    def test_no_tile_runs_after_an_interrupt(self):
        started, ended = threading.Event(), []

        def tile(worker, number):
            if worker == 0:
                started.wait()
                raise KeyboardInterrupt
            started.set()
            time.sleep(0.02)
            ended.append(number)
            return 0

        with self.assertRaises(KeyboardInterrupt):
            threads.run_tiles(1000, 3, tile)
        count = len(ended)
        self.assertGreater(count, 0)
        time.sleep(0.1)
        self.assertEqual(len(ended), count)


class Interrupt(CompilingTest):
    def test_a_kernel_is_interrupted_between_tiles(self):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True,
            env={**environment(), "ATTN_CACHE_DIR": self.cache_dir},
        )
        with process:
            self.assertEqual(process.stdout.readline(), "ready\n")
            os.kill(process.pid, signal.SIGINT)
            self.assertEqual(process.stdout.read(), "interrupted True\n")
        self.assertEqual(process.returncode, 0)


if __name__ == "__main__":
    unittest.main()

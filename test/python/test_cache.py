"""The cache of compiled kernels."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from compiling import CompilingTest, environment

import attn
from attn import cache

TEXT = """
func.func @scale(%x: tensor<?xf32>) -> (tensor<?xf32> {attn.name = "y"}) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %init = tensor.empty(%n) : tensor<?xf32>
  %y = linalg.add ins(%x, %x : tensor<?xf32>, tensor<?xf32>) outs(%init : tensor<?xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32> }
"""
# Compiles many texts, forever.
BUSY = f"""
import itertools, attn
for i in itertools.count():
    attn.compile({TEXT!r}.replace("@scale", "@scale%d" % (i % 5)))
    attn.cache.clear()
"""
ONCE = f"""
import attn, numpy as np
y = attn.compile({TEXT!r})(np.ones(3, np.float32))
assert (y == 2).all(), y
"""


class Cache(CompilingTest):
    def setUp(self):
        cache.clear()
        self.before = cache.stats()

    def entry(self) -> Path:
        (path,) = Path(self.cache_dir).glob("*.attn")
        return path

    def check(self, **counts):
        x = np.arange(5, dtype=np.float32)
        np.testing.assert_array_equal(attn.compile(TEXT)(x), 2 * x)
        after = cache.stats()
        for name, count in counts.items():
            self.assertEqual(after[name] - self.before[name], count, name)
        self.before = after

    def test_second_compilation_is_a_hit(self):
        self.check(hits=0, misses=1, written=1)
        self.check(hits=1, misses=0, written=0)

    def test_what_changes_code_changes_the_key(self):
        attn.compile(TEXT)
        attn.compile(TEXT, target="x86-64-v3")
        attn.compile(TEXT, pipeline="reference")
        attn.compile(TEXT, symbol_prefix="x_")
        attn.compile(TEXT + " ")
        self.assertEqual(cache.info()["entries"], 5)

    def test_folder_and_entries_are_private(self):
        self.check(written=1)
        self.assertEqual(os.stat(self.cache_dir).st_mode & 0o777, 0o700)
        self.assertEqual(os.stat(self.entry()).st_mode & 0o777, 0o600)

    def test_damaged_entries_are_compiled_again(self):
        self.check(written=1)
        good = self.entry().read_bytes()
        head, body = good.split(b"\n", 1)
        wrong = json.dumps({**json.loads(head), "sizes": [1, 2, 3]}).encode()
        for bad in (
            b"",
            good[:100],
            good[:-1],
            good[:-9] + b"x" + good[-8:],
            b"{}\n" + body,
            b"[]\n" + body,
            wrong + b"\n" + body,
            b"\xff\xfe" + good,
        ):
            self.entry().write_bytes(bad)
            self.check(damaged=1, hits=0, written=1)
            self.check(hits=1)

    def test_entries_that_others_may_write_are_not_loaded(self):
        self.check(written=1)
        self.entry().chmod(0o666)
        self.check(damaged=1, written=1)
        self.check(hits=1)

    def test_links_are_not_followed(self):
        self.check(written=1)
        path = self.entry()
        moved = path.with_suffix(".other")
        path.rename(moved)
        path.symlink_to(moved)
        self.check(hits=0, misses=1, written=1)
        self.assertFalse(path.is_symlink())
        moved.unlink()

    def test_folder_that_others_may_write_is_not_used(self):
        self.check(written=1)
        cache.clear()
        os.chmod(self.cache_dir, 0o777)
        try:
            self.check(misses=1, written=0)
        finally:
            os.chmod(self.cache_dir, 0o700)

    def test_modes(self):
        try:
            os.environ["ATTN_CACHE"] = "off"
            self.check(hits=0, misses=0, written=0)
            os.environ["ATTN_CACHE"] = "readonly"
            self.check(misses=1, written=0)
            os.environ["ATTN_CACHE"] = "always"
            with self.assertRaisesRegex(ValueError, "on, readonly or off but found 'always'"):
                attn.compile(TEXT)
        finally:
            del os.environ["ATTN_CACHE"]

    def test_folder_that_cannot_be_made_is_done_without(self):
        old = os.environ["ATTN_CACHE_DIR"]
        os.environ["ATTN_CACHE_DIR"] = "/proc/no/such"
        try:
            self.check(misses=1, written=0)
        finally:
            os.environ["ATTN_CACHE_DIR"] = old

    def test_oldest_entries_go_first(self):
        size = 0
        for name in "abc":
            attn.compile(TEXT.replace("@scale", "@" + name))
            size = max(size, cache.info()["bytes"])
        os.environ["ATTN_CACHE_BYTES"] = str(size)
        try:
            entries = sorted(Path(self.cache_dir).glob("*.attn"), key=os.path.getmtime)
            os.utime(entries[0], (0, 0))
            attn.compile(TEXT.replace("@scale", "@d"))
        finally:
            del os.environ["ATTN_CACHE_BYTES"]
        self.assertFalse(entries[0].exists())
        self.assertEqual(cache.info()["entries"], 3)

    def test_processes_share_it(self):
        run = [subprocess.Popen([sys.executable, "-c", ONCE], env=environment()) for _ in range(4)]
        self.assertEqual([process.wait() for process in run], [0] * 4)
        self.check(hits=1)

    def test_killed_writers_leave_nothing_that_is_loaded(self):
        busy = [subprocess.Popen([sys.executable, "-c", BUSY], env=environment()) for _ in range(2)]
        time.sleep(1.5)
        for process in busy:
            process.send_signal(signal.SIGKILL)
            process.wait()
        subprocess.run([sys.executable, "-c", ONCE], check=True, env=environment())
        damaged = cache.stats()["damaged"]
        for path in Path(self.cache_dir).glob("*.attn"):
            self.assertIsNotNone(cache.load(path.stem))
        self.assertEqual(cache.stats()["damaged"], damaged)

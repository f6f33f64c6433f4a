"""Numbers below the normal range, in the thread that asked and no longer than it
asked."""

import platform
import threading
import unittest

import numpy as np

from compiling import CompilingTest

import attn
from attn import subnormals

TINY = np.float32(1e-39)


def is_kept() -> bool:
    """Whether an operation on a number below the normal range keeps it."""
    return bool((np.full(1, TINY) * np.float32(1))[0])


@unittest.skipUnless(
    platform.machine() == "x86_64" and platform.libc_ver()[0] == "glibc", "not x86-64 with glibc"
)
class Subnormals(CompilingTest):
    def test_only_within_and_only_in_this_thread(self):
        self.assertTrue(is_kept())
        others = []
        with subnormals.flushed():
            self.assertFalse(is_kept())
            thread = threading.Thread(target=lambda: others.append(is_kept()))
            with self.assertRaises(KeyError), subnormals.flushed():
                raise KeyError
            self.assertFalse(is_kept())
        thread.start()
        thread.join()
        self.assertEqual((others, is_kept()), ([True], True))

    def test_states_decay_to_zero(self):
        """exp(-22 * 4) is below the normal range, exp(-22 * 3) is not."""
        rng = np.random.default_rng(0)
        shape = (1, 70, 2, 16)
        q, k, v = (rng.standard_normal(shape).astype(np.float32) for _ in range(3))
        v[:, 2:] = 0
        g = np.full(shape[:3], -22.0, np.float32)
        results = [
            attn.fla.chunk_simple_gla(q, k, v, g, output_final_state=True, threads=n)
            for n in (1, 2)
        ]
        self.assertTrue((results[0][0] == results[1][0]).all())
        state = results[0][1]
        self.assertTrue((state == 0).all())
        self.assertTrue(is_kept())

    def test_kernels_of_a_text_decide_nothing(self):
        kernel = attn.compile(
            "func.func @twice(%x: tensor<?xf32>) -> (tensor<?xf32> {attn.name = \"y\"}) {\n"
            "  %y = arith.addf %x, %x : tensor<?xf32>\n  return %y : tensor<?xf32> }\n"
        )
        x = np.full(40, TINY)
        self.assertTrue((kernel(x) != 0).all())
        kernel.flush_subnormals = True
        for threads in (1, 2):
            self.assertTrue((kernel(x, threads=threads) == 0).all())


if __name__ == "__main__":
    unittest.main()

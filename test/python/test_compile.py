"""attn.compile and the kernels it gives."""

import os
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

import numpy as np

from compiling import CompilingTest, environment

import attn
from attn import reference

# A scalar, two outputs, and sizes that must agree.
TEXT = """
func.func @attention(%q: tensor<1x2x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>, %n: index)
    -> (tensor<1x2x?x16xf32> {attn.name = "o"}, tensor<1x2x?xf32> {attn.name = "lse"}) {
  %c2 = arith.constant 2 : index
  %t = tensor.dim %q, %c2 : tensor<1x2x?x16xf32>
  %init = tensor.empty(%t) : tensor<1x2x?x16xf32>
  %lse_init = tensor.empty(%t) : tensor<1x2x?xf32>
  %o, %lse = attn.dense
      ins(%q, %k, %v : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
      outs(%init, %lse_init : tensor<1x2x?x16xf32>, tensor<1x2x?xf32>) mask {
  ^bb0(%b: index, %h: index, %i: index, %j: index):
    %r = arith.cmpi slt, %j, %n : index
    attn.yield %r : i1
  }
  return %o, %lse : tensor<1x2x?x16xf32>, tensor<1x2x?xf32> }
"""
COPY = """
func.func @copy(%x: tensor<?x4xTYPE>) -> (tensor<?x4xTYPE> {attn.name = "y"}) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x4xTYPE>
  %init = tensor.empty(%n) : tensor<?x4xTYPE>
  %y = linalg.copy ins(%x : tensor<?x4xTYPE>) outs(%init : tensor<?x4xTYPE>) -> tensor<?x4xTYPE>
  return %y : tensor<?x4xTYPE> }
"""


class DLPackOnly:
    """An array of a library that is not known."""

    def __init__(self, array, device=(1, 0)):
        self.array, self.device = array, device

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.device


class Compile(CompilingTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kernel = attn.compile(TEXT)
        rng = np.random.default_rng(0)
        cls.q, cls.k, cls.v = (
            rng.standard_normal((1, 2, n, 16)).astype(np.float32) for n in (70, 90, 90)
        )
        cls.expected = reference.attention(
            cls.q, cls.k, cls.v, mask=lambda b, h, i, j: (i >= 0) & (j < 50)
        )

    def check(self, found):
        for array, expected in zip(found, self.expected):
            np.testing.assert_allclose(array, expected, rtol=2e-5, atol=2e-5)

    def test_arrays_give_arrays(self):
        self.check(self.kernel(self.q, self.k, self.v, 50))

    def test_layout_is_free(self):
        q = np.ascontiguousarray(self.q.transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3)
        self.check(self.kernel(q, self.k, self.v, np.int64(50)))

    def test_out_is_written(self):
        out = (np.empty_like(self.q), np.empty((1, 2, 70), np.float32))
        found = self.kernel(self.q, self.k, self.v, 50, out=out)
        self.assertIs(found[0], out[0])
        self.check(out)

    def test_threads_give_the_same_bits(self):
        one = self.kernel(self.q, self.k, self.v, 50)
        for threads in (2, 3, 7):
            many = self.kernel(self.q, self.k, self.v, 50, threads=threads)
            for left, right in zip(one, many):
                np.testing.assert_array_equal(left, right)

    def test_number_of_threads_can_be_set(self):
        before = attn.get_num_threads()
        attn.set_num_threads(2)
        self.assertEqual(attn.get_num_threads(), 2)
        self.check(self.kernel(self.q, self.k, self.v, 50))
        attn.set_num_threads(before)
        with self.assertRaisesRegex(ValueError, "positive number of threads but found 0"):
            attn.set_num_threads(0)

    def test_callers_may_be_many(self):
        found = [None] * 6

        def call(place):
            found[place] = self.kernel(self.q, self.k, self.v, 50, threads=2)

        callers = [threading.Thread(target=call, args=(i,)) for i in range(6)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        for result in found:
            self.check(result)

    def test_forked_child_runs_and_compiles(self):
        self.kernel(self.q, self.k, self.v, 50, threads=2)
        child = os.fork()
        if child == 0:
            try:
                self.check(self.kernel(self.q, self.k, self.v, 50, threads=2))
                attn.compile(TEXT.replace("@attention", f"@child{os.getpid()}"))
                os._exit(0)
            finally:
                os._exit(1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)

    def test_dlpack_is_read_in_place(self):
        self.check(self.kernel(DLPackOnly(self.q), self.k, DLPackOnly(self.v), 50))

    def test_wrong_arguments_are_named(self):
        q, k, v = self.q, self.k, self.v
        for error, pattern, call in [
            (TypeError, "expected 4 inputs of attention but found 2", (q, k)),
            (TypeError, "expected k of type f32 but found f64", (q, k.astype(float), v, 1)),
            (TypeError, "expected v of a float, integer or bool type", (q, k, v.astype("U"), 1)),
            (TypeError, "expected q as an array but found int", (1, k, v, 1)),
            (TypeError, "expected q as a NumPy array or an object with", ("x", k, v, 1)),
            (TypeError, "expected v on the CPU", (q, k, DLPackOnly(v, (2, 0)), 1)),
            (ValueError, r"expected q as \[1, 2, n0, 16\] but found shape", (q[0], k, v, 1)),
            (ValueError, r"expected v of shape \[1, 2, 90, 16\] but found", (q, k, v[:, :, :7], 1)),
            (ValueError, "expected k with innermost stride 1", (q, k.repeat(2, 3)[..., ::2], v, 1)),
        ]:
            with self.subTest(pattern), self.assertRaisesRegex(error, pattern):
                self.kernel(*call)

    def test_wrong_outputs_are_named(self):
        fixed = np.empty_like(self.q)
        fixed.flags.writeable = False
        with self.assertRaisesRegex(ValueError, "expected 2 arrays in out but found 1"):
            self.kernel(self.q, self.k, self.v, 1, out=fixed)
        with self.assertRaisesRegex(ValueError, "expected o in out to be writable"):
            self.kernel(self.q, self.k, self.v, 1, out=(fixed, fixed))

    def test_kernel_tells_what_it_is(self):
        self.assertIn("q: f32 [1, 2, n0, 16]", repr(self.kernel))
        html = self.kernel._repr_html_()
        for cell in ("<td>q: f32 [1, 2, n0, 16]</td>", "<th>schedule</th>", "<th>target</th>"):
            self.assertIn(cell, html)
        self.assertIn("attn.dense", self.kernel.source)
        stages = self.kernel.stages()
        self.assertEqual(list(stages)[:3], ["input", "graph", "schedule"])
        self.assertIn("llvm.func", stages["target"])
        self.assertIn("schedule", {remark.name for remark in self.kernel.remarks()})

    def test_work_counts_admitted_pairs(self):
        work = self.kernel.work(self.q, self.k, (1, 2, 90, 16), 50)
        self.assertEqual(work.flops, 2 * (16 + 16) * 70 * 50 * 2)
        self.assertTrue(work.exact)
        self.assertEqual(work.bytes, 4 * (2 * 70 * 16 * 2 + 2 * 90 * 16 * 2 + 2 * 70))
        self.assertGreater(work.partial + work.full, 0)

    def test_files_are_written(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, begin in [
                ("a.o", b"\x7fELF"),
                ("a.so", b"\x7fELF"),
                ("a.h", b"/*"),
                ("a.json", b"{"),
                ("a.ll", b"; M"),
                ("a.s", b"\t"),
                ("a.mlir", b"module"),
            ]:
                path = Path(folder) / name
                self.kernel.write(path)
                self.assertEqual(path.read_bytes()[: len(begin)], begin, name)
            with self.assertRaisesRegex(ValueError, "expected a path that ends in .so, .o"):
                self.kernel.write(Path(folder) / "a.exe")

    def test_every_type_is_passed(self):
        for dtype, text in [
            (np.float64, "f64"),
            (np.float32, "f32"),
            (np.float16, "f16"),
            (np.uint16, "bf16"),
            (np.int64, "i64"),
            (np.int32, "i32"),
            (np.int8, "i8"),
        ]:
            kernel = attn.compile(COPY.replace("TYPE", text), pipeline="reference")
            x = (np.arange(12) % 5).reshape(3, 4).astype(dtype)
            y = kernel(x)
            self.assertEqual(y.dtype, dtype)
            np.testing.assert_array_equal(x, y, text)

    def test_empty_arrays_are_allowed(self):
        kernel = attn.compile(COPY.replace("TYPE", "f32"))
        self.assertEqual(kernel(np.empty((0, 4), np.float32)).shape, (0, 4))

    def test_errors_have_a_place(self):
        text = TEXT.replace("%t = tensor.dim %q", "%t = tensor.dim %x")
        with self.assertRaises(attn.CompileError) as caught:
            attn.compile(text)
        diagnostic = caught.exception.diagnostics[0]
        self.assertEqual((diagnostic.severity, diagnostic.line), ("error", 5))
        self.assertIn("tensor.dim %x", str(caught.exception))
        self.assertLess(len(str(caught.exception).splitlines()), 15)

    def test_wrong_options_are_named(self):
        with self.assertRaisesRegex(ValueError, "unknown CPU 'vax'"):
            attn.compile(TEXT, target="vax")
        with self.assertRaisesRegex(ValueError, "expected cpu, reference or plain as 'pipeline'"):
            attn.compile(TEXT, pipeline="gpu")
        with self.assertRaisesRegex(ValueError, "expected entry to be one of attention"):
            attn.compile(TEXT, entry="other")
        with self.assertRaisesRegex(TypeError, "expected source as text or a path but found int"):
            attn.compile(3)

    def test_file_is_read_by_its_path(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "layer.mlir"
            path.write_text(TEXT)
            for source in (path, str(path), TEXT.encode()):
                self.assertEqual(attn.compile(source).name, "attention")
            prefixed = attn.compile(path, symbol_prefix="my_")
            self.assertEqual(prefixed.name, "my_attention")
            self.assertTrue(prefixed.work(self.q, self.k, self.v, 50).exact)


class Import(unittest.TestCase):
    def test_import_loads_neither_numpy_nor_torch(self):
        code = "import attn, sys; print([m for m in ('numpy', 'torch', 'ctypes') if m in sys.modules])"
        result = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env=environment(),
        )
        self.assertEqual(result.stdout.strip(), "[]")

    def test_public_names_resolve(self):
        for name in dir(attn):
            self.assertTrue(getattr(attn, name).__doc__, name)
        with self.assertRaisesRegex(AttributeError, "no attribute 'other'"):
            attn.other


if __name__ == "__main__":
    unittest.main()

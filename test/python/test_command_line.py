"""python -m attn."""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

import numpy as np

from compiling import CompilingTest

from attn import __main__ as command_line
from attn import reference

TEXT = (Path(__file__).parents[1] / "CAPI" / "Inputs" / "layer.mlir").read_text()


class CommandLine(CompilingTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "layer.mlir"
        self.path.write_text(TEXT)

    def run_command(self, *arguments, status=0):
        out, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            found = command_line.main([str(a) for a in arguments])
        self.assertEqual(found, status, errors.getvalue())
        return out.getvalue() if status == 0 else errors.getvalue()

    def test_compile_writes_files(self):
        paths = [self.folder / name for name in ("a.o", "a.h", "a.json")]
        self.run_command("compile", self.path, "--target", "x86-64-v3", "-o", paths[0],
                         "--header", paths[1], "--manifest", paths[2])
        self.assertEqual(paths[0].read_bytes()[:4], b"\x7fELF")
        self.assertIn("attention_tile(", paths[1].read_text())
        self.assertEqual(json.loads(paths[2].read_text())["target"]["cpu"], "x86-64-v3")

    def test_run_reads_and_writes_arrays(self):
        rng = np.random.default_rng(0)
        arrays = [rng.standard_normal((1, 2, n, 16)).astype(np.float32) for n in (5, 9, 9)]
        for name, array in zip("qkv", arrays):
            np.save(self.folder / f"{name}.npy", array)
        inputs = [f"--input={self.folder / name}.npy" for name in "qkv"]
        out = self.run_command("run", self.path, *inputs, "--output", self.folder / "o.npy")
        self.assertEqual(out, "o: [1, 2, 5, 16]\n")
        expected = reference.attention(*arrays, causal=True)[0]
        np.testing.assert_allclose(np.load(self.folder / "o.npy"), expected, atol=1e-5)

    def test_run_times_random_inputs(self):
        shapes = ["--shape=q=1x2x64x16", "--shape=k=1x2x70x16"]
        out = self.run_command("run", self.path, *shapes, "--repeat=2", "--threads=2", "--json")
        report = json.loads(out)
        self.assertEqual(report["outputs"], {"o": [1, 2, 64, 16]})
        self.assertGreater(report["gflops"], 0)
        self.assertIn("best of 1:", self.run_command("run", self.path, *shapes, "--repeat=1"))

    def test_explain(self):
        shapes = ["--shape=q=1x2x512x16", "--shape=k=1x2x512x16"]
        out = self.run_command("explain", self.path, *shapes)
        for part in ("input q: f32 [1, 2, n0, 16]", "stages, lines after each: input",
                     "passed schedule: line 6: query_tile", "work: 1.681e+07 FLOP", "tiles: "):
            self.assertIn(part, out)
        report = json.loads(self.run_command("explain", self.path, "--json"))
        self.assertEqual(report["outputs"], ["o: f32 [1, 2, n0, 16]"])
        self.assertNotIn("work", report)

    def test_cache_and_doctor(self):
        self.run_command("compile", self.path)
        self.assertGreater(json.loads(self.run_command("cache", "info", "--json"))["entries"], 0)
        self.assertIn("removed: ", self.run_command("cache", "clear"))
        report = json.loads(self.run_command("doctor", "--json"))
        self.assertIn("x86_64", report["target"])
        self.assertTrue(report["features"])

    def test_faults_have_a_status(self):
        bad = self.folder / "bad.mlir"
        bad.write_text("func.func @f(")
        self.assertIn("bad.mlir:1:", self.run_command("compile", bad, status=1))
        self.assertIn("No such file", self.run_command("compile", self.folder / "no", status=1))
        self.assertIn("unknown CPU", self.run_command("compile", self.path, "--target=vax", status=1))
        self.assertIn("expected a shape that tells n0", self.run_command("run", self.path, status=1))
        fault = self.run_command("run", self.path, "--shape=q=3", status=1)
        self.assertIn("expected NAME=AxBx.. of an input but found 'q=3'", fault)
        with self.assertRaises(SystemExit) as caught, contextlib.redirect_stderr(io.StringIO()):
            command_line.main(["other"])
        self.assertEqual(caught.exception.code, 2)


if __name__ == "__main__":
    unittest.main()

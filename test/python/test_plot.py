"""Pictures of masks and kernels: what they count, and that they are drawn."""

import importlib.util
import io
import sys
import unittest
from unittest import mock

import numpy as np

from compiling import CompilingTest

import attn
from attn import plot

HAS_MATPLOTLIB = importlib.util.find_spec("matplotlib") is not None
DOCUMENT = np.repeat(np.arange(3), 50)
TEXT = """
func.func @rows(%x: tensor<?x?xf32>) -> (tensor<?x?xf32> {attn.name = "y"}) {
  %y = arith.addf %x, %x : tensor<?x?xf32>
  return %y : tensor<?x?xf32> }
"""


def causal(b, h, i, j):
    return i >= j


class Tiles(CompilingTest):
    def test_counts_are_those_of_the_mask(self):
        i, j = np.ogrid[:150, :131]
        masks = {
            "causal": causal,
            "window": lambda b, h, i, j: (i >= j) & (i - j < 20 + 30 * h),
            "document": lambda b, h, i, j: DOCUMENT[i] == DOCUMENT[j],
            "nothing": lambda b, h, i, j: (i < 0) & (j < 0),
        }
        for name, mask in masks.items():
            for tile in ((64, 64), (32, 16), (150, 131), (1, 131)):
                with self.subTest(name, tile=tile):
                    found = plot.tile_map(mask, 150, 131, tile, head=1)
                    dense = np.broadcast_to(mask(0, 1, i, j), (150, 131))
                    for row, column in np.ndindex(found.counts.shape):
                        part = dense[
                            row * tile[0] : (row + 1) * tile[0],
                            column * tile[1] : (column + 1) * tile[1],
                        ]
                        self.assertEqual(found.counts[row, column], part.sum())
                        self.assertEqual(found.sizes[row, column], part.size)
                    self.assertAlmostEqual(sum(found.shares().values()), 1)

    def test_text(self):
        self.assertEqual(str(plot.tile_map(causal, 256, 256)), "-\n#-\n##-\n###-")

    def test_faults(self):
        with self.assertRaisesRegex(ValueError, "expected positive sizes and up to 4096 tiles"):
            plot.tile_map(causal, 10, 5000, (1, 1))
        with mock.patch.dict(sys.modules, {"matplotlib.figure": None}):
            with self.assertRaisesRegex(ImportError, "expected matplotlib to be installed"):
                plot.mask(causal, 8, 8)

    @unittest.skipUnless(HAS_MATPLOTLIB, "matplotlib is not installed")
    def test_mask_is_drawn(self):
        figure = plot.mask(causal, 256, 256, title="by blocks")
        stream = io.StringIO()
        figure.savefig(stream, format="svg")
        self.assertIn("<svg", stream.getvalue())
        labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
        self.assertEqual(labels, ["empty 38%", "partial 25%", "full 38%"])
        self.assertEqual(figure.axes[0].get_title(), "by blocks")

    @unittest.skipUnless(HAS_MATPLOTLIB, "matplotlib is not installed")
    def test_kernels_are_drawn_under_the_roofs(self):
        kernel = attn.compile(TEXT)
        x = np.ones((64, 64), np.float32)
        figure = plot.roofline({"rows": (kernel, (x,))}, flops=1e11, bandwidth=1e10)
        points, roof = figure.axes[0].get_lines()
        self.assertEqual(points.get_label(), "rows")
        work = kernel.work(x)
        self.assertEqual(points.get_xdata()[0], work.flops / work.bytes)
        self.assertEqual(max(roof.get_ydata()), 1e11)
        measured = plot.machine()
        self.assertGreater(min(measured), 1e6)


if __name__ == "__main__":
    unittest.main()

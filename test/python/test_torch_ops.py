"""The custom ops of PyTorch: schemas, fakes, compiled graphs without a break."""

import unittest
import warnings

from compiling import CompilingTest

import attn

try:
    import torch

    from attn import torch_ops
except ImportError:
    torch = None


@unittest.skipIf(torch is None, "PyTorch is not installed")
class Ops(CompilingTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        cls.q, cls.k, cls.v = (torch.randn(1, 2, n, 16) for n in (19, 23, 23))
        cls.slopes = torch.rand(2)
        cls.x = [torch.randn(1, 19, 2, 16) for _ in range(3)]
        cls.g, cls.beta = -torch.rand(1, 19, 2), torch.rand(1, 19, 2)
        slopes = cls.slopes
        cls.flex = torch_ops.FlexAttention(
            lambda s, b, h, i, j: s - slopes[h] * (i - j).abs(), lambda b, h, i, j: i >= j
        )

    def calls(self):
        """Each op with arguments."""
        cu = torch.tensor([0, 7, 19], dtype=torch.int32)
        rows, last = torch.randn(2, 6, 11), torch.randn(2, 11, 6).transpose(1, 2)
        weight, bias = torch.randn(6, 4), torch.randn(6)
        scan = (self.beta, -torch.rand(2), torch.randn(1, 19, 1, 8), torch.randn(1, 19, 1, 8))
        channels = (
            torch.randn(2, 6, 11), torch.rand(2, 6, 11), -torch.rand(6, 4), torch.randn(2, 4, 11),
            torch.randn(2, 4, 11),
        )
        return [
            (torch.ops.attn.causal_conv1d, (rows, weight)),
            (torch.ops.attn.causal_conv1d, (last, weight, bias, torch.randn(2, 6, 3), "silu")),
            (torch.ops.attn.mamba_chunk_scan, (self.x[0], *scan)),
            (torch.ops.attn.mamba_chunk_scan, (self.x[0], *scan, torch.rand(2), self.x[1], torch.rand(2), torch.randn(1, 2, 16, 8), True)),
            (torch.ops.attn.selective_scan, channels),
            (torch.ops.attn.selective_scan, (*channels, torch.rand(6), rows, torch.rand(6), True)),
            (torch.ops.attn.scaled_dot_product_attention, (self.q, self.k, self.v, None, True)),
            (torch.ops.attn.scaled_dot_product_attention, (self.q.bfloat16(), self.k.bfloat16(), self.v.bfloat16())),
            (torch.ops.attn.flash_attn, (*self.x, None, True, -1, -1, 0.0, None)),
            (torch.ops.attn.flash_attn, (*self.x, 0.3, True, 4, -1, 0.0, self.slopes)),
            (torch.ops.attn.flex_attention, (self.q, self.k, self.v, self.flex.captures, self.flex.name, None)),
            (torch.ops.attn.linear_attention, (*self.x, self.g)),
            (torch.ops.attn.delta_rule, (*self.x, self.g, self.beta, None, None, True)),
            (torch.ops.attn.delta_rule, (*self.x, self.g, self.beta, None, None, False, cu)),
        ]

    def test_opcheck(self):
        for operation, arguments in self.calls():
            with self.subTest(operation=operation):
                torch.library.opcheck(operation.default, arguments)

    def test_layers_of_states_have_no_break(self):
        x, scan = self.x[0], (torch.randn(1, 19, 1, 8), torch.randn(1, 19, 1, 8))
        weight, rate, step = torch.randn(32, 4), -torch.rand(2), self.beta

        def layer(x, step, b, c):
            y, tail = torch_ops.causal_conv1d(x.flatten(2).transpose(1, 2), weight, None, None, "silu")
            y, state = torch_ops.mamba_chunk_scan(y.transpose(1, 2).unflatten(2, (2, 16)), step, rate, b, c)
            return y * 2, state, tail + 1

        compiled = torch.compile(layer, fullgraph=True, backend="aot_eager")
        for found, expected in zip(compiled(x, step, *scan), layer(x, step, *scan)):
            torch.testing.assert_close(found, expected)

    def test_compiled_code_has_no_break(self):
        def layer(q, k, v, x, y, z, g, beta):
            a = self.flex(q * 2, k, v)
            b = torch_ops.scaled_dot_product_attention(a, k, v, None, True)
            c, lse = torch_ops.flash_attn_func(x, y, z, causal=True, window_size=(3, 0))
            d, state = torch_ops.delta_rule(c, y, z, g, beta)
            return b + 1, d * 2, lse, state

        arguments = (self.q, self.k, self.v, *self.x, self.g, self.beta)
        compiled = torch.compile(layer, fullgraph=True, backend="aot_eager")
        for found, expected in zip(compiled(*arguments), layer(*arguments)):
            torch.testing.assert_close(found, expected)

    def test_results_are_those_of_the_functions(self):
        expected = attn.flex_attention(
            self.q, self.k, self.v, self.flex.score_mod, self.flex.mask_mod, return_lse=True
        )
        torch.testing.assert_close(self.flex(self.q, self.k, self.v, True), expected)
        o, _ = torch_ops.delta_rule(*self.x, self.g, self.beta)
        expected = attn.fla.chunk_gated_delta_rule(*self.x, self.g, self.beta)[0]
        torch.testing.assert_close(o, expected)

    def test_backward_is_refused(self):
        q = self.q.clone().requires_grad_()
        o = torch_ops.scaled_dot_product_attention(q, self.k, self.v)
        with self.assertRaisesRegex(RuntimeError, "backward through attn.scaled_dot_product_attention"):
            o.sum().backward()


if __name__ == "__main__":
    unittest.main()

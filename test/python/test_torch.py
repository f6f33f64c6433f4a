"""Tensors and mods of PyTorch, against PyTorch itself."""

import unittest
import warnings

from compiling import CompilingTest

import attn

try:
    import torch
    from torch.nn import functional
    from torch.nn.attention import flex_attention as flex
except ImportError:
    torch = None

if torch is not None:
    torch.manual_seed(0)
    SLOPES = torch.rand(4)
    DOCUMENT = torch.sort(torch.randint(0, 4, (90,))).values.to(torch.int32)
    IS_GLOBAL = torch.rand(90) < 0.2


def causal(b, h, i, j):
    return i >= j


def window(b, h, i, j):
    return i - j <= 8


def document(b, h, i, j):
    return DOCUMENT[i] == DOCUMENT[j]


def neighbourhood(b, h, i, j):
    """On a canvas of 10 columns."""
    x, y = (i // 10).clamp(2, 6), (i % 10).clamp(2, 7)
    return ((x - j // 10).abs() <= 2) & ((y - j % 10).abs() <= 2)


def morton(b, h, i, j):
    def column(code):
        code = code & 0x55555555
        code = (code | (code >> 1)) & 0x33333333
        return (code | (code >> 2)) & 0x0F0F0F0F

    return (column(i) - column(j)).abs() < 4


def global_or_near(b, h, i, j):
    return IS_GLOBAL[j] | (torch.abs(i - j) < 3)


def alibi(score, b, h, i, j):
    return score - SLOPES[h] * torch.abs(i - j)


def softcap(score, b, h, i, j):
    return 20 * torch.tanh(score / 20)


def forbid(score, b, h, i, j):
    return torch.where(i >= j, score, -float("inf"))


def activation(score, b, h, i, j):
    return functional.gelu(score) + torch.log1p(score.abs().float()) + torch.exp2(-(h + 1.0))


@unittest.skipIf(torch is None, "PyTorch is not installed")
class Torch(CompilingTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        warnings.simplefilter("ignore")
        cls.q = torch.randn(2, 4, 70, 32)
        cls.k, cls.v = torch.randn(2, 4, 90, 32), torch.randn(2, 4, 90, 32)

    def check(self, found, expected, tolerance=1e-4):
        torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)

    def test_flex_mods(self):
        masks = [
            None, causal, document, neighbourhood, morton, global_or_near, flex.noop_mask,
            flex.and_masks(causal, window), flex.or_masks(document, window),
        ]
        cases = [(None, mask) for mask in masks]
        cases += [(score, causal) for score in (alibi, softcap, forbid, activation)]
        for score, mask in cases:
            with self.subTest(score=score, mask=mask):
                blocks = None
                if mask is not None:
                    blocks = flex.create_block_mask(mask, None, None, 70, 90, device="cpu")
                expected = flex.flex_attention(self.q, self.k, self.v, score, blocks)
                self.check(attn.flex_attention(self.q, self.k, self.v, score, mask), expected)

    def test_block_masks(self):
        blocks = flex.create_block_mask(document, None, None, 70, 90, "cpu", BLOCK_SIZE=16)
        expected = flex.flex_attention(self.q, self.k, self.v, alibi, blocks, return_lse=True)
        found = attn.flex_attention(self.q, self.k, self.v, alibi, blocks, return_lse=True)
        self.check(found, expected)
        counts = torch.tensor([[[2, 1, 1, 1, 2]]], dtype=torch.int32)
        indices = torch.tensor([[[[0, 5], [1, 0], [2, 0], [3, 0], [4, 0]]]], dtype=torch.int32)
        sparse = flex.BlockMask.from_kv_blocks(
            counts, torch.cat([indices, indices, indices], -1), BLOCK_SIZE=16, seq_lengths=(70, 90)
        )
        # Without compilation PyTorch leaves the blocks out of account.
        dense = sparse.to_dense()[0, 0].bool().repeat_interleave(16, 0).repeat_interleave(16, 1)
        expected = functional.scaled_dot_product_attention(
            self.q, self.k, self.v, dense[:70, :90]
        )
        self.check(attn.flex_attention(self.q, self.k, self.v, None, sparse), expected)

    def test_sdpa_in_all_types(self):
        sdpa = functional.scaled_dot_product_attention
        mask = torch.rand(70, 90) < 0.6
        for dtype, tolerance in (
            (torch.float32, 1e-4), (torch.float64, 1e-10), (torch.bfloat16, 4e-2), (torch.float16, 4e-3)
        ):
            q, k, v = (x.to(dtype) for x in (self.q, self.k, self.v))
            for options in ({"is_causal": True}, {"attn_mask": mask}, {"scale": 0.1}):
                found = attn.scaled_dot_product_attention(q, k, v, **options)
                self.assertEqual(found.dtype, dtype)
                self.check(found, sdpa(q, k, v, **options), tolerance)

    def test_samples_of_pytorch(self):
        """The inputs that PyTorch tests its own function with."""
        try:
            from torch.testing._internal.common_methods_invocations import op_db
        except ImportError as error:
            self.skipTest(str(error))
        (sdpa,) = (op for op in op_db if op.name == "nn.functional.scaled_dot_product_attention")
        passed = 0
        for dtype, tolerance in (
            (torch.float32, 1e-4), (torch.float64, 1e-8), (torch.bfloat16, 4e-2), (torch.float16, 5e-3)
        ):
            for sample in sdpa.sample_inputs("cpu", dtype, requires_grad=False):
                call = (sample.input, *sample.args)
                if sample.kwargs.get("dropout_p"):
                    with self.assertRaisesRegex(NotImplementedError, "dropout_p to be 0"):
                        attn.scaled_dot_product_attention(*call, **sample.kwargs)
                    continue
                found = attn.scaled_dot_product_attention(*call, **sample.kwargs)
                self.check(found, sdpa.op(*call, **sample.kwargs), tolerance)
                passed += 1
        self.assertGreater(passed, 40)

    def test_tensors_stay_where_they_are(self):
        out = torch.empty_like(self.q)
        q = self.q.transpose(1, 2).contiguous().transpose(1, 2)
        found = attn.scaled_dot_product_attention(q, self.k, self.v, out=out)
        self.assertIs(found, out)
        self.check(out, functional.scaled_dot_product_attention(self.q, self.k, self.v))

    def test_fla_takes_tensors(self):
        q, k, v = (torch.randn(1, 33, 2, 16) for _ in range(3))
        g, beta = -torch.rand(1, 33, 2), torch.rand(1, 33, 2)
        o, state = attn.fla.chunk_gated_delta_rule(
            q, k, v, g, beta, output_final_state=True, use_qk_l2norm_in_kernel=True
        )
        expected = attn.fla.chunk_gated_delta_rule(
            *(x.numpy() for x in (q, k, v, g, beta)), output_final_state=True,
            use_qk_l2norm_in_kernel=True,
        )
        self.check(o, torch.from_numpy(expected[0]))
        self.check(state, torch.from_numpy(expected[1]))
        low = attn.fla.chunk_kda(
            *(x.bfloat16() for x in (q, k, v)), -torch.rand(1, 33, 2, 16).bfloat16(),
            beta.bfloat16(),
        )
        self.assertEqual(low[0].dtype, torch.bfloat16)

    def test_gradients_and_devices_are_refused(self):
        q = self.q.clone().requires_grad_()
        with self.assertRaisesRegex(TypeError, "expected query without gradient"):
            attn.flex_attention(q, self.k, self.v)
        with torch.no_grad():
            attn.flex_attention(q, self.k, self.v)
        with self.assertRaisesRegex(TypeError, "expected key on the CPU but found it on meta"):
            attn.flex_attention(self.q, self.k.to("meta"), self.v)
        with self.assertRaisesRegex(TypeError, "of a float, integer or bool type"):
            attn.flex_attention(self.q.to(torch.complex64), self.k, self.v)


if __name__ == "__main__":
    unittest.main()

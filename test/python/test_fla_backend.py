"""fla's own functions on CPU tensors, by its registry."""

import unittest
import warnings

from compiling import CompilingTest

import attn

try:
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import fla.ops
        import fla.ops.generalized_delta_rule
        from attn.integrations import fla as backend

    HOMES = {"chunk_dplr_delta_rule": fla.ops.generalized_delta_rule}
except ImportError:
    torch = None


@unittest.skipIf(torch is None, "PyTorch or fla-core is not installed")
class Backend(CompilingTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        torch.manual_seed(0)
        cls.q, cls.k, cls.v = (torch.randn(1, 33, 2, 16) for _ in range(3))
        cls.g, cls.beta = -torch.rand(1, 33, 2), torch.rand(1, 33, 2)
        cls.row = -torch.rand(1, 33, 2, 16)

    def setUp(self):
        attn.fla.enable()
        self.addCleanup(attn.fla.disable)

    def test_functions_reach_us(self):
        for name, arguments, options in [
            ("chunk_kda", (self.q, self.k, self.v, self.row, self.beta), {"use_qk_l2norm_in_kernel": True}),
            ("chunk_gated_delta_rule", (self.q, self.k, self.v, self.g, self.beta), {"use_qk_l2norm_in_kernel": True}),
            ("chunk_dplr_delta_rule", (self.q, self.k, self.v, -self.k / 8, self.k / 8, self.row), {}),
            ("fused_recurrent_simple_gla", (self.q, self.k, self.v, self.g), {}),
            ("fused_chunk_simple_gla", (self.q, self.k, self.v, self.g), {}),
            ("parallel_simple_gla", (self.q, self.k, self.v, self.g), None),
        ]:
            with self.subTest(name):
                # None: there is no state.
                options = {} if options is None else {"output_final_state": True, **options}
                before = backend.calls()
                found = getattr(HOMES.get(name, fla.ops), name)(*arguments, **options)
                self.assertEqual(backend.calls(), before + 1)
                expected = getattr(attn.fla, name)(*arguments, **options)
                torch.testing.assert_close(found, expected)

    def test_gradients_and_disable_leave_it_to_fla(self):
        arguments = (self.q, self.k, self.v, self.row, self.beta)
        before = backend.calls()
        with self.assertRaises(Exception):
            fla.ops.chunk_kda(self.q.clone().requires_grad_(), *arguments[1:])
        attn.fla.disable()
        with self.assertRaises(Exception):
            fla.ops.chunk_kda(*arguments)
        self.assertEqual(backend.calls(), before)


if __name__ == "__main__":
    unittest.main()

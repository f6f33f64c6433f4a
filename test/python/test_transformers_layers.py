"""Small models of transformers with linear-attention layers, with and without
attn."""

import contextlib
import os
import sys
import unittest
import warnings

from compiling import CompilingTest

os.environ["HF_HUB_OFFLINE"] = "1"
try:
    import torch
    import transformers
    from transformers.models.mamba2 import modeling_mamba2

    from attn.integrations import transformers as integration
    from attn.integrations import transformers_layers as layers
except ImportError:
    transformers = None

COMMON = {
    "vocab_size": 64, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2,
}
GATED_DELTA = {
    **COMMON, "layer_types": ["linear_attention", "full_attention"], "linear_num_value_heads": 4,
    "linear_num_key_heads": 2, "linear_key_head_dim": 8, "linear_value_head_dim": 16,
    "head_dim": 8, "num_experts": 2, "num_experts_per_tok": 1, "moe_intermediate_size": 16,
    "shared_expert_intermediate_size": 16,
}
NEW = 6


@contextlib.contextmanager
def plain_functions():
    """The library's own functions, also where fla or mamba_ssm are installed, which
    a CPU cannot run."""
    chosen = [(module, name, getattr(module, name)) for module, name in layers._modules()]
    for module, name, function in chosen:
        setattr(module, name, function.__wrapped__)
    try:
        yield
    finally:
        for module, name, function in chosen:
            setattr(module, name, function)


@unittest.skipIf(transformers is None, "transformers is not installed")
class Layers(CompilingTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        warnings.simplefilter("ignore")
        transformers.logging.set_verbosity_error()

    def run_model(self, model):
        """Logits and greedy tokens of a batch with padding on the left."""
        torch.manual_seed(1)
        tokens = torch.randint(3, 64, (2, 11))
        mask = torch.ones_like(tokens)
        mask[0, :4] = 0
        with torch.no_grad():
            logits = model(tokens, attention_mask=mask).logits
            made = model.generate(
                tokens, attention_mask=mask, max_new_tokens=NEW, do_sample=False, pad_token_id=0
            )
        return logits[mask.bool()], made

    def check(self, config, prefill, step, layers_count=1, switch=True):
        """The same as without, and each function ran layers x calls times."""
        torch.manual_seed(0)
        model = transformers.AutoModelForCausalLM.from_config(config).eval()
        implementation = model.config._attn_implementation
        with plain_functions():
            expected = self.run_model(model)
        integration.enable()
        try:
            if switch:
                model.set_attn_implementation(integration.NAME)
            before = layers.calls()
            found = self.run_model(model)
            ran = {name: n - before.get(name, 0) for name, n in layers.calls().items()}
        finally:
            if switch:
                model.set_attn_implementation(implementation)
            integration.disable()
        torch.testing.assert_close(found[0], expected[0], rtol=2e-4, atol=2e-4)
        self.assertTrue((found[1] == expected[1]).all())
        # Two prefills, and a step for each new token but the first.
        wanted = {
            prefill: 2 * layers_count, "causal_conv1d_fn": 2 * layers_count,
            step: (NEW - 1) * layers_count,
            "causal_conv1d_update": (NEW - 1) * layers_count,
        }
        self.assertEqual({name: ran.get(name) for name in wanted}, wanted)
        before = layers.calls()
        with plain_functions():
            again = self.run_model(model)
        self.assertEqual(layers.calls(), before)
        torch.testing.assert_close(again[0], expected[0], rtol=0, atol=0)

    def test_qwen3_next(self):
        self.check(
            transformers.Qwen3NextConfig(**GATED_DELTA), "chunk_gated_delta_rule",
            "fused_recurrent_gated_delta_rule",
        )

    def test_mamba2(self):
        config = transformers.Mamba2Config(
            vocab_size=64, hidden_size=32, num_hidden_layers=2, num_heads=8, head_dim=8,
            state_size=16, n_groups=2, chunk_size=8,
        )
        self.check(config, "mamba_chunk_scan_combined", "selective_state_update", 2, False)

    def test_mamba(self):
        config = transformers.MambaConfig(
            vocab_size=64, hidden_size=32, num_hidden_layers=2, state_size=8
        )
        self.check(config, "selective_scan_fn", "selective_state_update", 2, False)

    def test_bamba(self):
        config = transformers.BambaConfig(
            **COMMON, attn_layer_indices=[1], mamba_n_heads=8, mamba_d_head=8, mamba_d_state=16,
            mamba_n_groups=2, mamba_chunk_size=8,
        )
        self.check(config, "mamba_chunk_scan_combined", "selective_state_update")

    def test_kimi_linear(self):
        config = transformers.KimiLinearConfig(
            **{**COMMON, "num_key_value_heads": 4}, pad_token_id=0, bos_token_id=1, eos_token_id=2,
            layer_types=["linear_attention", "full_attention"], mlp_layer_types=["dense", "dense"],
            num_experts=2, num_experts_per_token=1, moe_intermediate_size=16, kv_lora_rank=16,
            q_lora_rank=None, qk_nope_head_dim=8, qk_rope_head_dim=8, v_head_dim=8, head_dim=8,
        )
        self.check(config, "chunk_kda", "fused_recurrent_kda", 1, False)

    def test_modules_that_are_imported_later(self):
        name = "transformers.models.falcon_mamba.modeling_falcon_mamba"
        sys.modules.pop(name, None)
        integration.enable()
        try:
            module = __import__(name, fromlist=["x"])
            self.assertTrue(hasattr(module.causal_conv1d_fn, "attn_chosen"))
        finally:
            integration.disable()
        self.assertFalse(hasattr(module.causal_conv1d_fn, "attn_chosen"))

    def test_gradients_stay_with_the_library(self):
        x, weight = torch.randn(1, 4, 9), torch.randn(4, 3, requires_grad=True)
        integration.enable()
        try:
            before = layers.calls()
            y = modeling_mamba2.causal_conv1d_fn(x, weight)
            y.sum().backward()
        finally:
            integration.disable()
        self.assertIsNotNone(weight.grad)
        self.assertEqual(layers.calls(), before)


if __name__ == "__main__":
    unittest.main()

"""Small models of transformers, with and without attn."""

import os
import unittest
import warnings

from compiling import CompilingTest

os.environ["HF_HUB_OFFLINE"] = "1"
try:
    import torch
    import transformers

    from attn.integrations import transformers as integration
except ImportError:
    transformers = None

COMMON = {
    "vocab_size": 64,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}


@unittest.skipIf(transformers is None, "transformers is not installed")
class Models(CompilingTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        integration.enable()
        cls.addClassCleanup(integration.disable)

    def check(self, config):
        """Logits and greedy tokens of a padded batch, and that ours ran."""
        model = transformers.AutoModelForCausalLM.from_config(config).eval()
        tokens = torch.randint(3, 64, (2, 11))
        mask = torch.ones_like(tokens)
        mask[0, :4] = 0
        how = {"max_new_tokens": 6, "do_sample": False, "pad_token_id": 0}
        results = []
        for name in ("eager", integration.NAME):
            model.set_attn_implementation(name)
            before = integration.calls()
            with torch.no_grad():
                logits = model(tokens, attention_mask=mask).logits
                made = model.generate(tokens, attention_mask=mask, **how)
            results.append((logits[mask.bool()], made))
            ran = integration.calls() - before
            steps = 1 + made.shape[1] - tokens.shape[1]
            self.assertEqual(ran, steps * 2 if name == integration.NAME else 0)
        torch.testing.assert_close(results[0][0], results[1][0], rtol=1e-4, atol=1e-4)
        self.assertTrue((results[0][1] == results[1][1]).all())

    def test_llama(self):
        self.check(transformers.LlamaConfig(**COMMON))

    def test_window(self):
        self.check(transformers.MistralConfig(**COMMON, sliding_window=4))

    def test_softcap(self):
        self.check(transformers.Gemma2Config(**COMMON, head_dim=8, sliding_window=6))

    def test_sinks(self):
        self.check(
            transformers.GptOssConfig(
                **COMMON, head_dim=8, sliding_window=6, num_local_experts=2,
                num_experts_per_tok=1,
            )
        )

    def test_indexer(self):
        """Four keys of up to seventeen, and none where an index is negative."""
        self.check(
            transformers.DeepseekV32Config(
                **{**COMMON, "num_key_value_heads": 4}, index_n_heads=2, index_head_dim=16,
                index_topk=4, q_lora_rank=16, kv_lora_rank=16, qk_nope_head_dim=8,
                qk_rope_head_dim=8, v_head_dim=8, first_k_dense_replace=2, n_routed_experts=2,
                num_experts_per_tok=1, moe_intermediate_size=16, n_group=1, topk_group=1,
            )
        )
        q = torch.randn(1, 2, 3, 8)
        indices = torch.tensor([[[0, -1], [1, 0], [2, -1]]])
        mask = torch.ones(1, 1, 3, 3, dtype=torch.bool)
        found, _ = integration.attention(None, q, q, q, mask, indices=indices)
        for row, keys in enumerate(([0], [0, 1], [2])):
            expected = torch.nn.functional.scaled_dot_product_attention(
                q[:, :, row : row + 1], q[:, :, keys], q[:, :, keys]
            )
            torch.testing.assert_close(found[:, row], expected[:, :, 0])

    def test_what_is_not_known_is_refused(self):
        q = torch.randn(1, 2, 3, 8)
        with self.assertRaisesRegex(NotImplementedError, "a bool mask together with indices"):
            integration.attention(None, q, q, q, None, indices=torch.zeros(1, 3, 1))
        with self.assertRaisesRegex(NotImplementedError, "expected no position_bias"):
            integration.attention(None, q, q, q, None, position_bias=q)
        with self.assertRaisesRegex(NotImplementedError, "expected dropout to be 0"):
            integration.attention(None, q, q, q, None, dropout=0.1)

    def test_disable_leaves_nothing(self):
        integration.disable()
        model = transformers.AutoModelForCausalLM.from_config(transformers.LlamaConfig(**COMMON))
        with self.assertRaises(ValueError):
            model.set_attn_implementation(integration.NAME)
        integration.enable()


if __name__ == "__main__":
    unittest.main()

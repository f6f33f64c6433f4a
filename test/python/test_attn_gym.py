"""Every score and mask function of attn-gym, against FlexAttention itself."""

import unittest
import warnings

from compiling import CompilingTest

import attn

try:
    import torch
    from attn_gym import masks, mods
    from torch.nn import functional
    from torch.nn.attention import flex_attention as flex
except ImportError:
    masks = None

BATCH, HEADS, WIDTH = 2, 4, 16


def _causal(b, h, i, j):
    return i >= j


def _make_masks() -> dict:
    """Name -> (mask function, queries, keys)."""
    offsets = torch.tensor([0, 13, 40, 41, 64], dtype=torch.int32)
    is_global = torch.zeros(64, dtype=torch.bool)
    is_global[[0, 31]] = True
    intervals = torch.tensor([[0, 7], [1, 7], [7, 12]], dtype=torch.int32)
    ancestors = masks.build_tree_ancestor_matrix([-1, 0, 0, 1, 1, 2], "cpu")
    tiles = torch.tensor([[0, 2], [1, 3], [3, 0], [2, 1]]).expand(BATCH, HEADS, 4, 2)
    sizes = torch.tensor([16, 16, 9, 16])
    natten = masks.generate_natten(8, 8, 3, 5)
    return {
        "causal_mask": (masks.causal_mask, 64, 64),
        "batchify_mask_mod": (masks.batchify_mask_mod(_causal, 32), 64, 64),
        "generate_block_diffusion_mask": (masks.generate_block_diffusion_mask(32, 8), 64, 64),
        "generate_dilated_sliding_window": (masks.generate_dilated_sliding_window(9, 3), 64, 64),
        "generate_doc_mask_mod": (masks.generate_doc_mask_mod(_causal, offsets), 64, 64),
        "generate_doc_mask_mod of natten": (masks.generate_doc_mask_mod(natten, offsets), 64, 64),
        "generate_packed_causal_doc_mask_mod": (masks.generate_packed_causal_doc_mask_mod(offsets), 64, 64),
        "generate_vision_cross_attention_mask_mod": (
            masks.generate_vision_cross_attention_mask_mod(intervals, 3), 12, 9
        ),
        "generate_global_sliding_window": (masks.generate_global_sliding_window(5, is_global), 64, 64),
        "generate_jetspec_tree_causal_mask_mod": (masks.generate_jetspec_tree_causal_mask_mod(10, ancestors), 6, 16),
        "generate_jetspec_training_mask_mod": (masks.generate_jetspec_training_mask_mod(10, 6), 18, 28),
        "generate_natten": (natten, 64, 64),
        "generate_tiled_natten": (masks.generate_tiled_natten(8, 8, 3, 3, 4, 4), 64, 64),
        "generate_morton_natten": (masks.generate_morton_natten(8, 8, 3, 3), 64, 64),
        "generate_prefix_lm_mask": (masks.generate_prefix_lm_mask(11), 64, 64),
        "generate_shared_prefix_mask_mod": (
            masks.generate_shared_prefix_mask_mod(
                offsets, torch.tensor([0, 0, 0, 3])
            ), 64, 64,
        ),
        "generate_sliding_window": (masks.generate_sliding_window(7), 64, 64),
        "generate_sta_mask_mod_2d": (masks.generate_sta_mask_mod_2d((8, 8), (4, 4), (2, 2)), 64, 64),
        "generate_sta_mask_mod_2d with text": (masks.generate_sta_mask_mod_2d((8, 8), (4, 4), (2, 2), 5), 69, 69),
        "generate_sta_mask_mod_3d": (
            masks.generate_sta_mask_mod_3d((4, 4, 4), (2, 2, 2), (2, 2, 2), 3), 67, 67
        ),
        "generate_spatial_head_mask_mod": (masks.generate_spatial_head_mask_mod(6, 5, 12, 2, True, 4), 66, 66),
        "generate_temporal_head_mask_mod": (masks.generate_temporal_head_mask_mod(6, 5, 12, 2), 66, 66),
        "generate_vsa_mask_mod": (masks.generate_vsa_mask_mod(tiles, 16), 64, 64),
        "generate_vsa_mask_mod with edges": (masks.generate_vsa_mask_mod(tiles, 16, sizes), 64, 64),
    }


def _make_scores() -> dict:
    """Name -> score function of 24 queries and keys."""
    adjacency = torch.rand(BATCH, 24, 24) < 0.2
    adjacency = adjacency | adjacency.transpose(1, 2)
    distances = mods.shortest_path_distances(adjacency, 4)
    types, lengths = mods.shortest_path_edge_types(
        adjacency, torch.randint(0, 3, (BATCH, 24, 24)), 3
    )
    return {
        "generate_alibi_bias": mods.generate_alibi_bias(HEADS),
        "generate_tanh_softcap": mods.generate_tanh_softcap(20),
        "generate_activation_score_mod": mods.generate_activation_score_mod(),
        "generate_activation_score_mod of relu": mods.generate_activation_score_mod(functional.relu, 0.5),
        "generate_activation_score_mod of sigmoid": mods.generate_activation_score_mod(torch.sigmoid, 0.5),
        "generate_activation_score_mod of silu": mods.generate_activation_score_mod(functional.silu, 1.0),
        "generate_sandwich_bias": mods.generate_sandwich_bias(HEADS, 64),
        "generate_graphormer_spatial_bias": mods.generate_graphormer_spatial_bias(
            torch.randn(HEADS, 6), distances
        ),
        "generate_graphormer_edge_bias": mods.generate_graphormer_edge_bias(
            torch.randn(HEADS, 3, 3), types, lengths
        ),
        "generate_mla_rope_score_mod": mods.generate_mla_rope_score_mod(
            torch.randn(BATCH, HEADS, 24, 8), torch.randn(BATCH, 1, 24, 8), HEADS, 0.3
        ),
    }


@unittest.skipIf(masks is None, "attn-gym is not installed")
class AttnGym(CompilingTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        cls.masks, cls.scores = _make_masks(), _make_scores()

    def check(self, score, mask, queries, keys):
        q = torch.randn(BATCH, HEADS, queries, WIDTH)
        k, v = (torch.randn(BATCH, HEADS, keys, WIDTH) for _ in range(2))
        blocks = None
        if mask is not None:
            blocks = flex.create_block_mask(mask, BATCH, HEADS, queries, keys, "cpu")
        torch.compiler.reset()
        expected = flex.flex_attention(q, k, v, score, blocks)
        found = attn.flex_attention(q, k, v, score, mask)
        torch.testing.assert_close(found, expected, rtol=2e-5, atol=2e-5)

    def test_masks(self):
        for name, (mask, queries, keys) in self.masks.items():
            with self.subTest(mask=name):
                self.check(None, mask, queries, keys)

    def test_scores(self):
        for name, score in self.scores.items():
            with self.subTest(score=name):
                self.check(score, _causal, 24, 24)

    def test_no_function_is_left_out(self):
        """A generator that a later version adds is seen here."""
        tested = {name.split()[0] for name in (*self.masks, *self.scores)}
        known = {name for home in (masks, mods) for name in dir(home)}
        self.assertEqual(known & tested, {n for n in known if n.startswith("generate_")} | {
            "batchify_mask_mod", "causal_mask"
        })


if __name__ == "__main__":
    unittest.main()

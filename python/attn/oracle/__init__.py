"""The systems of the papers in NumPy, float64, one token after another.

Every function is written from a paper's formula in the plainest way and shares
no code with a lowering, with `attn-gen`, or with `attn.reference`. Sequences are
[batch, heads, tokens, features] throughout; a state is [sequences, heads, K, V]
with the key's features as rows. `attn.oracle.systems` lists the layers by name.
"""

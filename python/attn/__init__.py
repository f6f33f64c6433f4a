"""Python side of attn: a NumPy oracle, and helpers that call compiled kernels."""

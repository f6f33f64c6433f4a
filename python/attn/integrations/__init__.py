"""Attention of attn inside of other packages, on request and reversibly."""

"""Dense attention on a GPU beside PyTorch's, in one run.

    python3 -m attn.testing.gpu_table [--quick]

For head widths 64, 128 and 256, causal and not, and (batch, sequence) from (32, 512) to
(1, 16384), 16,384 tokens and 2,048 hidden channels in all, prints TFLOP/s of the kernel
that attn-run times by events of the driver, and of
torch.nn.functional.scaled_dot_product_attention with its FlashAttention and cuDNN back
ends where PyTorch is installed. A causal kernel is counted with half of the operations.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from attn.testing.assemble import write_module

TOKENS, HIDDEN = 16384, 2048
SEQUENCES = (512, 1024, 2048, 4096, 8192, 16384)
REPEAT = 30


def count_operations(sequence: int, causal: bool) -> float:
    """Floating-point operations of both products."""
    return 4.0 * TOKENS * sequence * HIDDEN * (0.5 if causal else 1.0)


def time_ours(width: int, sequence: int, causal: bool, folder: Path) -> float:
    """Milliseconds of our kernel."""
    module = folder / "kernel.mlir"
    module.write_text(write_module(f"D={width}" + (" causal" if causal else "")))
    shape = f"{TOKENS // sequence}x{HIDDEN // width}x{sequence}x{width}"
    result = subprocess.run(
        ["attn-run", str(module), "--target=sm_90a", "--seed=1", f"--repeat={REPEAT}"]
        + [f"--shape={name}={shape}" for name in "qkv"],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(re.search(r": ([0-9.]+) ms", result.stdout).group(1))


def time_torch(width: int, sequence: int, causal: bool, backend: str) -> float:
    """Milliseconds of PyTorch's attention with a back end; NaN without it."""
    try:
        import torch
        from torch.nn.attention import SDPBackend, sdpa_kernel
        from torch.nn.functional import scaled_dot_product_attention
    except ImportError:
        return float("nan")
    shape = (TOKENS // sequence, HIDDEN // width, sequence, width)
    q, k, v = (torch.randn(shape, device="cuda", dtype=torch.bfloat16) for _ in range(3))
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    try:
        with sdpa_kernel(getattr(SDPBackend, backend)):
            for _ in range(3):
                scaled_dot_product_attention(q, k, v, is_causal=causal)
            begin.record()
            for _ in range(REPEAT):
                scaled_dot_product_attention(q, k, v, is_causal=causal)
            end.record()
        torch.cuda.synchronize()
    except RuntimeError:
        return float("nan")
    return begin.elapsed_time(end) / REPEAT


def main(arguments: list[str]) -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="16,384 tokens only")
    flags = parser.parse_args(arguments)
    print(f"{'case':28} {'attn':>8} {'flash':>8} {'cudnn':>8}  TFLOP/s, bf16, forward")
    with tempfile.TemporaryDirectory() as folder:
        for width in (64, 128, 256):
            for causal in (False, True):
                for sequence in SEQUENCES[-1:] if flags.quick else SEQUENCES:
                    times = [
                        time_ours(width, sequence, causal, Path(folder)),
                        time_torch(width, sequence, causal, "FLASH_ATTENTION"),
                        time_torch(width, sequence, causal, "CUDNN_ATTENTION"),
                    ]
                    rates = [count_operations(sequence, causal) / t / 1e9 for t in times]
                    case = f"D={width} T={sequence} {'causal' if causal else 'full'}"
                    print(f"{case:28} " + " ".join(f"{rate:8.0f}" for rate in rates), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

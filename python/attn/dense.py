"""Softmax attention by the signatures of PyTorch, on any arrays.

    o = attn.flex_attention(q, k, v, score_mod=lambda s, b, h, i, j: s - slopes[h] * abs(i - j))
    o = attn.scaled_dot_product_attention(q, k, v, is_causal=True)

Covered by test/python/test_dense.py.
"""

from __future__ import annotations

import functools
import threading
import weakref
from typing import Any, Callable, NamedTuple, Optional

import numpy as np

from attn import arrays, mods
from attn.compiler import compile as compile_text
from attn.dense_text import Dense, print_dense
from attn.errors import UnsupportedError
from attn.runtime import Kernel


class AuxOutput(NamedTuple):
    """What `return_aux` asked for, as in PyTorch; None for the rest."""

    lse: Any = None
    max_scores: Any = None


class _Prepared(NamedTuple):
    kernel: Kernel
    # Numbers of the arrays that are handed to it.
    used: tuple[int, ...]
    # What the key of the entry speaks of by identity.
    kept: list


_prepared: dict[tuple, _Prepared] = {}
_lock = threading.Lock()


@functools.lru_cache(maxsize=None)
def get_kernel(spec: Dense) -> Kernel:
    """The kernel of a dense attention."""
    return compile_text(print_dense(spec), pipeline=spec.pipeline)


def check_rank(query: Any, key: Any, value: Any) -> None:
    """Query, key and value as [batch, heads, length, width], heads divisible."""
    for name, array in (("query", query), ("key", key), ("value", value)):
        if not arrays.is_array(array):
            raise TypeError(f"expected {name} as an array but found {type(array).__name__}")
        if len(array.shape) != 4:
            raise ValueError(
                f"expected {name} as [batch, heads, length, width] but found shape "
                f"{list(array.shape)}"
            )
        if array.shape[3] == 0:
            raise ValueError(f"expected {name} to have features but found width 0")
    if key.shape[1] == 0 or query.shape[1] % key.shape[1]:
        raise ValueError(
            f"expected heads of query to be a multiple of those of key but found "
            f"{query.shape[1]} and {key.shape[1]}"
        )


def check_gqa(query: Any, key: Any, enable_gqa: bool) -> None:
    """Groups of query heads are wanted, as in PyTorch."""
    if query.shape[1] != key.shape[1] and not enable_gqa:
        raise ValueError(
            f"expected as many heads of key as of query ({query.shape[1]}), or "
            f"enable_gqa=True, but found {key.shape[1]}"
        )


def prepare(
    query: Any,
    key: Any,
    value: Any,
    score_mod: Optional[Callable] = None,
    mask_mod: Optional[Callable] = None,
    **options: Any,
) -> tuple[Kernel, list]:
    """The kernel for these arrays and functions, and the arrays that the functions
    read. `options` are members of `Dense`. The functions are scanned with every
    call, and traced when something in them has changed."""
    scan = mods.Scan()
    identity = (
        query.dtype,
        key.dtype,
        value.dtype,
        tuple(query.shape[1::2]),
        query.shape[2] == 1,
        tuple(key.shape[1::2]),
        value.shape[3],
        tuple(options.items()),
        scan.key(score_mod),
        scan.key(mask_mod),
    )
    found = _prepared.get(identity)
    if found is None:
        found = _trace(query, key, value, score_mod, mask_mod, options, scan)
        with _lock:
            if len(_prepared) >= 512:
                _prepared.clear()
            _prepared[identity] = found
    return found.kernel, [scan.arrays[place] for place in found.used]


def _trace(query, key, value, score_mod, mask_mod, options, scan: mods.Scan) -> _Prepared:
    spec = Dense(
        arrays.dtype_of(query, "query"),
        query.shape[1],
        key.shape[1],
        query.shape[3],
        value.shape[3],
        one_query=query.shape[2] == 1,
    )
    if spec.dtype not in ("f16", "bf16", "f32", "f64"):
        raise TypeError(f"expected query of a float type but found {query.dtype}")
    regions = {
        kind: mods.trace(function, kind, scan.arrays, spec.float_type)
        for kind, function in (("score", score_mod), ("mask", mask_mod))
        if function is not None
    }
    used = sorted({place for region in regions.values() for place in region.used})
    captures = tuple(
        (
            place,
            arrays.dtype_of(scan.arrays[place], "a captured array"),
            len(scan.arrays[place].shape),
        )
        for place in used
    )
    kernel = get_kernel(
        Dense(**{**vars(spec), **options, **regions, "captures": captures})
    )
    return _Prepared(kernel, tuple(used), [scan.kept, score_mod, mask_mod])


# Tables of block masks that are alive, by identity.
_tables: dict[int, tuple] = {}


def _block_table(block_mask: Any) -> np.ndarray:
    """[B, H, rows, columns] of i8: a block is left out (0), masked (1) or full (2)."""
    known = _tables.get(id(block_mask))
    if known is not None and known[0]() is block_mask:
        return known[1]
    counts, indices = (
        arrays.numpy(getattr(block_mask, f"kv_{name}")) for name in ("num_blocks", "indices")
    )
    columns = -(-block_mask.seq_lengths[1] // block_mask.BLOCK_SIZE[1])
    table = np.zeros((*indices.shape[:3], columns), np.int8)

    def mark(counts: np.ndarray, indices: np.ndarray, mark: int) -> None:
        valid = np.arange(indices.shape[-1]) < counts[..., None]
        b, h, row, _ = np.nonzero(valid)
        table[b, h, row, indices[valid]] = mark

    mark(counts, indices, 1)
    if block_mask.full_kv_num_blocks is not None:
        mark(
            arrays.numpy(block_mask.full_kv_num_blocks),
            arrays.numpy(block_mask.full_kv_indices),
            2,
        )
    key = id(block_mask)
    _tables[key] = (weakref.ref(block_mask, lambda _: _tables.pop(key, None)), table)
    return table


def _mask_of_blocks(block_mask: Any, query: Any, key: Any) -> Callable:
    """The mask that a BlockMask of PyTorch stands for."""
    lengths = tuple(block_mask.seq_lengths)
    if lengths != (query.shape[2], key.shape[2]):
        raise ValueError(
            f"expected block_mask for lengths {(query.shape[2], key.shape[2])} but found {lengths}"
        )
    table = _block_table(block_mask)
    rows, columns = block_mask.BLOCK_SIZE
    mod = block_mask.mask_mod
    one_batch, one_head = (size == 1 for size in table.shape[:2])

    def mask(b, h, i, j):
        state = table[0 if one_batch else b, 0 if one_head else h, i // rows, j // columns]
        return (state == 2) | ((state == 1) & mod(b, h, i, j))

    return mask


def _both(first: Callable, second: Callable) -> Callable:
    return lambda b, h, i, j: first(b, h, i, j) & second(b, h, i, j)


def flex_attention(
    query: Any,
    key: Any,
    value: Any,
    score_mod: Optional[Callable] = None,
    block_mask: Any = None,
    scale: Optional[float] = None,
    enable_gqa: bool = False,
    return_lse: bool = False,
    kernel_options: Optional[dict] = None,
    *,
    mask_mod: Optional[Callable] = None,
    return_aux: Any = None,
    out: Any = None,
    threads: Optional[int] = None,
) -> Any:
    """Attention with scores and mask by Python functions, as FlexAttention's.

    query [B, Hq, T, K], key [B, Hkv, S, K], value [B, Hkv, S, V]: f16, bf16, f32 or
        f64, any strides with innermost 1.
    score_mod: (score, b, h, q_idx, kv_idx) -> score, of the scaled score in natural
        units; h is the query head. mask_mod: (b, h, q_idx, kv_idx) -> bool. They are
        traced: arrays that they index become operands, numbers are baked in.
    block_mask: a BlockMask of PyTorch, or a mask function. None is needed: which
        tiles a mask leaves out is read from the function.
    scale: of the scores; 1 / sqrt(K) if None.
    return_lse: also return the natural logarithm of the softmax sum, [B, Hq, T];
        return_aux (with members lse, max_scores) does so as in PyTorch.
    kernel_options: ignored on a CPU.
    out: where to write the output, or a tuple of output and lse.

    Returns [B, Hq, T, V]. A row that no key may attend to gives 0, and lse -inf.
    Source: arXiv 2412.05496. Raises TraceError for a function that cannot be traced.
    """
    check_rank(query, key, value)
    check_gqa(query, key, enable_gqa)
    if return_aux is not None and return_lse:
        raise ValueError("expected return_lse or return_aux but found both")
    if return_aux is not None and return_aux.max_scores:
        raise UnsupportedError("return_aux.max_scores is not computed on a CPU")
    if callable(block_mask) and not hasattr(block_mask, "kv_num_blocks"):
        mask_mod = block_mask if mask_mod is None else _both(mask_mod, block_mask)
    elif block_mask is not None:
        blocks = _mask_of_blocks(block_mask, query, key)
        mask_mod = blocks if mask_mod is None else _both(mask_mod, blocks)
    for name, function, expected in (("score_mod", score_mod, 5), ("mask_mod", mask_mod, 4)):
        if function is None:
            continue
        if not callable(function):
            raise TypeError(f"expected {name} as a function but found {type(function).__name__}")
    wants_lse = return_lse or (return_aux is not None and bool(return_aux.lse))
    options = {"lse": wants_lse}
    if scale is not None:
        options["scale"] = float(scale)
    kernel, captures = prepare(query, key, value, score_mod, mask_mod, **options)
    result = kernel(query, key, value, *captures, out=out, threads=threads)
    if return_aux is None:
        return result
    output, lse = result if wants_lse else (result, None)
    return output, AuxOutput(lse)


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: Optional[float] = None,
    enable_gqa: bool = False,
    out: Any = None,
    threads: Optional[int] = None,
) -> Any:
    """Attention as torch.nn.functional.scaled_dot_product_attention.

    query [.., Hq, T, K], key [.., Hkv, S, K], value [.., Hkv, S, V]: f16, bf16, f32
        or f64; dimensions before the heads are batches and are broadcast.
    attn_mask: broadcast to [B, Hq, T, S]; bool, where True attends, or a float that
        is added to the scores. Not together with is_causal.
    is_causal: query i attends to keys j <= i, also where T != S.
    scale: of the scores; 1 / sqrt(K) if None. dropout_p: must be 0.

    Returns [.., Hq, T, V]; a row without keys gives 0.
    """
    if dropout_p:
        raise UnsupportedError(f"expected dropout_p to be 0 but found {dropout_p}")
    if is_causal and attn_mask is not None:
        raise ValueError("expected attn_mask or is_causal but found both")
    query, key, value, lead = _with_common_batch(query, key, value)
    check_rank(query, key, value)
    check_gqa(query, key, enable_gqa or key.shape[1] == 1)
    options: dict[str, Any] = {}
    extra = []
    if is_causal:
        options.update(causal=True, align="top_left")
    if scale is not None:
        options["scale"] = float(scale)
    if attn_mask is not None:
        mask = _flatten(attn_mask, lead[:-1])
        full = (query.shape[0], query.shape[1], query.shape[2], key.shape[2])
        if any(size not in (1, other) for size, other in zip(mask.shape, full)):
            raise ValueError(
                f"expected attn_mask of a shape that broadcasts to {list(full)} but found "
                f"{list(attn_mask.shape)}"
            )
        dtype = arrays.dtype_of(mask, "attn_mask")
        if dtype not in ("i1", "f16", "bf16", "f32", "f64"):
            raise TypeError(f"expected attn_mask of bool or a float type but found {attn_mask.dtype}")
        options["bias"] = (dtype, tuple(size == 1 for size in mask.shape))
        extra.append(mask)
    place = None
    if out is not None:
        if len(out.shape) > 4:
            raise ValueError(f"expected out of up to 4 dimensions but found {list(out.shape)}")
        place = _flatten(out, ())
    kernel, _ = prepare(query, key, value, **options)
    result = kernel(query, key, value, *extra, out=place, threads=threads)
    if out is not None:
        return out
    return result if len(lead) == 2 else result.reshape((*lead, *result.shape[2:]))


def _with_common_batch(query: Any, key: Any, value: Any) -> tuple[Any, Any, Any, tuple]:
    """Views with four dimensions, and the leading sizes of the result. The dimension
    before the last two is heads, those before it are batches; both are broadcast."""
    given = [query, key, value]
    if all(len(array.shape) == 4 for array in given):
        shapes = [tuple(array.shape[:2]) for array in given]
        if shapes[0] == shapes[1] == shapes[2]:
            return query, key, value, shapes[0]
    for name, array in zip(("query", "key", "value"), given):
        if len(array.shape) < 2:
            raise ValueError(
                f"expected {name} with 2 dimensions or more but found shape {list(array.shape)}"
            )
    rank = max(len(array.shape) for array in given)
    leads = [(1,) * (max(rank, 4) - len(array.shape)) + tuple(array.shape[:-2]) for array in given]
    try:
        batch = np.broadcast_shapes(*(lead[:-1] for lead in leads))
    except ValueError:
        raise ValueError(
            f"expected batches of query, key and value to fit each other but found "
            f"{', '.join(str(list(array.shape[:-2])) for array in given)}"
        ) from None
    # One key head serves all heads of the query anyway.
    key_heads = max(lead[-1] for lead in leads[1:])
    views = []
    for array, lead in zip(given, leads):
        array = array.reshape((*lead, *array.shape[-2:]))
        shape = (*batch, key_heads if lead[-1] == 1 else lead[-1], *array.shape[-2:])
        array = array.expand(shape) if arrays.is_torch(array) else np.broadcast_to(array, shape)
        views.append(array.reshape((int(np.prod(batch)), *array.shape[-3:])))
    lead = (*batch, views[0].shape[1])
    return (*views, lead[len(lead) - max(rank - 2, 0) :])


def _flatten(array: Any, batch: tuple) -> Any:
    """With four dimensions: leading ones, or all of `batch` in one."""
    shape = tuple(array.shape)
    if len(shape) <= 4:
        return array.reshape((1,) * (4 - len(shape)) + shape)
    full = (*batch, *shape[-3:])
    array = array.expand(full) if arrays.is_torch(array) else np.broadcast_to(array, full)
    return array.reshape((int(np.prod(batch)), *shape[-3:]))

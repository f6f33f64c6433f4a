"""Layers of softmax attention in suites: sizes, inputs, and what the oracle
expects of them.

    problem = generate(["--system=perceiver", "--dynamic"])
    inputs = problem.inputs({"B": 1, "T": 7, "S": 65}, np.random.default_rng(1))
    expected = problem.expected(inputs)

The layers of `attn.oracle` take what a paper takes; ADAPTERS give them the inputs
of the compiled ones, by name and with heads first. Covering test:
test/python/test_attention_layers.py.
"""

from __future__ import annotations

from typing import Callable, Mapping, Sequence

import numpy as np

from attn import dtypes
from attn.oracle import convolution, flash, modalities, perceiver, sparse, static
from attn.oracle.blocks import pool
from attn.problems import Argument, Array, Sizes
from attn.testing import tolerances
from attn.testing.layers import LayerProblem

Named = Mapping[str, Array]


def turned(x: Array, cos: Array, sin: Array) -> Array:
    """x [.., T, D], feature j paired with j + D/2, by the angles of each token."""
    half = x.shape[-1] // 2
    y = (x[..., :half] + 1j * x[..., half:]) * (cos + 1j * sin)
    return np.concatenate([y.real, y.imag], axis=-1)


def _flash_attention(p: Mapping, x: Named) -> dict:
    q, k, v = x["q"], x["k"], x["v"]
    if "cos" in x:
        q, k = (turned(y, x["cos"], x["sin"]) for y in (q, k))
    if "k_cache_in" in x:
        k = np.concatenate([x["k_cache_in"], k], axis=2)
        v = np.concatenate([x["v_cache_in"], v], axis=2)
    f = p["features"]
    return flash.flash_attention(
        q, k, v, is_causal=f["causal"], window=f["window"], softcap=f["softcap"],
        scale=f["scale"], sink=x.get("sink"), alibi=x.get("slopes"))


def _longformer(p: Mapping, x: Named) -> dict:
    options = p["arguments"]
    is_global = None
    if options["global"]:
        tokens = np.arange(x["q"].shape[2]) < options["global"]
        is_global = np.broadcast_to(tokens, (x["q"].shape[0], tokens.size))
    return static.longformer(**x, one_sided=options["one_sided"],
                             dilation=(options["dilation"],), is_global=is_global)


def _perceiver(p: Mapping, x: Named) -> dict:
    run = getattr(perceiver, p["system"])
    options = p["arguments"]
    return run(**x, heads=p["heads"], layers=options["layers"],
               cross_heads=options["cross_heads"])


def _perceiver_ar(p: Mapping, x: Named) -> dict:
    x = dict(x)
    mask = None
    if "mask" in x:
        mask = np.concatenate([x.pop("mask_before"), x.pop("mask")], axis=1)
    latents = x["x"].shape[1]
    x["x"] = np.concatenate([x.pop("x_before"), x["x"]], axis=1)
    angles = [x.pop(n) for n in ("cos", "sin", "cos_before", "sin_before") if n in x]
    return perceiver.perceiver_ar(
        **x, mask=mask, latents=latents, heads=p["heads"],
        layers=p["arguments"]["layers"], rotate=bool(angles))


def _hyena(p: Mapping, x: Named) -> dict:
    options = p["arguments"]
    x = dict(x)
    # The oracle has its own tap last in a short filter, and taps last in a long.
    x["x_conv"] = x["x_conv"][:, ::-1].swapaxes(1, 2)
    if options["implicit"]:
        length = x["x"].shape[2]
        if "history_in" in x:
            length += x["history_in"].shape[2]
        layers = options["sine_layers"]
        inner = [x.pop(f"w{n}") for n in range(layers)]
        biases = [x.pop(f"b{n}") for n in range(layers)]
        x["filters"] = np.stack([
            convolution.hyena_filter(length, [*inner, last], biases, decay,
                                     total=options["total"])
            for last, decay in zip(x.pop("w_out"), x.pop("decay"))])
    else:
        x["filters"] = x["filters"].swapaxes(1, 2)
    return convolution.hyena(**x)


def appended(x: Named) -> dict:
    """The inputs with those of earlier tokens before keys and values."""
    x = dict(x)
    for name in ("k", "v", "kv", "k_idx"):
        if f"{name}_cache_in" in x:
            x[name] = np.concatenate([x.pop(f"{name}_cache_in"), x[name]], axis=2)
    return x


def whole_blocks(rows: int, arguments: Mapping) -> int:
    """How many means native sparse attention has of so many tokens."""
    size, stride = arguments["size"], arguments["stride"] or arguments["size"]
    return max((rows - size) // stride + 1, 0)


def native_means(x: Array, arguments: Mapping) -> Array:
    """The whole means of keys or values that native sparse attention has."""
    size, stride = arguments["size"], arguments["stride"] or arguments["size"]
    return pool(x, size, stride, partial=False)


def _native_sparse(p: Mapping, x: Named) -> dict:
    o = p["arguments"]
    x = appended({n: array for n, array in x.items() if not n.endswith("_means_in")})
    means = {f"{n}_means_out": native_means(x[n], o) for n in ("k", "v")}
    return means | sparse.native_sparse(
        **x, size=o["size"], stride=o["stride"] or None, block=o["block"],
        top=o["top"], window_keys=o["window"], first=o["first"], local=o["local"],
        reduce="sum" if o["sum"] else "mean")


def _moba(p: Mapping, x: Named) -> dict:
    o = p["arguments"]
    return sparse.moba(**appended(x), block=o["block"], top=o["top"])


def _deepseek_sparse(p: Mapping, x: Named) -> dict:
    return sparse.deepseek_sparse(**appended(x), top=p["arguments"]["top"],
                                  value_width=p["value_width"])


def _mixture(p: Mapping, x: Named) -> dict:
    return modalities.mixture_of_transformers(
        **x, heads=p["heads"], is_causal=bool(p["arguments"]["causal"]))


ADAPTERS: dict[str, Callable[[Mapping, Named], dict]] = {
    "hyena": _hyena,
    "mixture_of_transformers": _mixture,
    "deepseek_sparse": _deepseek_sparse,
    "flash_attention": _flash_attention,
    "longformer": _longformer,
    "moba": _moba,
    "native_sparse": _native_sparse,
    "perceiver": _perceiver,
    "perceiver_io": _perceiver,
    "perceiver_ar": _perceiver_ar,
}


# Caches that oracles give whole, and the axis that grows.
GROWING = {"k_cache_out": 2, "v_cache_out": 2, "kv_cache_out": 2, "k_idx_cache_out": 2,
           "history_out": 2}


class AttentionProblem(LayerProblem):
    """A layer of softmax attention, for suites."""

    @property
    def system(self) -> str:
        return self.parameters["system"]

    def sizes(self, shape: Sequence[int]) -> dict[str, int]:
        """[batch, queries, keys] by letter, for what is left open."""
        batch, queries, keys = shape
        sizes = {"B": batch, "T": queries, "S": keys, "O": keys,
                 "L": queries + keys}
        if self.system == "native_sparse":
            sizes["C"] = whole_blocks(keys + queries, self.parameters["arguments"])
        known = {n: x for n, x in sizes.items() if n in self.letters}
        # Outputs have sums as sizes: of letters and numbers.
        for output in self.outputs:
            for n in output.shape:
                if isinstance(n, str) and n not in known:
                    known[n] = sum(known[x] if x in known else int(x)
                                   for x in n.split("+"))
        return known

    def inputs(self, sizes: Sizes, rng) -> dict[str, Array]:
        """Random ones; means that are given are those of what is cached."""
        drawn = super().inputs(sizes, rng)
        for name in ("k", "v"):
            if f"{name}_means_in" in drawn:
                cache = next(a for a in self.arguments if a.name == f"{name}_cache_in")
                means = native_means(dtypes.load(drawn[cache.name], cache.dtype),
                                     self.parameters["arguments"])
                drawn[f"{name}_means_in"][:, :, : means.shape[2]] = means
        return drawn

    def work(self, inputs: Mapping[str, Array]) -> int:
        """Multiplications, roughly: of all projections and scores."""
        largest = max(x.size for x in inputs.values())
        return 300 * largest

    def _draw(self, argument: Argument, sizes: Sizes, rng) -> Array:
        """Angles by the places of the tokens, matrices that keep the size of
        what they multiply, weights of norms near 1."""
        name, shape = argument.name, argument.sizes(sizes)
        if name.split("_")[0] in ("cos", "sin"):
            first = 0 if name.endswith("_before") else self._earlier(sizes)
            place = (np.arange(shape[0]) + first)[:, None]
            angle = place * 10000.0 ** (-np.arange(shape[1]) / max(shape[1], 1))
            values = np.cos(angle) if name[:3] == "cos" else np.sin(angle)
            return dtypes.store(values, argument.dtype)
        if argument.dtype == "i1":
            return rng.random(shape) < 0.7
        if name == "ids":
            count = self.parameters["arguments"]["modalities"]
            return rng.integers(0, count, shape, dtype=np.int32)
        values = rng.standard_normal(shape)
        words = self.axes[name]
        if words and words[0] == "weight and bias":
            values = 0.1 * values + np.array([[1.0], [0.0]])
        elif name.endswith("_norm"):
            values = 1 + 0.1 * values
        elif len(words) > 1 and words[0] not in ("batch", "latent"):
            values = values / np.sqrt(max(shape[-2], 1))
        elif name == "slopes":
            values = 0.5 * np.abs(values)
        return dtypes.store(values, argument.dtype)

    def _earlier(self, sizes: Sizes) -> int:
        """How many tokens lie before the layer's own."""
        for argument in self.arguments:
            if argument.name in ("k_cache_in", "kv_cache_in", "history_in", "x_before"):
                words = self.axes[argument.name]
                axis = next(n for n, x in enumerate(words) if x in ("key", "earlier token"))
                return argument.sizes(sizes)[axis]
        return 0

    def _own_tokens(self, x: Named) -> int:
        """How many tokens the layer is called with."""
        name = "q" if "q" in x else "x"
        return x[name].shape[1 if self.system == "mixture_of_transformers" else 2]

    def mismatch(self, output: Argument, found: Array, expected: Array, plain) -> str:
        bound = tolerances.ATTENTION_LAYER[self.dtype]
        if self.dtype in ("f16", "bf16"):
            bound *= tolerances.BLOCKS
        return tolerances.ratio_mismatch(found, expected, output.dtype, bound)

    def comparison(self, inputs: Mapping[str, Array], expected) -> list:
        """Not needed: tolerances are relative to the outputs."""
        return [None] * len(self.outputs)

    def loaded(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        return {a.name: inputs[a.name] if a.dtype == "i1"
                else dtypes.load(inputs[a.name], a.dtype) for a in self.arguments}

    def evaluate(self, values: Mapping[str, Array]) -> list[Array]:
        x = {a.name: values[a.name] if a.dtype == "i1"
             else self._heads_first(a.name, values[a.name])
             for a in self.arguments}
        p = {**self.parameters, "value_width": self.outputs[0].shape[-1]}
        found = dict(ADAPTERS[self.system](p, x))
        for name in GROWING:
            # What is appended to a cache are the layer's own tokens.
            stem = name.removesuffix("_cache_out")
            if stem in x:
                found.setdefault(name, x[stem])
        for name, axis in GROWING.items():
            # Layers give what the caller appends.
            if name in found:
                tokens = self._own_tokens(x)
                whole = np.moveaxis(found[name], axis, 0)
                found[name] = np.moveaxis(whole[len(whole) - tokens:], 0, axis)
        return [self._heads_first(a.name, found[a.name], back=True)
                for a in self.outputs]

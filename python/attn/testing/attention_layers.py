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
from attn.oracle import cache_ops, caches, convolution, flash, modalities, perceiver
from attn.oracle import softmax, sparse, static
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
        # Angles are those of tokens, or of tokens of each batch entry.
        cos, sin = (y[:, None] if y.ndim == 3 else y for y in (x["cos"], x["sin"]))
        q, k = (turned(y, cos, sin) for y in (q, k))
    f = p["features"]
    features = {"is_causal": f["causal"], "window": f["window"], "softcap": f["softcap"],
                "scale": f["scale"], "sink": x.get("sink")}
    if "cu_seqlens" in x:
        bounds = x["cu_seqlens"]
        return flash.flash_attention_varlen(q, k, v, bounds, bounds, **features)
    features["alibi"] = x.get("slopes")
    if p["arguments"]["cache"]:
        return _flash_cached(p, x, (q, k, v), features)
    if "k_cache_in" in x:
        k = np.concatenate([x["k_cache_in"], k], axis=2)
        v = np.concatenate([x["v_cache_in"], v], axis=2)
    return flash.flash_attention(q, k, v, **features)


def _flash_cached(p: Mapping, x: Named, own: tuple, features: dict) -> dict:
    """With caches that change in place: rows of each sequence, or pages."""
    q, k, v = own
    given = [x["k_cache_in"], x["v_cache_in"]]
    stored, size = given, p["arguments"]["page"]
    if "table" in x:
        features["page_table"] = x["table"]
        whole = given[0].shape[2] // size * size
        # [1, H, P R, D] as pages [P, H, R, D].
        stored = [y[0, :, :whole].reshape(y.shape[1], -1, size, y.shape[3]).swapaxes(0, 1)
                  for y in given]
    found = flash.flash_attention(q, *stored, k, v, lengths=x["lengths_in"],
                                  left_pad=x.get("left_pad"), **features)
    if "table" in x:
        for name, before in zip(("k_cache_out", "v_cache_out"), given):
            pages = found[name].swapaxes(0, 1)
            rows = np.array(before)
            rows[0, :, :whole] = pages.reshape(rows.shape[1], whole, -1)
            found[name] = rows
    return {**found, "lengths_out": x["lengths_in"] + k.shape[2]}


def _streaming(p: Mapping, x: Named) -> dict:
    """Of each sequence: the cache that the oracle has, with its keys turned back."""
    sinks, recent = p["arguments"]["sinks"], p["arguments"]["recent"]
    options = {"sinks": sinks, "recent": recent}
    if "lengths_in" not in x:
        return caches.streaming(x["q"], x["k"], x["v"], **options)
    # Angles of places as the inputs have them.
    pairs = x["q"].shape[3] // 2

    def angles(place):
        angle = np.outer(place, 10000.0 ** (-np.arange(pairs) / max(pairs, 1)))
        return np.cos(angle), np.sin(angle)

    found: dict = {"o": []}
    for b, length in enumerate(x["lengths_in"]):
        early = np.arange(min(length, sinks))
        late = np.arange(max(sinks, length - recent), length)
        cached = []
        for name in ("k", "v"):
            ring = x[f"{name}_cache_in"][b : b + 1]
            rows = [ring[:, :, late % ring.shape[2]] if late.size else ring[:, :, :0]]
            if sinks:
                rows.insert(0, x[f"{name}_sink_in"][b : b + 1][:, :, early])
            cached.append(np.concatenate(rows, axis=2))
        cos, sin = angles(np.concatenate([early, late]) if sinks else late)
        cached[0] = turned(cached[0], cos, -sin)
        own = [x[n][b : b + 1] for n in ("q", "k", "v")]
        found["o"].append(caches.streaming(*own, *cached, **options)["o"])
    found["o"] = np.concatenate(found["o"]) if found["o"] else np.zeros(
        x["q"].shape[:3] + x["v"].shape[3:])
    k = turned(x["k"], x["cos"][:, None], x["sin"][:, None])
    for name, rows in (("k", k), ("v", x["v"])):
        found[f"{name}_cache_out"] = cache_ops.update(
            x[f"{name}_cache_in"], rows, x["lengths_in"], ring=True)
        if sinks:
            found[f"{name}_sink_out"] = cache_ops.update(
                x[f"{name}_sink_in"], rows, x["lengths_in"])
    found["lengths_out"] = x["lengths_in"] + k.shape[2]
    return found


def _h2o(p: Mapping, x: Named) -> dict:
    """Of each sequence: the rows in use, in the order of their places."""
    options = {n: p["arguments"][n] for n in ("heavy", "recent")}
    q, k, v = x["q"], x["k"], x["v"]
    heads, tokens = k.shape[1], k.shape[2]
    if "lengths_in" not in x:
        result = softmax.attend(q, k, v, softmax.causal(tokens, tokens))
        return {"o": result.o, "mass_out": softmax.key_mass(result.p, heads)}
    lengths = x["lengths_in"]
    o = np.zeros(q.shape[:3] + v.shape[3:])
    received = np.zeros(x["mass_in"].shape)
    for b, length in enumerate(lengths):
        own = [y[b : b + 1] for y in (q, k, v)]
        order = np.argsort(x["places_in"][b, :, :length], axis=-1)[None]
        rows = [caches.gather(x[n][b : b + 1, :, :length], order)
                for n in ("k_cache_in", "v_cache_in", "mass_in")]
        o[b] = caches.h2o(*own, *rows, **options)["o"][0]
        # In the order of the rows.
        keys, values = (np.concatenate([x[n][b : b + 1, :, :length], y], axis=2)
                        for n, y in (("k_cache_in", own[1]), ("v_cache_in", own[2])))
        result = softmax.attend(own[0], keys, values,
                                softmax.causal(tokens, keys.shape[2]))
        received[b, :, : length + tokens] = softmax.key_mass(result.p, heads)[0]
    row = np.arange(received.shape[2])
    in_use = row < lengths[:, None, None]
    rows = [cache_ops.update(x["k_cache_in"], k, lengths),
            cache_ops.update(x["v_cache_in"], v, lengths),
            np.where(in_use, x["mass_in"], 0) + received,
            np.where(in_use, x["places_in"], (x["tokens_in"] - lengths)[:, None, None] + row)]
    kept = cache_ops.evict(rows, lengths + tokens, **options, mass=2, places=3)
    names = ("k_cache_out", "v_cache_out", "mass_out", "places_out")
    budget = options["heavy"] + options["recent"]
    return {"o": o, **dict(zip(names, kept)), "tokens_out": x["tokens_in"] + tokens,
            "lengths_out": np.minimum(lengths + tokens, budget)}


MASK = (1 << 64) - 1


def split_mix(state: int) -> tuple[int, int]:
    """The next state and number of splitmix64."""
    state = (state + 0x9E3779B97F4A7C15) & MASK
    x = state
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return state, x ^ (x >> 31)


def random_blocks(heads: int, blocks: int, window: int, count: int, seed: int) -> Array:
    """[H, blocks, count] as lib/Problems/Systems/BigBird.cpp draws them, else -1."""
    chosen = np.full((heads, blocks, count), -1)
    for h in range(heads):
        for n in range(1, blocks - 1):
            rest = [m for m in range(1, blocks - 1) if abs(m - n) > window // 2]
            state = (seed * heads + h) * blocks + n
            for r in range(min(count, len(rest))):
                state, number = split_mix(state)
                chosen[h, n, r] = rest.pop(number % len(rest))
    return chosen


def _bigbird(p: Mapping, x: Named) -> dict:
    options, q = p["arguments"], x["q"]
    block, window = options["block"], options["window"]
    blocks = -(-q.shape[2] // block)
    chosen = random_blocks(q.shape[1], blocks, window, options["random"], options["seed"])
    return static.bigbird(q, x["k"], x["v"], chosen, block=block, window_blocks=window,
                          mask=x.get("mask"))


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
    "bigbird": _bigbird,
    "flash_attention": _flash_attention,
    "h2o": _h2o,
    "longformer": _longformer,
    "moba": _moba,
    "native_sparse": _native_sparse,
    "perceiver": _perceiver,
    "perceiver_io": _perceiver,
    "perceiver_ar": _perceiver_ar,
    "streaming": _streaming,
}


def _bounds(problem, shape, sizes, rng) -> Array:
    """Bounds of packed sequences, some of them empty."""
    tokens = problem.size_of("token", sizes)
    cuts = np.sort(rng.integers(0, tokens + 1, shape[0] - 2))
    return np.concatenate([[0], cuts, [tokens]])


def _tables(problem, shape, sizes, rng) -> Array:
    """Pages of each sequence, each once, of no other sequence where there are so many;
    some there are not."""
    page = problem.parameters["arguments"]["page"]
    pages = problem.size_of("slot", sizes) // page
    if pages >= shape[0] * shape[1]:
        table = rng.permutation(pages)[: shape[0] * shape[1]].reshape(shape)
        return np.where(rng.random(shape) < 0.1, pages, table)
    return np.array([rng.permutation(max(pages, shape[1]) + 1)[: shape[1]] - 1
                     for _ in range(shape[0])]).reshape(shape)


def _lengths(problem, shape, sizes, rng) -> Array:
    """Rows in use: in h2o not more than are kept, and there is room for tokens."""
    options, tokens = problem.parameters["arguments"], problem.size_of("token", sizes)
    room = problem.size_of("slot", sizes) - tokens
    if "table" in problem.axes:
        room = min(room, problem.size_of("page", sizes) * options["page"] - tokens)
    most = {"h2o": options.get("heavy", 0) + options.get("recent", 0), "streaming": 50}
    if problem.system == "streaming":
        return rng.integers(0, most["streaming"], shape)
    return rng.integers(0, max(min(most.get(problem.system, room), room), 0) + 1, shape)


# Arguments of integers, by name.
ROWS: dict[str, Callable] = {
    "cu_seqlens": _bounds,
    "table": _tables,
    "lengths_in": _lengths,
    "left_pad": lambda problem, shape, sizes, rng: rng.integers(0, 6, shape),
    "tokens_in": lambda problem, shape, sizes, rng: rng.integers(60, 90, shape),
    # Distinct, and below those of new tokens.
    "places_in": lambda problem, shape, sizes, rng: np.argsort(rng.random(shape), axis=-1) - 300,
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
                 "L": queries + keys, "C": 4 * (queries + keys + 12), "M": (queries + keys) // 4 + 3,
                 "N": 3, "N+1": 4}
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

    def size_of(self, word: str, sizes: Sizes) -> int:
        """How many there are along the axis of that word."""
        for argument in self.arguments:
            if word in self.axes[argument.name]:
                at = self.axes[argument.name].index(word)
                return argument.sizes(sizes)[at]
        return 0

    def inputs(self, sizes: Sizes, rng) -> dict[str, Array]:
        """Random ones; means that are given are those of what is cached, and angles
        go by the lengths of the caches."""
        drawn = super().inputs(sizes, rng)
        self._draw_means(drawn)
        self._draw_angles(drawn)
        return drawn

    def _draw_means(self, drawn: dict[str, Array]) -> None:
        for name in ("k", "v"):
            if f"{name}_means_in" in drawn:
                cache = next(a for a in self.arguments if a.name == f"{name}_cache_in")
                means = native_means(dtypes.load(drawn[cache.name], cache.dtype),
                                     self.parameters["arguments"])
                drawn[f"{name}_means_in"][:, :, : means.shape[2]] = means

    def _draw_angles(self, drawn: dict[str, Array]) -> None:
        if "lengths_in" not in drawn or "cos" not in drawn:
            return
        tokens, pairs = drawn["cos"].shape[1:]
        place = drawn["lengths_in"][:, None] + np.arange(tokens)
        options = self.parameters["arguments"]
        last = options.get("sinks", 0) + options.get("recent", 0) - 1
        for suffix, at in (("", place), ("_sink", np.minimum(place, last))):
            angle = at[..., None] * 10000.0 ** (-np.arange(pairs) / max(pairs, 1))
            for name, values in (("cos", np.cos(angle)), ("sin", np.sin(angle))):
                if name + suffix in drawn:
                    drawn[name + suffix] = values.astype(drawn[name].dtype)

    def work(self, inputs: Mapping[str, Array]) -> int:
        """Multiplications, roughly: of all projections and scores."""
        largest = max(x.size for x in inputs.values())
        return 300 * largest

    def _draw(self, argument: Argument, sizes: Sizes, rng) -> Array:
        """Angles by the places of the tokens, matrices that keep the size of
        what they multiply, weights of norms near 1."""
        name, shape = argument.name, argument.sizes(sizes)
        if name in ROWS:
            return ROWS[name](self, shape, sizes, rng).astype(np.int32)
        if name.split("_")[0] in ("cos", "sin"):
            first = 0 if name.endswith("_before") else self._earlier(sizes)
            place = (np.arange(shape[-2]) + first)[:, None]
            angle = place * 10000.0 ** (-np.arange(shape[-1]) / max(shape[-1], 1))
            options = self.parameters["arguments"]
            if name.endswith("_sink"):
                place = np.minimum(place, options["sinks"] + options["recent"] - 1)
                angle = place * 10000.0 ** (-np.arange(shape[-1]) / max(shape[-1], 1))
            angle = np.broadcast_to(angle, shape)
            values = np.cos(angle) if name[:3] == "cos" else np.sin(angle)
            return dtypes.store(values, argument.dtype)
        if argument.dtype == "i1":
            return rng.random(shape) < 0.7
        if name == "ids":
            count = self.parameters["arguments"]["modalities"]
            return rng.integers(0, count, shape, dtype=np.int32)
        values = rng.standard_normal(shape)
        if name == "mass_in":
            return dtypes.store(np.abs(values), argument.dtype)
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
            words = self.axes[argument.name]
            if argument.name in ("k_cache_in", "kv_cache_in", "history_in", "x_before"):
                axis = next((n for n, x in enumerate(words) if x in ("key", "earlier token")),
                            None)
                if axis is None:
                    continue
                return argument.sizes(sizes)[axis]
        return 0

    def _own_tokens(self, x: Named) -> int:
        """How many tokens the layer is called with."""
        name = "q" if "q" in x else "x"
        return x[name].shape[1 if self.system == "mixture_of_transformers" else 2]

    def mismatch(self, output: Argument, found: Array, expected: Array, plain) -> str:
        if not dtypes.is_float(output.dtype):
            same = np.array_equal(found, expected)
            return "" if same else f"expected {expected} but found {found}"
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
            if name in found and "token" in self.axes.get(name, ()):
                tokens = self._own_tokens(x)
                whole = np.moveaxis(found[name], axis, 0)
                found[name] = np.moveaxis(whole[len(whole) - tokens:], 0, axis)
        return [self._heads_first(a.name, found[a.name], back=True)
                for a in self.outputs]

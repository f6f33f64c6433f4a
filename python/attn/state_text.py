"""The text of one linear or recurrent attention on [batch, length, heads, width].

    attn.linear, attn.recurrent between transpositions, which fold into their reads

Feature widths and heads are static, batch and lengths dynamic.

Covered by test/python/test_fla.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

_NORM_MAPS = """#x = affine_map<(b, h, t, k) -> (b, h, t, k)>
#sum = affine_map<(b, h, t, k) -> (b, h, t)>
"""


@dataclass(frozen=True)
class StateOp:
    """See attn.linear and attn.recurrent.

    Heads of query, key and value (and state). gate: head [H], token [B, T, H] or
    row [B, T, H, K]. unit_length: divide q and k by their length. cu_seqlens: its
    element type; states are then given. initial, final: the state is taken and returned, [N, H, K, V],
    or [N, H, V, K] with value_first.
    """

    dtype: str
    heads: tuple[int, int, int]
    width: int
    value_width: int
    scale: Optional[float] = None
    gate: Optional[str] = None
    beta: bool = False
    correction: bool = False
    decay: bool = False
    bonus: bool = False
    read_before: bool = False
    normalize: bool = False
    unit_length: bool = False
    cu_seqlens: Optional[str] = None
    initial: bool = False
    final: bool = False
    value_first: bool = False

    @property
    def state_type(self) -> str:
        """The type of states and gates."""
        return "f64" if self.dtype == "f64" else "f32"

    @property
    def pipeline(self) -> str:
        """What it is compiled with."""
        return "reference" if self.dtype == "f64" else "cpu"

    @property
    def is_recurrent(self) -> bool:
        """Whether the state is corrected."""
        return self.beta or self.correction or self.decay


class _Printer:
    """Writes the function line by line."""

    def __init__(self, spec: StateOp):
        self.spec = spec
        self.batch = 1 if spec.cu_seqlens else "?"
        self.sizes = "%tokens" if spec.cu_seqlens else "%batch, %tokens"
        self.arguments: list[str] = []
        self.lines: list[str] = []

    def tensor(self, dtype: str, *sizes) -> str:
        """A type."""
        return f"tensor<{'x'.join([*map(str, sizes), dtype])}>"

    def add(self, line: str) -> None:
        """One line of the body."""
        self.lines.append("  " + line)

    def transposed(self, name: str, dtype: str, *sizes) -> tuple[str, str]:
        """An argument [B, T, H, ..] as [B, H, T, ..]: its name and type."""
        logical = f"%{name}_logical"
        stored = self.tensor(dtype, *sizes)
        self.arguments.append(f"%{name}: {stored}")
        return self._transpose(f"%{name}", logical, stored, dtype, sizes, self.sizes)

    def _transpose(self, source, name, stored, dtype, sizes, dynamic) -> tuple[str, str]:
        order = [0, 2, 1, 3][: len(sizes)]
        result = self.tensor(dtype, *(sizes[place] for place in order))
        self.add(f"{name}_init = tensor.empty({dynamic}) : {result}")
        self.add(f"{name} = linalg.transpose ins({source} : {stored})")
        self.add(f"    outs({name}_init : {result}) permutation = {order}")
        return name, result

    def unit(self, name: str, heads: int) -> None:
        """Divides the rows of %NAME_logical by their length, in f32, with 1e-6 added
        to the square. Behind the transposition, which then costs nothing."""
        spec = self.spec
        wide = spec.state_type
        rows = self.tensor(spec.dtype, self.batch, heads, "?", spec.width)
        sums = self.tensor(wide, self.batch, heads, "?")
        load = "%element" if spec.dtype == wide else "%w"
        extend = f"    %w = arith.extf %element : {spec.dtype} to {wide}" if load == "%w" else ""
        stored = "%r" if load == "%element" else "%n"
        shorten = f"    %n = arith.truncf %r : {wide} to {spec.dtype}" if load == "%w" else ""
        parallel = '"parallel", "parallel", "parallel"'
        self.lines += [
            f"  %{name}_zeros = tensor.empty({self.sizes}) : {sums}",
            f"  %{name}_zero = linalg.fill ins(%zero : {wide}) outs(%{name}_zeros : {sums}) -> {sums}",
            f"  %{name}_squares = linalg.generic {{indexing_maps = [#x, #sum],",
            f'      iterator_types = [{parallel}, "reduction"]}}',
            f"      ins(%{name}_logical : {rows}) outs(%{name}_zero : {sums}) {{",
            f"  ^bb0(%element: {spec.dtype}, %total: {wide}):",
            extend,
            f"    %square = arith.mulf {load}, {load} : {wide}",
            f"    %more = arith.addf %total, %square : {wide}",
            f"    linalg.yield %more : {wide} }} -> {sums}",
            f"  %{name}_unit_init = tensor.empty({self.sizes}) : {rows}",
            f"  %{name}_unit = linalg.generic {{indexing_maps = [#x, #sum, #x],",
            f'      iterator_types = [{parallel}, "parallel"]}}',
            f"      ins(%{name}_logical, %{name}_squares : {rows}, {sums}) outs(%{name}_unit_init : {rows}) {{",
            f"  ^bb0(%element: {spec.dtype}, %square: {wide}, %old: {spec.dtype}):",
            extend,
            f"    %epsilon = arith.constant 1.0e-6 : {wide}",
            f"    %positive = arith.addf %square, %epsilon : {wide}",
            f"    %inverse = math.rsqrt %positive : {wide}",
            f"    %r = arith.mulf {load}, %inverse : {wide}",
            shorten,
            f"    linalg.yield {stored} : {spec.dtype} }} -> {rows}",
        ]

    def row_input(self, name: str, heads: int, width: int) -> tuple[str, str]:
        """q, k or v."""
        spec = self.spec
        here, kind = self.transposed(name, spec.dtype, self.batch, "?", heads, width)
        if spec.unit_length and name in "qk":
            self.unit(name, heads)
            here = f"%{name}_unit"
        return here, kind

    def clauses(self) -> list[str]:
        """What goes with query, key and value, in the order of the syntax."""
        spec, wide = self.spec, self.spec.state_type
        heads = spec.heads[2]
        sizes = {
            "gate": {"token": (heads,), "row": (heads, spec.width)}.get(spec.gate),
            "beta": (heads,) if spec.beta else None,
        }
        result = []
        if spec.gate == "head":
            kind = self.tensor(wide, heads)
            self.arguments.append(f"%gate: {kind}")
            result.append(f"gate(%gate : {kind})")
        for name, inner in sizes.items():
            if inner:
                here, kind = self.transposed(name, wide, self.batch, "?", *inner)
                result.append(f"{name}({here} : {kind})")
        if spec.correction:
            pair = [
                self.transposed(name, spec.dtype, self.batch, "?", heads, spec.width)
                for name in ("left", "right")
            ]
            result.append(f"correction({pair[0][0]}, {pair[1][0]} : {pair[0][1]}, {pair[1][1]})")
        if spec.decay:
            step, kind = self.transposed("dt", wide, self.batch, "?", heads, spec.value_width)
            rate = self.tensor(wide, heads, spec.width, spec.value_width)
            self.arguments.append(f"%rate: {rate}")
            result.append(f"decay({step}, %rate : {kind}, {rate})")
        if spec.bonus:
            kind = self.tensor(wide, heads, spec.width)
            self.arguments.append(f"%bonus: {kind}")
            result.append(f"bonus(%bonus : {kind})")
        if spec.cu_seqlens:
            kind = self.tensor(spec.cu_seqlens, "?")
            self.arguments.append(f"%cu_seqlens: {kind}")
            result.append(f"cu_seqlens(%cu_seqlens : {kind})")
        return result

    def state(self) -> tuple[str, str]:
        """The state before the first token."""
        spec, wide = self.spec, self.spec.state_type
        heads = spec.heads[2]
        kind = self.tensor(wide, "?", heads, spec.width, spec.value_width)
        if spec.initial:
            if not spec.value_first:
                self.arguments.append(f"%state_in: {kind}")
                return "%state_in", kind
            stored = self.tensor(wide, "?", heads, spec.value_width, spec.width)
            self.arguments.append(f"%state_in: {stored}")
            self.add(f"%sequences = tensor.dim %state_in, %c0 : {stored}")
            self.flip("%state_in", "%state_start", stored, kind)
            return "%state_start", kind
        self.add("%sequences = arith.addi %batch, %c0 : index")
        self.add(f"%state_init = tensor.empty(%sequences) : {kind}")
        self.add(
            f"%state_zero = linalg.fill ins(%zero : {wide}) outs(%state_init : {kind}) -> {kind}"
        )
        return "%state_zero", kind

    def flip(self, source: str, name: str, before: str, after: str) -> None:
        """Exchanges rows and columns of states."""
        self.add(f"{name}_init = tensor.empty(%sequences) : {after}")
        self.add(f"{name} = linalg.transpose ins({source} : {before})")
        self.add(f"    outs({name}_init : {after}) permutation = [0, 1, 3, 2]")


def print_state_op(spec: StateOp) -> str:
    """The function `state_op` on q, k, v, gate, beta, left, right, dt, rate, bonus,
    cu_seqlens and state_in, as far as there are."""
    printer = _Printer(spec)
    wide = spec.state_type
    query_heads, key_heads, heads = spec.heads
    first = printer.tensor(spec.dtype, printer.batch, "?", query_heads, spec.width)
    printer.add("%c0 = arith.constant 0 : index")
    printer.add("%c1 = arith.constant 1 : index")
    printer.add(f"%zero = arith.constant 0.0 : {wide}")
    if not spec.cu_seqlens:
        printer.add(f"%batch = tensor.dim %q, %c0 : {first}")
    printer.add(f"%tokens = tensor.dim %q, %c1 : {first}")
    inputs = [
        printer.row_input("q", query_heads, spec.width),
        printer.row_input("k", key_heads, spec.width),
        printer.row_input("v", heads, spec.value_width),
    ]
    clauses = printer.clauses()
    outputs = max(query_heads, heads)
    logical = printer.tensor(spec.dtype, printer.batch, outputs, "?", spec.value_width)
    printer.add(f"%o_init = tensor.empty({printer.sizes}) : {logical}")
    results, inits = [("%o", logical)], [("%o_init", logical)]
    if spec.initial or spec.final:
        state, kind = printer.state()
        results.append(("%state", kind))
        inits.append((state, kind))
    attributes = " read_before" if spec.read_before else ""
    if spec.scale is not None:
        attributes += f" scale {float(spec.scale):.17e}"
    if spec.normalize:
        attributes += " normalizer(key_sum) epsilon 1.0e-10"
    operation = "attn.recurrent" if spec.is_recurrent else "attn.linear"
    printer.add(f"{', '.join(name for name, _ in results)} = {operation}{attributes}")
    names, types = (", ".join(part) for part in zip(*inputs))
    printer.add(f"    ins({names} : {types})")
    for clause in clauses:
        printer.add("    " + clause)
    names, types = (", ".join(part) for part in zip(*inits))
    printer.add(f"    outs({names} : {types})")
    stored = printer._transpose(
        "%o", "%o_stored", logical, spec.dtype,
        (printer.batch, outputs, "?", spec.value_width), printer.sizes,
    )
    returned = [(*stored, "o")]
    if spec.final:
        name, kind = results[1]
        if spec.value_first:
            after = printer.tensor(wide, "?", heads, spec.value_width, spec.width)
            if not any("%sequences =" in line for line in printer.lines):
                printer.add(f"%sequences = tensor.dim %state, %c0 : {kind}")
            printer.flip("%state", "%state_stored", kind, after)
            name, kind = "%state_stored", after
        returned.append((name, kind, "state_out"))
    printer.add(
        f"return {', '.join(r[0] for r in returned)} : {', '.join(r[1] for r in returned)}"
    )
    signature = ", ".join(f'{kind} {{attn.name = "{name}"}}' for _, kind, name in returned)
    body = "\n".join(line for line in printer.lines if line)
    return (
        f"{_NORM_MAPS}func.func @state_op({', '.join(printer.arguments)})\n"
        f"    -> ({signature}) {{\n{body}\n}}\n"
    )

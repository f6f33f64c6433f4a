"""The node tests that ship with onnx, and models around attention nodes."""

import os
import tempfile
import unittest
import warnings

import numpy as np

from compiling import CompilingTest

try:
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from onnx.backend.test.loader import load_model_tests

    import attn.onnx
except ImportError:
    onnx = None

# Every other node test of these operations passes.
REFUSED = {"test_flexattention_prob_mod": "probabilities are never complete"}
# What onnx 1.23.2 has: (operation, cases). Later ones may have more.
COUNTS = {
    "Attention": 93,
    "LinearAttention": 14,
    "FlexAttention": 11,
    "CausalConvWithState": 13,
    "RotaryEmbedding": 8,
}
# The reference rounds every step to bf16, kernels only the result.
RTOL = {"bfloat16": 2.0**-6}


def make_model(nodes, inputs, outputs, initializers=(), opset=25):
    """A model of f32 inputs and outputs, by name and shape."""

    def infos(values):
        return [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in values.items()]

    tensors = [numpy_helper.from_array(v, name) for name, v in dict(initializers).items()]
    graph = helper.make_graph(nodes, "graph", infos(inputs), infos(outputs), tensors)
    imports = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.preview", 1)]
    return helper.make_model(graph, opset_imports=imports)


def score_graph(nodes, initializers=()):
    """A score_mod from `s` to `t`."""
    value = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [None] * 4) for n in "st"]
    tensors = [numpy_helper.from_array(v, name) for name, v in dict(initializers).items()]
    return helper.make_graph(nodes, "score_mod", value[:1], value[1:], tensors)


def flex(nodes, initializers=(), **attributes):
    """The node FlexAttention of a score graph."""
    node = helper.make_node(
        "FlexAttention", ["q", "k", "v"], ["y"], domain="ai.onnx.preview",
        score_mod=score_graph(nodes, initializers), **attributes,
    )
    return attn.onnx.Node(node)


@unittest.skipIf(onnx is None, "onnx is not installed")
class NodeTests(CompilingTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        warnings.simplefilter("ignore")
        cls.cases = {name: [] for name in COUNTS}
        for case in load_model_tests(kind="node"):
            operation = case.model.graph.node[0].op_type
            if operation in COUNTS and "_expanded" not in case.name:
                cls.cases[operation].append(case)

    def check(self, case):
        for inputs, expected in case.data_sets:
            found = attn.onnx.Backend.prepare(case.model).run(inputs)
            self.assertEqual(len(found), len(expected))
            for x, y in zip(found, expected):
                self.assertEqual((x.dtype, x.shape), (y.dtype, y.shape))
                np.testing.assert_allclose(
                    x.astype(np.float64), y.astype(np.float64),
                    rtol=RTOL.get(y.dtype.name, case.rtol), atol=case.atol,
                )

    def test_operations(self):
        for operation, cases in self.cases.items():
            self.assertGreaterEqual(len(cases), COUNTS[operation])
            for case in cases:
                if case.name in REFUSED:
                    continue
                with self.subTest(case.name):
                    self.check(case)

    def test_refused(self):
        cases = {case.name: case for cases in self.cases.values() for case in cases}
        for name, reason in REFUSED.items():
            with self.subTest(name), self.assertRaisesRegex(NotImplementedError, reason):
                self.check(cases[name])


@unittest.skipIf(onnx is None, "onnx is not installed")
class Models(CompilingTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rng = np.random.default_rng(3)
        cls.q, cls.k, cls.v = (
            rng.standard_normal((2, 4, 9, 16)).astype(np.float32) for _ in range(3)
        )

    def expected(self, score=lambda s, i, j: s):
        scores = self.q @ self.k.swapaxes(2, 3) / 4
        i, j = np.ogrid[:9, :9]
        weights = np.exp(score(scores, i, j))
        return (weights / weights.sum(-1, keepdims=True)) @ self.v

    def check(self, found, expected):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)

    def make(self):
        """Projections, attention of three dimensions, and an addition."""
        rng = np.random.default_rng(4)
        weights = {name: rng.standard_normal((12, 24)).astype(np.float32) * 0.3 for name in "qkv"}
        nodes = [helper.make_node("MatMul", ["x", name], [f"{name}_x"]) for name in "qkv"]
        nodes.append(helper.make_node(
            "Attention", ["q_x", "k_x", "v_x"], ["a"], name="layer", is_causal=1, q_num_heads=3,
            kv_num_heads=3,
        ))
        nodes.append(helper.make_node("Add", ["a", "q_x"], ["y"]))
        return make_model(nodes, {"x": [1, "t", 12]}, {"y": [1, "t", 24]}, weights)

    def test_whole_model(self):
        model = self.make()
        x = np.random.default_rng(5).standard_normal((1, 7, 12)).astype(np.float32)
        expected = onnx.reference.ReferenceEvaluator(model).run(None, {"x": x})
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.onnx")
            onnx.save(model, path)
            found = attn.onnx.run(path, {"x": x})
            (node,) = attn.onnx.convert(path)
        self.check(found[0], expected[0])
        self.assertEqual((node.name, node.inputs), ("layer", ["q_x", "k_x", "v_x"]))
        self.assertIn("attn.dense causal align(top_left)", node.text(*[x[..., :6]] * 3))

    def test_nodes_in_branches_are_found(self):
        branch = helper.make_graph([helper.make_node("Attention", ["q", "k", "v"], ["y"])], "b", [], [])
        choice = helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)
        model = helper.make_model(helper.make_graph([choice], "g", [], []))
        self.assertEqual([n.operation for n in attn.onnx.convert(model)], ["Attention"] * 2)

    def test_score_graphs(self):
        table = np.random.default_rng(6).standard_normal((4, 1, 9)).astype(np.float32)
        node = flex(
            [
                helper.make_node("Shape", ["s"], ["tail"], start=3),
                helper.make_node("Squeeze", ["tail"], ["keys"]),
                helper.make_node("Range", ["zero", "keys", "one"], ["j"]),
                helper.make_node("Mod", ["j", "three"], ["rest"]),
                helper.make_node("Div", ["j", "minus_two"], ["quotient"]),
                helper.make_node("Equal", ["rest", "one"], ["is_one"]),
                helper.make_node("Cast", ["quotient"], ["shift"], to=TensorProto.FLOAT),
                helper.make_node("Max", ["s", "half", "shift"], ["larger"]),
                helper.make_node("Add", ["larger", "table"], ["biased"]),
                helper.make_node("Where", ["is_one", "biased", "s"], ["t"]),
            ],
            {
                "zero": np.int64(0).reshape(()), "one": np.int64(1).reshape(()),
                "three": np.int64(3).reshape(()), "minus_two": np.int64(-2).reshape(()),
                "half": np.float32(0.5).reshape(()), "table": table,
            },
        )
        (found,) = node.run(self.q, self.k, self.v)
        self.check(found, self.expected(lambda s, i, j: np.where(
            j % 3 == 1, np.maximum(np.maximum(s, 0.5), -(j // 2)) + table, s
        )))

    def test_faults(self):
        q, k, v = self.q, self.k, self.v
        causal = attn.onnx.Node(helper.make_node("Attention", ["q", "k", "v"], ["y"], is_causal=1))
        shape = [helper.make_node("Shape", ["s"], ["n"]), helper.make_node("Cast", ["n"], ["t"], to=1)]
        linear = helper.make_node(
            "LinearAttention", ["q", "k", "v"], ["y", "s"], q_num_heads=2, kv_num_heads=2,
            update_rule="gated",
        )
        x = q.reshape(2, 9, 64)
        for run, kind, pattern in (
            (lambda: causal.run(q[0], k, v), ValueError, r"Q as \[batch, heads, length, width\]"),
            (lambda: causal.run(q, k, v, None, k), ValueError, "past_key and past_value together"),
            (lambda: causal.run(q, k, v, None, k, v, [9, 9]), ValueError, "or nonpad_kv_seqlen"),
            (lambda: causal.run(q, k, v, k[0, 0, :5]), ValueError, "attn_mask of a shape"),
            (lambda: attn.onnx.Node(helper.make_node("Add", ["a"], ["b"])), NotImplementedError, "found Add"),
            (
                lambda: attn.onnx.Node(helper.make_node("Attention", ["q"], ["y"], gain=1)).run(q, k, v),
                NotImplementedError, "no attribute 'gain'",
            ),
            (lambda: flex([helper.make_node("Softmax", ["s"], ["t"])]).run(q, k, v), NotImplementedError, "elements in score_mod but found Softmax"),
            (lambda: flex(shape).run(q, k, v), NotImplementedError, "positions only"),
            (lambda: attn.onnx.Node(linear).run(x, x, x), ValueError, "a decay with update_rule 'gated'"),
        ):
            with self.subTest(pattern), self.assertRaisesRegex(kind, pattern):
                run()


if __name__ == "__main__":
    unittest.main()

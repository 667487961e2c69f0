#!/usr/bin/env python3
"""Build Moonshine tiny's two graphs from the int8 weights that its authors publish.

The npm package `@moonshine-ai/moonshine-js` holds an encoder and a decoder as
they were exported: thousands of small operators, and a decoder of two branches
that turns its whole vocabulary matrix into floats at every step. This script
reads the weights, changes none of them, and writes both networks down again in
a tenth of the operators. What depends on the sound alone, and yet was computed
by the decoder, is now what the encoder gives.

    python build.py --source moonshine-js/dist/model/tiny/quantized --output out

Same packages give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ENCODER = "encoder_model.onnx", "c6fc4b7bc5af75c0591fd157a1f3829b533d18e9769a888fd95a62e470dd4f4a"
DECODER = "decoder_model_merged.onnx", "eed87831c3a6103534aae7d47a5d485025c659a1323901513961c39fe8a1a367"

LAYERS = 6
HEADS = 8
HEAD_SIZE = 36
WIDTH = HEADS * HEAD_SIZE
INNER = 4 * WIDTH
VOCABULARY = 32_768
# So many of a head's numbers turn with their position, by the angles of these tables.
ROTARY_SIZE = 32
# The layer whose heads, taken together, listen to the sound of the word that is being said.
ALIGNED_LAYER = 3
# The tables' lengths: 60 s of sound, and the tokens that nobody speaks in that time.
MOST_FRAMES = 2_560
MOST_TOKENS = 512
EPSILON = 1e-5

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
MICROSOFT = "com.microsoft"

# Whole numbers, the scale and the zero point of each output.
Quantized = tuple[np.ndarray, np.ndarray, np.ndarray]


class Published:
    """A published graph's weights, by the names of the network's modules."""

    def __init__(self, file: tuple[str, str], folder: Path, module: str = "", suffix: str = "") -> None:
        name, digest = file
        content = (folder / name).read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != digest:
            raise SystemExit(f"{name} is not the file that this recipe knows: its sha256 is {found}")
        self.graph = onnx.load_from_string(content).graph
        self.values = {each.name: numpy_helper.to_array(each) for each in self.graph.initializer}
        self._module, self._suffix = module, suffix
        branches = [attribute.g for node in self.graph.node for attribute in node.attribute if attribute.HasField("g")]
        # Matrices are numbered; the nodes that use them carry the names.
        self._matrices = {
            node.name: node.input[1].removesuffix("_quantized")
            for graph in [self.graph, *branches]
            for node in graph.node
            if node.op_type == "MatMulInteger"
        }

    def value(self, name: str) -> np.ndarray:
        return self.values[f"{self._module}{name}{self._suffix}"]

    def matrix(self, name: str) -> Quantized:
        """[inputs, outputs]"""
        path = "/" + (self._module + name.replace(".", "/")).replace("layers/", "layers.")
        return self.quantized(self._matrices[path.replace("model.decoder.", "model/decoder/") + "/MatMul_quant"])

    def quantized(self, name: str) -> Quantized:
        weights, scale, zero = (self.values[f"{name}_{part}"] for part in ("quantized", "scale", "zero_point"))
        outputs = weights.shape[1]
        return signed(weights), np.full(outputs, scale, np.float32), np.full(outputs, signed(zero), np.int8)


def signed(values: np.ndarray) -> np.ndarray:
    """The same weights with numbers and zero points 128 lower: CPUs multiply unsigned by signed fastest."""
    return (values.astype(np.int16) - 128).astype(np.int8)


class Writer:
    """A graph under way: each method adds a node and gives the name of what comes out of it."""

    def __init__(self, published: Published) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.published = published

    def constant(self, name: str, value: np.ndarray) -> str:
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, op: str, inputs: list[str], *outputs: str, domain: str = "", **attributes) -> str:
        self.nodes.append(helper.make_node(op, inputs, outputs, outputs[0], domain=domain, **attributes))
        return outputs[0]

    def product(self, name: str, input: str, *modules: str, bias: str = "") -> str:
        """`input` times one module's matrix, or the matrices of several side by side."""
        matrices = [self.published.matrix(module) for module in modules]
        weights, scales, zeros = (np.concatenate(parts, axis=-1) for parts in zip(*matrices))
        inputs = [
            input,
            self.constant(f"{name}.weight", weights),
            self.constant(f"{name}.scale", scales),
            self.constant(f"{name}.zero_point", zeros),
        ]
        if bias:
            inputs.append(self.constant(bias, self.published.value(bias)))
        return self.node("DynamicQuantizeMatMul", inputs, name, domain=MICROSOFT)

    def norm(self, name: str, state: str, change: str, bias: str = "") -> tuple[str, str]:
        """The new state, which is `state` and `change` summed, normalised and as it is."""
        gamma = self.constant(f"{name}.weight", self.published.value(f"{name}.weight"))
        if not change:
            return self.node("LayerNormalization", [state, gamma], name, epsilon=EPSILON), state
        if bias:
            change = self.node("Add", [change, self.constant(bias, self.published.value(bias))], f"{name}.change")
        # Fused, the three would be slower: that kernel's sums are in double precision.
        state = self.node("Add", [state, change], f"{name}.state")
        return self.node("LayerNormalization", [state, gamma], name, epsilon=EPSILON), state

    def rotary_tables(self, length: int) -> list[str]:
        angles = np.arange(length)[:, None] * 10_000.0 ** (-np.arange(0, ROTARY_SIZE, 2) / ROTARY_SIZE)
        return [
            self.constant("cosines", np.cos(angles).astype(np.float32)),
            self.constant("sines", np.sin(angles).astype(np.float32)),
        ]

    def query_key_value(self, name: str, input: str, turns: list[str], parts: str) -> list[str]:
        """What self-attention takes; queries and keys turned by their positions."""
        all_three = self.product(f"{name}.projected", input, *(f"{name}.{part}_proj" for part in "qkv"))
        self.node("Split", [all_three, parts], f"{name}.flat", f"{name}.value", axis=-1)
        self.node(
            "RotaryEmbedding", [f"{name}.flat", *turns], f"{name}.turned", domain=MICROSOFT,
            interleaved=1, num_heads=2 * HEADS, rotary_embedding_dim=ROTARY_SIZE,
        )  # fmt: skip
        self.node("Split", [f"{name}.turned"], f"{name}.query", f"{name}.key", axis=-1)
        return [f"{name}.query", f"{name}.key", f"{name}.value"]

    def attention(self, inputs: list[str], *outputs: str) -> str:
        return self.node("MultiHeadAttention", inputs, *outputs, domain=MICROSOFT, num_heads=HEADS)

    def model(self, name: str, inputs: list, outputs: list, values: list = ()) -> onnx.ModelProto:
        return helper.make_model(
            helper.make_graph(self.nodes, name, inputs, outputs, self.initializers, value_info=values),
            producer_name="sandpiper",
            ir_version=8,
            opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)],
        )


def write_encoder(published: Published, decoder: Published) -> onnx.ModelProto:
    """Sound in; a key and a value for each layer of the decoder out, which attends to them."""
    w = Writer(published)
    state = copy_convolutions(w)
    turns = [w.constant("first_position", np.array([0])), *w.rotary_tables(MOST_FRAMES)]
    parts = w.constant("parts", np.array([2 * WIDTH, WIDTH]))
    change = bias = ""
    for layer in range(LAYERS):
        at = f"layers.{layer}"
        x, state = w.norm(f"{at}.input_layernorm", state, change, bias)
        heard = w.attention(w.query_key_value(f"{at}.self_attn", x, turns, parts), f"{at}.self_attn")
        change = w.product(f"{at}.self_attn.dense", heard, f"{at}.self_attn.dense")

        x, state = w.norm(f"{at}.post_attention_layernorm", state, change)
        inner = w.product(f"{at}.mlp.fc1", x, f"{at}.mlp.fc1", bias=f"{at}.mlp.fc1.bias")
        inner = w.node("Gelu", [inner], f"{at}.mlp.inner", domain=MICROSOFT)
        change, bias = w.product(f"{at}.mlp.fc2", inner, f"{at}.mlp.fc2"), f"{at}.mlp.fc2.bias"
    x, _ = w.norm("layer_norm", state, change, bias)

    w.published = decoder
    modules = [f"layers.{layer}.encoder_attn.{part}_proj" for layer in range(LAYERS) for part in "kv"]
    x = w.product("heard", x, *modules)
    x = w.node("Reshape", [x, w.constant("heads", np.array([0, 0, 2 * LAYERS, HEADS, HEAD_SIZE]))], "heard.heads")
    x = w.node("Transpose", [x], "heard.layers", perm=[2, 0, 3, 1, 4])
    split = [f"heard.{index}" for index in range(2 * LAYERS)]
    w.node("Split", [x], *split, axis=0)
    first_axis = w.constant("first_axis", np.array([0]))
    for part, value in zip(split, heard_values()):
        w.node("Squeeze", [part, first_axis], value.name)
    sound = helper.make_tensor_value_info("input_values", FLOAT, [1, "samples"])
    return w.model("encoder", [sound], heard_values())


def copy_convolutions(w: Writer) -> str:
    """The published graph's beginning as it is: all that its first transposition depends on."""
    graph = w.published.graph
    end = next(node for node in graph.node if node.op_type == "Transpose").output[0]
    needed, nodes = {end}, []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            nodes.append(node)
            needed.update(node.input)
    w.nodes += reversed(nodes)
    w.initializers += [each for each in graph.initializer if each.name in needed]
    return end


def write_decoder(published: Published) -> onnx.ModelProto:
    """One token in; the logits of the next one out, and the frame of the sound that it was heard in.

    The cache of all layers is one tensor, as long as the tokens so far.
    """
    w = Writer(published)
    name = "model.decoder.embed_tokens.weight_merged_0"
    weights, scale, zero = (published.values[f"{name}_{part}"] for part in ("quantized", "scale", "zero_point"))
    vocabulary = [
        w.constant("vocabulary.weight", signed(weights).T),
        w.constant("vocabulary.scale", scale),
        w.constant("vocabulary.zero_point", signed(zero)),
    ]
    # A token's vector is a column of the matrix that makes the logits, which so is stored once.
    column = w.node("Gather", [vocabulary[0], "input_ids"], "token.column", axis=1)
    row = w.node("Reshape", [column, w.constant("token.shape", np.array([1, 1, WIDTH]))], "token.row")
    state = w.node("DequantizeLinear", [row, *vocabulary[1:]], "token")

    turns = [w.node("Shape", ["past"], "position", start=2, end=3), *w.rotary_tables(MOST_TOKENS)]
    pasts, presents = ([f"{cache}.{index}" for index in range(2 * LAYERS)] for cache in ("past", "present"))
    w.node("Split", ["past"], *pasts, axis=0)
    parts = w.constant("parts", np.array([2 * WIDTH, WIDTH]))
    change = bias = ""
    for layer in range(LAYERS):
        at, cache = f"layers.{layer}", slice(2 * layer, 2 * layer + 2)
        x, state = w.norm(f"{at}.input_layernorm", state, change, bias)
        own = w.query_key_value(f"{at}.self_attn", x, turns, parts)
        said = w.attention([*own, "", "", "", *pasts[cache]], f"{at}.self_attn", *presents[cache])
        change = w.product(f"{at}.self_attn.dense", said, f"{at}.self_attn.dense")

        x, state = w.norm(f"{at}.post_attention_layernorm", state, change)
        query = w.product(f"{at}.encoder_attn.query", x, f"{at}.encoder_attn.q_proj")
        keys_values = [value.name for value in heard_values()[cache]]
        scores = ("", "", f"{at}.encoder_attn.scores") if layer == ALIGNED_LAYER else ()
        heard = w.attention([query, *keys_values], f"{at}.encoder_attn", *scores)
        change = w.product(f"{at}.encoder_attn.dense", heard, f"{at}.encoder_attn.dense")

        x, state = w.norm(f"{at}.final_layernorm", state, change)
        both = w.product(f"{at}.mlp.up", x, f"{at}.mlp.up_proj", bias=f"{at}.mlp.up_proj.bias")
        w.node("Split", [both], f"{at}.mlp.value", f"{at}.mlp.gate", axis=-1)
        gate = w.node("QuickGelu", [f"{at}.mlp.gate"], f"{at}.mlp.open", domain=MICROSOFT, alpha=1.0)
        inner = w.node("Mul", [gate, f"{at}.mlp.value"], f"{at}.mlp.inner")
        change, bias = w.product(f"{at}.mlp.down", inner, f"{at}.mlp.down_proj"), f"{at}.mlp.down_proj.bias"
    x, _ = w.norm("norm", state, change, bias)
    w.node("DynamicQuantizeMatMul", [x, *vocabulary], "logits", domain=MICROSOFT)
    w.node("Concat", presents, "present", axis=0)
    # ONNX Runtime cannot tell this output's type by itself.
    scores = helper.make_tensor_value_info(
        f"layers.{ALIGNED_LAYER}.encoder_attn.scores", FLOAT, [1, HEADS, 1, "frames"]
    )
    w.node("ReduceSum", [scores.name, w.constant("heads_axis", np.array([1]))], "scores", keepdims=0)
    w.node("ArgMax", ["scores"], "frame", axis=-1, keepdims=0)

    def cache_value(name: str, tokens: str) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, FLOAT, [2 * LAYERS, HEADS, tokens, HEAD_SIZE])

    token = helper.make_tensor_value_info("input_ids", INT64, [1, 1])
    logits = helper.make_tensor_value_info("logits", FLOAT, [1, 1, VOCABULARY])
    frame = helper.make_tensor_value_info("frame", INT64, [1, 1])
    inputs = [token, cache_value("past", "tokens"), *heard_values()]
    return w.model("decoder", inputs, [logits, cache_value("present", "tokens + 1"), frame], [scores])


def heard_values() -> list[onnx.ValueInfoProto]:
    """What the encoder gives and the decoder takes, under the same names."""
    return [
        helper.make_tensor_value_info(f"heard.{layer}.{part}", FLOAT, [1, HEADS, "frames", HEAD_SIZE])
        for layer in range(LAYERS)
        for part in ("key", "value")
    ]


def save(model: onnx.ModelProto, path: Path) -> None:
    onnx.checker.check_model(model)
    content = model.SerializeToString(deterministic=True)
    path.write_bytes(content)
    print(f"{path.name}  {len(content)} bytes  sha256 {hashlib.sha256(content).hexdigest()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, required=True, help="folder of the published graphs")
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    encoder = Published(ENCODER, options.source)
    decoder = Published(DECODER, options.source, module="model.decoder.", suffix="_merged_0")
    save(write_encoder(encoder, decoder), options.output / "encoder.onnx")
    save(write_decoder(decoder), options.output / "decoder.onnx")


if __name__ == "__main__":
    main()

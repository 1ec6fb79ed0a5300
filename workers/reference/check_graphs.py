"""Checks graphs that write-graphs.ts wrote with tools that are not ours.

Operators of ONNX Runtime's own domain are given to the tools as functions of standard operators, by their documentation.
Each goes through onnx.checker with full inference and through strict shape inference, which must not contradict what
the graph declares; onnx's reference evaluator, written in NumPy, must compute what ONNX Runtime Web computed.

    npx tsx workers/testing/outside/write-graphs.ts FOLDER
    python workers/reference/check_graphs.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun
from safetensors.numpy import load_file

TOLERANCE = 1e-4
MICROSOFT = "com.microsoft"
OPSET = onnx.helper.make_opsetid("", 23)


def function(text: str) -> onnx.FunctionProto:
    """A function of com.microsoft from ONNX's text form."""
    return onnx.parser.parse_function(f'<domain: "{MICROSOFT}", opset_import: ["": 23]>\n{text}')


def attention(name: str, names: str, mask: str = "") -> onnx.FunctionProto:
    """MultiHeadAttention of [batch, length, heads · size] with these inputs."""
    return function(f"""
        {name} <num_heads, scale> ({names}) => (y) {{
            y = Attention <q_num_heads: int = @num_heads, kv_num_heads: int = @num_heads, scale: float = @scale>
                (q, k, v{mask})
        }}""")


# With an attention bias as its sixth input it is a function of another name: one model may have both.
BIASED = "BiasedAttention"

FUNCTIONS = {
    "MultiHeadAttention": attention("MultiHeadAttention", "q, k, v"),
    BIASED: attention(BIASED, "q, k, v, unused_bias, unused_mask, attention_bias", ", attention_bias"),
    "QuickGelu": function("""
        QuickGelu <alpha> (x) => (y) {
            alpha = Constant <value_float: float = @alpha> ()
            scaled = Mul (alpha, x)
            gate = Sigmoid (scaled)
            y = Mul (x, gate)
        }"""),
    "Gelu": function("""
        Gelu (x) => (y) {
            root = Constant <value_float: float = 1.4142135623730951> ()
            half = Constant <value_float: float = 0.5> ()
            one = Constant <value_float: float = 1.0> ()
            scaled = Div (x, root)
            error = Erf (scaled)
            share = Add (error, one)
            double = Mul (x, share)
            y = Mul (double, half)
        }"""),
    "SkipLayerNormalization": function("""
        SkipLayerNormalization <epsilon> (x, skip, gamma, beta) => (y, mean, deviation, sum) {
            sum = Add (x, skip)
            y, mean, deviation = LayerNormalization <axis: int = -1, epsilon: float = @epsilon> (sum, gamma, beta)
        }"""),
}


class Resize(OpRun):
    """Nearest neighbours, as torch takes them. The evaluator's own fails on an absent region of interest with NumPy 2.4."""

    op_domain = ""

    def _run(self, x, roi=None, scales=None, sizes=None, **attributes):  # noqa: ARG002
        if attributes.get("mode", "nearest") != "nearest" or not is_floored(attributes):
            raise NotImplementedError("Only nearest neighbours from above are made here.")
        wanted = sizes if sizes is not None else np.array(x.shape) * scales
        for axis, size in enumerate(wanted):
            x = np.take(x, np.arange(int(size)) * x.shape[axis] // int(size), axis=axis)
        return (x,)


def join_heads(model: onnx.ModelProto) -> None:
    """Keys and values [batch, heads, length, size] become [batch, length, heads · size], as the queries are."""
    split = {value.name for value in model.graph.input if len(value.type.tensor_type.shape.dim) == 4}
    nodes = []
    for node in model.graph.node:
        if node.op_type == "MultiHeadAttention":
            for place, name in enumerate(node.input):
                if place in (1, 2) and name in split:
                    along, joined, shape = f"{name} along", f"{name} joined", f"{name} shape"
                    nodes += [
                        onnx.helper.make_node("Transpose", [name], [along], perm=[0, 2, 1, 3]),
                        onnx.helper.make_node("Constant", [], [shape], value_ints=[0, 0, -1]),
                        onnx.helper.make_node("Reshape", [along, shape], [joined]),
                    ]
                    node.input[place] = joined
        nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def is_floored(attributes: dict[str, object]) -> bool:
    """Whether a nearest neighbour is the one from above, counted from the first sample."""
    place = attributes.get("coordinate_transformation_mode")
    return place == "asymmetric" and attributes.get("nearest_mode") == "floor"


def with_functions(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model, in which what is not ONNX's own is made of what is."""
    join_heads(model)
    foreign = [node for node in model.graph.node if node.domain == MICROSOFT]
    for node in foreign:
        if node.op_type == "MultiHeadAttention" and len(node.input) > 3:
            node.op_type = BIASED
    model.functions.extend(FUNCTIONS[name] for name in sorted({node.op_type for node in foreign}))
    return model


def shape_of(value: onnx.ValueInfoProto) -> list[int | str]:
    """The dimensions of a value; names where they are open."""
    return [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]


def contradicts(found: int | str, declared: int | str) -> bool:
    """Whether an inferred dimension is a number other than the declared one."""
    return isinstance(found, int) and isinstance(declared, int) and found != declared


def check_shapes(path: Path) -> int:
    """Runs the checker; no inferred type or size may contradict a declared one. Returns how many are inferred in full."""
    onnx.checker.check_model(str(path), full_check=True)
    model = with_functions(onnx.load(str(path)))
    declared = {value.name: (value.type.tensor_type.elem_type, shape_of(value)) for value in model.graph.output}
    for value in model.graph.output:
        value.type.tensor_type.ClearField("shape")
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    inferred_in_full = 0
    for value in inferred.graph.output:
        element, shape = value.type.tensor_type.elem_type, shape_of(value)
        wanted_element, wanted = declared[value.name]
        is_known = value.type.tensor_type.HasField("shape")
        sizes = zip(shape, wanted, strict=True) if is_known else ()
        if element != wanted_element or any(contradicts(*pair) for pair in sizes):
            raise ValueError(f"{value.name} is declared as {declared[value.name]} and inferred as {(element, shape)}")
        inferred_in_full += is_known and not any(str(size).startswith("unk__") for size in shape)
    return inferred_in_full


def largest_error(place: Path) -> float:
    """The reference evaluator against the results beside the graph, relative to their largest value."""
    feeds = load_file(place / "feeds.safetensors")
    results = load_file(place / "results.safetensors")
    evaluator = ReferenceEvaluator(with_functions(onnx.load(str(place / "model.onnx"))), new_ops=[Resize])
    computed = dict(zip(evaluator.output_names, evaluator.run(None, feeds), strict=True))
    errors = []
    for name, expected in results.items():
        difference = np.abs(computed[name].astype(np.float64) - expected).max()
        errors.append(difference / max(np.abs(expected).max(), 1e-6))
    return float(max(errors))


def main(folder: Path) -> int:
    """Prints a line for each graph. Returns how many failed."""
    failures = 0
    places = sorted(path.parent for path in folder.glob("*/model.onnx"))
    for place in places:
        try:
            inferred = check_shapes(place / "model.onnx")
            has_run = (place / "results.safetensors").exists()
            error = largest_error(place) if has_run else 0.0
            # An error that is no number is none below the tolerance.
            failed = not error <= TOLERANCE
            computed = f"error {error:.1e}" if has_run else "never run"
            print(f"{'WRONG' if failed else 'ok'}  {place.name}  {inferred} outputs inferred in full, {computed}")
        except Exception as problem:  # noqa: BLE001 every graph is looked at
            failed = True
            print(f"WRONG  {place.name}  {type(problem).__name__}: {problem}"[:600])
        failures += failed
    print(f"{len(places)} graphs, {failures} wrong")
    return failures if places else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])) > 0)

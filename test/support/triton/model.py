"""A bare graph in Triton: its Python backend runs the ONNX file that lies beside this one with ONNX Runtime."""

import re
from pathlib import Path

import numpy as np
import onnxruntime
import triton_python_backend_utils as triton

GRAPH = Path(__file__).parent / "graph.onnx"

# As Sandpiper and Triton's own ONNX backend have it: a batch is what the caller puts into a variable first dimension.
MOST_IN_A_BATCH = 32

TYPES = {
    "float": "TYPE_FP32",
    "double": "TYPE_FP64",
    "float16": "TYPE_FP16",
    "string": "TYPE_STRING",
    "bool": "TYPE_BOOL",
}


def open_graph() -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(GRAPH, providers=["CPUExecutionProvider"])


def port(value, batched: bool) -> dict:
    name = re.fullmatch(r"tensor\((\w+)\)", value.type)[1]
    dims = [dim if isinstance(dim, int) else -1 for dim in value.shape]
    return {
        "name": value.name,
        "data_type": TYPES.get(name, f"TYPE_{name.upper()}"),
        "dims": dims[1:] if batched else dims,
    }


class TritonPythonModel:
    @staticmethod
    def auto_complete_config(config):
        session = open_graph()
        ports = session.get_inputs() + session.get_outputs()
        batched = all(len(value.shape) > 1 and not isinstance(value.shape[0], int) for value in ports)
        config.set_max_batch_size(MOST_IN_A_BATCH if batched else 0)
        for value in session.get_inputs():
            config.add_input(port(value, batched))
        for value in session.get_outputs():
            config.add_output(port(value, batched))
        return config

    def initialize(self, args):
        self.session = open_graph()

    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        names = request.requested_output_names()
        try:
            given = {tensor.name(): values_of(tensor) for tensor in request.inputs()}
            values = self.session.run(names, given)
        except Exception as error:  # Whatever it is, it is this request's.
            return triton.InferenceResponse(error=triton.TritonError(str(error)))
        return triton.InferenceResponse([triton.Tensor(*named) for named in zip(names, values)])


def values_of(tensor) -> np.ndarray:
    values = tensor.as_numpy()
    if values.dtype != object:
        return values
    # ONNX Runtime takes text, and Triton gives bytes.
    return np.array([value.decode() for value in values.flat], object).reshape(values.shape)

"""Compares two pictures: each through the graph, and how alike that finds them."""

import json
from array import array
from math import sqrt

from componentize_py_types import Err
from wit_world.exports import Prediction as Task
from wit_world.exports.prediction import (
    Description,
    ExactSize,
    Filter,
    Fit,
    Input,
    InputKind_Picture,
    NumberRange,
    Occurrence,
    Output,
    OutputKind_Json,
    OutputKind_Tensor,
    Parameter,
    ParameterKind_Number,
    PictureInput,
    PictureSize_Exact,
    Request,
    TensorPort,
)
from wit_world.imports import errors, graph, store, tensor, values
from wit_world.imports.failures import Failure_Inference, Failure_Internal, InferenceFailure
from wit_world.imports.logging import Level, log
from wit_world.imports.values import (
    ElementType,
    NamedOutput,
    OutputValue_Json,
    OutputValue_Tensor,
    Picture,
    PixelFormat,
)

CHANNELS = 3

# The host holds every answer to it, and shows it to clients.
COMPARISON = {
    "type": "object",
    "properties": {
        "similarity": {"type": "number", "minimum": -1, "maximum": 1},
        "same": {"type": "boolean"},
    },
    "required": ["similarity", "same"],
}


class Config:
    """`config` of model.json."""

    def __init__(self) -> None:
        self.width = int(number("width", 224))
        self.height = int(number("height", 224))
        self.mean = per_channel("mean", 0)
        self.std = per_channel("std", 1)
        self.input = store.get("input") or "input"
        self.output = store.get("output")


def parse(key: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Err(Failure_Internal(f'config key "{key}" is "{text}", but must be a number'))


def number(key: str, fallback: float) -> float:
    text = store.get(key)
    return fallback if text is None else parse(key, text)


def per_channel(key: str, fallback: float) -> list[float]:
    """One number for all channels, or one for each with commas between."""
    text = store.get(key)
    numbers = [fallback] if text is None else [parse(key, part) for part in text.split(",")]
    return numbers if len(numbers) == CHANNELS else numbers[:1] * CHANNELS


def normalise(pixels: bytes, config: Config) -> tensor.Tensor:
    """Row by row RGB bytes to planes of (pixel - mean) / std, as little-endian FP32."""
    planes = array("f")
    for channel, (mean, std) in enumerate(zip(config.mean, config.std)):
        steps = [(byte - mean) / std for byte in range(256)]
        planes.extend(map(steps.__getitem__, pixels[channel::CHANNELS]))
    dimensions = [1, CHANNELS, config.height, config.width]
    return tensor.Tensor(dimensions, tensor.TensorType.FP32, planes.tobytes())


def features(picture: Picture, config: Config) -> array:
    """What the graph gives for a picture."""
    if (picture.width, picture.height) != (config.width, config.height):
        raise Err(Failure_Internal(f"the picture is {picture.width} x {picture.height}"))
    try:
        context = graph.load_by_name("model").init_execution_context()
        outputs = context.compute([(config.input, normalise(picture.pixels, config))])
    except Err as failed:
        error: errors.Error = failed.value
        raise Err(Failure_Inference(InferenceFailure(error.code(), error.data())))
    for name, output in outputs:
        if config.output in (None, name):
            numbers = array("f")
            numbers.frombytes(output.data())
            return numbers
    raise Err(Failure_Internal(f'the graph has no output "{config.output}"'))


def cosine(a: array, b: array) -> float:
    """From -1 to 1, at which both point the same way."""
    dot = lambda x, y: sum(map(float.__mul__, x, y))
    length = sqrt(dot(a, a) * dot(b, b))
    return max(-1, min(1, dot(a, b) / length)) if length > 0 else 0


class Prediction(Task):
    def describe(self) -> Description:
        config = Config()
        size = PictureSize_Exact(ExactSize(config.width, config.height, Fit.CROP))
        kind = InputKind_Picture(PictureInput(size, Filter.BILINEAR, PixelFormat.RGB8, False))
        threshold = ParameterKind_Number(NumberRange(-1, 1, 0.8))
        both = OutputKind_Tensor(TensorPort(ElementType.FLOAT32, [2, None]))
        return Description(
            [
                Input("first", "One picture.", kind, Occurrence.REQUIRED),
                Input("second", "The picture that it is compared with.", kind, Occurrence.REQUIRED),
            ],
            [Parameter("threshold", "The similarity from which on both count as the same.", threshold)],
            [
                Output(
                    "comparison",
                    "How alike both pictures are.",
                    OutputKind_Json(json.dumps(COMPARISON)),
                    False,
                ),
                Output("features", "What the graph gave for each.", both, False),
            ],
        )

    def predict(self, request: Request) -> list[NamedOutput]:
        config = Config()
        # Both are required, so that they come, and in the order of the description.
        first, second = (features(given.value.value, config) for given in request.inputs)
        (threshold,) = (given.value.value for given in request.parameters)
        similarity = cosine(first, second)
        comparison = json.dumps({"similarity": similarity, "same": similarity >= threshold})
        log(Level.DEBUG, "predict", comparison)
        both = values.Tensor(ElementType.FLOAT32, [2, len(first)], (first + second).tobytes())
        return [
            NamedOutput("comparison", OutputValue_Json(comparison)),
            NamedOutput("features", OutputValue_Tensor(both)),
        ]

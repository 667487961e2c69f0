"""An image classifier: pixels to a normalised tensor, through the graph, to the best classes."""

from array import array
from math import exp

from componentize_py_types import Err
from wit_world.exports import ImageClassification as Task
from wit_world.exports.image_classification import (
    Filter,
    Fit,
    ImageInput,
    PixelFormat,
    Prediction,
    ScoreFunction,
)
from wit_world.imports import errors, graph, store, tensor
from wit_world.imports.failures import Failure_Inference, Failure_Internal, InferenceFailure
from wit_world.imports.logging import Level, log

CHANNELS = 3


class Config:
    """`config` of model.json."""

    def __init__(self) -> None:
        self.width = int(number("width", 224))
        self.height = int(number("height", 224))
        self.mean = per_channel("mean", 0)
        self.std = per_channel("std", 1)
        self.input = store.get("input") or "input"
        self.output = store.get("output")
        self.top_k = int(number("top-k", 5))


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
        values = [(byte - mean) / std for byte in range(256)]
        planes.extend(map(values.__getitem__, pixels[channel::CHANNELS]))
    dimensions = [1, CHANNELS, config.height, config.width]
    return tensor.Tensor(dimensions, tensor.TensorType.FP32, planes.tobytes())


def run(given: tensor.Tensor, config: Config) -> array:
    """The graph's output as numbers."""
    try:
        context = graph.load_by_name("model").init_execution_context()
        outputs = context.compute([(config.input, given)])
    except Err as failed:
        error: errors.Error = failed.value
        raise Err(Failure_Inference(InferenceFailure(error.code(), error.data())))
    for name, output in outputs:
        if config.output in (None, name):
            values = array("f")
            values.frombytes(output.data())
            return values
    raise Err(Failure_Internal(f'the graph has no output "{config.output}"'))


def to_scores(values: array, score_function: ScoreFunction) -> list[float]:
    if score_function == ScoreFunction.NONE:
        return list(values)
    if score_function == ScoreFunction.SIGMOID:
        return [1 / (1 + exp(-value)) for value in values]
    largest = max(values)
    shares = [exp(value - largest) for value in values]
    total = sum(shares)
    return [share / total for share in shares]


class ImageClassification(Task):
    def describe(self) -> ImageInput:
        config = Config()
        return ImageInput(
            config.width, config.height, Fit.CROP, 0.875, Filter.BILINEAR, PixelFormat.RGB8
        )

    def classify(self, picture, options) -> list[Prediction]:
        config = Config()
        if (picture.width, picture.height) != (config.width, config.height):
            raise Err(Failure_Internal(f"the picture is {picture.width} x {picture.height}"))
        values = run(normalise(picture.pixels, config), config)
        chosen = options.score_function
        scores = to_scores(values, ScoreFunction.SOFTMAX if chosen is None else chosen)
        wanted = config.top_k if options.top_k is None else options.top_k
        # A stable sort: equal scores by lower index.
        best = sorted(range(len(scores)), key=lambda index: -scores[index])[:wanted]
        if best:
            log(Level.DEBUG, "classify", f"best class {best[0]}")
        return [Prediction(index, scores[index]) for index in best]

"""A transcriber for Moonshine: the encoder once a piece of sound, then the decoder once a token, always the likeliest."""

import re
from array import array
from math import ceil, exp, log

from componentize_py_types import Err
from wit_world.exports import SpeechTranscription as Task
from wit_world.exports.speech_transcription import AudioInput, Segment, Transcript
from wit_world.imports import assets, bound_inputs, errors, graph, progress, sound, store
from wit_world.imports.failures import (
    Failure_Inference,
    Failure_InvalidInput,
    Failure_Unsupported,
    InferenceFailure,
)
from wit_world.imports.inference import GraphExecutionContext
from wit_world.imports.tensor import Tensor, TensorType

SAMPLE_RATE = 16_000
# Seconds that the encoder takes; longer sound is cut, wherever that falls.
LONGEST_PIECE = 30
# More than anyone speaks.
TOKENS_PER_SECOND = 6.5
START_TOKEN = 1
END_TOKEN = 2

# The decoder's cache before the first token: a key and a value a layer, heads, no tokens, numbers of each.
EMPTY_CACHE = [12, 8, 0, 36]


def decode(
    samples: array, encoder: GraphExecutionContext, decoder: GraphExecutionContext
) -> tuple[list[int], float]:
    """The tokens of one piece of sound, and the mean logarithm of their probabilities."""
    given = Tensor([1, len(samples)], TensorType.FP32, samples.tobytes())
    # Every step of the decoder takes the encoder's outputs: they stay with the host.
    bound_inputs.bind(decoder, encoder.compute([("input_values", given)]))
    tokens: list[int] = []
    logarithms = 0.0
    past = Tensor(EMPTY_CACHE, TensorType.FP32, b"")
    token = START_TOKEN
    while len(tokens) <= ceil(len(samples) / SAMPLE_RATE * TOKENS_PER_SECOND):
        ids = Tensor([1, 1], TensorType.I64, token.to_bytes(8, "little"))
        outputs = dict(decoder.compute([("input_ids", ids), ("past", past)]))
        past = outputs["present"]
        logits = array("f")
        logits.frombytes(outputs["logits"].data())
        largest = max(logits)
        token = logits.index(largest)
        if token == END_TOKEN:
            break
        tokens.append(token)
        logarithms -= log(sum(exp(logit - largest) for logit in logits))
    return tokens, logarithms / max(len(tokens), 1)


def text_of(tokens: list[int]) -> str:
    """One token a line: `▁` is a space, `<0x41>` a byte, any other in angle brackets a mark without text."""
    lines = assets.read("vocabulary.txt").split(b"\n")
    text = b""
    for token in tokens:
        byte = re.fullmatch(rb"<0x([0-9A-F]{2})>", lines[token])
        if byte:
            text += bytes([int(byte[1], 16)])
        elif not re.fullmatch(rb"<.*>", lines[token]):
            text += lines[token].replace("▁".encode(), b" ")
    return text.decode(errors="replace").strip()


def transcribe(length: int) -> list[Segment]:
    encoder = graph.load_by_name("encoder").init_execution_context()
    decoder = graph.load_by_name("decoder").init_execution_context()
    segments: list[Segment] = []
    for start in range(0, length, LONGEST_PIECE * SAMPLE_RATE):
        samples = array("f", sound.read(start, LONGEST_PIECE * SAMPLE_RATE))
        tokens, probability = decode(samples, encoder, decoder)
        text = text_of(tokens)
        end = (start + len(samples)) / SAMPLE_RATE
        progress.report(progress.Update(f" {text}" if segments else text, end))
        segments.append(Segment(text, start / SAMPLE_RATE, end, tokens, probability, []))
    return segments


class SpeechTranscription(Task):
    def describe(self) -> AudioInput:
        return AudioInput(SAMPLE_RATE, LONGEST_PIECE, [store.get("language") or "en"], False)

    def transcribe(self, options) -> Transcript:
        language = store.get("language") or "en"
        if options.language not in (None, language):
            raise Err(Failure_Unsupported(f'this model knows the language "{language}"'))
        if options.word_timestamps:
            raise Err(Failure_Unsupported("this model gives no times of single words"))
        if options.temperature:
            raise Err(Failure_Unsupported("this model decodes greedily: its temperature is 0"))
        if sound.length() == 0:
            raise Err(Failure_InvalidInput("the sound is empty"))
        try:
            segments = transcribe(sound.length())
        except Err as failed:
            error: errors.Error = failed.value
            raise Err(Failure_Inference(InferenceFailure(error.code(), error.data())))
        return Transcript(" ".join(segment.text for segment in segments), language, segments)

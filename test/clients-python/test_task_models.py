"""PyPI tritonclient[http]: the models of the open contract that come along, each input and output by its name."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import tritonclient.http as triton

DETECTOR, READER, SOUNDS, WINDOWS = "nanodet-g-416", "pp-ocr-tiny", "yamnet", "minirocket-vowels"

PORTS = {
    DETECTOR: (["image"], ["detections"]),
    READER: (["picture"], ["text", "lines"]),
    SOUNDS: (["sound"], ["labels", "labels_scores", "timeline"]),
    WINDOWS: (["file", "rows", "windows"], ["labels", "labels_scores", "timeline"]),
}


@pytest.fixture(scope="module")
def client():
    with triton.InferenceServerClient(os.environ["TASKS_URL"].removeprefix("http://")) as client:
        yield client


def sample(model: str) -> bytes:
    folder = Path(os.environ["TASK_MODELS"]) / model / "1"
    return (folder / json.loads((folder / "model.json").read_text())["sample"]["file"]).read_bytes()


def ask(client, model: str, **options) -> triton.InferResult:
    """The model's own sample, which its first input takes."""
    given = triton.InferInput(PORTS[model][0][0], [1], "BYTES")
    given.set_data_from_numpy(np.array([sample(model)], np.object_))
    return client.infer(model, [given], **options)


def texts(answer: triton.InferResult, name: str) -> list[str]:
    return [each.decode() for each in answer.as_numpy(name).ravel()]


@pytest.mark.parametrize("model", PORTS)
def test_each_names_its_inputs_and_outputs(client, model):
    assert client.is_model_ready(model)
    metadata = client.get_model_metadata(model)
    assert tuple([port["name"] for port in metadata[side]] for side in ("inputs", "outputs")) == PORTS[model]


def test_metadata_tell_which_inputs_may_be_left_out_and_which_parameters_there_are(client):
    metadata = client.get_model_metadata(WINDOWS)
    assert [port["parameters"]["optional"] for port in metadata["inputs"]] == [True, True, True]
    window = json.loads(metadata["properties"]["parameter.window"])
    assert (window["type"], window["minimum"], window["maximum"]) == ("integer", 1, 256)


def test_the_detector_gives_boxes_as_json(client):
    (found,) = texts(ask(client, DETECTOR), "detections")
    boxes = json.loads(found)
    assert {box["label"] for box in boxes} >= {"person", "cat"}
    assert all(set(box["box"]) == {"xmin", "ymin", "xmax", "ymax"} for box in boxes)


def test_the_reader_gives_its_text_and_its_lines(client):
    answer = ask(client, READER)
    lines = ["The sandpiper runs", "along the water", "Tide tables: 7:42"]
    assert texts(answer, "text") == ["\n".join(lines)]
    assert [line["text"] for line in json.loads(texts(answer, "lines")[0])] == lines


def test_the_reader_gives_what_is_asked_for_alone(client):
    answer = ask(client, READER, outputs=[triton.InferRequestedOutput("text", binary_data=False)])
    assert [each["name"] for each in answer.get_response()["outputs"]] == ["text"]


@pytest.mark.parametrize(("model", "label"), [(SOUNDS, "Telephone"), (WINDOWS, "speaker 1")])
def test_labels_come_with_their_scores(client, model, label):
    answer = ask(client, model)
    scores = answer.as_numpy("labels_scores")
    assert texts(answer, "labels")[0] == label
    assert scores.dtype == np.float32 and len(scores) == len(texts(answer, "labels"))
    assert all(np.diff(scores) <= 0)


def test_parameters_go_to_the_component(client):
    assert len(texts(ask(client, SOUNDS, parameters={"top_k": 3}), "labels")) == 3


def test_a_recording_of_windows_gives_each_its_label(client):
    answer = ask(client, WINDOWS, parameters={"window": 6, "stride": 3})
    (found,) = texts(answer, "timeline")
    windows = [(each["start"], each["end"]) for each in json.loads(found)]
    assert windows == [(start, start + 6) for start in range(0, 14, 3)]

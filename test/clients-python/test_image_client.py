"""What Triton's example image_client.py does: it learns from metadata and configuration how a picture goes in."""

import io
import json

import numpy as np
import pytest
import tritonclient.http as triton
from google.protobuf import json_format
from PIL import Image
from tritonclient.grpc.model_config_pb2 import ModelConfig, ModelInput
from tritonclient.utils import triton_to_np_dtype

MODEL = "triton-photos"


@pytest.fixture(scope="module")
def client(url):
    with triton.InferenceServerClient(url.removeprefix("http://"), concurrency=4) as client:
        yield client


def prepared(photo: bytes, format: int, shape: list[int], datatype: str) -> np.ndarray:
    channels_first = format == ModelInput.FORMAT_NCHW
    assert channels_first or format == ModelInput.FORMAT_NHWC
    height, width = shape[1:] if channels_first else shape[:2]
    channels = shape[0] if channels_first else shape[2]
    picture = Image.open(io.BytesIO(photo)).convert("L" if channels == 1 else "RGB")
    pixels = np.array(picture.resize((width, height), Image.BILINEAR)).reshape(height, width, channels)
    scaled = pixels.astype(triton_to_np_dtype(datatype)) / 127.5 - 1
    return np.transpose(scaled, (2, 0, 1)) if channels_first else scaled


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("later", [False, True])
def test_a_photo_comes_back_as_labelled_classes(client, photo, batch, later):
    metadata = client.get_model_metadata(MODEL)
    config = client.get_model_config(MODEL)
    [takes], [gives] = metadata["inputs"], metadata["outputs"]
    assert gives["datatype"] == "FP32"
    assert config["max_batch_size"] >= batch and len(takes["shape"]) == 4
    assert config["input"][0]["dims"] == takes["shape"][1:]
    assert config["output"][0]["label_filename"] == "labels.txt"

    format = ModelInput.Format.Value(config["input"][0]["format"])
    picture = prepared(photo, format, takes["shape"][1:], takes["datatype"])
    values = np.stack([picture] * batch, axis=0)
    given = triton.InferInput(takes["name"], values.shape, takes["datatype"])
    given.set_data_from_numpy(values)
    wanted = [triton.InferRequestedOutput(gives["name"], class_count=2)]
    infer = client.async_infer if later else client.infer
    result = infer(MODEL, [given], outputs=wanted, request_id="7")
    result = result.get_result() if later else result

    assert result.get_response()["id"] == "7"
    rows = result.as_numpy(gives["name"])
    assert len(rows) == batch
    for row in rows:
        score, index, label = row[0].decode().split(":")
        assert (index, label) == ("967", "espresso") and float(score) > 1


def test_the_configuration_is_one_of_triton(client):
    """Every field is one that Triton's own message has, of its type."""
    for each in client.get_model_repository_index():
        config = json_format.Parse(json.dumps(client.get_model_config(each["name"])), ModelConfig())
        assert config.name == each["name"]

"""PyPI kserve: its InferenceRESTClient with its own requests and answers."""

import asyncio

import httpx
import numpy as np
import pytest
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.infer_type import RequestedOutput

IMAGES = "efficientnet-lite0"
SPEECH = "moonshine-tiny"


def ask(call):
    """The client is asynchronous, and belongs to one event loop."""

    async def within():
        async with InferenceRESTClient(RESTConfig(protocol="v2", timeout=60)) as client:
            return await call(client)

    return asyncio.run(within())


def array(values: np.ndarray, datatype: str, name: str = "x", binary: bool = True) -> InferInput:
    made = InferInput(name, list(values.shape), datatype)
    made.set_data_from_numpy(values, binary_data=binary)
    return made


def floats(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def refused(call, status: int, message: str) -> None:
    with pytest.raises(httpx.HTTPStatusError, match=message) as caught:
        ask(call)
    assert caught.value.response.status_code == status


def test_the_server_and_its_models_are_live_and_ready(url):
    assert ask(lambda client: client.is_server_live(url)) is True
    assert ask(lambda client: client.is_server_ready(url)) is True
    assert ask(lambda client: client.is_model_ready(url, "fp32")) is True
    assert ask(lambda client: client.is_model_ready(url, IMAGES)) is True
    assert ask(lambda client: client.is_model_ready(url, "no-such-model")) is False


@pytest.mark.parametrize(
    ("model", "values"),
    [
        ("bool", np.array([True, False])),
        ("uint8", np.array([0, 255], np.uint8)),
        ("uint16", np.array([0, 65535], np.uint16)),
        ("uint32", np.array([0, 2**32 - 1], np.uint32)),
        ("uint64", np.array([0, 2**64 - 1], np.uint64)),
        ("int8", np.array([-128, 127], np.int8)),
        ("int16", np.array([-(2**15), 2**15 - 1], np.int16)),
        ("int32", np.array([-(2**31), 2**31 - 1], np.int32)),
        ("int64", np.array([-(2**63), 2**63 - 1], np.int64)),
        ("fp16", np.array([-1.5, 65504], np.float16)),
        ("fp32", floats(-1.5, np.nan)),
        ("fp64", np.array([-1.5, 5e-324])),
        ("bytes", np.array([b"", "Grüße".encode()], np.object_)),
    ],
)
def test_binary_both_ways(url, model, values):
    request = InferRequest(model, [array(values, model.upper())], parameters={"binary_data_output": True})
    response = ask(lambda client: client.infer(url, request, model_name=model))
    got = response.outputs[0].as_numpy()
    if model == "bytes":  # The client makes text of them.
        values = np.array([each.decode() for each in values], np.object_)
    assert got.dtype == values.dtype
    assert np.array_equal(got, values, equal_nan=model == "fp32")


@pytest.mark.parametrize(
    ("model", "data"),
    [
        ("bool", [True, False]),
        ("int64", [-(2**63), 2**63 - 1]),
        ("uint64", [2**64 - 1]),
        ("fp32", [-1.5, 0.25]),
        ("fp64", [5e-324]),
        ("bytes", ["", "Grüße"]),
    ],
)
def test_json_both_ways(url, model, data):
    request = InferRequest(model, [InferInput("x", [len(data)], model.upper(), data=data)], request_id="1")
    response = ask(lambda client: client.infer(url, request, model_name=model))
    assert (response.id, response.model_name, response.outputs[0].data) == ("1", model, data)


def test_a_request_that_is_a_plain_dict(url):
    request = {"inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [[1.5, 2.5]]}]}
    refused(lambda client: client.infer(url, request, model_name="fp32"), 400, "shape")
    request["inputs"][0]["shape"] = [2]
    response = ask(lambda client: client.infer(url, request, model_name="fp32"))
    assert response.outputs[0].as_numpy().tolist() == [1.5, 2.5]


def test_one_output_in_binary_and_the_headers_of_the_answer(url):
    outputs = [RequestedOutput("y", parameters={"binary_data": True})]
    request = InferRequest(
        "add",
        [array(np.ones((1, 4), np.float32), "FP32", name) for name in ("x", "w")],
        request_outputs=outputs,
    )
    headers: dict[str, str] = {}
    response = ask(lambda client: client.infer(url, request, model_name="add", response_headers=headers))
    assert response.outputs[0].as_numpy().tolist() == [[2, 2, 2, 2]]
    assert headers["server-timing"]


def test_photos_and_speech(url, photo, speech, spoken):
    photos = array(np.array([photo, photo], np.object_), "BYTES", "image")
    request = InferRequest(IMAGES, [photos], parameters={"top_k": 1, "binary_data_output": True})
    labels = ask(lambda client: client.infer(url, request, model_name=IMAGES)).get_output_by_name("labels")
    assert labels.as_numpy().tolist() == [["espresso"], ["espresso"]]

    sound = array(np.array([speech.read_bytes()], np.object_), "BYTES", "audio")
    response = ask(lambda client: client.infer(url, InferRequest(SPEECH, [sound]), model_name=SPEECH))
    assert response.get_output_by_name("text").data == [spoken]


def test_errors_say_what_was_wrong(url):
    good = InferRequest("fp32", [array(floats(1), "FP32")])
    refused(
        lambda client: client.infer(url, good, model_name="no-such-model"),
        404,
        "no-such-model.*404 Not Found",
    )
    wrong = InferRequest("fp32", [array(np.array([1], np.int32), "INT32")])
    refused(lambda client: client.infer(url, wrong, model_name="fp32"), 400, "INT32.*400 Bad Request")


def test_keys(guarded_url, keys):
    request = InferRequest("fp32", [array(floats(1), "FP32")])
    refused(lambda client: client.infer(guarded_url, request, model_name="fp32"), 401, "key")
    headers = {"Authorization": f"Bearer {keys['reader']}"}
    response = ask(lambda client: client.infer(guarded_url, request, model_name="fp32", headers=headers))
    assert response.outputs[0].as_numpy().tolist() == [1]
    assert ask(lambda client: client.is_server_ready(guarded_url)) is True

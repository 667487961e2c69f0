"""PyPI kserve: its client against a service that was started as the ServingRuntime says."""

import asyncio
import os
import urllib.request

import numpy as np
import pytest
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

URL = os.environ.get("RUNTIME_URL")
pytestmark = pytest.mark.skipif(URL is None, reason="mounts of its own cannot be had here")

IMAGES = "efficientnet-lite0"
SPEECH = "moonshine-tiny"


def ask(call):
    """The client is asynchronous, and belongs to one event loop."""

    async def within():
        async with InferenceRESTClient(RESTConfig(protocol="v2", timeout=60)) as client:
            return await call(client)

    return asyncio.run(within())


def file(name: str, content: bytes) -> InferInput:
    made = InferInput(name, [1], "BYTES")
    made.set_data_from_numpy(np.array([content], np.object_), binary_data=True)
    return made


def test_its_probes_are_answered():
    for path in os.environ["RUNTIME_PROBES"].split(","):
        with urllib.request.urlopen(URL + path) as response:
            assert response.status == 200


@pytest.mark.parametrize("model", [IMAGES, SPEECH])
def test_the_models_of_its_storage_are_ready(model):
    assert ask(lambda client: client.is_model_ready(URL, model)) is True


def test_a_photo_and_speech_are_answered(photo, speech, spoken):
    request = InferRequest(IMAGES, [file("image", photo)], parameters={"top_k": 1, "binary_data_output": True})
    answer = ask(lambda client: client.infer(URL, request, model_name=IMAGES))
    assert answer.get_output_by_name("labels").as_numpy().ravel()[0] in (b"espresso", "espresso")
    request = InferRequest(SPEECH, [file("audio", speech.read_bytes())], parameters={"binary_data_output": True})
    answer = ask(lambda client: client.infer(URL, request, model_name=SPEECH))
    text = answer.get_output_by_name("text").as_numpy().ravel()[0]
    said = text.decode() if isinstance(text, bytes) else text
    assert said.lower().replace(",", "").replace(".", "").split() == spoken.lower().rstrip(".").split()

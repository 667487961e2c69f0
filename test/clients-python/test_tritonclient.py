"""PyPI tritonclient[http]: every method that has a meaning here, and what its others are told."""

import gzip
import re

import ml_dtypes
import numpy as np
import pytest
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio
from tritonclient._plugin import InferenceServerClientPlugin
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

IMAGES = "efficientnet-lite0"
SPEECH = "moonshine-tiny"

# The widest values of each datatype that an identity has to carry, NaN and negative zero with them.
VALUES = {
    "bool": np.array([True, False, True]),
    "uint8": np.array([0, 1, 255], np.uint8),
    "uint16": np.array([0, 1, 65535], np.uint16),
    "uint32": np.array([0, 1, 2**32 - 1], np.uint32),
    "uint64": np.array([0, 2**53 + 1, 2**64 - 1], np.uint64),
    "int8": np.array([-128, 0, 127], np.int8),
    "int16": np.array([-(2**15), 0, 2**15 - 1], np.int16),
    "int32": np.array([-(2**31), 0, 2**31 - 1], np.int32),
    "int64": np.array([-(2**63), 2**53 + 1, 2**63 - 1], np.int64),
    "fp16": np.array([-1.5, -0.0, 65504], np.float16),
    "bf16": np.array([-1.5, -0.0, 3.0], ml_dtypes.bfloat16),
    "fp32": np.array([-1.5, np.nan, np.inf], np.float32),
    "fp64": np.array([-1.5, -0.0, 5e-324], np.float64),
    "bytes": np.array([b"", "Grüße".encode(), b"x" * 1_000], np.object_),
}

# What JSON has words for.
PLAIN = {name: values for name, values in VALUES.items() if name not in ("fp16", "bf16")}
PLAIN["fp32"] = np.array([-1.5, -0.0, 3.4028235e38], np.float32)
PLAIN["bytes"] = np.array(["", "Grüße"], np.object_)


@pytest.fixture(scope="module")
def client(url):
    with triton.InferenceServerClient(address(url), concurrency=4) as client:
        yield client


def address(url: str) -> str:
    return url.removeprefix("http://")


class Watched(triton.InferenceServerClient):
    """Keeps the last answer's headers, which the client's results leave out."""

    def _post(self, *values, **named):
        self.answer = super()._post(*values, **named)
        return self.answer


def tensor(values: np.ndarray, name: str = "x", binary: bool = True) -> triton.InferInput:
    made = triton.InferInput(name, list(values.shape), np_to_triton_dtype(values.dtype))
    return made.set_data_from_numpy(values, binary_data=binary)


def floats(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def refused(call, status: str, message: str) -> InferenceServerException:
    with pytest.raises(InferenceServerException) as caught:
        call()
    assert (caught.value.status(), bool(re.search(message, caught.value.message()))) == (status, True), (
        caught.value
    )
    return caught.value


class TestWhatIsThere:
    def test_the_server_and_its_models_are_live_and_ready(self, client):
        assert client.is_server_live() and client.is_server_ready()
        assert client.is_model_ready(IMAGES) and client.is_model_ready("fp32", "1")
        assert not client.is_model_ready("no-such-model")
        assert not client.is_model_ready("fp32", "9")

    def test_server_metadata(self, client):
        metadata = client.get_server_metadata()
        assert metadata["name"] == "sandpiper"
        assert {"binary_tensor_data", "classification", "statistics"} <= set(metadata["extensions"])

    def test_model_metadata(self, client):
        metadata = client.get_model_metadata("add", "1")
        assert (metadata["name"], metadata["versions"], metadata["platform"]) == ("add", ["1"], "onnx_onnxv1")
        assert metadata["inputs"] == [
            {"name": "x", "datatype": "FP32", "shape": [-1, 4]},
            {"name": "w", "datatype": "FP32", "shape": [-1, 4]},
        ]
        assert [each["name"] for each in client.get_model_metadata(IMAGES)["outputs"]] == [
            "labels",
            "scores",
            "indices",
        ]

    def test_model_config(self, client):
        config = client.get_model_config("fp32")
        assert (config["name"], config["input"][0]["data_type"]) == ("fp32", "TYPE_FP32")

    def test_statistics_count_what_was_asked(self, client):
        before = client.get_inference_statistics("uint8", "1")["model_stats"][0]
        client.infer("uint8", [tensor(VALUES["uint8"])])
        after = client.get_inference_statistics("uint8")["model_stats"][0]
        assert after["inference_count"] == before["inference_count"] + 1
        assert after["inference_stats"]["success"]["ns"] > before["inference_stats"]["success"]["ns"]
        everything = client.get_inference_statistics()["model_stats"]
        assert {"uint8", IMAGES, SPEECH} <= {each["name"] for each in everything}

    def test_the_repository_is_listed_unloaded_from_and_loaded_into(self, client):
        assert {
            "name": "int8",
            "version": "1",
            "state": "READY",
            "reason": "",
        } in client.get_model_repository_index()
        client.unload_model("int8", unload_dependents=True)
        assert not client.is_model_ready("int8")
        assert (
            next(each for each in client.get_model_repository_index() if each["name"] == "int8")["state"]
            == "UNAVAILABLE"
        )
        refused(lambda: client.infer("int8", [tensor(VALUES["int8"])]), "404", "int8")
        client.load_model("int8")
        assert client.is_model_ready("int8")

    def test_a_model_is_not_made_by_a_client(self, client):
        refused(lambda: client.load_model("int16", config="{}"), "400", "config")
        refused(
            lambda: client.load_model("int16", config="{}", files={"file:1/model.onnx": b"graph"}),
            "400",
            "config|file",
        )
        refused(lambda: client.load_model("no-such-model"), "404", "no-such-model")

    @pytest.mark.parametrize(
        "method",
        [
            "get_trace_settings",
            "get_log_settings",
            "get_system_shared_memory_status",
            "get_cuda_shared_memory_status",
        ],
    )
    def test_what_is_not_here_is_a_404_that_the_client_can_read(self, client, method):
        refused(getattr(client, method), "404", "v2")


class TestTensors:
    @pytest.mark.parametrize("name", VALUES)
    def test_binary_both_ways_is_the_clients_default(self, client, name):
        values = VALUES[name]
        result = client.infer(name, [tensor(values)])
        assert result.get_output("y")["parameters"]["binary_data_size"] > 0
        same(result.as_numpy("y"), values)

    @pytest.mark.parametrize("name", PLAIN)
    def test_json_both_ways(self, client, name):
        values = PLAIN[name]
        outputs = [triton.InferRequestedOutput("y", binary_data=False)]
        result = client.infer(name, [tensor(values, binary=False)], outputs=outputs)
        assert "data" in result.get_output("y")
        same(result.as_numpy("y"), values)

    @pytest.mark.parametrize(("to", "back"), [(True, False), (False, True)])
    def test_binary_one_way_and_json_the_other(self, client, to, back):
        outputs = [triton.InferRequestedOutput("y", binary_data=back)]
        result = client.infer(
            "add",
            [
                tensor(np.ones((2, 4), np.float32), binary=to),
                tensor(np.ones((2, 4), np.float32), "w", not to),
            ],
            outputs=outputs,
        )
        same(result.as_numpy("y"), np.full((2, 4), 2, np.float32))

    @pytest.mark.parametrize("name", ["fp16", "bf16"])
    def test_half_precision_in_json_is_refused(self, client, name):
        outputs = [triton.InferRequestedOutput("y", binary_data=False)]
        refused(lambda: client.infer(name, [tensor(VALUES[name])], outputs=outputs), "400", "binary")

    @pytest.mark.parametrize("value", [b"\xff", b"a\x00b"])
    def test_bytes_that_are_no_text_pass_as_they_are(self, client, value):
        values = np.array([value], np.object_)
        assert client.infer("bytes", [tensor(values)]).as_numpy("y").tolist() == [value]

    def test_an_empty_tensor(self, client):
        assert client.infer("fp32", [tensor(floats())]).as_numpy("y").shape == (0,)

    def test_a_large_one(self, client):
        values = np.arange(1_000_000, dtype=np.float32)
        same(client.infer("fp32", [tensor(values)]).as_numpy("y"), values)

    @pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
    def test_compressed_both_ways(self, url, algorithm):
        values = np.zeros(10_000, np.float32)
        with Watched(address(url)) as client:
            result = client.infer(
                "fp32",
                [tensor(values)],
                request_compression_algorithm=algorithm,
                response_compression_algorithm=algorithm,
            )
        assert client.answer.get("content-encoding") == algorithm
        same(result.as_numpy("y"), values)

    def test_classification(self, client):
        outputs = [triton.InferRequestedOutput("y", class_count=2)]
        assert client.infer("fp32", [tensor(floats(0.5, 3, 1))], outputs=outputs).as_numpy("y").tolist() == [
            b"3.000000:1",
            b"1.000000:2",
        ]

    def test_a_body_made_once_and_sent_by_hand(self, client):
        body, length = triton.InferenceServerClient.generate_request_body([tensor(floats(1, 2))])
        response = client._post(
            "v2/models/fp32/infer", body, {"Inference-Header-Content-Length": length}, None
        )
        length = response.get("inference-header-content-length")
        same(
            triton.InferenceServerClient.parse_response_body(
                response.read(), header_length=int(length)
            ).as_numpy("y"),
            floats(1, 2),
        )

    def test_a_raw_request(self, client):
        response = client._post(
            "v2/models/fp32/infer", floats(1, 2).tobytes(), {"Inference-Header-Content-Length": 0}, None
        )
        assert (response.status_code, response.read()[-8:]) == (200, floats(1, 2).tobytes())

    def test_a_raw_request_that_is_compressed(self, client):
        headers = {"Inference-Header-Content-Length": 0, "Content-Encoding": "gzip"}
        response = client._post("v2/models/fp32/infer", gzip.compress(floats(3).tobytes()), headers, None)
        assert (response.status_code, response.read()[-4:]) == (200, floats(3).tobytes())


def same(got: np.ndarray, wanted: np.ndarray) -> None:
    assert (got.dtype, got.shape, got.tobytes() if got.dtype != np.object_ else got.tolist()) == (
        wanted.dtype,
        wanted.shape,
        wanted.tobytes() if wanted.dtype != np.object_ else wanted.tolist(),
    )


class TestRequests:
    def test_the_id_and_the_version_come_back(self, client):
        response = client.infer(
            "fp32", [tensor(floats(1))], model_version="1", request_id="täg-1"
        ).get_response()
        assert (response["id"], response["model_name"], response["model_version"]) == ("täg-1", "fp32", "1")

    def test_priority_timeout_and_parameters_of_ones_own(self, client):
        result = client.infer(
            "fp32", [tensor(floats(1))], priority=1, timeout=20_000_000, parameters={"mine": 1}
        )
        same(result.as_numpy("y"), floats(1))

    def test_a_deadline_in_microseconds(self, client):
        turns = tensor(np.array(300_000, np.int64), "iterations")
        refused(lambda: client.infer("spin", [turns], timeout=1_000), "504", "deadline")

    def test_many_at_once(self, client):
        pending = [client.async_infer("fp32", [tensor(floats(each))]) for each in range(32)]
        assert [each.get_result().as_numpy("y")[0] for each in pending] == list(range(32))

    def test_query_parameters_and_headers_of_ones_own(self, url):
        with Watched(address(url)) as client:
            client.infer(
                "fp32", [tensor(floats(1))], query_params={"trace": "1"}, headers={"X-Request-Id": "mine"}
            )
        assert client.answer.get("x-request-id") == "mine"

    def test_the_asynchronous_client(self, url):
        import asyncio

        async def ask():
            async with triton_aio.InferenceServerClient(address(url)) as client:
                assert await client.is_server_live() and await client.is_model_ready("fp32")
                assert (await client.get_model_metadata("fp32"))["name"] == "fp32"
                results = await asyncio.gather(
                    *(client.infer("fp32", [tensor(floats(each))]) for each in range(8))
                )
                with pytest.raises(InferenceServerException, match="no-such-model"):
                    await client.infer("no-such-model", [tensor(floats(1))])
                return [result.as_numpy("y")[0] for result in results]

        assert asyncio.run(ask()) == list(range(8))


class TestModelsWithComponents:
    def test_a_batch_of_photos_in_one_tensor(self, client, photo):
        result = client.infer(IMAGES, [tensor(np.array([photo, photo, photo], np.object_), "image")])
        assert result.as_numpy("labels").shape == result.as_numpy("scores").shape
        assert [row[0] for row in result.as_numpy("labels").tolist()] == [b"espresso"] * 3

    def test_classification_with_labels(self, client, photo):
        outputs = [triton.InferRequestedOutput("scores", class_count=1)]
        result = client.infer(IMAGES, [tensor(np.array([photo], np.object_), "image")], outputs=outputs)
        assert re.fullmatch(rb"0\.9\d+:\d+:espresso", result.as_numpy("scores")[0][0])

    def test_parameters_of_the_task(self, client, photo):
        result = client.infer(
            IMAGES, [tensor(np.array([photo], np.object_), "image")], parameters={"top_k": 2}
        )
        assert result.as_numpy("indices").shape == (1, 2)

    def test_speech(self, client, speech, spoken):
        result = client.infer(SPEECH, [tensor(np.array([speech.read_bytes()], np.object_), "audio")])
        assert result.as_numpy("text")[0].decode() == spoken
        assert 1 < result.as_numpy("duration")[0] < 10


class TestErrors:
    @pytest.mark.parametrize(
        ("model", "inputs", "status", "message"),
        [
            ("no-such-model", [tensor(floats(1))], "404", "no-such-model"),
            ("fp32", [tensor(floats(1), "z")], "400", "z"),
            ("fp32", [], "400", "input"),
            ("fp32", [tensor(VALUES["int32"])], "400", "INT32.*FP32|FP32.*INT32"),
            ("fp32", [tensor(np.ones((1, 1), np.float32))], "400", "shape|dimension"),
            ("add", [tensor(np.ones((1, 4), np.float32))], "400", "w"),
            ("add", [tensor(np.ones((1, 4), np.float32))] * 2, "400", "x"),
            (IMAGES, [tensor(np.array([b"no photo"], np.object_), "image")], "415", "JPEG"),
            (SPEECH, [tensor(np.array([b"no sound"], np.object_), "audio")], "415", "WAV"),
        ],
    )
    def test_say_what_was_wrong(self, client, model, inputs, status, message):
        refused(lambda: client.infer(model, inputs), status, message)

    def test_a_version_that_is_not_there(self, client):
        refused(lambda: client.infer("fp32", [tensor(floats(1))], model_version="7"), "404", "7")

    def test_an_output_that_is_not_there(self, client):
        outputs = [triton.InferRequestedOutput("z")]
        refused(lambda: client.infer("fp32", [tensor(floats(1))], outputs=outputs), "400", "z")

    def test_sequences(self, client):
        refused(
            lambda: client.infer("fp32", [tensor(floats(1))], sequence_id=5, sequence_start=True),
            "400",
            "sequence",
        )

    def test_shared_memory(self, client):
        shared = triton.InferInput("x", [1], "FP32")
        shared.set_shared_memory("region", 4)
        refused(lambda: client.infer("fp32", [shared]), "400", "shared memory")

    def test_values_that_a_graph_refuses(self, client):
        wrong = [tensor(np.ones((2, 4), np.float32)), tensor(np.ones((3, 4), np.float32), "w")]
        refused(lambda: client.infer("add", wrong), "422", "add|Add")


class Bearer(InferenceServerClientPlugin):
    """The client's own way to send a key with everything."""

    def __init__(self, key: str):
        self._key = key

    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {self._key}"


class TestKeys:
    def test_without_a_key_there_is_health_and_nothing_else(self, guarded_url):
        with triton.InferenceServerClient(address(guarded_url)) as client:
            assert client.is_server_live() and client.is_server_ready()
            assert not client.is_model_ready("fp32")
            refused(client.get_server_metadata, "401", "key")
            refused(lambda: client.infer("fp32", [tensor(floats(1))]), "401", "key")

    def test_a_key_in_the_headers_of_a_call(self, guarded_url, keys):
        headers = {"Authorization": f"Bearer {keys['reader']}"}
        with triton.InferenceServerClient(address(guarded_url)) as client:
            same(client.infer("fp32", [tensor(floats(1))], headers=headers).as_numpy("y"), floats(1))
            refused(lambda: client.infer("fp64", [tensor(VALUES["fp64"])], headers=headers), "404", "fp64")
            refused(lambda: client.unload_model("fp32", headers=headers), "403", "operator")
            names = {each["name"] for each in client.get_model_repository_index(headers=headers)}
            assert names == {"fp32", SPEECH}

    def test_a_key_by_a_plugin(self, guarded_url, keys):
        with triton.InferenceServerClient(address(guarded_url)) as client:
            client.register_plugin(Bearer(keys["operator"]))
            client.unload_model("uint64")
            client.load_model("uint64")
            same(client.infer("uint64", [tensor(VALUES["uint64"])]).as_numpy("y"), VALUES["uint64"])

"""PyPI openai: transcriptions in every form, models, and errors as the classes that programs catch."""

import asyncio
import re

import httpx
import openai
import pytest

SPEECH = "moonshine-tiny"
IMAGES = "efficientnet-lite0"


@pytest.fixture(scope="module")
def client(url):
    with openai.OpenAI(base_url=f"{url}/v1", api_key="any") as client:
        yield client


def transcribe(client, speech, **options):
    return client.audio.transcriptions.create(**{"file": speech, "model": SPEECH, **options})


class TestTranscriptions:
    def test_json(self, client, speech, spoken):
        answer = transcribe(client, speech, language="en", temperature=0, prompt="Beckett")
        assert (answer.text, answer.usage.type) == (spoken, "duration")

    def test_text(self, client, speech, spoken):
        assert transcribe(client, speech, response_format="text") == f"{spoken}\n"

    @pytest.mark.parametrize(
        ("form", "cues"),
        [("srt", r"1\n00:00:0\d,\d{3} --> .*\n.+\n"), ("vtt", r"WEBVTT\n\n00:00:0\d\.\d{3} --> .*\n.+\n")],
    )
    def test_subtitles(self, client, speech, form, cues):
        assert re.match(cues, transcribe(client, speech, response_format=form))

    def test_verbose_json(self, client, speech, spoken):
        answer = transcribe(
            client, speech, response_format="verbose_json", timestamp_granularities=["segment"]
        )
        assert (answer.text, answer.language, answer.segments[0].id) == (spoken, "en", 0)
        assert answer.duration > answer.segments[0].start >= 0

    def test_the_file_may_be_bytes_with_or_without_a_name(self, client, speech, spoken):
        sound = speech.read_bytes()
        assert transcribe(client, sound).text == spoken
        assert transcribe(client, ("speech.wav", sound, "audio/wav")).text == spoken

    def test_a_stream_tells_the_text_as_it_comes(self, client, speech, spoken):
        events = list(transcribe(client, speech, stream=True))
        deltas = [event.delta for event in events if event.type == "transcript.text.delta"]
        assert len(deltas) > 1 and "".join(deltas) == spoken
        assert (events[-1].type, events[-1].text) == ("transcript.text.done", spoken)
        assert events[-1].usage.output_tokens > 0

    def test_a_stream_may_be_left(self, client, speech):
        with transcribe(client, speech, stream=True) as stream:
            assert next(iter(stream)).type == "transcript.text.delta"

    def test_the_raw_and_the_streaming_response(self, client, speech, spoken):
        raw = client.audio.transcriptions.with_raw_response.create(file=speech, model=SPEECH)
        assert raw.headers["x-request-id"] and raw.parse().text == spoken
        with client.audio.transcriptions.with_streaming_response.create(
            file=speech, model=SPEECH
        ) as response:
            assert response.status_code == 200 and spoken in response.read().decode()

    def test_the_asynchronous_client(self, url, speech, spoken):
        async def ask():
            async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="any") as client:
                stream = await transcribe(client, speech, stream=True)
                return [event async for event in stream][-1].text

        assert asyncio.run(ask()) == spoken


class TestModels:
    def test_list(self, client):
        listed = {model.id: model for model in client.models.list()}
        assert {SPEECH, IMAGES, "fp32"} <= listed.keys()
        assert (listed[SPEECH].object, listed[SPEECH].owned_by) == ("model", "sandpiper")

    def test_retrieve(self, client):
        assert client.models.retrieve(SPEECH).id == SPEECH


class TestErrors:
    @pytest.mark.parametrize(
        ("error", "status", "param", "options"),
        [
            (openai.NotFoundError, 404, None, {"model": "whisper-1"}),
            (openai.BadRequestError, 400, "model", {"model": IMAGES}),
            (openai.BadRequestError, 400, "language", {"language": "de"}),
            (openai.BadRequestError, 400, "include", {"include": ["logprobs"]}),
            (openai.BadRequestError, 400, "response_format", {"response_format": "diarized_json"}),
            (openai.BadRequestError, 400, "response_format", {"response_format": "srt", "stream": True}),
            (openai.BadRequestError, 400, "temperature", {"temperature": 3}),
            (openai.APIStatusError, 415, None, {"file": ("speech.wav", b"no sound")}),
        ],
    )
    def test_are_those_that_programs_catch(self, client, speech, error, status, param, options):
        with pytest.raises(error) as caught:
            transcribe(client, speech, **options)
        assert (caught.value.status_code, caught.value.type) == (status, "invalid_request_error")
        assert param is None or caught.value.param == param
        assert caught.value.request_id

    def test_translations_are_refused(self, client, speech):
        with pytest.deprecated_call(), pytest.raises(openai.BadRequestError, match="translat"):
            client.audio.translations.create(file=speech, model=SPEECH)

    def test_a_model_that_is_not_there(self, client):
        with pytest.raises(openai.NotFoundError) as caught:
            client.models.retrieve("gpt-4o")
        assert caught.value.code == "model_not_found"

    def test_what_else_the_client_can_do_is_not_here(self, client):
        with pytest.raises(openai.BadRequestError):
            client.embeddings.create(model=SPEECH, input="text")


class TestKeys:
    def test_a_key_that_nobody_has(self, guarded_url, speech):
        with openai.OpenAI(base_url=f"{guarded_url}/v1", api_key="sk-nobody") as client:
            with pytest.raises(openai.AuthenticationError) as caught:
                transcribe(client, speech)
            assert caught.value.code == "invalid_api_key"

    def test_a_key_has_its_own_models(self, guarded_url, keys, speech, spoken):
        with openai.OpenAI(base_url=f"{guarded_url}/v1", api_key=keys["reader"]) as client:
            assert transcribe(client, speech).text == spoken
            assert {model.id for model in client.models.list()} == {SPEECH, "fp32"}
            with pytest.raises(openai.NotFoundError):
                client.models.retrieve(IMAGES)

    def test_over_its_rate_the_client_waits_as_long_as_it_is_told_and_then_succeeds(self, guarded_url, keys):
        statuses = []
        transport = httpx.Client(
            event_hooks={"response": [lambda response: statuses.append(response.status_code)]}
        )
        with openai.OpenAI(
            base_url=f"{guarded_url}/v1", api_key=keys["hasty"], http_client=transport
        ) as client:
            for _ in range(2):
                client.models.retrieve(SPEECH)
            assert statuses == [200, 429, 200]
            with pytest.raises(openai.RateLimitError) as caught:
                client.with_options(max_retries=0).models.retrieve(SPEECH)
            assert int(caught.value.response.headers["retry-after"]) >= 1

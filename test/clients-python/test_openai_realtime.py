"""PyPI openai: its realtime connections, in step and asynchronous, to a transcription session."""

import asyncio
import base64
import re
import wave

import openai
import pytest

SPEECH = "moonshine-tiny"
TRANSCRIPTION = {"intent": "transcription"}
COMPLETED = "conversation.item.input_audio_transcription.completed"
DELTA = "conversation.item.input_audio_transcription.delta"
SAID = re.compile(r"ever tried[.,]? ever failed\.", re.IGNORECASE)


@pytest.fixture(scope="module")
def sound(speech):
    """The rate, and pieces of a tenth of a second with a second of silence behind them, in base64."""
    with wave.open(str(speech)) as file:
        rate = file.getframerate()
        samples = file.readframes(file.getnframes()) + bytes(2 * rate)
    step = rate // 10 * 2
    pieces = [samples[at : at + step] for at in range(0, len(samples), step)]
    return rate, [base64.b64encode(piece).decode() for piece in pieces]


def session(rate):
    return {
        "type": "transcription",
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": rate},
                "transcription": {"model": SPEECH, "language": "en"},
                "turn_detection": {"type": "server_vad", "silence_duration_ms": 900},
            }
        },
    }


def test_a_connection(url, sound):
    rate, pieces = sound
    with (
        openai.OpenAI(base_url=f"{url}/v1", api_key="any") as client,
        client.realtime.connect(extra_query=TRANSCRIPTION) as connection,
    ):
        assert connection.recv().type == "session.created"
        connection.session.update(session=session(rate))
        for piece in pieces:
            connection.input_audio_buffer.append(audio=piece)
        deltas = ""
        for event in connection:
            assert event.type != "error", event
            if event.type == DELTA:
                deltas += event.delta
            if event.type == COMPLETED:
                break
        assert SAID.fullmatch(event.transcript) and deltas == event.transcript


def test_an_asynchronous_connection_that_commits(url, sound):
    rate, pieces = sound

    async def say():
        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="any") as client:
            async with client.realtime.connect(extra_query=TRANSCRIPTION) as connection:
                manual = session(rate)
                manual["audio"]["input"]["turn_detection"] = None
                await connection.session.update(session=manual)
                for piece in pieces:
                    await connection.input_audio_buffer.append(audio=piece)
                await connection.input_audio_buffer.commit()
                async for event in connection:
                    assert event.type != "error", event
                    if event.type == COMPLETED:
                        return event.transcript

    assert SAID.fullmatch(asyncio.run(say()))


def test_a_key_is_asked_for(guarded_url, keys):
    def connect(key):
        with openai.OpenAI(base_url=f"{guarded_url}/v1", api_key=key, max_retries=0) as client:
            with client.realtime.connect(extra_query=TRANSCRIPTION, max_retries=0) as connection:
                return connection.recv().type

    assert connect(keys["reader"]) == "session.created"
    with pytest.raises(Exception, match="401"):
        connect("not-a-key-that-is-known")

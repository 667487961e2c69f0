"""Files for the tool to send: the models' samples, whole and damaged, beside the noise that it makes itself."""

import os
from pathlib import Path

import schemathesis
from hypothesis import strategies as st
from schemathesis.transport.serialization import Binary

SAMPLES = [Path(path).read_bytes() for path in os.environ["API_FUZZ_SAMPLES"].split(os.pathsep)]


def damaged(sample: bytes) -> st.SearchStrategy[bytes]:
    place = st.integers(0, len(sample) - 1)
    cut = place.map(lambda at: sample[:at])
    wrong = st.tuples(place, st.binary(min_size=1, max_size=8)).map(
        lambda change: sample[: change[0]] + change[1] + sample[change[0] + len(change[1]) :]
    )
    return cut | wrong


files = st.one_of(st.sampled_from(SAMPLES), *(damaged(sample) for sample in SAMPLES), st.binary())
schemathesis.openapi.format("binary", files.map(Binary))
for media_type in ("image/*", "audio/*", "application/octet-stream"):
    schemathesis.openapi.media_type(media_type, files.map(Binary))

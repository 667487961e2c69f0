"""What main.ts hands over: two services that run, the keys of the second, and the folder of their models."""

import json
import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def url() -> str:
    """A service that asks nobody for a key."""
    return os.environ["OPEN_URL"]


@pytest.fixture(scope="session")
def guarded_url() -> str:
    """A service of the same models that wants a key."""
    return os.environ["GUARDED_URL"]


@pytest.fixture(scope="session")
def keys() -> dict[str, str]:
    return json.loads(os.environ["KEYS"])


@pytest.fixture(scope="session")
def models() -> Path:
    return Path(os.environ["MODELS"])


@pytest.fixture(scope="session")
def photo(models: Path) -> bytes:
    """An espresso."""
    return (models / "efficientnet-lite0/1/sample.png").read_bytes()


@pytest.fixture(scope="session")
def speech(models: Path) -> Path:
    """Three seconds, in which is said what `SPOKEN` says."""
    return models / "moonshine-tiny/1/sample.wav"


SPOKEN = "Ever tried ever failed."


@pytest.fixture(scope="session")
def spoken() -> str:
    return SPOKEN


_reports: list[pytest.TestReport] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _reports.append(report)


def pytest_unconfigure() -> None:
    failed = {report.nodeid for report in _reports if report.failed}
    passed = {report.nodeid for report in _reports if report.when == "call" and report.passed} - failed
    print(f"\n{len(passed)} passed, {len(failed)} failed")

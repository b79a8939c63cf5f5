"""`sluice run` hands the job its arguments and a catalogue."""

import os
from pathlib import Path
from typing import Any

import pytest

from cli.run import catalogue_of, option


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--lake_uri", "file:///a"], "file:///a"),
        (["--lake_uri=file:///a"], "file:///a"),
        (["--lake_uri", "file:///a", "--lake_uri=file:///b"], "file:///b"),
        (["--lake_uri"], None),
        (["--lake", "file:///a"], None),
        ([], None),
    ],
)
def test_an_option_is_found_in_both_spellings(arguments: list[str], expected: str | None) -> None:
    """The last one counts."""
    assert option(arguments, "--lake_uri") == expected


def test_a_lake_here_brings_its_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Glue's endpoint is set for the job, and that of no other service; afterwards it is gone."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "my own")
    for name in ("AWS_ENDPOINT_URL_GLUE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "as it was")
    with catalogue_of(tmp_path.as_uri()):
        assert os.environ["AWS_ENDPOINT_URL_GLUE"].startswith("http://127.0.0.1:")
        assert "AWS_ENDPOINT_URL" not in os.environ
        assert os.environ["AWS_ACCESS_KEY_ID"] == "my own"
    assert "AWS_ENDPOINT_URL_GLUE" not in os.environ


@pytest.mark.parametrize("lake_uri", [None, "s3://bucket/lake", "nonsense"])
def test_other_lakes_bring_none(lake_uri: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """On S3 the catalogue is that of AWS; what is wrong is for the job to say."""
    monkeypatch.delenv("AWS_ENDPOINT_URL_GLUE", raising=False)
    with catalogue_of(lake_uri):
        assert "AWS_ENDPOINT_URL_GLUE" not in os.environ


def test_a_catalogue_that_was_named_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sets the endpoint means it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_GLUE", "http://127.0.0.1:1")
    with catalogue_of(tmp_path.as_uri()):
        assert os.environ["AWS_ENDPOINT_URL_GLUE"] == "http://127.0.0.1:1"
    assert list(tmp_path.iterdir()) == []


def test_the_help_of_a_job_is_its_own(sluice: Any) -> None:
    """It needs neither Java nor a lake."""
    called = sluice("run", "mobile-coverage", "--help")
    assert called.code == 0
    assert "--checkpoint_uri" in called.out


def test_a_missing_java_is_one_line(sluice: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is said before Spark starts."""
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    called = sluice("run", "mobile-coverage", "--source", "files")
    assert (called.code, called.err.count("\n")) == (1, 1)
    assert f"JAVA_HOME is {tmp_path}, which has no bin/java" in called.err


def test_a_wrong_argument_of_the_job_is_one_line(sluice: Any) -> None:
    """The job's own message, under the command's name."""
    called = sluice("run", "mobile-coverage", "--trigger", "soon")
    assert (called.code, called.err.count("\n")) == (2, 1)
    assert "--trigger" in called.err

"""`sluice run` hands the job its arguments and a catalogue."""

import os
from pathlib import Path

import pytest

from cli.run import catalogue_of, option
from glue_jobs.core.errors import CatalogError
from tests.cli.conftest import Sluice


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


def test_the_help_of_a_job_is_its_own(sluice: Sluice) -> None:
    """It needs neither Java nor a lake."""
    called = sluice("run", "mobile-coverage", "--help")
    assert called.code == 0
    assert "--checkpoint_uri" in called.out


def test_a_missing_java_is_one_line(sluice: Sluice, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is said before Spark starts."""
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    called = sluice("run", "mobile-coverage", "--source", "files")
    assert (called.code, called.err.count("\n")) == (1, 1)
    assert f"JAVA_HOME is {tmp_path}, which has no bin/java" in called.err


def test_a_wrong_argument_of_the_job_is_one_line(sluice: Sluice) -> None:
    """The job's own message, under the command's name."""
    called = sluice("run", "mobile-coverage", "--trigger", "soon")
    assert (called.code, called.err.count("\n")) == (2, 1)
    assert "--trigger" in called.err


@pytest.mark.parametrize("lake", ["nowhere", "."], ids=["no folder", "a folder without tables"])
@pytest.mark.parametrize("job", ["compact", "rebuild-windows", "maintain"])
def test_a_lake_that_was_mistyped_is_not_made(
    sluice: Sluice, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, job: str, lake: str
) -> None:
    """Nor is Java looked for: maintenance works on a lake that a stream has made."""
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    typed = (tmp_path / lake).as_uri()
    verb = ["maintain"] if job == "maintain" else ["run", job]

    called = sluice(*verb, "--lake_uri", typed, "--checkpoint_uri", f"{tmp_path.as_uri()}/checkpoint")

    assert (called.code, called.err.count("\n")) == (2, 1)
    assert called.err.startswith(f"sluice: --lake_uri {typed}: no ")
    assert list(tmp_path.iterdir()) == []


def test_orders_are_taken_from_a_lake_that_is_there(
    sluice: Sluice, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A mistyped one is not made either."""
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))

    called = sluice("run", "orders-raw", "--lake_uri", f"{tmp_path.as_uri()}/nowhere")

    assert (called.code, called.err.count("\n")) == (2, 1)
    assert called.err.startswith(f"sluice: --lake_uri {tmp_path.as_uri()}/nowhere: no such folder")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--lake_uri"),
        (["--lake_uri", "a lake"], "--lake_uri: got 'a lake'; give a folder"),
        (["--lake_uri", "file:///a", "--checkpoint_uri", "b"], "--checkpoint_uri: got 'b'; give a folder"),
    ],
)
def test_what_is_missing_or_not_understood_is_named(sluice: Sluice, arguments: list[str], said: str) -> None:
    """Before the lake is looked for."""
    called = sluice("run", "compact", *arguments)
    assert (called.code, said in called.err, called.err.count("\n")) == (2, True, 1)


def test_a_catalogue_that_has_ended_is_said_to_have(tmp_path: Path) -> None:
    """It was that of a command that began first."""
    (tmp_path / "lake").mkdir()
    ended = "ConnectException: Connection refused; the command that began this lake's embedded catalogue has"
    with pytest.raises(CatalogError, match=ended), catalogue_of((tmp_path / "lake").as_uri()):
        raise CatalogError("table orders.processed_orders: ConnectException: Connection refused")

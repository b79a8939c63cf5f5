"""A job as a program: its exit code, and the one line it says when it fails."""

from collections.abc import Sequence

import pytest

from glue_jobs.core.errors import CatalogError, OptionError, SinkError, SluiceError, SourceError
from glue_jobs.core.runtime import glue_arguments, on_glue, run_job

LAPTOP = ["/any/where/job.py", "--window", "1 hour"]
GLUE = [*LAPTOP, "--JOB_NAME", "etl"]


def failing(error: BaseException):  # type: ignore[no-untyped-def]
    """The `main` of a job that fails so."""

    def main(argv: Sequence[str]) -> None:
        raise error

    return main


@pytest.mark.parametrize("argv", [LAPTOP, GLUE], ids=["laptop", "Glue"])
def test_a_job_that_ends_well_exits_with_zero(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """It gets its arguments as they are, and nothing is said."""
    received: list[Sequence[str]] = []

    assert run_job(received.append, argv) == 0

    assert received == [argv]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OptionError("--window: got '2'"), 2),
        (SourceError("stream: gone"), 1),
        (SinkError("table: full"), 1),
        (CatalogError("table: refused"), 1),
    ],
)
def test_a_failed_job_says_one_line(
    error: SluiceError, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Program and cause, no traceback; 2 where an argument is wrong, 1 where the run failed."""
    assert run_job(failing(error), LAPTOP) == code
    assert capsys.readouterr() == ("", f"job.py: {error}\n")


def test_a_traceback_is_shown_to_who_asks_for_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With SLUICE_TRACEBACK set, before the line."""
    monkeypatch.setenv("SLUICE_TRACEBACK", "1")

    run_job(failing(SinkError("table: full")), LAPTOP)

    said = capsys.readouterr().err
    assert said.startswith("Traceback ")
    assert said.endswith("job.py: table: full\n")


def test_ctrl_c_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """It ends with the code of an interrupted program, and says nothing."""
    assert run_job(failing(KeyboardInterrupt()), LAPTOP) == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("error", [OptionError("--window: got '2'"), SinkError("table: full")])
def test_on_glue_an_error_is_raised_on(error: SluiceError, capsys: pytest.CaptureFixture[str]) -> None:
    """Glue marks a run as failed by what it raises, and shows that as the reason."""
    with pytest.raises(type(error)) as caught:
        run_job(failing(error), GLUE)

    assert caught.value is error
    assert capsys.readouterr() == ("", "")


def test_a_fault_of_the_program_is_not_hidden() -> None:
    """What was not raised on purpose keeps its traceback."""
    with pytest.raises(ZeroDivisionError):
        run_job(failing(ZeroDivisionError()), LAPTOP)


@pytest.mark.parametrize(
    ("argv", "glue"),
    [
        (["job", "--JOB_NAME", "etl"], True),
        (["job", "--JOB_NAME=etl"], True),
        (["job", "--JOB_NAMES", "etl"], False),
        (["job"], False),
    ],
)
def test_glue_gives_each_run_a_job_name(argv: list[str], glue: bool) -> None:
    """By that a job knows where it is."""
    assert on_glue(argv) is glue


def test_only_named_arguments_are_asked_of_glues_parser() -> None:
    """Those that were given; a name within a longer one is another."""
    argv = ["job", "--JOB_NAME", "etl", "--window=1 hour", "--regional", "x"]

    assert glue_arguments(argv, ["window", "region", "trigger"]) == {"window": "1 hour"}

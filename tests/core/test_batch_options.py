"""The arguments of the batch jobs, on a laptop and on Glue."""

from datetime import UTC, datetime, timedelta

import pytest

from glue_jobs.core.batch_options import CompactOptions, RebuildOptions
from glue_jobs.core.errors import OptionError
from glue_jobs.core.options import parse_options

REQUIRED = ("--lake_uri", "file:///lake", "--checkpoint_uri", "file:///checkpoint")
GLUE = ("--JOB_NAME", "etl")


def parse(*arguments: str) -> CompactOptions:
    """The options from a command line that gives the required ones first."""
    return parse_options(CompactOptions, ["job", *REQUIRED, *arguments], "A job.")


def test_defaults() -> None:
    """All closed hours."""
    assert parse() == CompactOptions(
        lake_uri="file:///lake",
        checkpoint_uri="file:///checkpoint",
        from_=None,
        to=None,
        target_mb=128,
        grace=timedelta(hours=1),
        sweep_only=False,
        region=None,
    )


@pytest.mark.parametrize("before", [(), GLUE], ids=["laptop", "Glue"])
def test_hours_are_given_by_name_in_iso_8601(before: tuple[str, ...]) -> None:
    """`--from` is a word of Python's own, which nobody has to know."""
    options = parse(*before, "--from", "2026-03-01T07:00:00Z", "--to", "2026-03-01T10:00+01:00")
    assert (options.from_, options.to) == (
        datetime(2026, 3, 1, 7, tzinfo=UTC),
        datetime(2026, 3, 1, 9, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--from", "yesterday"), "--from: got 'yesterday'; give a whole hour such as 2026-11-21T08:00:00Z"),
        (("--to", "2026-03-01T07:30:00Z"), "--to: got '2026-03-01T07:30:00Z'; give a whole hour"),
        (
            ("--from", "2026-03-01T07", "--to", "2026-03-01T07"),
            "--to: got .*; give an hour after --from 2026",
        ),
        (("--from_", "2026-03-01T07"), "--from_: no such option; did you mean --from"),
        (("--target_mb", "0"), "--target_mb: got '0'"),
    ],
)
def test_wrong_values_are_refused(arguments: tuple[str, ...], message: str) -> None:
    """With the name that was given."""
    with pytest.raises(OptionError, match=f"^{message}"):
        parse(*arguments)


@pytest.mark.parametrize("given", [(), ("--from", "2026-03-01T07"), ("--to", "2026-03-01T07")])
def test_a_rebuild_needs_hours_unless_it_finds_them_itself(given: tuple[str, ...]) -> None:
    """Those with late records, of these hours if any are given."""
    with pytest.raises(OptionError, match=r"^--(from|to): missing; give a whole hour, or --only_late true"):
        parse_options(RebuildOptions, ["job", *REQUIRED, *given], "A job.")
    found = parse_options(RebuildOptions, ["job", *REQUIRED, *given, "--only_late", "true"], "A job.")
    assert [found.which.begin, found.which.end].count(None) == 2 - len(given) // 2
    assert (found.ingested_within, found.watermark) == (timedelta(hours=26), timedelta(minutes=10))

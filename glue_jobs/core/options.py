"""The arguments of a job: one frozen dataclass, made by one parser, on Glue and anywhere else.

Every value is checked when the job starts; an error names the argument, the value received and what
would be right.
"""

import argparse
import dataclasses
import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, TypeVar
from urllib.parse import unquote

from glue_jobs.core import aws_names
from glue_jobs.core.errors import OptionError
from glue_jobs.core.runtime import glue_arguments, on_glue
from glue_jobs.core.storage import open_storage

T = TypeVar("T")


def in_words(value: object) -> str:
    """A value as it would be typed: `"20 seconds"`, `"true"`."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        if seconds and seconds % 86400 == 0:
            return f"{seconds // 86400} days"
        return f"{seconds // 60} minutes" if seconds % 60 == 0 else f"{seconds} seconds"
    return str(value)


def option(parse: Callable[[str], Any], meaning: str, **default: Any) -> Any:
    """A field of an options class: how its text is read, what it is for, and `default=` if it has one."""
    return dataclasses.field(metadata={"parse": parse, "meaning": meaning}, **default)


def option_name(field: "dataclasses.Field[Any]") -> str:
    """The name that an option is given by: `--from` is the field `from_`, for `from` is Python's own."""
    return field.name.removesuffix("_")


def folder_uri(text: str) -> str:
    """`file:///…` or `s3://bucket/…`, without a slash at the end."""
    return open_storage(text).uri


_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def duration(text: str) -> timedelta:
    """`"20 seconds"`, `"10 minutes"`, `"1 hour"`."""
    match = re.fullmatch(r"\s*(\d{1,9})\s*(second|minute|hour|day)s?\s*", text)
    if match is None:
        raise OptionError(f"got {text!r}; give a duration such as '20 seconds' or '10 minutes'")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def positive_duration(text: str) -> timedelta:
    """A duration above zero."""
    if duration(text) == timedelta(0):
        raise OptionError(f"got {text!r}; give a duration above zero")
    return duration(text)


def positive_count(text: str) -> int:
    """A whole number above zero."""
    if not re.fullmatch(r"\d{1,12}", text) or int(text) == 0:
        raise OptionError(f"got {text!r}; give a whole number above zero")
    return int(text)


def utc_time(text: str, wanted: str = "a time") -> datetime:
    """A time in ISO 8601, UTC where it names no offset; `wanted` is what an error asks for."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise OptionError(f"got {text!r}; give {wanted} such as 2026-11-21T08:00:00Z") from None


def utc_hour(text: str) -> datetime:
    """A whole hour in ISO 8601, UTC where it names no offset."""
    hour = utc_time(text, "a whole hour")
    if hour != hour.replace(minute=0, second=0, microsecond=0):
        raise OptionError(f"got {text!r}; give a whole hour such as 2026-11-21T08:00:00Z")
    return hour


def yes_or_no(text: str) -> bool:
    """`true` or `false`."""
    if text.lower() not in ("true", "false"):
        raise OptionError(f"got {text!r}; give true or false")
    return text.lower() == "true"


def names(text: str) -> tuple[str, ...]:
    """Names with commas between them."""
    return tuple(name.strip() for name in text.split(","))


def one_of(*words: str) -> Callable[[str], str]:
    """One of a few words."""

    def choose(text: str) -> str:
        if text not in words:
            raise OptionError(f"got {text!r}; give {' or '.join(words)}")
        return text

    return choose


def starting_position(text: str) -> str:
    """`TRIM_HORIZON`, `LATEST`, or an ISO 8601 time, which comes back in UTC."""
    if text in ("TRIM_HORIZON", "LATEST"):
        return text
    return utc_time(text, "TRIM_HORIZON, LATEST or a time").isoformat()


@dataclass(frozen=True, kw_only=True)
class StreamOptions:
    """What every streaming job of the suite takes."""

    lake_uri: str = option(folder_uri, "the lake, as file:///folder or s3://bucket/prefix")
    checkpoint_uri: str = option(folder_uri, "where the query keeps its progress; outside the lake")
    source: str = option(one_of("kinesis", "files"), "kinesis or files", default="kinesis")
    source_path: str | None = option(
        folder_uri, "folder of newline-delimited JSON, plain or gzipped (source files)", default=None
    )
    stream_name: str | None = option(aws_names.stream_name, "the Kinesis stream", default=None)
    region: str | None = option(
        aws_names.region, "AWS region (default: that of the environment)", default=None
    )
    endpoint_url: str | None = option(
        aws_names.endpoint_url, "Kinesis API other than the region's own", default=None
    )
    starting_position: str = option(
        starting_position,
        "TRIM_HORIZON, LATEST or an ISO 8601 time; for the first run",
        default="TRIM_HORIZON",
    )
    trigger: timedelta = option(duration, "time between two micro-batches", default=timedelta(seconds=20))
    watermark: timedelta = option(
        positive_duration, "how late an event may be", default=timedelta(minutes=10)
    )
    window: timedelta = option(positive_duration, "length of a window", default=timedelta(minutes=2))
    deduplicate: tuple[str, ...] | None = option(
        names,
        "drop repeats within a window: payload, or fields of the contract with commas between them",
        default=None,
    )
    max_files_per_trigger: int = option(positive_count, "most files in a micro-batch", default=1000)
    max_records_per_trigger: int = option(
        positive_count, "most Kinesis records in a micro-batch (not on Glue)", default=100_000
    )
    fail_on_data_loss: bool = option(
        yes_or_no, "stop where the stream no longer has records that were not read yet", default=True
    )
    keep_raw: bool = option(yes_or_no, "keep every record as it came in the raw table", default=True)
    register_partitions: bool = option(
        yes_or_no, "make tables and partitions known to the Glue catalogue", default=True
    )
    run_mode: str = option(
        one_of("continuous", "available_now"),
        "continuous, or available_now: read what is there at the start, then end",
        default="continuous",
    )

    def __post_init__(self) -> None:
        if self.source == "files" and self.source_path is None:
            raise OptionError("--source_path: missing; --source files needs the folder to read")
        if self.source == "kinesis" and not self.stream_name:
            raise OptionError("--stream_name: missing; --source kinesis needs the stream to read")
        if f"{unquote(self.checkpoint_uri)}/".startswith(f"{unquote(self.lake_uri)}/"):
            raise OptionError(
                f"--checkpoint_uri: got {self.checkpoint_uri!r}; put it outside --lake_uri, "
                "for readers of tables list all that is below it"
            )


def parse_options(kind: type[T], argv: Sequence[str], summary: str, **defaults: Any) -> T:
    """The options of class `kind` from a job's `argv` (program name first).

    `summary` heads the help text; `defaults` replace those of the class.

    Raises:
        OptionError: an argument is missing, unknown or not understood.
    """
    fields = {option_name(field): field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    given = glue_arguments(argv, fields) if on_glue(argv) else _arguments(fields, argv, summary, defaults)
    values = dict(defaults)
    for name, text in given.items():
        try:
            values[name] = fields[name].metadata["parse"](text)
        except OptionError as error:
            raise OptionError(f"--{name}: {error}") from None
    for name, field in fields.items():
        if name not in values and field.default is dataclasses.MISSING:
            raise OptionError(f"--{name}: missing; give {field.metadata['meaning']}")
    return kind(**{fields[name].name: value for name, value in values.items()})


class _Parser(argparse.ArgumentParser):
    """Raises instead of ending the process."""

    def error(self, message: str) -> NoReturn:
        raise OptionError(message.removeprefix("argument "))


def _arguments(
    fields: Mapping[str, "dataclasses.Field[Any]"],
    argv: Sequence[str],
    summary: str,
    defaults: Mapping[str, Any],
) -> dict[str, str]:
    """The texts given on the command line; unknown ones are refused."""
    parser = _Parser(
        argv[0], description=summary, allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, field in fields.items():
        parser.add_argument(f"--{name}", metavar="…", help=_help(field, defaults), default=argparse.SUPPRESS)
    known, unknown = parser.parse_known_args(list(argv[1:]))
    if unknown:
        raise OptionError(_unknown(unknown[0], fields))
    return dict(vars(known))


def _help(field: "dataclasses.Field[Any]", defaults: Mapping[str, Any]) -> str:
    default = defaults.get(field.name, field.default)
    if default is dataclasses.MISSING:
        return f"{field.metadata['meaning']} (required)"
    shown = "" if default is None else f" (default: {in_words(default)})"
    return f"{field.metadata['meaning']}{shown}"


def _unknown(text: str, fields: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(text, [f"--{name}" for name in fields], 1)
    return f"{text}: no such option" + (f"; did you mean {close[0]}?" if close else "; see --help")

"""`sluice quarantine`: what was rejected and why, counted or shown."""

import argparse
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from cli.lake_reading import add_reading_arguments, lake_catalog, parsed, time_range
from glue_jobs.core.errors import OptionError
from glue_jobs.core.redaction import printable

if TYPE_CHECKING:
    from glue_jobs.core.quarantine import Wanted
    from glue_jobs.core.table_hours import Hour

_EPILOG = """\
examples:
  sluice quarantine list
  sluice quarantine list --from 2026-11-21T00:00:00Z --format json
  sluice quarantine show --reason out_of_range --field signal --limit 5

Hours are those in which the job took the records."""

_HELP = {"list": "how many, by hour, reason and field", "show": "the records themselves, latest first"}


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb to the command."""
    parser = verbs.add_parser(
        "quarantine",
        help="count or show the records that were rejected",
        description="Count or show the records that break the contract.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    acts = parser.add_subparsers(metavar="list|show", required=True)
    for name, verb in (("list", list_rejected), ("show", show_rejected)):
        act = acts.add_parser(name, help=_HELP[name], description=_HELP[name])
        add_reading_arguments(act, "hours from that of this time on")
        act.add_argument("--reason", help="only those rejected for this reason")
        act.add_argument("--field", help="only those with this field to blame")
        act.add_argument("--format", choices=("table", "json"), default="table", help="default: %(default)s")
        act.set_defaults(verb=verb)
        if name == "show":
            act.add_argument("--limit", metavar="N", default="20", help="at most so many (%(default)s)")
            act.add_argument(
                "--width", metavar="N", default="300", help="at most so many bytes of each (%(default)s)"
            )


def list_rejected(arguments: argparse.Namespace) -> int:
    """Print how many there are of each kind."""
    return _read(arguments, _list)


def show_rejected(arguments: argparse.Namespace) -> int:
    """Print the records."""
    return _read(arguments, _show)


def _read(
    arguments: argparse.Namespace, act: "Callable[[argparse.Namespace, list[Hour], Wanted], None]"
) -> int:
    from glue_jobs.contracts.mobile_coverage import EVENT, QUARANTINE
    from glue_jobs.contracts.records import REASONS
    from glue_jobs.core.options import folder_uri
    from glue_jobs.core.quarantine import Wanted
    from glue_jobs.core.table_hours import hours_of, locations_of

    _refuse_unknown("--reason", arguments.reason, REASONS)
    _refuse_unknown("--field", arguments.field, EVENT.schema.fieldNames())
    lake_uri, which = parsed("--lake_uri", folder_uri, arguments.lake_uri), time_range(arguments)
    with lake_catalog(lake_uri, arguments) as catalog:
        locations = None if catalog is None else locations_of(catalog, QUARANTINE)
        hours = which.hours(hours_of(lake_uri, QUARANTINE, locations))
    act(arguments, hours, Wanted(arguments.reason, arguments.field))
    return 0


def _refuse_unknown(name: str, given: str | None, known: "tuple[str, ...] | list[str]") -> None:
    if given is not None and given not in known:
        raise OptionError(f"{name}: got {given!r}; there are {', '.join(known)}")


def _list(arguments: argparse.Namespace, hours: "list[Hour]", wanted: "Wanted") -> None:
    from glue_jobs.core.quarantine import count_rejected

    counts = sorted(count_rejected(hours, wanted).items(), key=lambda kind: (kind[0].hour, str(kind[0])))
    if arguments.format == "json":
        rows = [{**kind._asdict(), "records": count} for kind, count in counts]
        print(json.dumps(rows, default=datetime.isoformat, indent=2))
        return
    from cli.quarantine_table import print_counts

    print_counts(counts)


def _show(arguments: argparse.Namespace, hours: "list[Hour]", wanted: "Wanted") -> None:
    from glue_jobs.core.options import positive_count
    from glue_jobs.core.quarantine import rejected_records

    limit, width = (
        parsed(f"--{name}", positive_count, getattr(arguments, name)) for name in ("limit", "width")
    )
    records = list(islice(rejected_records(hours, wanted), limit))
    if arguments.format == "json":
        print(json.dumps([_as_json(record) for record in records], indent=2))
        return
    for record in records:
        print(f"{_where(record)}  {_shown(record['payload'] or b'', width)}")
    print(f"{len(records)} shown{'; --limit shows more' if len(records) == limit else ''}")


def _where(record: Mapping[str, Any]) -> str:
    """Why, and the record's place in the stream where that is known."""
    blamed = f" ({record['field']})" if record["field"] else ""
    arrived = f" {record['arrival_time']:%Y-%m-%d %H:%M:%S}" if record["arrival_time"] else ""
    place = f" {record['shard_id']}/{record['sequence_number']}" if record["sequence_number"] else ""
    return printable(f"{record['reason']}{blamed}{arrived}{place}")


def _shown(payload: bytes, width: int) -> str:
    """The first bytes, fit for a terminal, and how many there are in all where some are left out."""
    text = printable(payload[:width].decode("utf-8", errors="backslashreplace"))
    return text if len(payload) <= width else f"{text}… ({len(payload):,} bytes)"


def _as_json(record: Mapping[str, Any]) -> dict[str, Any]:
    """All of it; bytes that are no UTF-8 as their escapes."""
    arrived = record["arrival_time"]
    payload = (record["payload"] or b"").decode("utf-8", errors="backslashreplace")
    return {**record, "payload": payload, "arrival_time": arrived and arrived.isoformat()}

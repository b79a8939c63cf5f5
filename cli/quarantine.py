"""`sluice quarantine`: what was rejected and why, counted, shown, and redriven once it is mended."""

import argparse
import json
import sys
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from cli import redrive
from cli.lake_reading import add_folders_argument, add_reading_arguments, lake_catalog, parsed, time_range
from cli.rejected_record import as_json, shown, where
from glue_jobs.core.errors import OptionError

if TYPE_CHECKING:
    from glue_jobs.core.quarantine import Wanted
    from glue_jobs.core.repair.ledgers import Redriven
    from glue_jobs.core.table_hours import Hour

_EPILOG = """\
examples:
  sluice quarantine list
  sluice quarantine list --from 2026-11-21T00:00:00Z --redriven no --format json
  sluice quarantine show --reason out_of_range --field signal --limit 5 --width 80
  sluice quarantine redrive --reason wrong_type --field signal --expression '.signal |= tonumber'
  sluice quarantine redrive --reason wrong_type --field signal --expression '.signal |= tonumber' --apply
  sluice quarantine redrive --reason malformed_json --raw_text true --expression 'ltrimstr("LOG ") | fromjson'

Hours are those in which the job took the records."""


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb to the command."""
    parser = verbs.add_parser(
        "quarantine",
        help="count, show or redrive the records that were rejected",
        description="Count, show or redrive the records that break the contract.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    acts = parser.add_subparsers(metavar="list|show|redrive", required=True)
    listing = _act(acts, "list", "how many, by hour, reason and field")
    listing.set_defaults(verb=list_rejected)
    showing = _act(acts, "show", "the records themselves, latest first")
    showing.add_argument("--limit", metavar="N", default="20", help="at most so many (%(default)s)")
    showing.set_defaults(verb=show_rejected)
    for act in (listing, showing):
        add_folders_argument(act)
        act.add_argument("--redriven", choices=("yes", "no"), help="only those that were, or were not")
    redriving = _act(acts, "redrive", redrive.HELP)
    redrive.add_arguments(redriving)
    redriving.set_defaults(verb=redrive_rejected, redriven=None, folders=False)
    for act in (showing, redriving):
        act.add_argument(
            "--width", metavar="N", default="300", help="at most so many bytes of each (%(default)s)"
        )


def _act(
    acts: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, meaning: str
) -> argparse.ArgumentParser:
    act = acts.add_parser(
        name, help=meaning, description=meaning, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_reading_arguments(act, "hours from that of this time on")
    act.add_argument("--reason", help="only those rejected for this reason")
    act.add_argument("--field", help="only those with this field to blame")
    act.add_argument("--format", choices=("table", "json"), default="table", help="default: %(default)s")
    return act


def list_rejected(arguments: argparse.Namespace) -> int:
    """Print how many there are of each kind."""
    from glue_jobs.core.quarantine import count_rejected

    hours, wanted, redriven = _read(arguments)
    found = count_rejected(hours, wanted, redriven)
    counts = sorted(found.items(), key=lambda kind: (kind[0].hour, str(kind[0])))
    if arguments.format == "json":
        rows = [{**kind._asdict(), **count._asdict()} for kind, count in counts]
        print(json.dumps(rows, default=datetime.isoformat, indent=2))
        return 0
    from cli.quarantine_table import print_counts

    print_counts(counts)
    return 0


def show_rejected(arguments: argparse.Namespace) -> int:
    """Print the records."""
    from glue_jobs.core.options import positive_count
    from glue_jobs.core.quarantine import rejected_records

    limit, width = (
        parsed(f"--{name}", positive_count, getattr(arguments, name)) for name in ("limit", "width")
    )
    hours, wanted, redriven = _read(arguments)
    records = list(islice(rejected_records(hours, wanted, redriven), limit))
    times = redriven.times()
    if arguments.format == "json":
        print(json.dumps([as_json(record, times) for record in records], indent=2))
        return 0
    for record in records:
        print(
            f"{where(record)}{_redriven(record['redriven'], times)}  {shown(record['payload'] or b'', width)}"
        )
    print(f"{len(records)} shown{'; --limit shows more' if len(records) == limit else ''}")
    return 0


def redrive_rejected(arguments: argparse.Namespace) -> int:
    """Mend them, and with --apply put them into the tables."""
    return redrive.redrive(arguments, _wanted(arguments))


def _redriven(number: int | None, times: dict[int, datetime]) -> str:
    return "" if number is None else f", redriven {times[number]:%Y-%m-%d %H:%M:%S} (redrive {number})"


def _read(arguments: argparse.Namespace) -> "tuple[list[Hour], Wanted, Redriven]":
    """The hours and records that are asked for, and what was redriven."""
    from glue_jobs.contracts.mobile_coverage import QUARANTINE
    from glue_jobs.core.options import folder_uri
    from glue_jobs.core.table_hours import hours_of, locations_of

    wanted = _wanted(arguments)
    lake_uri, which = parsed("--lake_uri", folder_uri, arguments.lake_uri), time_range(arguments)
    with lake_catalog(lake_uri, arguments) as catalog:
        locations = None if catalog is None else locations_of(catalog, QUARANTINE)
        hours = which.hours(hours_of(lake_uri, QUARANTINE, locations))
    return hours, wanted, _what_was_redriven(lake_uri)


def _what_was_redriven(lake_uri: str) -> "Redriven":
    """What the ledgers say; one that is gone is told of."""
    from glue_jobs.contracts.mobile_coverage import QUARANTINE, RAW
    from glue_jobs.core.repair.ledgers import Redriven, appended, ledgers_of, lost_ledger, redrives_in
    from glue_jobs.core.storage import open_storage

    lake = open_storage(lake_uri)
    in_raw = redrives_in(lake, RAW)
    ledgers = ledgers_of(lake, QUARANTINE)
    if (lost := lost_ledger(QUARANTINE, in_raw, ledgers)) is not None:
        print(f"sluice: {lake_uri}/{lost}", file=sys.stderr)
    return Redriven(appended(lake, RAW, ledgers))


def _wanted(arguments: argparse.Namespace) -> "Wanted":
    """What `--reason`, `--field` and `--redriven` say."""
    from glue_jobs.contracts.mobile_coverage import EVENT
    from glue_jobs.contracts.records import REASONS
    from glue_jobs.core.quarantine import Wanted

    _refuse_unknown("--reason", arguments.reason, REASONS)
    _refuse_unknown("--field", arguments.field, EVENT.schema.fieldNames())
    return Wanted(arguments.reason, arguments.field, {"yes": True, "no": False}.get(arguments.redriven))


def _refuse_unknown(name: str, given: str | None, known: "tuple[str, ...] | list[str]") -> None:
    if given is not None and given not in known:
        raise OptionError(f"{name}: got {given!r}; there are {', '.join(known)}")

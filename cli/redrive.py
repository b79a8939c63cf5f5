"""`sluice quarantine redrive`: rejected records are mended, shown, and with --apply put into the tables."""

import argparse
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli.lake import DEFAULT_CHECKPOINT
from cli.lake_reading import lake_catalog, parsed, time_range
from glue_jobs.core.errors import OptionError, SluiceError

if TYPE_CHECKING:
    from cli.redrive_result import Result
    from glue_jobs.core.audit.lake import Pipeline
    from glue_jobs.core.catalog import Catalog
    from glue_jobs.core.hours import Range
    from glue_jobs.core.quarantine import Wanted
    from glue_jobs.core.repair.mending import Mend
    from glue_jobs.core.repair.rejects import Judged, Rejects
    from glue_jobs.core.repair.switch import Maintenance

HELP = "mend records and put them into the tables; without --apply only what would be is shown"


class NotRebuilt(SluiceError):
    """Records were redriven, and the tables lack them as yet."""


@dataclass(frozen=True)
class Asked:
    """What is to be redriven, and how."""

    lake_uri: str
    checkpoint_uri: str
    which: "Range"
    wanted: "Wanted"
    mend: "Mend"
    pipeline: "Pipeline"

    def rejects(self, catalog: "Catalog | None") -> "Rejects":
        """What can be redriven as the lake is now."""
        from glue_jobs.core.repair.rebuildable import progress_made
        from glue_jobs.core.repair.rejects import rejects_of

        reached = progress_made(self.checkpoint_uri)
        return rejects_of(self.lake_uri, catalog, self.pipeline, reached, self.which)


def add_arguments(act: argparse.ArgumentParser) -> None:
    """What a redrive takes beside the filters."""
    act.add_argument(
        "--expression",
        metavar="JQ",
        help="makes the mended object of each record, in jq (default: as it is, for a contract that changed)",
    )
    act.add_argument(
        "--raw_text",
        metavar="true|false",
        default="false",
        help="give the expression the record as a text, to mend what is no JSON (%(default)s)",
    )
    act.add_argument(
        "--apply", action="store_true", help="append to raw what is accepted, and rebuild its closed hours"
    )
    act.add_argument(
        "--checkpoint_uri",
        metavar="URI",
        default=DEFAULT_CHECKPOINT,
        help="that of the job that writes the lake (default: the demo's)",
    )
    act.add_argument("--limit", metavar="N", default="3", help="show so many of each outcome (%(default)s)")


def redrive(arguments: argparse.Namespace, wanted: "Wanted") -> int:
    """Show what would become of the records; with --apply, do it."""
    from cli.redrive_result import Result
    from glue_jobs.core.lake_there import require_lake
    from glue_jobs.core.options import positive_count

    limit, width = (
        parsed(f"--{name}", positive_count, getattr(arguments, name)) for name in ("limit", "width")
    )
    asked, result = _asked(arguments, wanted), Result(arguments.apply, limit)
    with lake_catalog(asked.lake_uri, arguments) as catalog:
        require_lake(asked.lake_uri, asked.checkpoint_uri, asked.pipeline.tables)
        if arguments.apply:
            _apply(asked, catalog, result)
        else:
            _preview(asked, catalog, result)
    if arguments.format == "json":
        print(json.dumps(result.as_json(), indent=2))
    else:
        print(*result.lines(width), sep="\n")
    if result.failure is not None:
        raise NotRebuilt(
            f"what was redriven is in raw, but not all of its hours are rebuilt: {result.failure}; the same "
            "again rebuilds them"
        ) from result.failure
    return 0


def _asked(arguments: argparse.Namespace, wanted: "Wanted") -> Asked:
    from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, QUARANTINE, RAW
    from glue_jobs.core.audit.lake import Pipeline
    from glue_jobs.core.options import folder_uri

    lake_uri = parsed("--lake_uri", folder_uri, arguments.lake_uri)
    checkpoint_uri = parsed("--checkpoint_uri", folder_uri, arguments.checkpoint_uri)
    pipeline = Pipeline(EVENT, AGGREGATES, RAW, QUARANTINE)
    return Asked(lake_uri, checkpoint_uri, time_range(arguments), wanted, _mend(arguments), pipeline)


def _mend(arguments: argparse.Namespace) -> "Mend":
    from cli.jq_expression import mend_by
    from glue_jobs.core.options import yes_or_no
    from glue_jobs.core.repair.mending import as_it_is

    raw_text = parsed("--raw_text", yes_or_no, arguments.raw_text)
    if arguments.expression is not None:
        return mend_by(arguments.expression, raw_text)
    if raw_text:
        raise OptionError(
            "--raw_text: got true without an --expression; give one that makes an object of a text"
        )
    return as_it_is


def _preview(asked: Asked, catalog: "Catalog | None", result: "Result") -> None:
    from glue_jobs.core.repair.rejects import judged

    for one in judged(asked.rejects(catalog), asked.wanted, asked.mend, datetime.now(UTC)):
        result.add(one)


def _apply(asked: Asked, catalog: "Catalog | None", result: "Result") -> None:
    from glue_jobs.core.repair.lost_locations import restore_locations
    from glue_jobs.core.repair.redrive import append, newest_plan
    from glue_jobs.core.repair.rejects import judged, known_catalog
    from glue_jobs.core.repair.switch import maintenance

    with maintenance(asked.lake_uri, known_catalog(asked.lake_uri, catalog)) as place:
        result.restored += restore_locations(place, asked.pipeline.tables)
        rejects, now = asked.rejects(catalog), datetime.now(UTC)
        records = _noted(judged(rejects, asked.wanted, asked.mend, now), result)
        for ledger in append(place, rejects, records, now, newest_plan(asked.checkpoint_uri)):
            result.ledgers.append(ledger)
        try:
            _rebuild(place, rejects, result)
        except SluiceError as error:
            result.failure = error  # what was done is told first


def _noted(records: "Iterable[Judged]", result: "Result") -> "Iterator[Judged]":
    for one in records:
        result.add(one)
        yield one


def _rebuild(place: "Maintenance", rejects: "Rejects", result: "Result") -> None:
    """Rebuild the closed hours whose tables lack redriven events, those of an earlier redrive too."""
    from glue_jobs.core.repair.redrive import not_taken_in, rebuild_of

    happened = [*rejects.happened, *result.ledgers]
    hours = not_taken_in(place, rejects.pipeline, happened)
    closed = [hour for hour in hours if rejects.reached.windows_closed(hour)]
    result.still_open = [hour for hour in hours if hour not in closed]
    if closed:
        from glue_jobs.core.repair.rebuild import rebuild
        from glue_jobs.core.runtime import open_runtime
        from laptop.java import require_java

        require_java()
        with open_runtime("redrive", []) as runtime:
            result.rebuilt += rebuild(runtime.spark, place, rebuild_of(rejects, closed))

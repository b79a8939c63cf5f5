"""`sluice audit`: whether every record of raw is in the tables once, and if not, which windows are wrong."""

import argparse
import dataclasses
import json
from typing import TYPE_CHECKING, Any

from cli.lake import DEFAULT_CHECKPOINT
from cli.lake_reading import add_folders_argument, add_reading_arguments, lake_catalog, parsed, time_range

if TYPE_CHECKING:
    from glue_jobs.core.audit.accounts import Audit

_EPILOG = """\
examples:
  sluice audit
  sluice audit --lake_uri s3://bucket/lake --checkpoint_uri s3://bucket/checkpoints/mobile_coverage \\
      --from 2026-11-21T00:00:00Z --to 2026-11-22T00:00:00Z --format json

The job may be running: all is taken as it was after the newest batch that is done.

Exit code 0: every record is in exactly one place. 1: one is not, or the audit failed. 2: wrong use."""


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb to the command."""
    parser = verbs.add_parser(
        "audit",
        help="hold raw against what is published, window by window",
        description=(
            "Hold the raw table against what is published, still open, late and repeated, window by window."
        ),
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_reading_arguments(parser, "windows that start from then on")
    add_folders_argument(parser)
    parser.add_argument(
        "--checkpoint_uri",
        metavar="URI",
        default=DEFAULT_CHECKPOINT,
        help="that of the job that writes the lake (default: the demo's)",
    )
    parser.add_argument(
        "--watermark", metavar="DURATION", help="the job's, if it ran with another than usual"
    )
    parser.add_argument("--format", choices=("table", "json"), default="table", help="default: %(default)s")
    parser.set_defaults(verb=audit)


def audit(arguments: argparse.Namespace) -> int:
    """Audit, and print what was found; 0 where every record is in one place, else 1."""
    from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT, QUARANTINE, RAW
    from glue_jobs.core.audit.lake import Pipeline, audit_lake
    from glue_jobs.core.options import folder_uri, positive_duration
    from glue_jobs.core.runtime import open_runtime
    from laptop.java import require_java

    lake_uri, which = parsed("--lake_uri", folder_uri, arguments.lake_uri), time_range(arguments)
    checkpoint_uri = parsed("--checkpoint_uri", folder_uri, arguments.checkpoint_uri)
    delay = EVENT.watermark
    if arguments.watermark is not None:
        delay = parsed("--watermark", positive_duration, arguments.watermark)
    pipeline = Pipeline(EVENT, AGGREGATES, RAW, QUARANTINE)
    require_java()
    with lake_catalog(lake_uri, arguments) as catalog, open_runtime("audit", []) as runtime:
        found = audit_lake(runtime.spark, pipeline, lake_uri, checkpoint_uri, delay, catalog, which)
    if arguments.format == "json":
        print(json.dumps(as_json(found), indent=2))
    else:
        from cli.audit_table import print_audit

        print_audit(found)
    return 0 if found.balanced else 1


def as_json(audit: "Audit") -> dict[str, Any]:
    """All that was found; times in ISO 8601."""
    from glue_jobs.core.audit.findings import findings

    windows = [
        {"window_start": start.isoformat(), **dataclasses.asdict(accounts)}
        for start, accounts in audit.windows.items()
    ]
    return {
        "balanced": audit.balanced,
        "batch": audit.batch,
        "raw": audit.raw,
        "rejected": audit.rejected,
        "total": dataclasses.asdict(audit.total),
        "columns": {name: dataclasses.asdict(values) for name, values in audit.columns.items()},
        "findings": list(findings(audit)),
        "windows": windows,
    }

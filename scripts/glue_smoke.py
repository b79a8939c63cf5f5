r"""Checks in an AWS account what is only assumed of Glue (`docs/guarantees.md`).

    python -m scripts.glue_smoke --region eu-west-1 --job_name etl_streaming_mobile_logs_smoke \
        --stream_name mobile_coverage_smoke --lake_uri s3://bucket/smoke

Sends marked records to the stream, starts the job, stops it in the middle of its work, starts it again, and
compares raw, tables and metrics with what was sent. Give the job a stream and a lake of its own: the marked
records stay in them. Exit code 0: every assumption held. 1: one did not, or the job did not get on. 2: an
argument is wrong.
"""

import argparse
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from glue_jobs.core import aws_names
from glue_jobs.core.errors import OptionError, SluiceError
from glue_jobs.core.options import folder_uri
from glue_jobs.core.redaction import one_line
from scripts.smoke.account import Account
from scripts.smoke.flow import Smoke

_MOST_RECORDS = 100_000
_WAITS = 5
"""How often `flow.Smoke` waits while a run goes on."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.glue_smoke",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--region", required=True, help="AWS region of job, stream and lake")
    add("--job_name", required=True, help="the Glue job; no run of it may be going on")
    add("--stream_name", required=True, help="the stream that the job reads; it gets the marked records")
    add("--lake_uri", required=True, help="the lake that the job writes, s3://bucket/prefix")
    add("--records", type=int, default=2000, help="records to send (default: %(default)s)")
    add("--wait_minutes", type=int, default=20, help="patience with each step (default: %(default)s)")
    add("--yes", action="store_true", help="do not ask")
    return parser


def account_of(arguments: argparse.Namespace) -> Account:
    """The account, with names that can be read in one way only.

    Raises:
        OptionError: an argument is not understood.
    """
    parse: dict[str, Callable[[str], str]] = {
        "region": aws_names.region,
        "stream_name": aws_names.stream_name,
        "lake_uri": folder_uri,
    }
    names = {"job_name": arguments.job_name}
    for name, check in parse.items():
        try:
            names[name] = check(getattr(arguments, name))
        except OptionError as error:
            raise OptionError(f"--{name}: {error}") from None
    if not names["lake_uri"].startswith("s3://"):
        raise OptionError(
            f"--lake_uri: got {names['lake_uri']!r}; a job on Glue writes to s3://bucket/prefix"
        )
    if not 100 <= arguments.records <= _MOST_RECORDS:
        raise OptionError(f"--records: got {arguments.records}; give a number from 100 to {_MOST_RECORDS}")
    if arguments.wait_minutes < 1:
        raise OptionError(f"--wait_minutes: got {arguments.wait_minutes}; give a number from 1 on")
    return Account(**names)


def plan(account: Account, records: int, wait_minutes: int, dpu: float) -> str:
    """What will be done, where, and what it costs at most."""
    minutes = _WAITS * wait_minutes
    return (
        f"account {account.number()}, region {account.region}\n"
        f"  sends {records} records and some more, of 400 bytes, to the stream {account.stream_name};\n"
        f"  they stay in {account.lake_uri}\n"
        f"  starts the job {account.job_name} twice and stops it twice, in {minutes} minutes at most\n"
        f"  costs {dpu * minutes / 60:.2f} DPU-hours at most, and some thousand requests to S3\n"
        f"  makes one object below {account.lake_uri}/_smoke/, and removes it"
    )


def main(argv: Sequence[str], ask: Callable[[str], str] = input) -> int:
    """Say what will be done, ask, do it, say what was seen."""
    arguments = _parser().parse_args(argv)
    try:
        account = account_of(arguments)
        print(plan(account, arguments.records, arguments.wait_minutes, account.dpu()))
        if not arguments.yes and ask("Go on? [y/N] ").strip().lower() != "y":
            print("nothing done")
            return 1
        patience = timedelta(minutes=arguments.wait_minutes)
        marker = secrets.token_hex(6)
        smoke = Smoke(
            account, marker, arguments.records, patience, lambda: datetime.now(UTC), time.sleep, print
        )
        seen = smoke.run()
    except (SluiceError, BotoCoreError, ClientError) as error:
        print(f"glue_smoke: {one_line(str(error))}", file=sys.stderr)
        return 2 if isinstance(error, OptionError) else 1
    for check in seen:
        print(check)
    print("not checked here: that an overtaken run has no PUT under way for longer than its lease is valid")
    return 0 if all(check.held for check in seen) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

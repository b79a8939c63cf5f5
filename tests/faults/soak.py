"""`make soak`: the job runs under a steady load while faults come at random; at the end all is counted.

    python -m tests.faults.soak --minutes 10 --seed 7 --lake s3

It prints what happened, and then what was sent, what came out, and the difference, which must be nothing.
Exit code 0 where it is.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
from rich.console import Console
from rich.table import Table

from glue_jobs.contracts.mobile_coverage import AGGREGATES, QUARANTINE, RAW, STATUS_COUNT
from glue_jobs.core.decode import EVENT_TIME
from tests.batch_oracle import Rows, batch_rows, decoded, listed
from tests.faults.harness import Job, some_event
from tests.faults.kinesis_stream import kinesis_stream
from tests.faults.load import steady_load
from tests.faults.soak_faults import FAULTS, Fault, Soaked

WINDOW, WATERMARK = timedelta(seconds=10), timedelta(seconds=30)

_ARGUMENTS = (
    *("--window", "10 seconds", "--watermark", "30 seconds"),
    *("--trigger", "1 second", "--max_records_per_trigger", "500"),
)


@dataclass(frozen=True)
class Account:
    """What was sent and where it is, in records; and what each table lacks or has too often, in rows."""

    sent: int
    raw: int
    rejected: int
    published: int
    open: int
    missing: dict[str, int]
    double: dict[str, int]

    @property
    def difference(self) -> int:
        return self.sent - self.rejected - self.published - self.open

    @property
    def balanced(self) -> bool:
        """Whether every record is where it belongs, once."""
        nothing = not any([*self.missing.values(), *self.double.values()])
        return nothing and self.sent == self.raw and self.difference == 0


@contextmanager
def soaked_job(folder: Path, seed: int, on_s3: bool = False) -> Iterator[Soaked]:
    """A job over a stream of its own."""
    with kinesis_stream(folder) as stream:
        if on_s3:
            boto3.client("s3").create_bucket(Bucket="soak")
        job = Job(folder, _ARGUMENTS, stream.environment, s3_lake="s3://soak/lake" if on_s3 else None)
        yield Soaked(job, stream, random.Random(seed))


def soak(soaked: Soaked, faults: Iterable[Fault], records_a_second: int) -> Iterator[str]:
    """Let the faults happen one after the other under the load, then run to the end; what happened."""
    with steady_load(soaked.stream, random.Random(soaked.rng.random()), records_a_second):
        for fault in faults:
            yield fault(soaked)
    soaked.stream.put([some_event(soaked.rng, datetime.now(UTC) + timedelta(minutes=4))])
    soaked.job.arguments = [*soaked.job.arguments, "--run_mode", "available_now"]
    soaked.job.run()
    yield "ran to the end"


def account(lake: str, payloads: Sequence[bytes]) -> Account:
    """Count what is in the lake, against one batch run over the same records."""
    accepted, rejected = decoded(payloads)
    closed_before = max(accepted[EVENT_TIME].to_pylist()) - WATERMARK
    expected = {one.table: batch_rows(accepted, one, closed_before, WINDOW) for one in AGGREGATES}
    found = {table: listed(lake, table) for table in (*expected, RAW, QUARANTINE)}
    wanted: dict[str, Counter[object]] = {table.name: _counted(rows) for table, rows in expected.items()}
    wanted |= {RAW.name: Counter(payloads), QUARANTINE.name: Counter(rejected)}
    there: dict[str, Counter[object]] = {table.name: _counted(found[table]) for table in expected}
    there[RAW.name] = Counter(row["data"] for row in found[RAW])
    there[QUARANTINE.name] = Counter(row["payload"] for row in found[QUARANTINE])
    in_closed = sum(row["status_count"] for row in expected[STATUS_COUNT.table])
    return Account(
        sent=len(payloads),
        raw=len(found[RAW]),
        rejected=len(found[QUARANTINE]),
        published=sum(row["status_count"] for row in found[STATUS_COUNT.table]),
        open=len(accepted) - in_closed,
        missing={name: (wanted[name] - there[name]).total() for name in wanted},
        double={name: (there[name] - wanted[name]).total() for name in wanted},
    )


def _counted(rows: Rows) -> Counter[object]:
    return Counter(tuple(row.values()) for row in rows)


def show(account: Account, console: Console) -> None:
    """The account as two tables."""
    records = Table("records", "")
    for name in ("sent", "raw", "rejected", "published", "open", "difference"):
        records.add_row(name, f"{getattr(account, name):,}")
    console.print(records)
    rows = Table("rows of table", "missing", "double")
    for name, missing in account.missing.items():
        rows.add_row(name, f"{missing:,}", f"{account.double[name]:,}")
    console.print(rows)


def main(arguments: Sequence[str]) -> int:
    """Soak for the time given."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10, help="default: %(default)s")
    parser.add_argument(
        "--seed", type=int, default=random.SystemRandom().randrange(10**6), help="of what happens"
    )
    parser.add_argument("--lake", choices=["file", "s3"], default="file", help="default: %(default)s")
    parser.add_argument("--rate", type=int, default=100, help="records a second; default: %(default)s")
    given = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(10**6) if given.seed is None else given.seed
    console, folder = Console(highlight=False), Path(tempfile.mkdtemp(prefix="sluice-soak-"))
    console.print(f"seed {seed}, {given.minutes:g} minutes, lake on {given.lake}, all in {folder}")
    end = time.monotonic() + given.minutes * 60
    with soaked_job(folder, seed, given.lake == "s3") as soaked:
        faults = iter(lambda: soaked.rng.choice(FAULTS) if time.monotonic() < end else None, None)
        for what in soak(soaked, faults, given.rate):
            console.print(f"{datetime.now(UTC):%H:%M:%S} sent {len(soaked.stream.lines):>9,}  {what}")
        result = account(soaked.job.lake_uri, soaked.stream.lines)
    show(result, console)
    if result.balanced:
        shutil.rmtree(folder)
    return 0 if result.balanced else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The mobile coverage pipeline from end to end on this machine: what `make demo` runs.

An embedded AWS starts, the producer replays the real log and generated events into a Kinesis stream, the
streaming job reads them at the same time, the crawlers register what it wrote, Athena SQL queries it, and
`sluice audit` accounts for every record sent. The lake and the checkpoint stay.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import boto3

from crawlers.definitions import crawlers_of
from glue_jobs.contracts.mobile_coverage import AGGREGATES, DATABASE, STREAM
from glue_jobs.core.errors import SluiceError
from laptop.athena import QueryResult, run_query
from laptop.crawl_report import CrawlReport
from laptop.crawler import crawl
from laptop.demo_display import Display
from laptop.demo_folder import cleared, only_these_settings
from laptop.embedded_aws import embedded_aws
from laptop.job_process import JobProcess, job_process
from producers.kinesis_producer import make_records, produce
from producers.options import parse_options
from producers.sender import Summary

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

JOB_MODULE = "glue_jobs.streaming.mobile_coverage"

_SHARDS = 4
_STOP_SECONDS = 10.0
"""How long the producer may take to notice that it shall stop."""
_DAY_IN_SECONDS = 36
"""How long the producer takes to replay a day: about as long as Spark takes to start and run some batches."""

_IDLE_SECONDS = 6.0
"""Without a batch for three triggers, the job has closed all the windows it can."""


@dataclass(frozen=True)
class DemoFolder:
    """Where the demo leaves things: `lake/`, `checkpoints/` and the job's log."""

    root: Path

    @property
    def lake_uri(self) -> str:
        return (self.root / "lake").as_uri()

    @property
    def checkpoint_uri(self) -> str:
        return (self.root / "checkpoints" / "mobile_coverage").as_uri()

    @property
    def log(self) -> Path:
        return self.root / "demo.log"


@dataclass(frozen=True)
class DemoResult:
    """What the demo shows at its end; `audit` is what `sluice audit --format json` says."""

    reports: list[CrawlReport]
    answers: dict[str, QueryResult]
    sent: int
    audit: dict[str, Any]

    @property
    def balanced(self) -> bool:
        """Whether each record sent is in exactly one place."""
        return bool(self.audit["balanced"]) and self.sent == self.audit["raw"]


def run_demo(folder: DemoFolder, generate: int, display: Display) -> DemoResult:
    """Run everything; `generate` events are added to the 1,000 real ones.

    Raises:
        SetupError: the folder holds something that the demo did not make, or another demo runs in it.
        SluiceError: a part of the pipeline failed.
    """
    with (
        cleared(folder.root, "lake", "checkpoints"),
        embedded_aws(folder.lake_uri) as aws,
        only_these_settings(aws.environment),
    ):
        with display.step("embedded AWS", f"answers at {aws.endpoint_url}"):
            boto3.client("kinesis").create_stream(StreamName=STREAM, ShardCount=_SHARDS)
        summary = _stream(folder, generate, aws.environment, display)
        glue = boto3.client("glue")
        crawlers = crawlers_of(DATABASE)
        with display.step("crawlers", f"registered {len(crawlers)} tables in {DATABASE}"):
            reports = [crawl(crawler, folder.lake_uri, glue) for crawler in crawlers]
        with display.step("Athena SQL", f"answered {len(AGGREGATES)} queries"):
            answers = _answers(glue)
        with display.step("audit", "read tables, quarantine, raw and state store"):
            audit = _audit(folder)
    return DemoResult(reports, answers, summary.sent, audit)


def _stream(folder: DemoFolder, generate: int, environment: Mapping[str, str], display: Display) -> Summary:
    """Send and read at the same time, until the job has read all that was sent."""
    troubles = {"late": 60, "duplicate": 20, "malformed": 30, "wrong_type": 20, "future": 10}
    sending = _Sending(generate, troubles)
    arguments = [
        *("--stream_name", STREAM, "--lake_uri", folder.lake_uri, "--checkpoint_uri", folder.checkpoint_uri),
        *("--trigger", "2 seconds", "--max_records_per_trigger", "4000"),
    ]
    with job_process(JOB_MODULE, arguments, environment, folder.log) as job, sending:
        display.start_bars(sending.count)
        _watch(job, sending, display)
        job.stop()
    display.finish_bars()
    if sending.summary.lost:
        raise SluiceError(f"the producer lost {sending.summary.lost} of {sending.count} records")
    return sending.summary


def _watch(job: JobProcess, sending: "_Sending", display: Display) -> None:
    read = rejected = rows = 0
    while not (sending.done() and read >= sending.summary.sent):
        event = job.next_event(0.2)
        if event is not None:
            read += event["records_in"]
            rejected += event["rejected"]
            rows += sum(event["rows_out"].values())
        display.update(sending.summary.sent, read, rejected, rows)
    while (event := job.next_event(_IDLE_SECONDS)) is not None:
        rows += sum(event["rows_out"].values())
        display.update(sending.summary.sent, read, rejected, rows)


class _Sending:
    """The producer in a thread of its own; leaving the block makes it stop."""

    def __init__(self, generate: int, troubles: Mapping[str, int]) -> None:
        mixed = [text for kind, count in troubles.items() for text in (f"--{kind}", str(count))]
        speed = f"{24 * 3600 / _DAY_IN_SECONDS:.0f}"
        argv = ["--csv", "shipped", "--generate", str(generate), "--speed", speed, *mixed]
        now = datetime.now(UTC)
        self._options = parse_options(argv, "demo", now)
        self._records, self.count = make_records(self._options, now)
        self.summary = Summary()
        self._failure: BaseException | None = None
        self._stop = Event()
        self._thread = Thread(target=self._send, daemon=True)

    def _send(self) -> None:
        try:
            produce(self._records, self._options, self.summary, self._progress)
        except BaseException as error:
            self._failure = error

    def _progress(self, summary: Summary) -> None:
        if self._stop.is_set():
            raise SluiceError("stopped")

    def done(self) -> bool:
        """Whether all is sent; raises what the producer failed with, if it did."""
        ended = not self._thread.is_alive()
        if self._failure is not None:
            raise self._failure
        return ended

    def __enter__(self) -> "_Sending":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(_STOP_SECONDS)


def _answers(glue: "GlueClient") -> dict[str, QueryResult]:
    queries = [f"SELECT * FROM {aggregate.table.name} LIMIT 10" for aggregate in AGGREGATES]  # noqa: S608 - our own table names
    return {query: run_query(query, DATABASE, glue) for query in queries}


def _audit(folder: DemoFolder) -> dict[str, Any]:
    """In a process of its own: what Spark has to say at its start goes to the log."""
    uris = ["--lake_uri", folder.lake_uri, "--checkpoint_uri", folder.checkpoint_uri]
    command = [sys.executable, "-m", "cli.main", "audit", *uris, "--format", "json"]
    with folder.log.open("ab") as log:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=log, check=False)
    if not done.stdout:
        raise SluiceError(f"the audit failed; {folder.log} says why")
    audit: dict[str, Any] = json.loads(done.stdout)
    return audit

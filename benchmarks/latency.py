"""The section `latency`: from a record's arrival to what a reader sees of it.

A sender in a process of its own sends at a steady rate, its event times 60 times as fast as the clock, so
that a window of 2 minutes closes every 2 seconds. Twice a second it sends a record that breaks the
contract, too. The job runs with its defaults but for the trigger. A watcher that only lists the lake notes
when each file is there.

At the lower rate records go through the embedded Kinesis. At the higher one they come as files, twice a
second: on a small machine the embedded Kinesis would take the processors that the job needs.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.engine_process import EngineProcess, Event, engine_process
from benchmarks.engines import JOB, job_arguments
from benchmarks.readable import Watcher, closing_arrivals, percentiles, reject_arrivals, waits
from benchmarks.section import Bench, Figures
from glue_jobs.contracts.mobile_coverage import EVENT, STREAM
from laptop.embedded_aws import embedded_aws

_THROUGH_KINESIS = 2_000
"""Records a second up to which the embedded Kinesis is used."""
_LOOK_SECONDS = 0.1
_WARM_UP_TRIGGERS = 2
_START_SECONDS = 300.0
_STOP_SECONDS = 120.0


class Feed(NamedTuple):
    """How records come: `files` or `kinesis`, the sender's place for them, and the job's arguments."""

    way: str
    place: str
    arguments: dict[str, str]
    environment: dict[str, str]


def measure_latency(bench: Bench) -> Figures:
    """`runs`: for each rate and trigger p50 and p99 of windows and of rejects, in seconds.

    Raises:
        EngineFailed: the job or the sender ended, or what was sent never became readable.
    """
    options = bench.options
    runs = []
    for rate in options.latency_rates:
        for trigger in options.latency_triggers:
            with bench.show(f"latency at {rate:,} records/s, trigger {trigger} s"):
                folder = bench.folder / f"{rate}-{trigger}"
                folder.mkdir()
                runs.append(_run(bench, folder, rate, trigger))
    return {"event_seconds_per_second": 60, "look_seconds": _LOOK_SECONDS, "runs": runs}


def _run(bench: Bench, folder: Path, rate: int, trigger: int) -> Figures:
    sample, output, sent = bench.first_files(1)[0], folder / "output", folder / "sent"
    output.mkdir()
    sent.mkdir()
    watcher = Watcher(output / "lake")
    with _feed(folder, rate) as feed:
        sending = [feed.way, feed.place, str(sample), str(rate)]
        with engine_process("benchmarks.paced_sender", sending, sent, feed.environment) as sender:
            sender.run_until(lambda: bool(sender.events()), _START_SECONDS)
            arguments = job_arguments(output, trigger=f"{trigger} seconds", **feed.arguments)
            with engine_process(JOB, arguments, output, feed.environment) as job:
                since = _watch(job, watcher, trigger, bench.options.latency_seconds)
                ticks = sender.events()
                job.stop(_STOP_SECONDS)
    return {"records_per_second": rate, "trigger_seconds": trigger, "source": feed.way} | _figures(
        ticks, watcher, since, trigger
    )


def _watch(job: EngineProcess, watcher: Watcher, trigger: int, seconds: int) -> float:
    """Let the job run; the time of day from which on arrivals count.

    That is two triggers after the first batch. What arrives in the last triggers may not become readable in
    time, so it goes on for three after `seconds`.
    """

    def looked_until(end: float) -> bool:
        now = time.time()
        watcher.look(now)
        return now >= end

    job.run_until(lambda: bool(job.events()), _START_SECONDS)
    since = time.time() + _WARM_UP_TRIGGERS * trigger
    end = since + seconds + 3 * trigger
    job.run_until(lambda: looked_until(end), end - time.time() + _STOP_SECONDS, _LOOK_SECONDS)
    return since


def _figures(ticks: list[Event], watcher: Watcher, since: float, trigger: int) -> Figures:
    """Arrivals of the last three triggers are left out, for what became of them may not have been seen."""
    known = [tick for tick in ticks if tick["arrived"] <= ticks[-1]["arrived"] - 3 * trigger]
    closing = closing_arrivals(known, EVENT.window, EVENT.watermark)
    windows = waits(closing, watcher.windows(), since)
    rejects = waits(reject_arrivals(known), watcher.rejects(), since)
    return {
        "late_seconds": max(tick["late_seconds"] for tick in known),
        "windows": percentiles(windows),
        "rejects": percentiles(rejects),
    }


@contextmanager
def _feed(folder: Path, rate: int) -> Iterator[Feed]:
    if rate > _THROUGH_KINESIS:
        source = folder / "source"
        source.mkdir()
        yield Feed("files", str(source), {"source": "files", "source_path": source.as_uri()}, {})
        return
    with embedded_aws((folder / "aws").as_uri()) as aws:
        arguments = {"source": "kinesis", "stream_name": STREAM, "endpoint_url": aws.endpoint_url}
        yield Feed("kinesis", STREAM, arguments, aws.environment)

"""What happens to a job in a soak: each fault is at least one start, and ends with the job down."""

import random
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Literal

from glue_jobs.contracts.mobile_coverage import QUARANTINE, RAW
from tests.faults.crash_matrix import TABLES, cut_short_and_mend, puts_refused
from tests.faults.harness import Job, PausedJob, disk_full_at, signal_at
from tests.faults.kill_points import STEP
from tests.faults.kinesis_stream import Stream
from tests.faults.running_job import RunningJob, running

_STEPS = 150
"""A fault comes within so many steps, which are those of a handful of batches."""

_SHORT_LEASE = {"SLUICE_LEASE_SECONDS": "3"}


@dataclass
class Soaked:
    """A job, the stream it reads, and a number for each of its starts."""

    job: Job
    stream: Stream
    rng: random.Random
    starts: "count[int]" = field(default_factory=count)

    def run(self, settings: Mapping[str, str] | None = None) -> AbstractContextManager[RunningJob]:
        """Another start."""
        return running(self.job, settings or {}, self.job.folder / f"start-{next(self.starts)}.log")

    def any_step(self, signal_name: str, whom: Literal["all", "one"] = "all") -> tuple[int, dict[str, str]]:
        """A step of the next start, and the settings that give it a signal there."""
        step = self.rng.randrange(1, _STEPS)
        hits = self.job.folder / f"steps-{next(self.starts)}"
        return step, signal_at(STEP, signal_name, step, hits, whom)


def kill(soaked: Soaked) -> str:
    """SIGKILL to all of the job."""
    step, settings = soaked.any_step("SIGKILL")
    with soaked.run(settings) as run:
        assert run.end() == -9, run.last_words
    return f"killed at step {step}"


def kill_one_process(soaked: Soaked) -> str:
    """SIGKILL to the process that reaches the step: the driver, a worker, or that of the source."""
    step, settings = soaked.any_step("SIGKILL", "one")
    with soaked.run(settings) as run:
        code = run.end()
        assert code in (-9, 1), run.last_words
    return f"killed the {'driver' if code == -9 else 'process of a task or of the source'} at step {step}"


def refuse_a_file(soaked: Soaked) -> str:
    """The disk is full from some file on, or S3 refuses what is put below some folder."""
    if soaked.job.s3_lake is not None:
        folder = soaked.rng.choice([table.path for table in (RAW, QUARANTINE, *TABLES)])
        with puts_refused(soaked.job.s3_lake, folder), soaked.run() as run:
            assert run.end() == 1, run.last_words
        return f"S3 refused to take files of {folder}"
    after = soaked.rng.randrange(1, 40)
    settings = disk_full_at(".parquet", after, soaked.job.folder / f"files-{next(soaked.starts)}")
    with soaked.run(settings) as run:
        assert run.end() == 1, run.last_words
        assert "No space left on device" in run.last_words
    return f"the disk was full at file {after}"


def cut_the_checkpoint_short(soaked: Soaked) -> str:
    """As by a machine that dies: killed, and what the checkpoint got last is not whole. It is mended."""
    what = kill(soaked)
    logs = [log for log in ("offsets", "commits") if any((soaked.job.checkpoint / log).glob("[0-9]*"))]
    chosen = soaked.rng.sample(logs, soaked.rng.randint(1, len(logs))) if logs else []
    if chosen:
        cut_short_and_mend(soaked.job, *chosen)
    return f"{what}; the newest of {' and '.join(chosen) or 'nothing'} cut short and mended"


def reshard(soaked: Soaked) -> str:
    """A shard is split, or two are merged, while the job runs; then it is told to stop."""
    with soaked.run() as run:
        run.wait_for_batches(1)
        few = soaked.stream.shard_count < 2 or (soaked.stream.shard_count < 4 and soaked.rng.random() < 0.7)
        what = "split" if few else "merged"
        shards = (soaked.stream.split if few else soaked.stream.merge)(soaked.rng)
        run.wait_for_batches(3)
        assert run.stop() == 0, run.last_words
    return f"{what} {shards}; stopped"


def pause_and_overtake(soaked: Soaked) -> str:
    """A run stands still longer than its lease is valid, another takes over, the first wakes up."""
    step, settings = soaked.any_step("SIGSTOP")
    with soaked.run({**settings, **_SHORT_LEASE}) as first:
        paused = PausedJob(first.process, Path(settings["SLUICE_KILL_HITS"]))
        paused.wait_until_paused()
        paused.wait_until_lease_expires(soaked.job.checkpoint)
        with soaked.run(_SHORT_LEASE) as second:
            if not second.commits(2):  # the first stands still in the middle of a renewal
                assert "locked by another process" in second.last_words, second.last_words
                paused.let_go_on()
                assert first.stop() == 0, first.last_words
                return f"paused at step {step}, where nobody can overtake; woken; stopped"
            paused.let_go_on()
            assert first.end() == 1, first.last_words
            code = second.stop()
            # The first may have planned a batch in the moments before it noticed (docs/guarantees.md).
            assert code == 0 or "Concurrent update" in second.last_words, second.last_words
    return f"paused at step {step}, overtaken, woken; stopped"


Fault = Callable[[Soaked], str]

FAULTS: tuple[Fault, ...] = (
    kill,
    kill_one_process,
    refuse_a_file,
    cut_the_checkpoint_short,
    reshard,
    pause_and_overtake,
)

"""The archive of Spark's classes, from which the JVM of a job starts (`runtime.CLASS_ARCHIVE`).

    python -m laptop.class_archive    makes it, in half a minute; `make setup` does

A short run of a job loads the classes that a job needs, and at its end the JVM writes them down. Only the
same Java with the same jars can use them; any other does as if there were none.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from glue_jobs.core.errors import SetupError
from glue_jobs.core.runtime import CLASS_ARCHIVE
from producers.json_lines import write_json_lines
from producers.mobile_events import SHIPPED_CSV, read_rows, replay
from producers.record import Record

_JOB = "glue_jobs.streaming.mobile_coverage"
_DAY = date(2026, 3, 1)
_TIMEOUT_SECONDS = 600.0


def make_archive(archive: Path, records: Iterator[Record]) -> None:
    """Run a job over the records, and keep the classes it has loaded in `archive`.

    An archive that is there already is removed first. The new one gets its name when it is whole, for a JVM
    that is given half of one does not start.

    Raises:
        SetupError: the job fails, or its JVM keeps nothing.
    """
    archive.unlink(missing_ok=True)
    draft = archive.with_name(f".{archive.name}.draft")
    draft.unlink(missing_ok=True)
    with TemporaryDirectory() as folder:
        _run(Path(folder), draft, records)
    if not draft.exists():
        raise SetupError(f"{archive}: not made; this Java keeps no archive of classes")
    draft.rename(archive)


def _run(folder: Path, draft: Path, records: Iterator[Record]) -> None:
    """The job, until its JVM has ended too: that holds the other ends of the output to the last."""
    (folder / "events").mkdir()
    write_json_lines(folder / "events" / "all.json", records)
    places = {"source_path": "events", "lake_uri": "lake", "checkpoint_uri": "checkpoint"}
    options = {"source": "files", "run_mode": "available_now", "register_partitions": "false"}
    options |= {name: (folder / place).as_uri() for name, place in places.items()}
    arguments = [text for name, value in options.items() for text in (f"--{name}", value)]
    kept = f'"-XX:ArchiveClassesAtExit={draft}" -Xlog:cds=off -Xlog:cds+dynamic=off'
    job = subprocess.run(
        [sys.executable, "-m", _JOB, *arguments],
        env={**os.environ, "SPARK_SUBMIT_OPTS": f"{os.environ.get('SPARK_SUBMIT_OPTS', '')} {kept}"},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    if job.returncode:
        last = (job.stderr.strip().splitlines() or ["nothing"])[-1]
        raise SetupError(f"the run that loads Spark's classes ended with {job.returncode}: {last}")


if __name__ == "__main__":
    try:
        make_archive(CLASS_ARCHIVE, replay(read_rows(SHIPPED_CSV), _DAY))
    except (SetupError, OSError, subprocess.TimeoutExpired) as error:
        sys.exit(f"class archive: {error}; jobs start without it, some seconds later")

"""Sends records at a steady rate until it is ended, their event times running faster than the clock.

    python -m benchmarks.paced_sender files FOLDER SAMPLE_FILE RECORDS_PER_SECOND
    python -m benchmarks.paced_sender kinesis STREAM SAMPLE_FILE RECORDS_PER_SECOND

Twice a second it sends what is due and prints a line of JSON: `newest`, the latest event time in it;
`reject`, the text of its one record that breaks the contract; `arrived`, the time of day when the file had
its name or Kinesis had acknowledged the last record; and `late_seconds`, how far behind its pace that was.
A stream is made if it is not there.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import boto3

from benchmarks.retimed import moment_of, records_between, sample_records
from producers.kinesis_stream import open_stream
from producers.record import Record
from producers.sender import Backoff, Summary, send

EVENT_SECONDS_PER_SECOND = 60
_TICK_SECONDS = 0.5
_SHARDS = 2
_REGION = "us-east-1"

Send: TypeAlias = Callable[[int, bytes], None]
"""Sends the records of a tick, JSON lines; its number gives files their names."""


def main(send_tick: Send, sample: Path, records_per_second: int) -> None:
    """Send, tick after tick, until the process is ended."""
    records = sample_records(sample, round(records_per_second * _TICK_SECONDS) - 1)
    event_seconds = EVENT_SECONDS_PER_SECOND * _TICK_SECONDS
    began, tick = time.monotonic(), 0
    while True:
        reject = reject_of(tick)
        lines = records_between(records, tick * event_seconds, (tick + 1) * event_seconds) + reject + b"\n"
        due = began + tick * _TICK_SECONDS
        time.sleep(max(due - time.monotonic(), 0.0))
        send_tick(tick, lines)
        newest = moment_of(int((tick + 1) * event_seconds - event_seconds / len(records)))
        print(
            json.dumps(
                {
                    "newest": newest.isoformat(),
                    "reject": reject.decode(),
                    "arrived": time.time(),
                    "late_seconds": time.monotonic() - due,
                }
            ),
            flush=True,
        )
        tick += 1


def reject_of(tick: int) -> bytes:
    """The record of a tick that breaks the contract: it is no JSON."""
    return b'{"tick":%d' % tick


def to_files(folder: Path) -> Send:
    """A tick becomes a file, which appears whole."""

    def write(tick: int, lines: bytes) -> None:
        draft = folder / f".records-{tick:06}.json"
        draft.write_bytes(lines)
        draft.rename(folder / f"records-{tick:06}.json")

    return write


def to_kinesis(name: str) -> Send:
    """A tick goes in as many calls as PutRecords needs; endpoint and credentials are the environment's."""
    client = boto3.client("kinesis", region_name=_REGION)
    if name not in client.list_streams()["StreamNames"]:
        client.create_stream(StreamName=name, ShardCount=_SHARDS)
        client.get_waiter("stream_exists").wait(StreamName=name)
    stream = open_stream(name, _REGION)

    def put(tick: int, lines: bytes) -> None:
        records = (Record(line, "generated", float(tick)) for line in lines.splitlines())
        send(
            records,
            stream.put_records,
            backoff=Backoff(),
            limits=stream.limits,
            summary=Summary(),
            progress=lambda summary: None,
        )

    return put


if __name__ == "__main__":
    way, place = sys.argv[1:3]
    main(to_files(Path(place)) if way == "files" else to_kinesis(place), Path(sys.argv[3]), int(sys.argv[4]))

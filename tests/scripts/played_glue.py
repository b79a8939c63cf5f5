"""A Glue that a test plays: its job takes records while the smoke test pauses."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq

from glue_jobs.contracts.mobile_coverage import RAW, SIGNAL_STRENGTH_BY_OPERATOR
from glue_jobs.core.arrow_schema import arrow_schema
from scripts.smoke.account import Account
from scripts.smoke.records import operator_of

Row = dict[str, Any]
Fault = Callable[[list[Row]], list[Row]]


class PlayedGlue:
    """An account whose job is played: each pause is a micro-batch."""

    def __init__(self, account: Account, fault: Fault) -> None:
        self.account = account
        self.fault = fault
        self.clock = datetime.now(UTC) - timedelta(seconds=1)
        self.runs: list[str] = []
        self.running = False
        self._taken = 0
        self._events: list[Row] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.account, name)

    def start_run(self) -> str:
        self.running = True
        self.runs.append(f"jr_{len(self.runs)}")
        return self.runs[-1]

    def stop_run(self, run: str) -> None:
        assert run == self.runs[-1]
        self.running = False

    def has_ended(self, run: str) -> bool:
        return not self.running

    def now(self) -> datetime:
        return self.clock

    def pause(self, seconds: float) -> None:
        self.clock += timedelta(seconds=seconds)
        if self.running:
            self._batch()

    def _batch(self) -> None:
        kinesis = self.account.client("kinesis")
        place = {"ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
        iterator = kinesis.get_shard_iterator(StreamName=self.account.stream_name, **place)["ShardIterator"]
        news = kinesis.get_records(ShardIterator=iterator)["Records"][self._taken :]
        self._taken += len(news)
        rows = [
            {
                "data": record["Data"],
                "arrival_time": None,
                "shard_id": None,
                "sequence_number": record["SequenceNumber"],
            }
            for record in news
        ]
        self._write(RAW.path, self.fault(rows), arrow_schema(RAW.schema))
        self._events += [json.loads(row["data"]) for row in rows if row["data"].endswith(b"}")]
        if any(event["signal"] == 99 for event in self._events):
            self._close_windows()

    def _close_windows(self) -> None:
        known = [event for event in self._events if event["signal"] == 12]
        row = {
            "window_start": self.clock,
            "window_end": self.clock,
            "operator": operator_of("mark"),
            "postal_code": "080193",
            "average_signal": 12.0,
            "minimum_signal": 12,
            "maximum_signal": 12,
            "record_count": len(known),
        }
        self._events = []
        if known:
            table = SIGNAL_STRENGTH_BY_OPERATOR.table
            self._write(table.path, self.fault([row]), arrow_schema(table.schema))

    def _write(self, folder: str, rows: list[Row], schema: pa.Schema) -> None:
        if rows:
            body = BytesIO()
            pq.write_table(pa.Table.from_pylist(rows, schema), body)
            key = f"smoke/{folder}/hour=07/{self._taken}-{len(rows)}.parquet"
            bucket = self.account.lake_uri.split("/")[2]
            boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=body.getvalue())

"""How far the shards of a stream may run apart in time."""

from datetime import UTC, datetime, timedelta

import boto3

from glue_jobs.core.sources.planner import StreamPlanner
from glue_jobs.core.sources.shards import initial_offset

START = initial_offset("TRIM_HORIZON")


def test_no_shard_runs_further_ahead_of_the_slowest_than_the_skew() -> None:
    """Two shards an hour apart: the newer one waits until the older has caught up."""
    hour = datetime(2026, 11, 20, 10, tzinfo=UTC)
    old = [hour + timedelta(minutes=minute) for minute in range(0, 60, 10)]
    new = [hour + timedelta(minutes=minute) for minute in range(50, 110, 10)]
    fake = FakeStream({"old": old, "new": new}, now=hour + timedelta(hours=3))
    planning = StreamPlanner(
        fake,  # type: ignore[arg-type]
        "fake",
        max_records=2,
        max_skew=timedelta(minutes=15),
        now=lambda: fake.now,
        pause=lambda seconds: None,
    )
    offset, read_to = START, {"old": hour, "new": hour}
    order = []
    while (plan := planning.plan(offset)).offset != offset:
        offset = plan.offset
        for shard, records in plan.records.items():
            order += [(shard, record["ApproximateArrivalTimestamp"]) for record in records]
            read_to[shard] = records[-1]["ApproximateArrivalTimestamp"]
        unread_old = [moment for moment in old if moment > read_to["old"]]
        if unread_old:
            assert read_to["new"] <= read_to["old"] + timedelta(minutes=15)
    assert sorted(order) == sorted([("old", moment) for moment in old] + [("new", moment) for moment in new])


class FakeStream:
    """A stream whose records arrived at given times, which no real one lets a test choose."""

    def __init__(self, arrivals: dict[str, list[datetime]], now: datetime) -> None:
        self.now = now
        self._arrivals = arrivals
        self.exceptions = boto3.client("kinesis", "us-east-1").exceptions

    def get_paginator(self, operation: str) -> "FakeStream":
        return self

    def paginate(self, **named: str) -> list[dict[str, list[dict[str, str]]]]:
        return [{"Shards": [{"ShardId": shard} for shard in self._arrivals]}]

    def get_shard_iterator(self, ShardId: str, StartingSequenceNumber: str = "-1", **place: str) -> object:  # noqa: N803 - the API's names
        return {"ShardIterator": f"{ShardId}/{int(StartingSequenceNumber) + 1}"}

    def get_records(self, ShardIterator: str, Limit: int) -> object:  # noqa: N803 - the API's names
        shard, begin = ShardIterator.split("/")
        arrivals = self._arrivals[shard]
        taken = range(int(begin), min(int(begin) + Limit, len(arrivals)))
        end = taken.stop if len(taken) else int(begin)
        behind = self.now - arrivals[end] if end < len(arrivals) else timedelta(0)
        records = [
            {"Data": b"", "SequenceNumber": str(at), "ApproximateArrivalTimestamp": arrivals[at]}
            for at in taken
        ]
        return {
            "Records": records,
            "NextShardIterator": f"{shard}/{end}",
            "MillisBehindLatest": int(behind.total_seconds() * 1000),
        }

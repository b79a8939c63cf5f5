"""How far the shards of a stream may run apart in time."""

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.core.sources.planning import LAST_KEY, START, Clock, opened, planner, put
from tests.faults.aws_proxy import Body, FaultyAws

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient

HOUR = datetime(2026, 11, 20, 10, tzinfo=UTC)
OLD, NEW = "shardId-000000000000", "shardId-000000000001"


def arrived_as_it_says(request: Body, answer: Body) -> Body:
    """Each record arrived at the time that is its data, which no real stream lets a test choose."""
    for record in answer["Records"]:
        moment = datetime.fromisoformat(b64decode(record["Data"]).decode())
        record["ApproximateArrivalTimestamp"] = moment.timestamp()
    return answer


def test_no_shard_runs_further_ahead_of_the_slowest_than_the_skew(
    kinesis: "KinesisClient", two_shards: str, faulty: FaultyAws
) -> None:
    """Two shards an hour apart: the newer one waits until the older has caught up."""
    arrivals = {
        OLD: [HOUR + timedelta(minutes=minute) for minute in range(0, 60, 10)],
        NEW: [HOUR + timedelta(minutes=minute) for minute in range(50, 110, 10)],
    }
    put(kinesis, two_shards, *(f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in arrivals[OLD]))
    put(kinesis, two_shards, *(f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in arrivals[NEW]), key=LAST_KEY)
    faulty.change("GetRecords", arrived_as_it_says)
    clock = Clock(HOUR + timedelta(hours=3))
    planning = planner(opened(two_shards, faulty.url, clock), max_records=2, max_skew=timedelta(minutes=15))
    offset, read = START, {OLD: [HOUR], NEW: [HOUR]}
    while (plan := planning.plan(offset)).offset != offset:
        offset = plan.offset
        for shard, records in plan.records.items():
            read[shard] += [record["ApproximateArrivalTimestamp"] for record in records]
        if read[OLD][-1] < arrivals[OLD][-1]:
            assert read[NEW][-1] <= read[OLD][-1] + timedelta(minutes=15)
    assert {shard: moments[1:] for shard, moments in read.items()} == arrivals


def test_times_that_run_back_within_a_shard_lose_nothing(
    kinesis: "KinesisClient", two_shards: str, faulty: FaultyAws
) -> None:
    """They are approximate: what follows a record that has to wait waits, too, whatever its own time."""
    minutes = {OLD: range(0, 60, 10), NEW: [50, 55, 100, 56, 57, 110]}
    for shard, key in ((OLD, 0), (NEW, LAST_KEY)):
        moments = [HOUR + timedelta(minutes=minute) for minute in minutes[shard]]
        put(kinesis, two_shards, *(f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in moments), key=key)
    faulty.change("GetRecords", arrived_as_it_says)
    clock = Clock(HOUR + timedelta(hours=3))
    planning = planner(opened(two_shards, faulty.url, clock), max_skew=timedelta(minutes=15))
    offset = START
    read: dict[str, list[int]] = {OLD: [], NEW: []}
    while (plan := planning.plan(offset)).offset != offset:
        offset = plan.offset
        for shard, records in plan.records.items():
            read[shard] += [
                int((record["ApproximateArrivalTimestamp"] - HOUR) / timedelta(minutes=1))
                for record in records
            ]
    assert read == {shard: list(expected) for shard, expected in minutes.items()}

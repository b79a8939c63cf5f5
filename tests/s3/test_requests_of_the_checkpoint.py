"""How often Spark's checkpoint asks S3: what `cost.s3_requests` says is held to what is counted here.

Run by `make test-s3`.
"""

import re
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

import pytest

from cost import s3_requests
from cost.s3_requests import Requests
from laptop.embedded_aws import EmbeddedAws
from tests.faults.aws_proxy import faulty_aws
from tests.faults.harness import write_events
from tests.s3.spark_on_s3 import BUCKET, run, settings_for

PRICED = {"PutObject": "put", "ListObjectsV2": "put", "HeadObject": "get", "GetObject": "get"}
"""Which of the two prices a request has; a copy is a PUT, too. Removing costs nothing."""
UNDER_WAY = range(5, 9)
"""Batches in which old entries are removed, and the file source does not gather its log."""


@pytest.fixture
def requests(aws: EmbeddedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Price and path of each request of a run of twelve batches with data, in their order."""
    write_events(tmp_path / "events", files=12, events_a_file=200, seed=7)
    settings = {"minBatchesToRetain": "3", "stateStore.maintenanceInterval": "1s"}
    with faulty_aws(aws.endpoint_url) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        ended = run(tmp_path / "events", settings_for(proxy.url, tmp_path, **settings))
        assert ended.returncode == 0, ended.stderr[-3000:]
        calls = [(PRICED.get(call.operation), unquote(call.path)) for call in proxy.calls]
    return [(price, key_of(path)) for price, path in calls if price is not None]


def key_of(path: str) -> str:
    """The key that a request names, or the prefix of what it lists."""
    listed = re.search(r"prefix=([^&]*)", path)
    return listed[1] if listed else path.removeprefix(f"/{BUCKET}/")


def counted(requests: list[tuple[str, str]]) -> Requests:
    """How many there are of each price."""
    prices = Counter(price for price, _ in requests)
    return Requests(prices["put"], prices["get"])


def batch(requests: list[tuple[str, str]], number: int) -> list[tuple[str, str]]:
    """Those between the commit before and that of the batch."""
    ends = [
        next(i for i, one in reversed(list(enumerate(requests))) if one == ("put", f"checkpoint/commits/{n}"))
        for n in (number - 1, number)
    ]
    return requests[ends[0] + 1 : ends[1] + 1]


def test_a_batch_writes_three_entries_and_its_changes_of_the_state(requests: list[tuple[str, str]]) -> None:
    """Offsets, commits and the source's own log, the same each time; one GET of the offsets is the sink's."""
    for number in UNDER_WAY:
        found = {
            log: counted([one for one in batch(requests, number) if one[1].startswith(f"checkpoint/{log}/")])
            for log in ("offsets", "commits", "sources")
        }
        assert found == {
            "offsets": s3_requests.OFFSETS + Requests(put=0, get=1),
            "commits": s3_requests.COMMITS,
            "sources": s3_requests.SOURCE,
        }
        changes = [one for one in batch(requests, number) if ".changelog" in one[1]]
        assert counted(changes) == s3_requests.CHANGELOG * state_parts(requests)


def test_a_snapshot_of_the_state_comes_after_ten_batches(requests: list[tuple[str, str]]) -> None:
    """In each part of it: the files of RocksDB, a list of them, and its checksum."""
    numbers = {int(found[1]) for _, key in requests if (found := re.search(r"/(\d+)\.zip$", key))} - {0}
    of_them = [one for one in requests if re.search(r"/SSTs/|/\.?[1-9]\d*\.zip", one[1])]
    assert numbers == {s3_requests.BATCHES_OF_SNAPSHOT}
    assert counted(of_them) == s3_requests.SNAPSHOT * state_parts(requests)


def state_parts(requests: list[tuple[str, str]]) -> int:
    """How many parts the state has."""
    return len({found[1] for _, key in requests if (found := re.match(r"checkpoint/state/0/(\d+)/", key))})

"""A real Kinesis API on loopback, and what several tests of the producers need."""

import json
import re
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import TYPE_CHECKING, Any, Self

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pyspark.sql.types import DataType, DoubleType, IntegerType, StructField

from glue_jobs.contracts.mobile_coverage import EVENT
from producers.mobile_events import SHIPPED_CSV, Event, read_rows

if TYPE_CHECKING:
    from mypy_boto3_kinesis.client import KinesisClient

REGION = "us-east-1"


@pytest.fixture(scope="session")
def rows() -> list[Event]:
    """The rows of the shipped CSV."""
    return read_rows(SHIPPED_CSV)


@pytest.fixture(scope="session")
def kinesis_url() -> Iterator[str]:
    """The endpoint of an embedded AWS, with credentials for it in the environment."""
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.delenv("AWS_REGION", raising=False)
        patch.delenv("AWS_DEFAULT_REGION", raising=False)
        yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def kinesis(kinesis_url: str) -> "Iterator[KinesisClient]":
    """A client of the embedded Kinesis."""
    client = boto3.client("kinesis", region_name=REGION, endpoint_url=kinesis_url)
    yield client
    client.close()


_numbers = count()


@pytest.fixture
def stream(kinesis: "KinesisClient") -> Iterator[str]:
    """The name of a new stream of four shards."""
    name = f"stream-{next(_numbers)}"
    kinesis.create_stream(StreamName=name, ShardCount=4)
    yield name
    kinesis.delete_stream(StreamName=name)


@pytest.fixture
def shards(kinesis: "KinesisClient") -> Callable[[str], list[list[bytes]]]:
    """Reads a stream: for each shard the records in it, in order."""

    def read(name: str) -> list[list[bytes]]:
        listed = kinesis.list_shards(StreamName=name)["Shards"]
        return [_read_shard(kinesis, name, shard["ShardId"]) for shard in listed]

    return read


def _read_shard(kinesis: "KinesisClient", name: str, shard: str) -> list[bytes]:
    iterator = kinesis.get_shard_iterator(StreamName=name, ShardId=shard, ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    records: list[bytes] = []
    while True:
        page = kinesis.get_records(ShardIterator=iterator)
        records += [record["Data"] for record in page["Records"]]
        if page["MillisBehindLatest"] == 0:
            return records
        iterator = page["NextShardIterator"]


@pytest.fixture(scope="session")
def violations() -> Callable[[bytes], list[str]]:
    """Checks the bytes of an event against the contract's metadata; gives what is wrong with it."""

    def check(data: bytes) -> list[str]:
        event = json.loads(data)
        if list(event) != EVENT.schema.fieldNames():
            return [f"fields are {list(event)}"]
        return [f"{field.name}: {event[field.name]!r}" for field in EVENT.schema if not _valid(field, event)]

    return check


_JSON_TYPES: dict[type[DataType], type] = {IntegerType: int, DoubleType: float}


def _valid(field: StructField, event: dict[str, Any]) -> bool:
    value, rules = event[field.name], field.metadata
    if value is None:
        return field.nullable
    if field.name == EVENT.event_time:
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value)) and value >= rules["minimum"]
    if value == rules.get("unknown"):
        return True
    wanted = _JSON_TYPES.get(type(field.dataType), str)
    spelling = EVENT.spellings.get(field.name)
    spelled = spelling(value) if spelling else value
    return (
        type(value) is wanted
        and not (("minimum" in rules) and not rules["minimum"] <= value <= rules["maximum"])
        and ("allowed" not in rules or spelled in rules["allowed"])
        and ("pattern" not in rules or bool(re.fullmatch(str(rules["pattern"]), str(value))))
    )


class Proxy:
    """Passes the calls to Kinesis on, but for what a test wants changed.

    `refuse_places[n]` holds the places in the n-th put whose records are refused for
    throttling; `broken_calls` those that fail as a whole; `answers` what an operation answers instead.
    """

    puts, results, refused = "PutRecords", "Records", "FailedRecordCount"

    def __init__(self, target: str) -> None:
        self.refuse_places: dict[int, set[int]] = {}
        self.broken_calls: set[int] = set()
        self.answers: dict[str, tuple[int, dict[str, Any]]] = {}
        self.put_calls: list[int] = []
        self.answered = threading.Event()
        self._target = target
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        """Its endpoint."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, operation: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """What the client gets for one call."""
        if operation in self.answers:
            status, content = self.answers[operation]
            return status, json.dumps(content).encode()
        if operation != self.puts:
            return self._pass_on(body, headers)
        number = len(self.put_calls)
        request = json.loads(body)
        self.put_calls.append(len(request["Records"]))
        if number in self.broken_calls:
            return 500, b'{"__type": "InternalFailure", "message": "try again"}'
        return self._put(request, self.refuse_places.get(number, set()), headers)

    def _put(self, request: dict[str, Any], refused: set[int], headers: dict[str, str]) -> tuple[int, bytes]:
        records = request["Records"]
        passing = [record for place, record in enumerate(records) if place not in refused]
        status, body = self._pass_on(json.dumps({**request, "Records": passing}).encode(), headers)
        accepted = iter(json.loads(body)[self.results])
        refusal = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "slow down"}
        results = [refusal if place in refused else next(accepted) for place in range(len(records))]
        return status, json.dumps({self.refused: len(refused), self.results: results}).encode()

    def _pass_on(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        request = urllib.request.Request(self._target, body, headers)  # noqa: S310 (loopback)
        with urllib.request.urlopen(request) as response:  # noqa: S310 (loopback)
            return response.status, response.read()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                operation = self.headers["X-Amz-Target"].rsplit(".", 1)[-1]
                kept = ("Content-Type", "X-Amz-Target", "Authorization", "X-Amz-Date")
                headers = {name: self.headers[name] for name in kept}
                status, answer = proxy.answer(operation, body, headers)
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
                if operation == proxy.puts:
                    proxy.answered.set()

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        return Handler


@pytest.fixture
def proxy(kinesis_url: str) -> Iterator[Proxy]:
    """A proxy between a test and the embedded Kinesis."""
    with Proxy(kinesis_url) as running:
        yield running

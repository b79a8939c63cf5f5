"""An HTTP proxy in front of the embedded AWS that answers as AWS does when something is wrong.

moto neither throttles nor expires nor trims. The proxy hands each call on to it, unless a fault is
due: an error with the status and the body that AWS sends, or an answer of moto's that is changed on its way.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Lock, Thread
from typing import Any
from urllib.parse import urlsplit

Body = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """A request: its operation (such as GetRecords), whose key signed it, what it says, and its path.

    `keys` are those of the objects that it names in S3's XML, to be removed at once.
    """

    operation: str
    access_key: str
    body: Body
    path: str = "/"
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """An error as AWS answers it."""

    code: str
    message: str
    status: int = 400


EXPIRED_ITERATOR = Refusal(
    "ExpiredIteratorException",
    "Iterator expired. The iterator was created at time Fri Nov 20 10:00:00 UTC 2026 while right now it is "
    "Fri Nov 20 10:06:00 UTC 2026 which is further in the future than the tolerated delay of 300000 "
    "milliseconds.",
)
THROTTLED = Refusal(
    "ProvisionedThroughputExceededException",
    "Rate exceeded for shard shardId-000000000000 in stream mobile_coverage_logs under account 123456789012.",
)
LIST_THROTTLED = Refusal(
    "LimitExceededException", "Rate exceeded for stream mobile_coverage_logs under account 123456789012."
)
EXPIRED_TOKEN = Refusal("ExpiredTokenException", "The security token included in the request is expired")
UNKNOWN_TOKEN = Refusal(
    "UnrecognizedClientException", "The security token included in the request is invalid."
)
INTERNAL_FAILURE = Refusal("InternalFailure", "Internal service failure.", status=500)
FOREIGN_NUMBER = Refusal(
    "InvalidArgumentException",
    "StartingSequenceNumber 1 used in GetShardIterator on shard shardId-000000000000 in stream "
    "mobile_coverage_logs under account 123456789012 is invalid because it did not come from this stream.",
)


@dataclass
class Fault:
    """What happens to the next `times` calls of an operation that `when` picks."""

    refusal: Refusal
    times: int
    when: Callable[[Call], bool]


@dataclass
class FaultyAws:
    """The proxy: its address, the faults that are due, and how often each was met."""

    upstream: str
    url: str = ""
    met: Counter[str] = field(default_factory=Counter)
    calls: list[Call] = field(default_factory=list)
    _faults: dict[str, list[Fault]] = field(default_factory=dict)
    _changes: dict[str, Callable[[Body, Body], Body]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _came: Condition = field(init=False)

    def __post_init__(self) -> None:
        self._came = Condition(self._lock)

    def refuse(
        self, operation: str, refusal: Refusal, times: int = 1, when: Callable[[Call], bool] = lambda _: True
    ) -> None:
        """Answer the next calls of `operation` (such as GetRecords) that `when` picks with an error."""
        with self._lock:
            self._faults.setdefault(operation, []).append(Fault(refusal, times, when))

    def change(self, operation: str, change: Callable[[Body, Body], Body]) -> None:
        """Change what every call of `operation` is answered: from the request and moto's answer."""
        self._changes[operation] = change

    def wait_for_calls(self, count: int) -> None:
        """Return when so many calls have come in all.

        Raises:
            TimeoutError: they have not, in a minute.
        """
        with self._came:
            if not self._came.wait_for(lambda: len(self.calls) >= count, timeout=60):
                raise TimeoutError(f"{len(self.calls)} calls came, not {count}")

    def heal(self) -> None:
        """Nothing is wrong any more."""
        with self._lock:
            self._faults.clear()
            self._changes.clear()

    def due(self, call: Call) -> Refusal | None:
        """The error that this call gets, counted; None where none is due."""
        with self._came:
            self.calls.append(call)
            self._came.notify_all()
            for fault in self._faults.get(call.operation, []):
                if fault.times > 0 and fault.when(call):
                    fault.times -= 1
                    self.met[fault.refusal.code] += 1
                    return fault.refusal
        return None

    def changed(self, call: Call, answer: bytes) -> bytes:
        """Moto's answer, or what a change makes of it."""
        change = self._changes.get(call.operation)
        return json.dumps(change(call.body, json.loads(answer))).encode() if change else answer


@contextmanager
def faulty_aws(upstream: str) -> Iterator[FaultyAws]:
    """A proxy on 127.0.0.1 in front of the AWS at `upstream`, for the block."""
    aws = FaultyAws(upstream)

    class Handler(_Handler):
        faulty = aws

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        aws.url = f"http://127.0.0.1:{server.server_port}"
        serving = Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            yield aws
        finally:
            server.shutdown()
            serving.join()


def s3_operation(method: str, path: str) -> str:
    """S3 names its operations by method and query."""
    names = {"PUT": "PutObject", "HEAD": "HeadObject", "GET": "GetObject", "DELETE": "DeleteObject"}
    if "list-type=2" in path:
        return "ListObjectsV2"
    return "DeleteObjects" if method == "POST" and path.endswith("?delete") else names.get(method, method)


class _Handler(BaseHTTPRequestHandler):
    faulty: FaultyAws
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        call = self._call(body)
        refusal = self.faulty.due(call)
        if refusal is not None:
            error = json.dumps({"__type": refusal.code, "message": refusal.message}).encode()
            self._send(refusal.status, [("Content-Type", "application/x-amz-json-1.1")], error)
            return
        status, headers, answer = self._from_upstream(body)
        if status == HTTPStatus.OK:
            answer = self.faulty.changed(call, answer)
        self._send(status, headers, answer)

    def _call(self, body: bytes) -> Call:
        target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        key = re.search(r"Credential=([^/]+)/", self.headers.get("Authorization", ""))
        said = json.loads(body) if target and body else {}
        keys = (
            ()
            if target
            else tuple(re.findall(r"<Key>(.*?)</Key>", body[:10_000_000].decode("utf-8", "replace")))
        )
        operation = target or s3_operation(self.command, self.path)
        return Call(
            operation, key[1] if key else "", said, self.path, keys if operation == "DeleteObjects" else ()
        )

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _handle  # noqa: N815 - the names http.server calls

    def _from_upstream(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        upstream = HTTPConnection(urlsplit(self.faulty.upstream).netloc)
        try:
            upstream.request(self.command, self.path, body, dict(self.headers))
            answer = upstream.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            upstream.close()

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        told = dict(headers).get("Content-Length", "0")  # of a HEAD: what a GET would bring
        self.send_header("Content-Length", told if self.command == "HEAD" else str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass

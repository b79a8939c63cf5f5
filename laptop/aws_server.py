"""The embedded AWS itself: moto behind HTTP on 127.0.0.1, for one lake. Started by `laptop.embedded_aws`.

    python -m laptop.aws_server file:///absolute/lake

It says one line of JSON on standard output, `{"endpoint_url": …}` or `{"error": …}`, then serves until
its standard input ends, which happens when its parent stops it and also when its parent is killed.
"""

import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from io import BytesIO
from threading import Lock, Thread
from typing import Any, TypeAlias
from uuid import uuid4

from moto.glue.models import glue_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from glue_jobs.core.errors import SluiceError
from glue_jobs.core.storage import LocalStorage
from laptop import catalog_file, firehose_calls, kinesis_calls, moto_as_aws
from laptop.embedded_aws import LAKE_PATH
from laptop.firehose import Firehose
from laptop.firehose_client import DELIVER_PATH

_CHANGES_THE_CATALOGUE = re.compile(r"AWSGlue\.(Batch)?(Create|Update|Delete)\w*(Database|Table|Partition)")
_LONGEST_CALL_SECONDS = 5.0
_DELIVERY_SECONDS = 1.0
"""How often Firehose looks which buffers are due."""

Environment: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[..., Any]


class LakeApplication:
    """moto as a WSGI application that takes one call at a time and keeps the Glue catalogue in the lake.

    One at a time because moto's Kinesis gives two concurrent puts the same sequence number.
    """

    def __init__(self, lake: LocalStorage) -> None:
        self.lake = lake
        self.lock = Lock()
        self.firehose = Firehose(lake)
        self._moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: Environment, start_response: StartResponse) -> Iterable[bytes]:
        body = _read_body(environ)
        if environ["PATH_INFO"] == LAKE_PATH:
            start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
            return [str(self.lake.root.resolve()).encode()]
        if (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("POST", DELIVER_PATH):
            return self._deliver(start_response)
        with self.lock:
            plain = kinesis_calls.plain_answer(environ, body)
            plain = plain or firehose_calls.answer(self.firehose, environ, body)
            if plain is not None:
                status, plain_body = plain
                start_response(f"{status} {status.phrase}", _plain_headers())
                return [plain_body]
            answer = list(self._moto(environ, start_response))
            if _CHANGES_THE_CATALOGUE.match(environ.get("HTTP_X_AMZ_TARGET", "")):
                self._keep_catalogue()
        return answer

    def _deliver(self, start_response: StartResponse) -> Iterable[bytes]:
        """Not under the lock: packing takes a while, and Firehose has a lock of its own."""
        headers = [("Content-Type", "text/plain; charset=utf-8")]
        try:
            self.firehose.deliver_all()
        except OSError as error:
            start_response("507 Insufficient Storage", headers)
            return [str(error).encode()]
        start_response("200 OK", headers)
        return [b""]

    def _keep_catalogue(self) -> None:
        """A call is answered only once what it changed is in the file; a failed write fails the call."""
        catalog_file.save(glue_backends[moto_as_aws.ACCOUNT_ID][moto_as_aws.REGION], self.lake)


def _plain_headers() -> list[tuple[str, str]]:
    return [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-RequestId", str(uuid4()))]


def _read_body(environ: Environment) -> bytes:
    """Take the whole body off the connection, or what moto leaves unread becomes the next request."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if not length:
        return b""
    body: bytes = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = BytesIO(body)
    return body


class QuietHandler(WSGIRequestHandler):
    """Keeps connections open, answers at once, logs no request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer waits 40 ms for the acknowledgement of its headers

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass

    def handle_expect_100(self) -> bool:
        return True  # werkzeug says "100 Continue" itself


def start(lake_uri: str) -> tuple[BaseWSGIServer, LakeApplication]:
    """A server for the lake on a port that the kernel picks, its catalogue loaded."""
    lake = LocalStorage(lake_uri.rstrip("/"))
    moto_as_aws.apply()
    catalog_file.load(glue_backends[moto_as_aws.ACCOUNT_ID][moto_as_aws.REGION], lake)
    application = LakeApplication(lake)
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=QuietHandler)
    return server, application


def _exit_when_input_ends(application: LakeApplication) -> None:
    sys.stdin.buffer.read()
    application.lock.acquire(timeout=_LONGEST_CALL_SECONDS)  # lets the running call finish
    with suppress(OSError):  # what cannot be delivered is kept for the next server
        application.firehose.deliver_all()
    os._exit(0)


def _deliver_for_ever(firehose: Firehose) -> None:
    """What cannot be delivered is tried again; the log says so once, not each time."""
    said = ""
    while True:
        firehose.wake.wait(_DELIVERY_SECONDS)
        firehose.wake.clear()
        try:
            firehose.deliver_due()
        except OSError as error:
            if str(error) != said:
                said = str(error)
                sys.stderr.write(f"Firehose cannot deliver: {said}\n")
                sys.stderr.flush()


def _say(**line: str) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main(lake_uri: str) -> int:
    """Serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends us
    try:
        server, application = start(lake_uri)
    except (SluiceError, OSError) as error:
        _say(error=str(error))
        return 1
    Thread(target=_exit_when_input_ends, args=[application], daemon=True).start()
    Thread(target=_deliver_for_ever, args=[application.firehose], daemon=True).start()
    _say(endpoint_url=f"http://127.0.0.1:{server.port}")
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

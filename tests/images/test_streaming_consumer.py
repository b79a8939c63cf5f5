"""The streaming consumer runs as in its image: by what the image installs, under the image's environment.

Run by `make test-images`, which installs below a folder as the image does, and names it in SLUICE_IMAGE.
"""

import json
import os
import re
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pytest

from glue_jobs.contracts.mobile_coverage import STREAM
from glue_jobs.deployment.jobs import JOBS
from laptop.embedded_aws import REGION, EmbeddedAws, embedded_aws
from tests.events import payload
from tests.faults.aws_proxy import FaultyAws, faulty_aws
from tests.images.peak import peak_bytes

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "docker/streaming-consumer/Dockerfile").read_text(encoding="utf-8")
JOB = "etl_streaming_mobile_logs"
PLACES = {"lake": "a-lake", "state": "a-state", "region": REGION}
BACKLOG = 200_000
"""Records of five and a half hours at ten a second."""
NOTICE_SECONDS = 120
"""What Fargate leaves a task between SIGTERM and SIGKILL, on Spot and with the longest stopTimeout."""


def installed() -> Path:
    """Where install.sh has put what the image has in /opt/sluice."""
    return Path(os.environ["SLUICE_IMAGE"]).resolve()


def said(instruction: str) -> str:
    """The last such line of the Dockerfile, /opt/sluice being the folder of this test."""
    text: str = re.findall(rf"^{instruction} (.*)$", DOCKERFILE, re.MULTILINE)[-1]
    return text.replace("/opt/sluice", str(installed()))


def command(*arguments: str) -> list[str]:
    """The image's entry point with arguments; without the init where this machine has none."""
    entry = json.loads(said("ENTRYPOINT"))
    return [*(entry if shutil.which(entry[0]) else entry[2:]), *arguments]


@contextmanager
def credentials_of_a_task() -> Iterator[str]:
    """The address at which a task's role gives out credentials, as ECS has one in each task."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(
                {
                    "AccessKeyId": "OFTHETASK",
                    "SecretAccessKey": "secret-of-the-task",
                    "Token": "token-of-the-task",
                    "Expiration": "2099-01-01T00:00:00Z",
                }
            ).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/credentials"
        server.shutdown()


@dataclass(frozen=True)
class Task:
    """What ECS would start: its environment, and the AWS that it meets."""

    environment: Mapping[str, str]
    proxy: FaultyAws

    def start(self, *more: str) -> "subprocess.Popen[str]":
        declared = JOBS[JOB]
        given = {
            name: re.sub(r"\$\{(\w+)\}", lambda place: PLACES[place[1]], text)
            for name, text in declared.arguments.items()
        }
        arguments = [part for name, text in given.items() for part in (f"--{name}", text)]
        module = declared.script.removesuffix(".py").replace("/", ".")
        return subprocess.Popen(
            command(module, *arguments, *more),
            env=dict(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Task]:
    """A task with nothing in its environment but what ECS and the image put there."""
    with embedded_aws((tmp_path / "catalogue").as_uri()) as aws, faulty_aws(aws.endpoint_url) as proxy:
        make_account(aws, monkeypatch)
        with credentials_of_a_task() as address:
            yield Task(environment(tmp_path, address, proxy), proxy)


def make_account(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Buckets and the stream; this process finds them."""
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    for name in ("lake", "state"):
        boto3.client("s3").create_bucket(Bucket=PLACES[name])
    kinesis = boto3.client("kinesis")
    kinesis.create_stream(StreamName=STREAM, ShardCount=2)
    kinesis.get_waiter("stream_exists").wait(StreamName=STREAM)


def environment(folder: Path, credentials: str, proxy: FaultyAws) -> dict[str, str]:
    """Of the task. Spark's client of S3 reads no variable for an address, so its settings have it."""
    of_image = dict(pair.split("=", 1) for pair in said("ENV").split())
    settings = folder / "conf"
    shutil.copytree(of_image["SPARK_CONF_DIR"], settings)
    with (settings / "spark-defaults.conf").open("a") as file:
        file.write(f"spark.hadoop.fs.s3a.endpoint {proxy.url}\nspark.hadoop.fs.s3a.path.style.access true\n")
    here = {name: os.environ[name] for name in ("PATH", "JAVA_HOME") if name in os.environ}
    return {
        **here,
        **of_image,
        "SPARK_CONF_DIR": str(settings),
        "SPARK_DRIVER_MEMORY": "768m",
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": proxy.url,
        "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": credentials,
    }


def put(*lines: bytes) -> None:
    """Records into the stream."""
    answer = boto3.client("kinesis").put_records(
        StreamName=STREAM,
        Records=[{"Data": line, "PartitionKey": str(number)} for number, line in enumerate(lines)],
    )
    assert answer["FailedRecordCount"] == 0


def moment(number: int) -> str:
    """A time for each record, a tenth of a second after the one before."""
    return (datetime(2026, 3, 1, 7, tzinfo=UTC) + timedelta(milliseconds=100 * number)).isoformat()


def objects_by_table() -> Counter[str]:
    """How many Parquet files each table of the lake has."""
    pages = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket=PLACES["lake"])
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    return Counter("/".join(key.split("/")[:2]) for key in keys if key.endswith(".parquet"))


def events_until(process: "subprocess.Popen[str]", records: int) -> list[dict[str, Any]]:
    """The events of batches up to the one with which so many records were read."""
    assert process.stdout is not None
    found: list[dict[str, Any]] = []
    for line in process.stdout:
        if line.startswith("{"):
            found.append(json.loads(line))
            if sum(event["records_in"] for event in found if "records_in" in event) >= records:
                return found
    raise AssertionError(f"ended before: {process.stderr.read() if process.stderr else ''}")


def test_a_task_reads_its_stream_and_leaves_at_sigterm(task: Task) -> None:
    """With the task's role it reads, writes and counts; told to go, it ends its batch within the notice."""
    put(payload(), payload(timestamp="2026-03-01T07:20:00Z"), b"no event")
    process = task.start("--trigger", "2 seconds")
    counted = [event for event in events_until(process, 3) if event.get("records_in")]
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=NOTICE_SECONDS)

    assert process.returncode == 0, errors[-3000:]
    assert Counter(
        {name: sum(event[name] for event in counted) for name in ("records_in", "accepted", "rejected")}
    ) == {"records_in": 3, "accepted": 2, "rejected": 1}
    assert {event["_aws"]["CloudWatchMetrics"][0]["Namespace"] for event in counted} == {"Sluice"}
    assert objects_by_table().keys() == {"raw/mobile_coverage", "quarantine/mobile_coverage"}


def test_a_stopped_task_is_followed_by_one_that_goes_on(task: Task) -> None:
    """A Spot task that was taken away is replaced; the next reads what came meanwhile, and nothing twice."""
    put(payload())
    first = task.start("--trigger", "2 seconds")
    events_until(first, 1)
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=NOTICE_SECONDS)
    put(payload(timestamp="2026-03-01T07:21:00Z"), payload(timestamp="2026-03-01T07:22:00Z"))
    second = task.start("--trigger", "2 seconds")
    counted = events_until(second, 2)
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=NOTICE_SECONDS)
    assert (first.returncode, second.returncode) == (0, 0)
    assert sum(event.get("records_in", 0) for event in counted) == 2


def test_a_task_of_two_gigabytes_works_off_a_backlog(task: Task) -> None:
    """JVM, Python and state stay below its memory: 1.6 GiB with two batches of 100,000 on two cores."""
    for first in range(0, BACKLOG, 500):
        put(*[payload(timestamp=moment(number)) for number in range(first, first + 500)])
    process = task.start("--run_mode", "available_now")
    with peak_bytes(process) as most:
        _, errors = process.communicate()
    assert process.returncode == 0, errors[-3000:]
    assert 0 < most() < 2048 * 2**20


def test_a_wrong_argument_ends_a_task_with_2(task: Task) -> None:
    """ECS shows the exit code; the log has the reason in one line."""
    process = task.start("--trigger", "soon")
    _, errors = process.communicate(timeout=NOTICE_SECONDS)
    assert process.returncode == 2
    assert "--trigger" in errors
    assert "Traceback" not in errors

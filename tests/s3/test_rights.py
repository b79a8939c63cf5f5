"""Each job may do what it really does, and nothing else.

The jobs run with their lake on S3 and the catalogue of the embedded AWS; every request is recorded and held
against the policy that Terraform gives the job. Run by `make test-s3`.
"""

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

from glue_jobs.deployment.jobs import JOBS
from glue_jobs.deployment.policies import policies
from laptop.embedded_aws import EmbeddedAws
from tests.faults.aws_proxy import FaultyAws, faulty_aws
from tests.faults.harness import write_events
from tests.order_events import order
from tests.s3.asked import Asked, allows, asked, filled, unused
from tests.s3.spark_on_s3 import settings_for

ROOT = Path(__file__).resolve().parents[2]
PLACES = {
    "partition": "aws",
    "region": "us-east-1",
    "account": "123456789012",
    "lake": "a-lake",
    "state": "a-state",
    "resources": "some-code",
}
POLICIES = {name: json.loads(filled(text, PLACES)) for name, text in policies().items() if name in JOBS}

OF_GLUE = {"CountForGlue", "FetchCode", "FindEnvironment", "KeepEnvironment", "ReadStream", "WriteLogs"}
"""Statements for what Glue itself does in the name of a job, its connector of Kinesis among it."""

LAKE = "arn:aws:s3:::a-lake/"
CATALOG = "arn:aws:glue:us-east-1:123456789012:"
ABORT = "s3:AbortMultipartUpload"
"""For an upload in parts that fails."""

_AFTER_A_CRASH = "what an attempt that died has left is looked at and removed"
_RECORDS = r"(raw|quarantine)/mobile_coverage(__v)?/\*"
_VIEWS = r"table/orders/(revenue_by_day|top_products|update_rate)"

NOT_EACH_RUN: dict[str, dict[str, str]] = {
    "etl_streaming_mobile_logs": {
        r"s3:(Get|Delete)Object of (aggregations|raw|quarantine)/.*": _AFTER_A_CRASH,
    },
    "etl_rebuild_mobile_logs": {
        r"glue:CreatePartition of .*": "an hour that a lost catalogue has forgotten",
        r"glue:(Get|Update)Partition of table/.*/(raw|quarantine)_.*": "the same, of records as they came",
        r"s3:GetObject of (raw|quarantine)/mobile_coverage__v/\*": "raw that is compacted; hours as above",
    },
    "etl_compact_mobile_logs": {
        r"glue:CreatePartition of .*": "an hour that a lost catalogue has forgotten",
        rf"s3:(Get|Put|Delete)Object of {_RECORDS}": "an hour of raw that is over, not the one of this test",
        r"glue:(Get|Update)Partition of table/.*/(raw|quarantine)_.*": "the same",
        r"s3:DeleteObject of aggregations/.*__v/\*": "a version that was replaced by another",
    },
    "gluejob-raw-orders": {
        r"s3:(ListBucket|GetObject|DeleteObject) of (raw|quarantine)/orders/\*": _AFTER_A_CRASH,
    },
    "gluejob-processed-orders": {
        r"glue:CreateTable of .*": "the first run, where no initial load was before it",
    },
    "gluejob-maintain-processed-orders": {},
}
for _job in ("gluejob-processed-orders", "gluejob-processed-orders-initial-load"):
    NOT_EACH_RUN.setdefault(_job, {}).update(
        {
            rf"glue:UpdateTable of {_VIEWS}": "a view that the contract says otherwise by now",
            r"s3:DeleteObject of processed/orders/\*": "old metadata, and what a failed commit has written",
            r"s3:DeleteObject of resources/data_docs/orders/\*": "pages beyond the newest hundred",
            r"s3:ListBucket of raw/orders/\*": "Spark lists what it reads, where there are many files",
        }
    )
"""By job: what a run needs only at times, as a pattern of action and place, and when that is."""


@dataclass(frozen=True)
class Account:
    """The embedded AWS as Terraform leaves it: buckets, databases, plain tables; and the proxy before it."""

    proxy: FaultyAws
    spark: dict[str, str]

    def run(self, job: str, *arguments: str) -> set[Asked]:
        """Run a job as Glue would call it; what it asked for."""
        before, declared = len(self.proxy.calls), JOBS[job]
        given = {**{f"--{name}": filled(text, PLACES) for name, text in declared.arguments.items()}}
        given |= dict(zip(arguments[::2], arguments[1::2], strict=True))
        module = declared.script.removesuffix(".py").replace("/", ".")
        ended = subprocess.run(
            [sys.executable, "-m", module, *(part for pair in given.items() for part in pair)],
            env={**os.environ, **self.spark},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr[-3000:]
        return asked(self.proxy.calls[before:])


@pytest.fixture
def account(aws: EmbeddedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account in which nothing has run."""
    s3, glue = boto3.client("s3"), boto3.client("glue")
    for name in ("lake", "state"):
        s3.create_bucket(Bucket=PLACES[name])
    tables = json.loads(filled((ROOT / "glue_jobs/deployment/tables.json").read_text(), PLACES))
    for database in tables["databases"]:
        glue.create_database(DatabaseInput={"Name": database})
    for table in tables["tables"].values():
        glue.create_table(DatabaseName=table["database"], TableInput=table["definition"])
    with faulty_aws(aws.endpoint_url) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        yield Account(proxy, settings_for(proxy.url, tmp_path))


def differences(done: dict[str, set[Asked]]) -> list[str]:
    """Less: what a job asked for and its policy refuses. More: what it allows and the job never asked for."""
    found = []
    for job, some in done.items():
        found += [f"less: {job}: {one}" for one in some if not allows(POLICIES[job], one)]
        spare = [
            f"{action} of {place}" for sid, action, place in unused(POLICIES[job], some) if sid not in OF_GLUE
        ]
        found += [f"more: {job}: {one}" for one in spare if not is_for_other_days(job, one)]
    return sorted(found)


def is_for_other_days(job: str, right: str) -> bool:
    """Whether the table above names it."""
    told = right.replace(LAKE, "").replace(CATALOG, "")
    return told.startswith(ABORT) or any(re.fullmatch(pattern, told) for pattern in NOT_EACH_RUN[job])


def put_orders(key: str, *lines: bytes) -> None:
    """An object as Firehose delivers it."""
    body = gzip.compress(b"".join(line + b"\n" for line in lines))
    boto3.client("s3").put_object(Bucket=PLACES["lake"], Key=f"landing/orders/{key}", Body=body)


def test_mobile_coverage_does_what_its_roles_allow(account: Account, tmp_path: Path) -> None:
    """The stream twice, a rebuild, a compaction and one that removes what was replaced."""
    write_events(tmp_path / "events", files=12, events_a_file=200, seed=7)
    files = ("--source", "files", "--source_path", (tmp_path / "events").as_uri())
    bounds = ("--max_files_per_trigger", "4", "--run_mode", "available_now")
    hour = ("--from", "2026-11-20T10:00:00Z", "--to", "2026-11-20T11:00:00Z", "--again", "true")
    stream = account.run("etl_streaming_mobile_logs", *files, *bounds)
    rebuild = account.run("etl_rebuild_mobile_logs", "--only_late", "false", *hour)
    rebuild |= account.run("etl_rebuild_mobile_logs")
    compact = account.run("etl_compact_mobile_logs", "--grace", "0 seconds")
    compact |= account.run("etl_compact_mobile_logs", "--grace", "0 seconds")

    done: dict[str, set[Asked]] = {
        "etl_streaming_mobile_logs": stream,
        "etl_rebuild_mobile_logs": rebuild,
        "etl_compact_mobile_logs": compact,
    }
    assert "\n".join(differences(done)) == ""


def test_orders_do_what_their_roles_allow(account: Account) -> None:
    """Landed, taken in, loaded, changed, loaded anew, kept."""
    put_orders("2024/11/20/10/a.gz", order(), order(order_id="order-2"), b"no json")
    raw = account.run("gluejob-raw-orders")
    load = account.run("gluejob-processed-orders-initial-load")
    put_orders("2024/11/20/11/b.gz", order(amount=5.5, event_timestamp="2024-11-20T11:00:00Z"))
    raw |= account.run("gluejob-raw-orders")
    change = account.run("gluejob-processed-orders")
    load |= account.run("gluejob-processed-orders-initial-load", "--rebuild", "true")
    keep = account.run(
        "gluejob-maintain-processed-orders", "--readable_for", "1 second", "--keep_snapshots", "1"
    )

    done: dict[str, set[Asked]] = {
        "gluejob-raw-orders": raw,
        "gluejob-processed-orders-initial-load": load,
        "gluejob-processed-orders": change,
        "gluejob-maintain-processed-orders": keep,
    }
    assert "\n".join(differences(done)) == ""

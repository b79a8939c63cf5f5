"""The smoke test for an AWS account, against an AWS on loopback and a Glue that the test plays.

The one played here takes records while the smoke test pauses, and does to them what a fault says.
"""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from glue_jobs.streaming.mobile_coverage import JOB
from scripts.glue_smoke import main
from scripts.smoke.account import Account
from scripts.smoke.checks import (
    Check,
    check_conditional_writes,
    check_listing,
    check_text_column,
)
from scripts.smoke.flow import NoProgress, Smoke
from tests.core.buckets import new_bucket
from tests.scripts.played_glue import Fault, PlayedGlue


@pytest.fixture
def account(aws: str, request: pytest.FixtureRequest) -> Iterator[Account]:
    """An account with a stream, a bucket, a job, and metrics of the job."""
    bucket = new_bucket()
    account = Account("us-east-1", "smoke", f"smoke-{bucket}", f"s3://{bucket}/smoke")
    account.client("kinesis").create_stream(StreamName=account.stream_name, ShardCount=1)
    metric = {"MetricName": "records_in", "Dimensions": [{"Name": "job", "Value": JOB}], "Value": 1.0}
    account.client("cloudwatch").put_metric_data(Namespace="Sluice", MetricData=[metric])
    arguments = {"--lake_uri": account.lake_uri, "--stream_name": account.stream_name}
    account.glue.create_job(
        Name="smoke",
        Role="arn:aws:iam::123456789012:role/x",
        Command={"Name": "gluestreaming"},
        DefaultArguments=arguments,
        WorkerType="G.025X",
        NumberOfWorkers=2,
    )
    yield account
    account.glue.delete_job(JobName="smoke")
    account.client("kinesis").delete_stream(StreamName=account.stream_name)


def smoke(account: Account, fault: Fault) -> dict[str, Check]:
    """The checks of a smoke test over a Glue with this fault, by the first words of what they check."""
    glue = PlayedGlue(account, fault)
    patience = timedelta(minutes=10)
    seen = Smoke(glue, "mark", 120, patience, glue.now, glue.pause, lambda line: None).run()
    assert (len(glue.runs), glue.running) == (2, False)
    return {check.assumption.split(",")[0]: check for check in seen}


def failed(checks: dict[str, Check]) -> dict[str, str]:
    """What the failed ones have seen."""
    return {name: check.seen for name, check in checks.items() if not check.held}


def test_a_glue_without_fault_holds_every_assumption(account: Account) -> None:
    """Also over the stop in the middle; of what was made in the bucket the probe is gone."""
    checks = smoke(account, lambda rows: rows)

    assert failed(checks) == {}
    assert len(checks) == 8
    assert "121 sent, 0 lost, 0 double" in str(
        checks["Glue's Kinesis connector repeats a planned batch with the same records"]
    )
    keys = [found["Key"] for found in account._objects("")]
    assert [key for key in keys if "_smoke" in key] == []


CONNECTOR = "Glue's Kinesis connector repeats a planned batch with the same records"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (lambda rows: rows[1:] if len(rows) > 50 else rows, {CONNECTOR: "lost, 0 double"}),
        (
            lambda rows: rows + rows[:1] if len(rows) > 50 else rows,
            {CONNECTOR: "0 lost, ", "arrival time": "0 foreign"},
        ),
        (
            lambda rows: [
                {**row, "data": _printed_again(row["data"])} if "data" in row else row for row in rows
            ],
            {CONNECTOR: "lost", "the text reaches the job byte for byte": "changed, the first into b'{"},
        ),
        (
            lambda rows: [{**row, "sequence_number": "1"} if "data" in row else row for row in rows],
            {"arrival time": "foreign"},
        ),
        (
            lambda rows: rows * 2 if "record_count" in rows[0] else rows,
            {"each window is in the tables once": "1 keys in more than one row"},
        ),
    ],
    ids=["loses a record", "repeats a record", "prints JSON again", "invents numbers", "publishes twice"],
)
def test_a_fault_of_glue_fails_the_check_of_its_assumption(
    account: Account, fault: Fault, expected: dict[str, str]
) -> None:
    """And no other check."""
    seen = failed(smoke(account, lambda rows: fault(rows) if rows else rows))

    assert seen.keys() == expected.keys()
    assert [name for name, words in expected.items() if words not in seen[name]] == []


def _printed_again(data: bytes) -> bytes:
    return json.dumps(json.loads(data)).encode() if data.endswith(b"}") else data


def test_without_metrics_that_check_fails(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names that CloudWatch has are told."""
    monkeypatch.setattr("scripts.smoke.account.JOB", "another job")

    assert failed(smoke(account, lambda rows: rows)) == {
        "metrics in the log become CloudWatch metrics": "none under the job's name"
    }


def test_a_run_that_does_nothing_is_stopped_all_the_same(account: Account) -> None:
    """What the test started it ends, also when it gives up."""
    glue = PlayedGlue(account, lambda rows: [])

    with pytest.raises(NoProgress, match="the first marked records in raw: not within 0:10:00"):
        Smoke(glue, "mark", 120, timedelta(minutes=10), glue.now, glue.pause, lambda line: None).run()

    assert (glue.runs, glue.running) == (["jr_0"], False)


def arguments_of(account: Account, **changes: str) -> list[str]:
    """The command line for an account."""
    given = {
        "region": account.region,
        "job_name": account.job_name,
        "stream_name": account.stream_name,
        "lake_uri": account.lake_uri,
        **changes,
    }
    return [word for name, value in given.items() for word in (f"--{name}", value)]


def test_nothing_is_done_without_a_yes(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """Account, region, names, duration and cost are shown before."""
    assert main(arguments_of(account), ask=lambda question: "") == 1

    said = capsys.readouterr().out
    assert said.startswith("account 123456789012, region us-east-1\n")
    assert f"sends 2000 records and some more, of 400 bytes, to the stream {account.stream_name};" in said
    assert "starts the job smoke twice and stops it twice, in 100 minutes at most" in said
    assert "costs 0.83 DPU-hours at most" in said
    assert said.endswith("nothing done\n")
    assert account.glue.get_job_runs(JobName="smoke")["JobRuns"] == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"lake_uri": "file:///tmp/lake"},
            "--lake_uri: got 'file:///tmp/lake'; a job on Glue writes to s3://",
        ),
        ({"lake_uri": "s3://other/lake"}, "--lake_uri: got 's3://other/lake', but the job has 's3://bucket-"),
        ({"stream_name": "other"}, "--stream_name: got 'other', but the job has 'smoke-bucket-"),
        ({"stream_name": "a/b"}, "--stream_name: got 'a/b'; give 1 to 128 letters"),
        ({"region": "Mars"}, "--region: got 'Mars'; give a region such as us-east-1"),
        ({"job_name": "none"}, "--job_name: got 'none'; "),
        ({"records": "5"}, "--records: got 5; give a number from 100 to 100000"),
        ({"wait_minutes": "0"}, "--wait_minutes: got 0; give a number from 1 on"),
    ],
)
def test_a_wrong_argument_is_told_before_anything_is_done(
    account: Account, changes: dict[str, str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A job that reads or writes elsewhere is not the one to test."""
    assert main(arguments_of(account, **changes)) == 2

    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("check", "line"),
    [
        (
            check_text_column([]),
            "FAILED  asked for inferSchema, the connector hands over the JSON text in its only "
            "column: 0 marked records in raw",
        ),
        (
            check_listing(listed=False),
            "FAILED  S3 lists an object as soon as its PUT has succeeded: the listing after a PUT lacked it",
        ),
        (
            check_conditional_writes({"If-Match": True, "If-None-Match": False}),
            "FAILED  S3 makes conditional writes as it documents: let through: If-None-Match",
        ),
    ],
)
def test_what_cannot_be_made_to_fail_here_would_be_told(check: Check, line: str) -> None:
    """A job that never runs, a listing that lags, a condition that is not looked at."""
    assert str(check) == line

"""The jobs as Glue runs them: what stands in `jobs.json` is what the jobs take and the schedules say."""

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from crawlers.definitions import TABLES
from glue_jobs.batch import schedules
from glue_jobs.contracts import delivery
from glue_jobs.core.batch_options import (
    CompactOptions,
    InitialLoadOptions,
    LandingOptions,
    RebuildOptions,
    UpkeepOptions,
    UpsertOptions,
)
from glue_jobs.core.catalog import table_input
from glue_jobs.core.options import StreamOptions, parse_options
from glue_jobs.deployment import jobs as deployed
from glue_jobs.deployment.jobs import JOBS, GlueJob

ROOT = Path(__file__).resolve().parents[2]
STACKS = ROOT / "terraform" / "stacks"
OPTIONS: dict[str, type] = {
    "etl_streaming_mobile_logs": StreamOptions,
    "etl_rebuild_mobile_logs": RebuildOptions,
    "etl_compact_mobile_logs": CompactOptions,
    "gluejob-raw-orders": LandingOptions,
    "gluejob-processed-orders": UpsertOptions,
    "gluejob-processed-orders-initial-load": InitialLoadOptions,
    "gluejob-maintain-processed-orders": UpkeepOptions,
}
"""The options of each job."""

PLACES = {"lake": "a-lake", "state": "a-state", "resources": "some-code", "region": "eu-west-1"}

every_job = pytest.mark.parametrize("job", JOBS.values(), ids=lambda job: job.name)


def filled(text: str) -> str:
    """A text with its places filled, as `templatefile` does it."""
    return re.sub(r"\$\{(\w+)\}", lambda place: PLACES[place[1]], text)


def parsed(job: GlueJob, more: dict[str, str]) -> Any:
    """The options of a job that Glue starts with its declared arguments and `more`."""
    pairs = {**job.arguments, **more}
    argv = [job.name, *(part for name, text in pairs.items() for part in (f"--{name}", filled(text)))]
    return parse_options(OPTIONS[job.name], argv, "A job.")


@every_job
def test_a_job_takes_the_arguments_that_it_is_given(job: GlueJob) -> None:
    """By their exact names, which Glue 6.0 asks for; none that it needs is missing."""
    options = parsed(job, {})
    assert (options.lake_uri, options.region) == ("s3://a-lake", "eu-west-1")


def test_the_streaming_job_takes_what_its_stack_adds() -> None:
    """Trigger and raw, in the words of the stack's own defaults."""
    text = (STACKS / "mobile_coverage" / "jobs.tf").read_text(encoding="utf-8")
    added = re.findall(r"^    (\w+) += (?:\"\$\{var|tostring)", text, flags=re.MULTILINE)
    assert added == ["trigger", "keep_raw"]
    options = parsed(deployed.STREAMING, {"trigger": "20 seconds", "keep_raw": "true"})
    assert (options.trigger.total_seconds(), options.keep_raw) == (20, True)


@every_job
def test_a_job_is_named_as_its_script_says(job: GlueJob) -> None:
    """In its first lines, which whoever opens the script reads."""
    assert (ROOT / job.script).is_file()
    module = import_module(job.script.removesuffix(".py").replace("/", "."))
    assert re.search(rf"^Glue +{job.name}\b", str(module.__doc__), re.MULTILINE)


def test_a_stream_has_no_timeout_and_no_schedule_and_every_other_job_a_timeout() -> None:
    """A stream with one would end for good."""
    assert (deployed.STREAMING.timeout_minutes, deployed.STREAMING.cron) == (None, None)
    assert all(job.timeout_minutes for job in JOBS.values() if job.kind == "batch")


def test_jobs_run_when_the_schedules_say() -> None:
    """The laptop goes by the same ones."""
    planned = {one.job: (one.cron, one.timeout_minutes) for one in (*schedules.SCHEDULES, *schedules.ORDERS)}
    assert {job.name: (job.cron, job.timeout_minutes) for job in JOBS.values() if job.cron} == planned


def test_no_crawler_and_no_table_sees_a_checkpoint() -> None:
    """It lies in another bucket."""
    uris = {job.arguments["checkpoint_uri"] for job in JOBS.values() if "checkpoint_uri" in job.arguments}
    assert uris == {"s3://${state}/checkpoints/mobile_coverage"}
    tables = json.loads((ROOT / "glue_jobs/deployment/tables.json").read_text(encoding="utf-8"))["tables"]
    locations = {table["definition"]["StorageDescriptor"]["Location"] for table in tables.values()}
    assert all(location.startswith("s3://${lake}/") for location in locations)


def test_the_tables_are_those_that_the_jobs_would_make() -> None:
    """So a job finds what it expects, wherever the table comes from."""
    tables = json.loads((ROOT / "glue_jobs/deployment/tables.json").read_text(encoding="utf-8"))["tables"]
    assert {name: table["definition"] for name, table in tables.items()} == {
        name: table_input(table, "s3://${lake}") for name, table in TABLES.items()
    }


def test_jobs_of_iceberg_know_it_from_the_start() -> None:
    """A session cannot learn it later; and no other job is slowed down by it."""
    with_it = {job.name for job in JOBS.values() if deployed.ICEBERG_SETTING in job.settings}
    assert with_it == {job.name for job in JOBS.values() if job.iceberg}


@pytest.mark.parametrize(
    ("stack", "name", "known"),
    [
        ("mobile_coverage", "database", {job.catalog.database for job in JOBS.values()}),
        ("orders", "database", {job.catalog.database for job in JOBS.values()}),
        ("orders", "raw_job", set(JOBS)),
        ("orders", "upkeep", set(JOBS)),
        ("orders", "delivery", {stream.name for stream in delivery.STREAMS}),
    ],
)
def test_a_name_that_a_stack_spells_out_is_one_that_the_code_knows(
    stack: str, name: str, known: set[str]
) -> None:
    """All others it takes from the derived files."""
    text = (STACKS / stack / "main.tf").read_text(encoding="utf-8")
    (spelled,) = re.findall(rf'^  {name} += "([^"]+)"', text, flags=re.MULTILINE)
    assert spelled in known


@pytest.mark.parametrize("stack", ["mobile_coverage", "orders"])
def test_a_job_with_a_schedule_is_missed_when_it_does_not_run(stack: str) -> None:
    """After three hours where it runs every hour, after 27 where it runs every day."""
    scheduled = {
        name: job.cron for name, job in JOBS.items() if job.pipeline == stack and job.cron is not None
    }
    text = (STACKS / stack / "alarms.tf").read_text(encoding="utf-8")
    (runs,) = re.findall(r"^  runs = \{ (.*) \}$", text, flags=re.MULTILINE)
    hours = {name: 3 if cron.split()[1] == "*" else 27 for name, cron in scheduled.items()}
    assert dict(one.split(" = ") for one in runs.split(", ")) == {
        name: str(one) for name, one in hours.items()
    }


@pytest.mark.parametrize("stack", ["lake", "mobile_coverage", "orders"])
def test_every_alarm_has_its_line_in_the_runbook(stack: str) -> None:
    """Whoever is woken finds it under the alarm's own name."""
    headings = set(
        re.findall(r"^## (\S+)$", (ROOT / "docs/runbook.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    text = "".join(file.read_text(encoding="utf-8") for file in sorted((STACKS / stack).glob("*.tf")))
    told = set(re.findall(r"runbook(?:\.md)?\}?, ([a-z]+-[a-z-]+)", text))
    keys = set(re.findall(r"^    ([a-z]+-[a-z-]+) += \{", text, re.MULTILINE))
    budgets = {"month"} if "aws_budgets_budget" in text else set()
    assert told | keys | budgets <= headings
    assert told | keys | budgets != set()

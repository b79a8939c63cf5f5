"""What each role may do: exact actions, exact places, and nothing that another job needs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from glue_jobs.contracts.delivery import STREAMS
from glue_jobs.deployment.jobs import JOBS, Access, GlueJob
from glue_jobs.deployment.policies import OPTIMIZER, in_bucket, policies

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("partition", "region", "account", "lake", "state", "resources", "repository")
POLICIES = {name: json.loads(text) for name, text in policies().items()}
TERRAFORM = sorted((ROOT / "terraform").rglob("*.tf"))
INLINE_LIMIT = 10_240
"""Letters of all policies that stand in one role, without blanks (IAM guide, quotas)."""

every_policy = pytest.mark.parametrize("name", POLICIES)
every_job = pytest.mark.parametrize("job", JOBS.values(), ids=lambda job: job.name)


def statements(name: str) -> Iterator[dict[str, Any]]:
    """Those of one policy."""
    yield from POLICIES[name]["Statement"]


def resources_of(name: str, action: str) -> list[str]:
    """All that a role may do one thing with."""
    return [place for one in statements(name) if action in one["Action"] for place in one["Resource"]]


@every_policy
def test_no_action_is_a_pattern(name: str) -> None:
    """`s3:Get*` would grow with each new action of AWS."""
    assert [action for one in statements(name) for action in one["Action"] if "*" in action] == []


@every_policy
def test_a_resource_is_everything_only_where_aws_knows_no_name(name: str) -> None:
    """Metrics and the login to a registry have none; their namespace and region are held instead."""
    everything = {one["Sid"]: one.get("Condition") for one in statements(name) if "*" in one["Resource"]}
    assert everything in (
        {},
        {"CountForGlue": {"StringEquals": {"cloudwatch:namespace": "Glue"}}},
        {"LogInToRegistry": {"StringEquals": {"aws:RequestedRegion": "${region}"}}},
    )


@every_policy
def test_a_bucket_is_never_open_as_a_whole(name: str) -> None:
    """What reads or writes objects names a folder; what lists has a condition on the prefix."""
    for one in statements(name):
        for place in one["Resource"]:
            assert not re.fullmatch(r"arn:\S+:s3:::\S+?/\*", place) or place.count("/") > 1, place
        if "s3:ListBucket" in one["Action"]:
            assert one["Condition"]["StringLikeIfExists"]["s3:prefix"] != []


@every_policy
def test_the_statements_of_a_policy_are_told_apart(name: str) -> None:
    """By names that IAM takes."""
    sids = [one["Sid"] for one in statements(name)]
    assert len(set(sids)) == len(sids)
    assert all(re.fullmatch(r"[A-Za-z0-9]+", sid) for sid in sids)


@every_policy
def test_a_policy_fits_into_its_role(name: str) -> None:
    """With the places filled by names of the longest kind."""
    text = json.dumps(POLICIES[name], separators=(",", ":"))
    filled = re.sub(r"\$\{(\w+)\}", lambda place: "x" * (63 if place[1] in PLACES[3:] else 14), text)
    assert len(filled) <= INLINE_LIMIT


@every_policy
def test_only_known_places_are_left_to_terraform(name: str) -> None:
    """`templatefile` fails for any other."""
    assert set(re.findall(r"\$\{(\w+)\}", json.dumps(POLICIES[name]))) <= set(PLACES)


@every_job
def test_a_job_has_the_rights_that_its_declaration_asks_for_and_no_others(job: GlueJob) -> None:
    """Folder by folder of the lake, action by action."""
    lake = "arn:${partition}:s3:::${lake}"
    for action, folders in (
        ("s3:GetObject", job.lake.reads),
        ("s3:PutObject", job.lake.writes),
        ("s3:DeleteObject", job.lake.removes),
    ):
        allowed = [place for place in resources_of(job.name, action) if place.startswith(lake)]
        assert sorted(allowed) == sorted(f"{lake}/{folder}/*" for folder in folders)


@every_job
def test_a_job_changes_nothing_of_another_pipeline(job: GlueJob) -> None:
    """Neither folders of the lake nor tables."""
    others = [other for other in JOBS.values() if other.pipeline != job.pipeline]
    theirs = {folder for other in others for folder in (*other.lake.writes, *other.lake.removes)}
    assert theirs & {*job.lake.writes, *job.lake.removes} == set()
    assert job.catalog.database not in {other.catalog.database for other in others}


def test_a_task_has_the_rights_of_its_job_without_those_of_glue() -> None:
    """The same data wherever the job runs."""
    [job] = [job for job in JOBS.values() if job.kind == "streaming"]
    of_glue = {"CountForGlue", "FetchCode", "FindEnvironment", "KeepEnvironment", "WriteLogs"}
    of_job = [one for one in statements(job.name) if one["Sid"] not in of_glue]
    assert list(statements(f"{job.name}-task")) == of_job


def test_what_starts_a_task_sees_no_data() -> None:
    """It fetches one image, and writes one log."""
    assert {place for one in statements("etl_streaming_mobile_logs-start") for place in one["Resource"]} == {
        "*",
        "arn:${partition}:ecr:${region}:${account}:repository/${repository}",
        "arn:${partition}:logs:${region}:${account}:log-group:/sluice/etl_streaming_mobile_logs-task:log-stream:*",
    }


@every_job
def test_a_job_keeps_an_environment_of_its_own(job: GlueJob) -> None:
    """A common one would let each job put code into the others."""
    kept = [place for place in resources_of(job.name, "s3:PutObject") if "${resources}" in place]
    assert kept == [f"arn:${{partition}}:s3:::${{resources}}/environments/{job.name}/*"]


@pytest.mark.parametrize("name", [name for name in POLICIES if name.startswith("crawler_")])
def test_a_crawler_can_neither_make_nor_remove_a_table(name: str) -> None:
    """Its schemas are the contract's."""
    actions = {action for one in statements(name) for action in one["Action"]}
    assert (
        actions & {"glue:CreateTable", "glue:DeleteTable", "glue:CreateDatabase", "glue:DeletePartition"}
        == set()
    )
    assert not any(
        action.startswith("s3:") and action not in ("s3:GetObject", "s3:ListBucket") for action in actions
    )


def test_no_table_is_made_but_the_iceberg_ones_and_their_views() -> None:
    """All others Terraform has made; the upkeep changes a table that is there."""
    makers = {name for name in POLICIES if resources_of(name, "glue:CreateTable")}
    assert makers == {job.name for job in JOBS.values() if job.catalog.keeps}
    assert makers == {"gluejob-processed-orders", "gluejob-processed-orders-initial-load"}


def test_there_is_a_role_for_each_job_task_crawler_and_delivery_stream() -> None:
    """And a policy file for each, no more."""
    files = {file.stem for file in (ROOT / "terraform" / "policies").glob("*.json")}
    crawlers = set(json.loads((ROOT / "crawlers" / "crawlers.json").read_text(encoding="utf-8")))
    streams = {stream.name for stream in STREAMS}
    tasks = {f"etl_streaming_mobile_logs-{role}" for role in ("task", "start")}
    assert files == set(POLICIES) == {*JOBS, *tasks, *crawlers, *streams, OPTIMIZER}


@pytest.mark.parametrize("file", TERRAFORM, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_no_policy_of_aws_is_attached(file: Path) -> None:
    """`FullAccess` and its like come that way; what is attached is a policy of the same stack."""
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"FullAccess|managed_policy|iam::aws:policy", text)
    attached = re.findall(r"policy_arn\s*= (\S+)", text)
    assert len(attached) == text.count("policy_attachment")
    assert [arn for arn in attached if not arn.startswith("aws_iam_policy.")] == []


def test_the_condition_on_lists_leaves_requests_of_one_object_alone() -> None:
    """A HEAD has no prefix: with a plain `StringLike` S3 would answer 403 for an object that is not there."""
    (listing,) = in_bucket("Lake", "${lake}", Access(lists=("raw/orders",)))
    assert listing["Condition"] == {"StringLikeIfExists": {"s3:prefix": ["raw/orders/*"]}}

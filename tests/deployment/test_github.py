"""The roles that GitHub Actions takes: one reads, one makes what the stacks have; neither may do more."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from cost.settings import read_terraform
from crawlers.definitions import CRAWLERS
from glue_jobs.deployment.jobs import JOBS
from glue_jobs.deployment.policies import policies

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / "terraform" / "stacks" / "github"
LOCALS: dict[str, Any] = {
    name: value
    for file in sorted(GITHUB.glob("*.tf"))
    for block in read_terraform(file).get("locals", [])
    for name, value in block.items()
}
HELD = {name: value for name, value in LOCALS.items() if isinstance(value, dict) and "Effect" in value}

SERVICE_OF = {
    "appautoscaling": "application-autoscaling",
    "athena": "athena",
    "budgets": "budgets",
    "cloudwatch_dashboard": "cloudwatch",
    "cloudwatch_event": "events",
    "cloudwatch_log": "logs",
    "cloudwatch_metric": "cloudwatch",
    "ecr": "ecr",
    "ecs": "ecs",
    "glue": "glue",
    "iam": "iam",
    "kinesis_firehose": "firehose",
    "kinesis_stream": "kinesis",
    "s3": "s3",
    "security_group": "ec2",
    "sns": "sns",
    "ssm": "ssm",
    "vpc": "ec2",
}
"""How the types of Terraform's resources begin (behind `aws_`), and what IAM calls their service."""

READS = ("Describe", "Get", "List", "View")

OTHERWISE_NAMED = {
    # Operation, as botocore has it → the action that AWS asks for (Service Authorization Reference).
    "s3:DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:DeleteBucketOwnershipControls": "s3:PutBucketOwnershipControls",
    "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration",
    "s3:GetBucketCors": "s3:GetBucketCORS",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3control:ListTagsForResource": "s3:ListTagsForResource",
}
WITHOUT_OPERATION = {"budgets:ModifyBudget", "budgets:ViewBudget", "iam:PassRole", "s3:DeleteObjectVersion"}
"""Rights that no single operation is named for."""


def of_services(name: str) -> list[str]:
    """The actions of a table by service."""
    return [f"{service}:{action}" for service, actions in LOCALS[name].items() for action in actions]


def held(name: str) -> list[str]:
    """The actions of the statements that a list names."""
    return [
        action for one in LOCALS[name] for action in HELD[one.removeprefix("${local.").rstrip("}")]["Action"]
    ]


PLAN = {*of_services("reading"), *LOCALS["reading_unnamed"], *held("held_reads")}
APPLY = {*PLAN, *of_services("writing"), *LOCALS["writing_unnamed"], *held("held_writes")}


def asked() -> Iterator[str]:
    """What Terraform was seen to ask for, as actions."""
    lines = (Path(__file__).parent / "asked_by_terraform.txt").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if not line.startswith("#"):
            operation = line.replace("/", ":")
            yield OTHERWISE_NAMED.get(operation, operation)


def services_of_the_stacks() -> set[str]:
    """The service of every kind of resource that the stacks and their modules have."""
    files = [file for file in (ROOT / "terraform").rglob("*.tf") if not file.is_relative_to(GITHUB)]
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    kinds = set(re.findall(r'^resource "aws_(\w+)"', text, flags=re.MULTILINE))
    return {
        next(service for begin, service in SERVICE_OF.items() if kind.startswith(begin)) for kind in kinds
    }


def test_all_that_terraform_asks_for_is_granted() -> None:
    """Of the role that applies; with less an apply stops half-way."""
    assert sorted(set(asked()) - APPLY) == []


def test_a_service_is_granted_if_a_stack_uses_it() -> None:
    """No more and no less: a new pipeline brings its services, one that goes takes them along."""
    granted = {action.split(":")[0] for action in APPLY}
    made = {action.split(":")[0] for action in APPLY - PLAN}
    assert granted == made == services_of_the_stacks()


def test_a_pull_request_changes_nothing_and_reads_no_rows() -> None:
    """Objects are those of the code and of the state."""
    assert sorted(action for action in PLAN if not action.split(":")[1].startswith(READS)) == []
    assert {name for name, one in HELD.items() if "s3:GetObject" in one["Action"]} == {
        "code_read",
        "state_read",
    }
    assert "s3:GetObject" not in of_services("reading")
    assert HELD["code_read"]["Resource"] == ["${local.code}/glue_jobs/*", "${local.code}/packages/*"]


def test_no_action_is_a_pattern_and_each_is_one_of_aws() -> None:
    """`glue:*` would grow with each new action of AWS, and a misspelt one grants nothing."""
    session = botocore.session.get_session()
    services = {action.split(":")[0] for action in APPLY}
    known = {
        f"{service}:{operation}"
        for service in services
        for operation in session.get_service_model(service).operation_names
    }
    of_s3control = {"s3:TagResource", "s3:UntagResource"}
    known |= {*OTHERWISE_NAMED.values(), *WITHOUT_OPERATION, *of_s3control}
    assert sorted(APPLY - known) == []


def test_a_role_is_made_within_the_boundary_alone() -> None:
    """Whoever writes policies would else be an administrator in two steps; nobody takes the boundary off."""
    within = {"StringEquals": {"iam:PermissionsBoundary": "${aws_iam_policy.boundary.arn}"}}
    assert HELD["roles_bounded"]["Condition"] == within
    for action in ("iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"):
        assert [name for name, one in HELD.items() if action in one["Action"]] == ["roles_bounded"]
    forbidden = {"iam:DeleteRolePermissionsBoundary", "iam:AttachRolePolicy", "iam:CreatePolicyVersion"}
    assert APPLY & forbidden == set()
    assert set(HELD["roles_passed"]["Condition"]["StringEquals"]) == {"iam:PassedToService"}


def test_the_boundary_lets_through_what_every_role_is_given() -> None:
    """It is read from the same policies."""
    of_jobs = LOCALS["of_jobs"]
    assert "local.policies" in of_jobs
    assert set(LOCALS["with_a_key"]) == {"kms:Decrypt", "kms:GenerateDataKey"}
    assert len(list((ROOT / "terraform" / "policies").glob("*.json"))) == len(policies())


@pytest.mark.parametrize("names", ["jobs", "crawlers"])
def test_every_job_and_crawler_is_known_by_its_name(names: str) -> None:
    """A job of another name could not be deployed."""
    there = JOBS if names == "jobs" else CRAWLERS
    assert [name for name in there if not any(fnmatchcase(name, one) for one in LOCALS[names])] == []


def test_only_one_repository_may_take_a_role() -> None:
    """A pull request reads, a run in the environment (which a reviewer lets in) applies; no pattern."""
    branch = "refs/heads/${var.branch}"  # an environment that nobody has restricted lets in every branch
    assert LOCALS["claims"] == {
        "plan": {"sub": "repo:${local.named}:pull_request"},
        "apply": {"sub": "repo:${local.named}:environment:${var.environment}", "ref": branch},
    }
    main = (GITHUB / "main.tf").read_text(encoding="utf-8")
    assert "StringLike" not in main
    assert 'merge(each.value, { aud = "sts.amazonaws.com" })' in main


def test_outputs_are_the_variables_that_the_workflow_reads() -> None:
    """They are copied to GitHub as they are called."""
    (output,) = read_terraform(GITHUB / "outputs.tf")["output"]
    workflow = (ROOT / ".github" / "workflows" / "deploy.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"vars\.(\w+)", workflow)) - {"SLUICE_RUNNER"} == set(output["variables"]["value"])

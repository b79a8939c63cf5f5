"""What each role may do: IAM policies, derived from what its job says that it touches.

    terraform/policies/gluejob-raw-orders.json

They are IAM's JSON with places that Terraform fills: `${partition}`, `${region}`, `${account}`, the buckets
`${lake}`, `${state}` and `${resources}`, and the `${repository}` of images. No action and no resource is `*`,
but where AWS knows no name to put there; such a statement has a condition.
"""

import json
from collections.abc import Iterable
from typing import Any, TypeAlias

from crawlers.definitions import CRAWLERS, TABLES, Crawler
from glue_jobs.contracts import orders
from glue_jobs.contracts.delivery import STREAMS, DeliveryStream
from glue_jobs.deployment.jobs import JOBS, Access, CatalogAccess, GlueJob

Statement: TypeAlias = dict[str, Any]

ENVIRONMENTS = "environments"
"""The folder of the bucket `${resources}` in which Glue keeps the Python environment of each job."""

OPTIMIZER = "optimizer-processed-orders"

_GLUE = "arn:${partition}:glue:${region}:${account}"
_LOGS = "arn:${partition}:logs:${region}:${account}:log-group"

_LOOK = ("glue:GetTable",)
_REGISTER = ("glue:BatchCreatePartition",)
_SWITCH = ("glue:GetPartition", "glue:GetPartitions", "glue:CreatePartition", "glue:UpdatePartition")
_KEEP = ("glue:CreateTable", "glue:UpdateTable")
_CHANGE = ("glue:GetTable", "glue:UpdateTable")


def allow(sid: str, actions: Iterable[str], resources: Iterable[str], **conditions: Any) -> Statement:
    """One statement; `conditions` are its conditions by operator."""
    found = {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": list(resources)}
    return {**found, **({"Condition": conditions} if conditions else {})}


def policy(statements: Iterable[Statement]) -> str:
    """The text of a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=2) + "\n"


def in_bucket(what: str, bucket: str, access: Access) -> list[Statement]:
    """The statements for the folders of a bucket; `what` begins their names.

    The condition on the prefix holds for lists alone (`IfExists`). A request for one object has no prefix;
    were it refused the right to list, S3 would answer "forbidden" instead of "there is none".
    """
    arn = f"arn:${{partition}}:s3:::{bucket}"
    found = []
    if access.lists:
        prefixes = [f"{folder}/*" for folder in access.lists]
        found.append(
            allow(f"List{what}", ["s3:ListBucket"], [arn], StringLikeIfExists={"s3:prefix": prefixes})
        )
    for sid, actions, folders in (
        (f"Read{what}", ["s3:GetObject"], access.reads),
        (f"Write{what}", ["s3:PutObject", "s3:AbortMultipartUpload"], access.writes),
        (f"RemoveFrom{what}", ["s3:DeleteObject"], access.removes),
    ):
        if folders:
            found.append(allow(sid, actions, [f"{arn}/{folder}/*" for folder in folders]))
    return found


def in_catalog(access: CatalogAccess) -> list[Statement]:
    """The statements for tables of the catalogue.

    Glue asks for the right to the catalogue and the database, too.
    """
    found = [_look_at_database(access.database)] if access.keeps else []
    for sid, actions, tables in (
        ("LookAtTables", _LOOK, access.looks_at),
        ("RegisterPartitions", _REGISTER, access.registers),
        ("SwitchPartitions", _SWITCH, access.switches),
        ("KeepTables", (*_LOOK, *_KEEP), access.keeps),
        ("ChangeTables", _CHANGE, access.changes),
    ):
        if tables:
            found.append(allow(sid, actions, [*_above(access.database), *_tables(access.database, tables)]))
    return found


def _look_at_database(database: str) -> Statement:
    return allow("LookAtDatabase", ["glue:GetDatabase"], _above(database))


def _above(database: str) -> list[str]:
    return [f"{_GLUE}:catalog", f"{_GLUE}:database/{database}"]


def _tables(database: str, names: Iterable[str]) -> list[str]:
    return [f"{_GLUE}:table/{database}/{name}" for name in names]


def _logs(group: str) -> Statement:
    """Glue asks for the group before it writes, whether it is there or not."""
    actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    return allow("WriteLogs", actions, [f"{_LOGS}:{group}", f"{_LOGS}:{group}:log-stream:*"])


def _of_glue(job: GlueJob) -> list[Statement]:
    """What Glue itself does in the name of a job: fetch its code, keep its environment, log, count."""
    resources = "arn:${partition}:s3:::${resources}"
    environment = f"{ENVIRONMENTS}/{job.name}/*"  # its own: no job can put code into that of another
    packages = f"packages/{job.pipeline}/*"
    return [
        allow("FetchCode", ["s3:GetObject"], [f"{resources}/{job.script}", f"{resources}/{packages}"]),
        allow("KeepEnvironment", ["s3:GetObject", "s3:PutObject"], [f"{resources}/{environment}"]),
        allow(
            "FindEnvironment",
            ["s3:ListBucket"],
            [resources],
            StringLikeIfExists={"s3:prefix": [environment, packages, job.script]},
        ),
        _logs(f"/sluice/{job.name}/*"),
        allow(
            "CountForGlue", ["cloudwatch:PutMetricData"], ["*"], StringEquals={"cloudwatch:namespace": "Glue"}
        ),
    ]


def _stream(name: str) -> Statement:
    """What Glue's connector asks of a stream, and our own reader elsewhere."""
    actions = ("DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards")
    arn = f"arn:${{partition}}:kinesis:${{region}}:${{account}}:stream/{name}"
    return allow("ReadStream", [f"kinesis:{action}" for action in actions], [arn])


def of_job(job: GlueJob) -> str:
    """The policy of a job on Glue."""
    return policy([*data_of(job), *_of_glue(job)])


def task_of(job: GlueJob) -> str:
    """The name of a streaming job's role where it runs in a container."""
    return f"{job.name}-task"


def start_of(job: GlueJob) -> str:
    """The name of the role with which ECS starts that container."""
    return f"{job.name}-start"


def of_task(job: GlueJob) -> str:
    """The policy of a job in a container: what the job itself touches, and nothing of Glue's."""
    return policy(data_of(job))


def of_start(job: GlueJob) -> str:
    """What ECS does before a task is there: fetch the image, open the log (ECS guide, execution role)."""
    repository = "arn:${partition}:ecr:${region}:${account}:repository/${repository}"
    group = f"{_LOGS}:/sluice/{task_of(job)}"
    here = {"aws:RequestedRegion": "${region}"}
    return policy(
        [
            allow("LogInToRegistry", ["ecr:GetAuthorizationToken"], ["*"], StringEquals=here),
            allow("FetchImage", ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], [repository]),
            allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{group}:log-stream:*"]),
        ]
    )


def data_of(job: GlueJob) -> list[Statement]:
    """The statements for what the job itself touches, wherever it runs."""
    return [
        *in_bucket("Lake", "${lake}", job.lake),
        *in_bucket("Checkpoint", "${state}", job.checkpoint),
        *([_stream(job.stream)] if job.stream else []),
        *in_catalog(job.catalog),
    ]


def of_crawler(crawler: Crawler) -> str:
    """The policy of a crawler: it may look, and register partitions; a table it can neither make nor remove.

    UpdateTable is for the statistics that it leaves with a table; its schema it leaves alone, by `LOG`.
    """
    table = TABLES[crawler.table]
    actions = (*_LOOK, *_SWITCH, *_REGISTER, "glue:BatchGetPartition", "glue:UpdateTable")
    return policy(
        [
            *in_bucket("Lake", "${lake}", Access(lists=(table.path,), reads=(table.path,))),
            _look_at_database(table.database),
            allow("Crawl", actions, [*_above(table.database), *_tables(table.database, [table.name])]),
            _logs("/aws-glue/crawlers"),
        ]
    )


def of_delivery(stream: DeliveryStream) -> str:
    """The policy of a delivery stream: it puts objects below its two prefixes (Firehose guide, IAM)."""
    arn = "arn:${partition}:s3:::${lake}"
    folders = [prefix.partition("!{")[0] for prefix in (stream.prefix, stream.error_prefix)]
    group = f"{_LOGS}:/sluice/{stream.name}"
    return policy(
        [
            allow(
                "Deliver",
                ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
                [f"{arn}/{folder}*" for folder in folders],
            ),
            allow(
                "FindBucket",
                ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
                [arn],
                StringLikeIfExists={"s3:prefix": [f"{folder}*" for folder in folders]},
            ),
            allow("WriteLogs", ["logs:PutLogEvents"], [f"{group}:log-stream:*"]),
        ]
    )


def of_optimizer() -> str:
    """The policy of AWS's optimizers of the table of orders (Glue guide, table optimizers)."""
    folders = (orders.PROCESSED.path,)
    actions = ("glue:GetTable", "glue:UpdateTable")
    names = _tables(orders.DATABASE, [orders.PROCESSED.name])
    return policy(
        [
            *in_bucket("Lake", "${lake}", Access(*[folders] * 4)),
            allow("KeepTables", actions, [*_above(orders.DATABASE), *names]),
            _logs("/aws-glue/iceberg-*"),
        ]
    )


def policies() -> dict[str, str]:
    """Name of each role → text of its policy."""
    streaming = [job for job in JOBS.values() if job.kind == "streaming"]
    return {
        **{name: of_job(job) for name, job in JOBS.items()},
        **{task_of(job): of_task(job) for job in streaming},
        **{start_of(job): of_start(job) for job in streaming},
        **{name: of_crawler(crawler) for name, crawler in CRAWLERS.items()},
        **{stream.name: of_delivery(stream) for stream in STREAMS},
        OPTIMIZER: of_optimizer(),
    }

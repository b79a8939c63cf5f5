"""Every job of the suite as Glue runs it: its script, its arguments, and all that it touches.

`jobs.json` is the same as data, for Terraform (`make derive`). Its texts have places that a stack fills:
`${lake}`, `${state}` and `${resources}` are names of buckets, `${region}` is the region. What a job reads and
writes stands here once; its rights (`policies.py`) follow from it, and a test holds both against the requests
that the job really makes.

Folders are relative to the lake. A folder stands for all below it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from glue_jobs.batch.schedules import COMPACT, ORDERS, REBUILD, Schedule
from glue_jobs.contracts import mobile_coverage, orders
from glue_jobs.contracts.contract import TableContract

LAKE = "s3://${lake}"
MOBILE_CHECKPOINT = "checkpoints/mobile_coverage"
"""The folder of the bucket `${state}` in which the mobile coverage job keeps its progress."""

ICEBERG_SETTING = "spark.sql.extensions=org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"


@dataclass(frozen=True)
class Access:
    """What a job may do with the folders of a bucket, and with the tables of a catalogue.

    lists, reads, writes, removes   folders; what is written may be listed and read by the same job only
                                    where these say so
    """

    lists: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()


@dataclass(frozen=True)
class CatalogAccess:
    """Tables of one database, by what is done with them.

    looks_at    their definition is read
    registers   new partitions are registered
    switches    partitions are read, registered and let lie elsewhere
    keeps       an Iceberg table or a view: made where it is missing, changed by each commit
    changes     an Iceberg table that is there: changed by each commit
    """

    database: str
    looks_at: tuple[str, ...] = ()
    registers: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class GlueJob:
    """One job.

    pipeline         the stack that it belongs to
    arguments        what it is called with; a stack may add options of the same job
    cron             when it runs by itself, in AWS's notation; None: when somebody starts it
    timeout_minutes  None: as long as it likes, for a stream
    settings         of Spark, which a session has from its start or never
    """

    name: str
    pipeline: str
    script: str
    kind: Literal["streaming", "batch"]
    description: str
    arguments: Mapping[str, str]
    lake: Access
    catalog: CatalogAccess
    checkpoint: Access = Access()
    stream: str | None = None
    cron: str | None = None
    timeout_minutes: int | None = None
    iceberg: bool = False
    settings: tuple[str, ...] = field(default=("spark.hadoop.fs.s3a.endpoint.region=${region}",))


def _paths(*tables: TableContract) -> tuple[str, ...]:
    return tuple(table.path for table in tables)


def _versions(*tables: TableContract) -> tuple[str, ...]:
    return tuple(f"{table.path}__v" for table in tables)


def _names(*tables: Any) -> tuple[str, ...]:
    return tuple(table.name for table in tables)


_MOBILE = "mobile_coverage"
_AGGREGATES = tuple(aggregate.table for aggregate in mobile_coverage.AGGREGATES)
_TABLES = mobile_coverage.TABLES
_PLACES = {"lake_uri": LAKE, "region": "${region}"}
_BESIDE_THE_STREAM = {**_PLACES, "checkpoint_uri": f"s3://${{state}}/{MOBILE_CHECKPOINT}"}
_MAINTENANCE = ("_maintenance",)

STREAMING = GlueJob(
    name="etl_streaming_mobile_logs",
    pipeline=_MOBILE,
    script="glue_jobs/streaming/mobile_coverage.py",
    kind="streaming",
    description="Windowed aggregates of what phones report, every 20 seconds.",
    arguments={**_BESIDE_THE_STREAM, "stream_name": mobile_coverage.STREAM},
    stream=mobile_coverage.STREAM,
    lake=Access(
        # Versions, too: a start looks whether the lake is of its checkpoint.
        lists=(*_paths(*_TABLES), *_versions(*_TABLES)),
        reads=_paths(*_TABLES),
        writes=_paths(*_TABLES),
        removes=_paths(*_TABLES),
    ),
    checkpoint=Access(*[(MOBILE_CHECKPOINT,)] * 4),
    catalog=CatalogAccess(mobile_coverage.DATABASE, looks_at=_names(*_TABLES), registers=_names(*_TABLES)),
)


def _scheduled(schedule: Schedule, pipeline: str, places: Mapping[str, str], **rest: Any) -> GlueJob:
    return GlueJob(
        name=schedule.job,
        pipeline=pipeline,
        script=schedule.script,
        kind="batch",
        description=schedule.description,
        arguments={**places, **schedule.arguments},
        cron=schedule.cron,
        timeout_minutes=schedule.timeout_minutes,
        **rest,
    )


_OF_AGGREGATES = (*_paths(*_AGGREGATES), *_versions(*_AGGREGATES))
_OF_ALL = (*_paths(*_TABLES), *_versions(*_TABLES))
_OF_RAW = (*_paths(mobile_coverage.RAW), *_versions(mobile_coverage.RAW))

REBUILD_WINDOWS = _scheduled(
    REBUILD,
    _MOBILE,
    _BESIDE_THE_STREAM,
    lake=Access(
        lists=(*_OF_AGGREGATES, *_OF_RAW, *_versions(mobile_coverage.QUARANTINE)),
        reads=(*_OF_AGGREGATES, *_OF_RAW, *_versions(mobile_coverage.QUARANTINE), *_MAINTENANCE),
        writes=(*_versions(*_AGGREGATES), *_MAINTENANCE),
    ),
    checkpoint=Access(lists=(MOBILE_CHECKPOINT,), reads=(MOBILE_CHECKPOINT,)),
    catalog=CatalogAccess(mobile_coverage.DATABASE, looks_at=_names(*_AGGREGATES), switches=_names(*_TABLES)),
)
COMPACTION = _scheduled(
    COMPACT,
    _MOBILE,
    _BESIDE_THE_STREAM,
    lake=Access(
        lists=_OF_ALL,
        reads=(*_OF_ALL, *_MAINTENANCE),
        writes=(*_versions(*_TABLES), *_MAINTENANCE),
        removes=_OF_ALL,
    ),
    checkpoint=Access(lists=(MOBILE_CHECKPOINT,), reads=(MOBILE_CHECKPOINT,)),
    catalog=CatalogAccess(mobile_coverage.DATABASE, switches=_names(*_TABLES)),
)

_SHOP = "orders"
_RAW, _PROCESSED = orders.RAW.path, orders.PROCESSED.path
_LEDGER, _WRITER = f"{_RAW}__taken", f"{_PROCESSED}__writer"
_DOCS = f"resources/data_docs/{orders.DATABASE}"
_RAW_ORDERS, _PROCESSED_ORDERS, _UPKEEP = ORDERS
_ICEBERG: dict[str, Any] = {
    "iceberg": True,
    "settings": ("spark.hadoop.fs.s3a.endpoint.region=${region}", ICEBERG_SETTING),
}
_UPSERT: dict[str, Any] = {
    "lake": Access(
        lists=(_LEDGER, _DOCS, _RAW),
        reads=(_RAW, _LEDGER, _PROCESSED, _WRITER),
        writes=(_PROCESSED, _WRITER, _DOCS),
        removes=(_PROCESSED, _DOCS),
    ),
    "catalog": CatalogAccess(orders.DATABASE, keeps=_names(orders.PROCESSED, *orders.VIEWS)),
    **_ICEBERG,
}

RAW_ORDERS = _scheduled(
    _RAW_ORDERS,
    _SHOP,
    _PLACES,
    lake=Access(
        lists=(orders.LANDING, *_paths(*orders.TABLES), _LEDGER),
        reads=(orders.LANDING, *_paths(*orders.TABLES), _LEDGER),
        writes=(*_paths(*orders.TABLES), _LEDGER),
        removes=_paths(*orders.TABLES),
    ),
    catalog=CatalogAccess(orders.DATABASE, looks_at=_names(*orders.TABLES), registers=_names(*orders.TABLES)),
)
PROCESSED_ORDERS = _scheduled(_PROCESSED_ORDERS, _SHOP, _PLACES, **_UPSERT)
INITIAL_LOAD = GlueJob(
    name="gluejob-processed-orders-initial-load",
    pipeline=_SHOP,
    script="glue_jobs/batch/orders_processed_initial_load.py",
    kind="batch",
    description="Once, by hand: the table of orders is filled with all that is in raw.",
    arguments=_PLACES,
    timeout_minutes=480,
    **_UPSERT,
)
UPKEEP_ORDERS = _scheduled(
    _UPKEEP,
    _SHOP,
    _PLACES,
    lake=Access(lists=(_PROCESSED,), reads=(_PROCESSED,), writes=(_PROCESSED,), removes=(_PROCESSED,)),
    catalog=CatalogAccess(orders.DATABASE, changes=_names(orders.PROCESSED)),
    **_ICEBERG,
)

JOBS: dict[str, GlueJob] = {
    job.name: job
    for job in (
        STREAMING,
        REBUILD_WINDOWS,
        COMPACTION,
        RAW_ORDERS,
        PROCESSED_ORDERS,
        INITIAL_LOAD,
        UPKEEP_ORDERS,
    )
}
"""By name."""

_NOT_FOR_TERRAFORM = ("lake", "checkpoint", "catalog", "stream")


def as_json() -> str:
    """The text of `jobs.json`: an object of jobs by name; what they touch stands in their policies."""
    jobs = {name: asdict(job) for name, job in JOBS.items()}
    shown = {
        name: {key: value for key, value in job.items() if key not in _NOT_FOR_TERRAFORM}
        for name, job in jobs.items()
    }
    return json.dumps(shown, indent=2) + "\n"

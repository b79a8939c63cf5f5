"""What a Glue crawler does, for a lake on this machine.

It reads the footers of the Parquet files and the Hive folders above them, registers the contract's
table and every partition that has a readable file, and says where the files differ from the contract.
It removes nothing, and never moves a partition that is registered elsewhere: a rebuilt hour lies in
another folder on purpose, and its old files would count twice.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from urllib.parse import quote, unquote

import pyarrow as pa
import pyarrow.parquet as pq
from botocore.exceptions import BotoCoreError, ClientError
from pyspark.sql.types import DateType

from crawlers.definitions import TABLES, Crawler
from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.catalog import storage_descriptor, table_input
from glue_jobs.core.errors import CatalogError, OptionError
from glue_jobs.core.repair.switch import lake_lease
from glue_jobs.core.storage import LocalStorage, StoredFile, open_storage
from laptop.crawl_report import CrawlReport, Drift
from laptop.parquet_drift import drift_of_columns

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient
    from mypy_boto3_glue.type_defs import PartitionInputTypeDef

_BATCH = 100  # the most partitions that one BatchCreatePartition or BatchUpdatePartition takes

Values: TypeAlias = tuple[str, ...]


def crawl(crawler: Crawler, lake_uri: str, client: "GlueClient") -> CrawlReport:
    """Register the crawler's table and partitions in the catalogue; report what lies there.

    Raises:
        OptionError: the lake is not on this machine.
        CatalogError: the catalogue refuses.
    """
    lake = _local(lake_uri)
    table = TABLES[crawler.table]
    report = CrawlReport(crawler.name, crawler.database, crawler.table)
    found = _read_files(lake, table, report)
    report.partitions = len(found)
    try:
        _register_table(client, table, lake.uri)
        _register_partitions(client, table, lake.uri, found, report)
    except (BotoCoreError, ClientError) as error:
        raise CatalogError(f"table {table.database}.{table.name}: the catalogue refused: {error}") from error
    return report


def _local(lake_uri: str) -> LocalStorage:
    lake = open_storage(lake_uri)
    if not isinstance(lake, LocalStorage):
        raise OptionError(
            f"--lake_uri {lake_uri}: only a lake on this machine is crawled here; start the crawler on AWS"
        )
    return lake


def _read_files(lake: LocalStorage, table: TableContract, report: CrawlReport) -> dict[Values, str]:
    """The folder of each partition that has a readable file; counts and drift go into the report."""
    partitions: dict[Values, str] = {}
    for file in sorted(lake.list_files(table.path), key=lambda file: file.path):
        below = file.path.removeprefix(f"{table.path}/")
        if not StoredFile(below, file.size, file.modified).visible:
            continue
        footer = _footer(lake, file, report)
        if footer is None:
            continue
        report.files += 1
        report.rows += footer.num_rows
        drift = drift_of_columns(footer.schema.to_arrow_schema(), table.schema)
        report.drift += [Drift(file.path, problem) for problem in drift]
        try:
            partitions[partition_values(below, table)] = file.path.rpartition("/")[0]
        except ValueError as error:
            report.drift.append(Drift(file.path, str(error)))
    return partitions


def _footer(lake: LocalStorage, file: StoredFile, report: CrawlReport) -> pq.FileMetaData | None:
    if file.size == 0:
        report.drift.append(Drift(file.path, "is empty (0 bytes)"))
        return None
    try:
        return pq.read_metadata(lake.root / file.path)
    except (pa.ArrowException, OSError) as error:
        report.drift.append(Drift(file.path, f"is not readable as Parquet ({str(error).splitlines()[0]})"))
        return None


def partition_values(path: str, table: TableContract) -> Values:
    """The values in Hive folders: `event_date=2026-11-21/hour=07/a.parquet` → `("2026-11-21", "07")`.

    Raises:
        ValueError: the folders are not the table's partition keys, or a value is not of the key's type.
    """
    folders = path.split("/")[:-1]
    pairs = [folder.partition("=") for folder in folders]
    expected = table.partitions.fieldNames()
    if [key for key, _, _ in pairs] != expected:
        raise ValueError(
            f"lies in {'/'.join(folders) or 'no folder'}, not in {'/'.join(f'{key}=…' for key in expected)}"
        )
    values = tuple(unquote(value) for _, _, value in pairs)
    for key, value in zip(table.partitions, values, strict=True):
        if isinstance(key.dataType, DateType) and f"{date.fromisoformat(value)}" != value:
            raise ValueError(f"lies in {key.name}={value}, which is no date yyyy-mm-dd")
    return values


def _register_table(client: "GlueClient", table: TableContract, lake_uri: str) -> None:
    definition = table_input(table, lake_uri)
    with suppress(client.exceptions.AlreadyExistsException):
        client.create_database(DatabaseInput={"Name": table.database})
    try:
        client.create_table(DatabaseName=table.database, TableInput=definition)
    except client.exceptions.AlreadyExistsException:
        known = cast(dict[str, Any], client.get_table(DatabaseName=table.database, Name=table.name)["Table"])
        if any(known.get(key) != value for key, value in definition.items()):
            client.update_table(DatabaseName=table.database, TableInput=definition)


def _register_partitions(
    client: "GlueClient", table: TableContract, lake_uri: str, found: dict[Values, str], report: CrawlReport
) -> None:
    known = _known_partitions(client, table)
    new = [
        _partition_input(table, values, f"{lake_uri}/{quote(folder, safe='/=')}/", {})
        for values, folder in found.items()
        if values not in known
    ]
    _create(client, table, new)
    report.partitions_added = len(new)
    if list(_outdated(table, known)):
        with lake_lease(lake_uri):  # maintenance may have switched one since, and must not now
            changed = list(_outdated(table, _known_partitions(client, table)))
            _update(client, table, changed)
            report.partitions_updated = len(changed)


def _known_partitions(client: "GlueClient", table: TableContract) -> dict[Values, dict[str, Any]]:
    pages = client.get_paginator("get_partitions").paginate(DatabaseName=table.database, TableName=table.name)
    return {
        tuple(partition["Values"]): cast(dict[str, Any], partition)
        for page in pages
        for partition in page["Partitions"]
    }


def _outdated(table: TableContract, known: dict[Values, dict[str, Any]]) -> "Iterator[PartitionInputTypeDef]":
    """What brings the known partitions up to date that are not as the contract says, each where it lies."""
    for values, partition in known.items():
        location = partition["StorageDescriptor"]["Location"]
        if partition["StorageDescriptor"] != storage_descriptor(table, location):
            yield _partition_input(table, values, location, partition.get("Parameters", {}))


def _partition_input(
    table: TableContract, values: Values, location: str, parameters: dict[str, str]
) -> "PartitionInputTypeDef":
    return {
        "Values": list(values),
        "StorageDescriptor": storage_descriptor(table, location),
        "Parameters": parameters,
    }


def _requests(partitions: "list[PartitionInputTypeDef]") -> "Iterator[list[PartitionInputTypeDef]]":
    """As many at a time as Glue takes."""
    return (partitions[first : first + _BATCH] for first in range(0, len(partitions), _BATCH))


def _create(client: "GlueClient", table: TableContract, partitions: "list[PartitionInputTypeDef]") -> None:
    for some in _requests(partitions):
        answer = client.batch_create_partition(
            DatabaseName=table.database, TableName=table.name, PartitionInputList=some
        )
        # A partition that a running job has registered since is what we wanted.
        _refuse_errors(table, [e for e in answer.get("Errors", []) if _code(e) != "AlreadyExistsException"])


def _update(client: "GlueClient", table: TableContract, partitions: "list[PartitionInputTypeDef]") -> None:
    for some in _requests(partitions):
        answer = client.batch_update_partition(
            DatabaseName=table.database,
            TableName=table.name,
            Entries=[{"PartitionValueList": entry["Values"], "PartitionInput": entry} for entry in some],
        )
        _refuse_errors(table, answer.get("Errors", []))


def _code(error: Any) -> str:
    return str(error.get("ErrorDetail", {}).get("ErrorCode"))


def _refuse_errors(table: TableContract, errors: Any) -> None:
    if errors:
        raise CatalogError(
            f"table {table.database}.{table.name}: the catalogue refused {len(errors)} partitions, "
            f"the first for {_code(errors[0])}"
        )

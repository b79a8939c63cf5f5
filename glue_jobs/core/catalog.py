"""Tables and their partitions in the Glue Data Catalog, made from the contracts.

Any endpoint that speaks the Glue API will do: AWS, or the embedded one on a laptop. boto3 is imported when
it is needed: the workers of a job ask this module for the names of folders only.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pyspark.sql.types import StructType

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.errors import CatalogError, OptionError
from glue_jobs.core.options import StreamOptions

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient
    from mypy_boto3_glue.type_defs import (
        ColumnTypeDef,
        PartitionInputTypeDef,
        StorageDescriptorTypeDef,
        TableInputTypeDef,
    )

_HIVE_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"

_PARTITIONS_AT_ONCE = 100  # the most that one BatchCreatePartition takes (Glue API reference)


def glue_columns(schema: StructType) -> "list[ColumnTypeDef]":
    """The columns of `schema` as Glue and Athena name them; meaning and unit become the comment."""
    return [
        {
            "Name": column.name,
            "Type": column.dataType.simpleString(),
            "Comment": _comment(column.metadata),
        }
        for column in schema
    ]


def _comment(metadata: dict[str, Any]) -> str:
    unit = metadata.get("unit")
    meaning: str = metadata.get("meaning", "")
    return f"{meaning} [{unit}]" if unit else meaning


def storage_descriptor(table: TableContract, location: str) -> "StorageDescriptorTypeDef":
    """Where the files of a table or partition lie, and that they are Parquet."""
    return {
        "Columns": glue_columns(table.schema),
        "Location": location,
        "InputFormat": f"{_HIVE_PARQUET}.MapredParquetInputFormat",
        "OutputFormat": f"{_HIVE_PARQUET}.MapredParquetOutputFormat",
        "SerdeInfo": {"SerializationLibrary": f"{_HIVE_PARQUET}.serde.ParquetHiveSerDe"},
        "Compressed": True,
    }


def table_input(table: TableContract, lake_uri: str) -> "TableInputTypeDef":
    """The Glue definition of a table below `lake_uri`."""
    return {
        "Name": table.name,
        "Description": table.description,
        "Owner": table.owner,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "parquet", "parquet.compression": "SNAPPY", "EXTERNAL": "TRUE"},
        "PartitionKeys": glue_columns(table.partitions),
        "StorageDescriptor": storage_descriptor(table, f"{lake_uri}/{table.path}/"),
    }


def partition_folder(table: TableContract, values: Sequence[str]) -> str:
    """The folder of a partition, relative to the lake: `<path>/event_date=2026-11-21/hour=07`."""
    names = table.partitions.fieldNames()
    return "/".join([table.path, *(f"{name}={value}" for name, value in zip(names, values, strict=True))])


def hour_values(moment: datetime) -> tuple[str, str]:
    """The partition of a table cut by UTC hour that `moment` falls into: `("2026-11-21", "07")`."""
    hour = moment.astimezone(UTC)
    return f"{hour:%Y-%m-%d}", f"{hour:%H}"


@dataclass
class Catalog:
    """The tables of one lake. What it has registered once it does not ask for again."""

    lake_uri: str
    client: "GlueClient"
    _registered: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)

    def ensure_table(self, table: TableContract) -> None:
        """Create the database and the table unless they are there."""
        with _refused(f"table {table.database}.{table.name}"):
            self._ignoring_existing(self.client.create_database, DatabaseInput={"Name": table.database})
            self._ignoring_existing(
                self.client.create_table,
                DatabaseName=table.database,
                TableInput=table_input(table, self.lake_uri),
            )

    def ensure_partitions(self, table: TableContract, partitions: Iterable[tuple[str, ...]]) -> None:
        """Register these partitions at their Hive folders, unless they are there."""
        new = sorted({values for values in partitions if (table.name, values) not in self._registered})
        for first in range(0, len(new), _PARTITIONS_AT_ONCE):
            self._create(table, new[first : first + _PARTITIONS_AT_ONCE])
        self._registered |= {(table.name, values) for values in new}

    def _create(self, table: TableContract, some: list[tuple[str, ...]]) -> None:
        inputs: list[PartitionInputTypeDef] = [
            {
                "Values": values,
                "StorageDescriptor": storage_descriptor(
                    table, f"{self.lake_uri}/{partition_folder(table, values)}/"
                ),
            }
            for values in some
        ]
        with _refused(f"partitions {some[0]} to {some[-1]} of {table.database}.{table.name}"):
            answer = self.client.batch_create_partition(
                DatabaseName=table.database, TableName=table.name, PartitionInputList=inputs
            )
        for error in answer.get("Errors", []):
            if (detail := error["ErrorDetail"])["ErrorCode"] != "AlreadyExistsException":
                raise CatalogError(
                    f"partition {error['PartitionValues']} of {table.database}.{table.name}: the Glue "
                    f"catalogue refused: {detail['ErrorCode']}: {detail.get('ErrorMessage', '')}"
                )

    def _ignoring_existing(self, create: Any, **arguments: Any) -> None:
        with suppress(self.client.exceptions.AlreadyExistsException):
            create(**arguments)


def register_tables(options: StreamOptions, tables: Iterable[TableContract]) -> Catalog | None:
    """The catalogue that a job registers its partitions in, with `tables` in it; None where it shall not.

    Region, credentials and endpoint are those of boto3's default chain.

    Raises:
        OptionError: the lake is a folder of this machine, and the catalogue is that of AWS.
        CatalogError: the catalogue refuses.
    """
    if not options.register_partitions:
        return None
    import boto3

    with _refused("tables"):
        client = boto3.client("glue", region_name=options.region)
    if options.lake_uri.startswith("file:") and ".amazonaws.com" in client.meta.endpoint_url:
        raise OptionError(
            f"--lake_uri: got {options.lake_uri!r}, which the catalogue of AWS cannot list; run the job as "
            "`sluice run`, which brings a catalogue of its own, or give --register_partitions false"
        )
    catalog = Catalog(options.lake_uri, client)
    for table in tables:
        catalog.ensure_table(table)
    return catalog


@contextmanager
def _refused(what: str) -> Iterator[None]:
    """Turns what boto3 raises inside the block into one `CatalogError` that names `what`."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError, ValueError) as error:  # the last for an AWS_ENDPOINT_URL that is none
        raise CatalogError(f"{what}: the Glue catalogue refused: {error}") from error

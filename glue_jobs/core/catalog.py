"""Tables and their partitions in the Glue Data Catalog, made from the contracts.

Any endpoint that speaks the Glue API will do: AWS, or the embedded one on a laptop.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pyspark.sql.types import StructType

from glue_jobs.contracts.contract import TableContract
from glue_jobs.core.aws_names import on_aws
from glue_jobs.core.errors import CatalogError, OptionError
from glue_jobs.core.options import StreamOptions
from glue_jobs.core.partitions import partition_folder

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

SWITCHED_AT = "sluice.switched_at"
"""The parameter of a partition that says since when its location is another than the stream's folder."""


class SwitchRefused(CatalogError):
    """A partition lies elsewhere than it did when its new version was begun."""


@dataclass(frozen=True)
class Location:
    """Where the files of a partition lie (a URI that ends in a slash).

    switched_at     since when they lie there, where they have been switched; None in the stream's folder
    """

    uri: str
    switched_at: datetime | None = None


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


@dataclass
class Catalog:
    """The tables of one lake. What it has registered once it does not ask for again."""

    lake_uri: str
    client: "GlueClient"
    _registered: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)

    def ensure_database(self, name: str) -> None:
        """Create the database unless it is there; where it is, the right to look is enough."""
        with refused(f"database {name}"):
            if not self._is_there(self.client.get_database, Name=name):
                with suppress(self.client.exceptions.AlreadyExistsException):
                    self.client.create_database(DatabaseInput={"Name": name})

    def ensure_table(self, table: TableContract) -> None:
        """Create the database and the table unless they are there; where they are, looking is enough."""
        database, definition = table.database, table_input(table, self.lake_uri)
        with refused(f"table {database}.{table.name}"):
            if not self._is_there(self.client.get_table, DatabaseName=database, Name=table.name):
                self.ensure_database(database)
                with suppress(self.client.exceptions.AlreadyExistsException):
                    self.client.create_table(DatabaseName=database, TableInput=definition)

    def ensure_partitions(self, table: TableContract, partitions: Iterable[tuple[str, ...]]) -> None:
        """Register these partitions at their Hive folders, unless they are there."""
        new = sorted({values for values in partitions if (table.name, values) not in self._registered})
        for first in range(0, len(new), _PARTITIONS_AT_ONCE):
            self._create(table, new[first : first + _PARTITIONS_AT_ONCE])
        self._registered |= {(table.name, values) for values in new}

    def locations(self, table: TableContract) -> dict[tuple[str, ...], Location]:
        """Where every registered partition lies: all that a reader of the table looks at."""
        names: Any = {"DatabaseName": table.database, "TableName": table.name}
        with refused(f"partitions of {table.database}.{table.name}"):
            pages = self.client.get_paginator("get_partitions").paginate(**names, ExcludeColumnSchema=True)
            return {tuple(one["Values"]): _location(one) for page in pages for one in page["Partitions"]}

    def location(self, table: TableContract, values: tuple[str, ...]) -> Location | None:
        """Where one partition lies; None where it is not registered."""
        names: Any = {"DatabaseName": table.database, "TableName": table.name}
        with refused(f"partition {values} of {table.database}.{table.name}"):
            try:
                return _location(self.client.get_partition(**names, PartitionValues=values)["Partition"])
            except self.client.exceptions.EntityNotFoundException:
                return None

    def switch(
        self, table: TableContract, values: tuple[str, ...], expected: Location | None, to: Location
    ) -> None:
        """Let a partition lie at `to` from now on, if it lies where it is expected (None: is not registered).

        One call changes it, so a reader gets the one or the other. Glue cannot make that call depend on what
        it replaces: the look before it is another call, and a lease keeps two of us from looking at once.

        Raises:
            SwitchRefused: it lies elsewhere; nothing was changed.
        """
        found = self.location(table, values)
        if found != expected:
            raise SwitchRefused(
                f"partition {values} of {table.database}.{table.name}: lies at {found and found.uri}, not at "
                f"{expected and expected.uri}: somebody else has switched it; run the same again"
            )
        names: Any = {"DatabaseName": table.database, "TableName": table.name}
        changed: Any = {"Values": values, "StorageDescriptor": storage_descriptor(table, to.uri)}
        if to.switched_at is not None:
            changed["Parameters"] = {SWITCHED_AT: to.switched_at.isoformat()}
        with refused(f"partition {values} of {table.database}.{table.name}"):
            if expected is None:
                self.client.create_partition(**names, PartitionInput=changed)
            else:
                self.client.update_partition(**names, PartitionValueList=values, PartitionInput=changed)

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
        with refused(f"partitions {some[0]} to {some[-1]} of {table.database}.{table.name}"):
            answer = self.client.batch_create_partition(
                DatabaseName=table.database, TableName=table.name, PartitionInputList=inputs
            )
        for error in answer.get("Errors", []):
            if (detail := error["ErrorDetail"])["ErrorCode"] != "AlreadyExistsException":
                raise CatalogError(
                    f"partition {error['PartitionValues']} of {table.database}.{table.name}: the Glue "
                    f"catalogue refused: {detail['ErrorCode']}: {detail.get('ErrorMessage', '')}"
                )

    def _is_there(self, look: Any, **names: Any) -> bool:
        try:
            look(**names)
        except self.client.exceptions.EntityNotFoundException:
            return False
        return True


def _location(partition: Any) -> Location:
    since = partition.get("Parameters", {}).get(SWITCHED_AT)
    return Location(partition["StorageDescriptor"]["Location"], since and datetime.fromisoformat(since))


def register_tables(options: StreamOptions, tables: Iterable[TableContract]) -> Catalog | None:
    """The catalogue that a job registers its partitions in, with `tables` in it; None where it shall not.

    Region, credentials and endpoint are those of boto3's default chain.

    Raises:
        OptionError: the lake is a folder of this machine, and the catalogue is that of AWS.
        CatalogError: the catalogue refuses.
    """
    if not options.register_partitions:
        return None
    catalog = open_catalog(options.lake_uri, options.region, ", or give --register_partitions false")
    for table in tables:
        catalog.ensure_table(table)
    return catalog


def open_catalog(lake_uri: str, region: str | None, or_else: str = "") -> Catalog:
    """The catalogue of a lake: that of AWS, or the one that AWS_ENDPOINT_URL names.

    Raises:
        OptionError: the lake is a folder of this machine, and the catalogue is that of AWS.
        CatalogError: it cannot be asked.
    """
    import boto3

    with refused("tables"):
        client = boto3.client("glue", region_name=region)
    if lake_uri.startswith("file:") and on_aws(client.meta.endpoint_url):
        raise OptionError(
            f"--lake_uri: got {lake_uri!r}, which the catalogue of AWS cannot list; run the job as "
            f"`sluice run`, which brings a catalogue of its own{or_else}"
        )
    return Catalog(lake_uri, client)


@contextmanager
def refused(what: str) -> Iterator[None]:
    """Turns what boto3 raises inside the block into one `CatalogError` that names `what`."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError, ValueError) as error:  # the last for an AWS_ENDPOINT_URL that is none
        raise CatalogError(f"{what}: the Glue catalogue refused: {error}") from error
